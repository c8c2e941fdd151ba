"""A photographer's words to a `BokehSpec`: tokens, terms, quantities, noun phrases, then the rules of the grammar."""

from refocus.core.bokeh_spec import BokehSpec
from refocus.core.errors import BadInput
from refocus.prompts.generative_text import split_sign_text
from refocus.prompts.nodes import read_nodes
from refocus.prompts.prompt_reader import PromptReader
from refocus.prompts.quantities import read_quantities
from refocus.prompts.terms import read_terms
from refocus.prompts.tokens import MAX_CHARACTERS, plain_text, tokenise


def parse_prompt(text: str) -> BokehSpec:
    """Read what a user typed about focus and bokeh.

    Pure and quick (about a millisecond). `ignored` lists words that are not understood, numbers that no lens has, and
    a note when text beyond `MAX_CHARACTERS` was not read.

    Example:
        >>> parse_prompt("focus on the red car at f/1.4, heart-shaped bokeh").aperture
        'heart'

    Args:
        text: any text, in any case; may be empty.

    Raises:
        BadInput: when `text` is not a string.
    """
    if not isinstance(text, str):
        raise BadInput(
            f"A prompt is text, but this one is of type {type(text).__name__}.",
            todo='Give words, such as "focus on the dog at f/1.4".',
        )
    plain = plain_text(text[:MAX_CHARACTERS])
    restore, tokens = split_sign_text(tokenise(plain), plain)
    reader = PromptReader(read_nodes(read_quantities(read_terms(tokens))))
    reader.read()
    reader.ignored += [token.text for token in tokens if token.is_symbol]
    if len(text) > MAX_CHARACTERS:
        reader.ignored.append(f"everything after {MAX_CHARACTERS} characters")
    return reader.spec(restore)
