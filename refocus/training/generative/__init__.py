"""Trains DeblurNet, BokehNet and the shape condition of Generative Refocusing. See README.md in the folder above."""
