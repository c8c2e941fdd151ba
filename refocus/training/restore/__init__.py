"""Trains the restoring network; not used by the app. See README.md in the folder above."""
