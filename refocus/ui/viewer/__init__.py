"""The focus viewer: a focal stack in the browser, with a slider from near to far and tap to focus."""
