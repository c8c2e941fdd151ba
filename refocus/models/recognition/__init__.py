"""The built-in recogniser: which everyday things a photo shows, and where."""
