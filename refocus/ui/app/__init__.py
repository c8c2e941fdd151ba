"""The app: launching it, the page, its look."""
