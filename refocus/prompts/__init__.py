"""Prompts: a photographer's words to a `BokehSpec`. Language only."""

from refocus.prompts.generative_text import generative_prompt, look_words
from refocus.prompts.parser import parse_prompt

__all__ = ["generative_prompt", "look_words", "parse_prompt"]
