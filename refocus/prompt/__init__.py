"""Prompts: words to a `BokehSpec`, and subjects to places in a picture."""

from refocus.prompt.parser import parse_prompt

__all__ = ["parse_prompt"]
