"""Depth touch-up: strokes drawn on the picture, the depth that follows, and a stack made of it."""
