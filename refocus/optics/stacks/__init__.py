"""Focal stacks: registration, focus fusion, order."""
