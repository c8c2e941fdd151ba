"""The base of the page's own components, and the scripts and styles they share."""
