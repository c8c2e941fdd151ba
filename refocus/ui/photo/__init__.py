"""The Photo tab: the photo, the examples, and the result."""
