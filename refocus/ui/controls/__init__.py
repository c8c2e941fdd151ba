"""The settings on the page."""
