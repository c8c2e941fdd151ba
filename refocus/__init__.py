"""Refocus: give a photo its focus back."""
