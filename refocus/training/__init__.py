"""Training; never imported at run time."""
