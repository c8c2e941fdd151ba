"""Numbers, in digits and in words."""

from collections.abc import Sequence

from refocus.prompts.tokens import Token

_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_FRACTIONS = {"half": 0.5, "quarter": 0.25, "third": 1 / 3}
_PLURAL_FRACTIONS = {"halves": 0.5, "quarters": 0.25, "thirds": 1 / 3}
_SCALES = {"hundred": 100, "thousand": 1000}
_BEGINNINGS = frozenset({"a", "point", *_WORDS, *_FRACTIONS})


def read_number(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    """The number that starts at a token: "85", "two point eight", "one and a half", "half a", "a hundred and five".

    Returns:
        Its value and the index after it, or None when no number starts here.
    """
    token = tokens[at]
    if token.kind != "number" and token.text not in _BEGINNINGS:
        return None
    if token.text == "a" and _text(tokens, at + 1) in _SCALES:
        return _with_rest(tokens, float(_SCALES[tokens[at + 1].text]), at + 2)
    if token.kind == "number":
        value, after = float(token.text.replace(",", ".")), at + 1
        if _text(tokens, after) == "point" and _is_digits(tokens, after + 1):
            return float(f"{token.text}.{tokens[after + 1].text}"), after + 2
        return _with_half(tokens, value, after)
    if token.text == "point" and _WORDS.get(_text(tokens, at + 1), 10) < 10:
        return _decimals(tokens, 0.0, at + 1)
    if token.text in _FRACTIONS:
        return _FRACTIONS[token.text], at + 1 + (_text(tokens, at + 1) in ("a", "an", "of"))
    if token.text in _SCALES or token.text not in _WORDS:
        return None
    return _in_words(tokens, at)


def _in_words(tokens: Sequence[Token], at: int) -> tuple[float, int]:
    value, after = float(_WORDS[tokens[at].text]), at + 1
    if value >= 20 and 0 < _WORDS.get(_text(tokens, after), 0) < 10:
        value, after = value + _WORDS[tokens[after].text], after + 1
    if _text(tokens, after) in _SCALES:
        value, after = _with_rest(tokens, value * _SCALES[tokens[after].text], after + 1)
    if _text(tokens, after) in _PLURAL_FRACTIONS:
        article = _text(tokens, after + 1) == "of" and _text(tokens, after + 2) in ("a", "an")
        return value * _PLURAL_FRACTIONS[tokens[after].text], after + (3 if article else 1)
    if _text(tokens, after) in ("point", "dot"):
        decimal, end = _decimals(tokens, value, after + 1)
        if end > after + 1:
            return decimal, end
    return _with_half(tokens, value, after)


def _decimals(tokens: Sequence[Token], whole: float, at: int) -> tuple[float, int]:
    """The digits after "point", and where they end."""
    digits, end = "", at
    while _WORDS.get(_text(tokens, end), 10) < 10:
        digits, end = digits + str(_WORDS[tokens[end].text]), end + 1
    return float(f"{whole:g}.{digits or 0}"), end


def _with_rest(tokens: Sequence[Token], value: float, after: int) -> tuple[float, int]:
    """ "hundred and five", "two hundred fifty": what comes after the hundreds."""
    rest = after + (_text(tokens, after) == "and")
    if _text(tokens, rest) not in _WORDS:
        return value, after
    smaller, end = float(_WORDS[tokens[rest].text]), rest + 1
    if smaller >= 20 and 0 < _WORDS.get(_text(tokens, end), 0) < 10:
        smaller, end = smaller + _WORDS[tokens[end].text], end + 1
    return value + smaller, end


def _with_half(tokens: Sequence[Token], value: float, after: int) -> tuple[float, int]:
    if _text(tokens, after) == "and":
        rest = after + 1 + (_text(tokens, after + 1) in ("a", "one"))
        if _text(tokens, rest) in _FRACTIONS:
            return value + _FRACTIONS[tokens[rest].text], rest + 1
    return value, after


def _text(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if at < len(tokens) else ""


def _is_digits(tokens: Sequence[Token], at: int) -> bool:
    return _text(tokens, at).isdigit()
