"""Trains the video model (Learning to Refocus): `python -m refocus train focal-stack`."""
