"""Focal stacks: registration, focus fusion, focus order."""
