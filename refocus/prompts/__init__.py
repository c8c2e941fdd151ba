"""Prompts: a photographer's words to a `BokehSpec`. Language only."""

from refocus.prompts.look_words import looks_in, words_for_a_painter
from refocus.prompts.parser import parse_prompt

__all__ = ["looks_in", "parse_prompt", "words_for_a_painter"]
