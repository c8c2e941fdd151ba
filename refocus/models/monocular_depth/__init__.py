"""Monocular depth networks through transformers: Depth Anything V2 and Depth Pro."""
