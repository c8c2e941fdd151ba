"""The Download panel."""
