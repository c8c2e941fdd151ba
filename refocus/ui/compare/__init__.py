"""The Compare tab: photos through several engines or settings, side by side."""
