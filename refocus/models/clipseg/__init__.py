"""CLIPSeg (Lüddecke and Ecker, CVPR 2022): image segmentation by a text prompt, through transformers."""
