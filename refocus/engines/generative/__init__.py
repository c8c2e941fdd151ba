"""The generative engine (Genfocus)."""
