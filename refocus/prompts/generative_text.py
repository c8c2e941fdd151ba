"""What only a generative engine can use: text on signs ("the sign says OPEN") and the look of the whole picture."""

from collections.abc import Sequence

from refocus.core.bokeh_spec import BokehSpec
from refocus.prompts.tokens import Token
from refocus.prompts.vocabulary import word_list

_SIGNS = frozenset(word_list("signs"))
_SAYS = frozenset({"says", "say", "saying", "reads", "read", "reading", "spells", "spell", "spelling", "states"})
_QUOTES = ('"', "'")
_LEADS = frozenset(word_list("sign_text_leads"))
_STOPS = frozenset(word_list("sign_text_stops"))
_LOOKS = frozenset(word_list("looks"))
_LOOK_COMPANIONS = frozenset(word_list("look_companions"))


def generative_prompt(spec: BokehSpec) -> str | None:
    """The prompt for a generative engine: sign text, and the look of the picture.

    Returns:
        For instance "the sign says OPEN, cinematic"; None without either.
    """
    return ", ".join([*filter(None, [spec.restore]), *look_words(spec)]) or None


def look_words(spec: BokehSpec) -> tuple[str, ...]:
    """The ignored words that describe the look of the picture, such as "cinematic"."""
    return tuple(phrase for phrase in spec.ignored if _is_look(set(phrase.split())))


def _is_look(words: set[str]) -> bool:
    return bool(words & _LOOKS) and words <= _LOOKS | _LOOK_COMPANIONS


def split_sign_text(tokens: Sequence[Token], plain: str) -> tuple[str | None, list[Token]]:
    """The text to be legible in the picture, as the user wrote it, and the remaining tokens.

    A noun phrase that another part of the prompt needs ("focus on the sign that says OPEN") stays among the tokens.
    """
    for at in range(len(tokens)):
        if tokens[at].text in _SAYS and _is_about_a_sign(tokens, at):
            return _split(tokens, plain, at, _content_end(tokens, at + 1))
        if tokens[at].text in _QUOTES:
            closing = _closing_quote(tokens, at)
            sign = _sign_before(tokens, at)
            if closing is not None and sign is not None:
                return _split(tokens, plain, at, closing + 1)
    return None, list(tokens)


def _is_about_a_sign(tokens: Sequence[Token], at: int) -> bool:
    if at + 1 >= len(tokens) or (tokens[at + 1].ends_clause and tokens[at + 1].text != ":"):
        return False
    quoted = any(token.text in _QUOTES for token in tokens[at + 1 : at + 3])
    return quoted or _sign_before(tokens, at) is not None


def _sign_before(tokens: Sequence[Token], at: int) -> int | None:
    for back in range(at - 1, max(-1, at - 5), -1):
        if tokens[back].ends_clause and tokens[back].text != ":":
            return None
        if tokens[back].text in _SIGNS:
            return back
    return None


def _split(tokens: Sequence[Token], plain: str, at: int, end: int) -> tuple[str, list[Token]]:
    start = at
    while start > 0 and tokens[start - 1].kind == "word" and tokens[start - 1].text not in _STOPS and at - start < 6:
        start -= 1
    leads = start > 0 and tokens[start - 1].text in _STOPS and tokens[start - 1].text not in ("and", "while", "with")
    written = plain[tokens[start].start : tokens[end - 1].end]
    kept_until = at if leads else start
    while leads and kept_until > start and tokens[kept_until - 1].text in _LEADS:
        kept_until -= 1
    return written.strip(), [*tokens[:kept_until], *tokens[end:]]


def _content_end(tokens: Sequence[Token], at: int) -> int:
    if tokens[at].text == ":" and at + 1 < len(tokens):
        at += 1
    if tokens[at].text in _QUOTES:
        closing = _closing_quote(tokens, at)
        if closing is not None:
            return closing + 1
    end = at
    while end < len(tokens) and not (tokens[end].ends_clause and tokens[end].text in ".,;\n"):
        if end > at and tokens[end].text in ("and", "with", "while", "but"):
            break
        end += 1
    return max(end, at + 1)


def _closing_quote(tokens: Sequence[Token], at: int) -> int | None:
    return next((i for i in range(at + 1, len(tokens)) if tokens[i].text == tokens[at].text), None)
