"""The built-in restoration network: a photo and its estimated circles of confusion to the detail that defocus took."""
