"""Stable Video Diffusion fine-tuned to turn one photo into a focal stack (Learning to Refocus, arXiv 2512.19823).

`checkpoint`, `memory`, `run_settings` and `working_size` need neither torch nor diffusers.
"""
