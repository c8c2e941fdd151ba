"""Training data of the built-in depth network: photos ordered from near to far by hand."""
