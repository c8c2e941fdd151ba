"""Networks that see depth in one picture: Depth Anything V2 and Depth Pro, in the hub's layout."""
