"""The built-in recogniser's weights: made from published ones, not trained here."""
