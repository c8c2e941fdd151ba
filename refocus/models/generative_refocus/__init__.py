"""Generative Refocusing (arXiv 2512.16923): DeblurNet and BokehNet, two LoRAs on one FLUX.1-dev.

DeblurNet turns a photo into an all-in-focus one, BokehNet renders bokeh for a defocus map. Each condition image is a
branch of tokens with LoRA weights that runs beside text and image through the transformer.

`checkpoint`, `defocus`, `memory`, `network_specs` and `token_grid` need neither torch nor diffusers.
"""
