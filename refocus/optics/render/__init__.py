"""The renderer: layers, slices, and what they look like through a lens."""
