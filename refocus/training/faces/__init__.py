"""Where the weights of the face detector come from."""
