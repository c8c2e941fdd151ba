"""Stable Video Diffusion fine-tuned to turn one photo into a focal stack (Learning to Refocus, arXiv 2512.19823).

`sizes` and `settings` import neither torch nor diffusers; the other modules do.
"""
