"""Quantities: f-numbers, focal lengths, distances, durations, percentages and aperture blades."""

from collections.abc import Callable, Sequence

from refocus.core.bokeh_spec import F_NUMBER_RANGE, FOCAL_LENGTH_RANGE_MM, FOCUS_DISTANCE_RANGE_M
from refocus.prompts.terms import Term
from refocus.prompts.vocabulary import DURATIONS, FULL_STOPS, METRES, MOST_BLADES, NUMBERED_SHAPES, ROUND_FROM_BLADES

_LINKS = frozenset({"ON", "BE", "COLON", "DET", "FILLER", "TO"})
_OPENERS = frozenset({"f", "t", "fstop", "minus", "negative", "a", "an"})
_BEFORE_DURATIONS = frozenset({"over", "in", "for", "within", "during", "after", "lasting", "taking"})
_VAGUE_COUNTS = frozenset({"a", "an", "few", "couple", "several", "some"})
_COUNT_WORDS = _VAGUE_COUNTS | {"of", "the", "course", "next"}
_FIRST_WORDS = _OPENERS | _BEFORE_DURATIONS
_FEET_AND_INCHES = {"'": "ft", '"': "inch"}
_SMALLEST_BARE_LENS_MM, _LARGEST_BARE_LENS_MM = 14, 800


def read_quantities(terms: Sequence[Term]) -> list[Term]:
    """The terms with each quantity as one term, in the units of `BokehSpec`.

    The kinds are FNUMBER, FOCAL, DISTANCE, DEGREE (a percentage as a fraction), SHAPE (from a number of blades), and
    BAD for a quantity that is not possible or that has no use here.
    """
    folded: list[Term] = []
    at = 0
    while at < len(terms):
        found = None
        if terms[at].kind in ("NUMBER", "MARK", "APERTURE") or terms[at].text in _FIRST_WORDS:
            found = next((term for rule in _RULES if (term := rule(terms, at, folded))), None)
        if found is None:
            folded.append(terms[at])
            at += 1
        else:
            folded.append(found)
            at = next(i for i in range(at, len(terms) + 1) if i == len(terms) or terms[i].first > found.last)
    return folded


def _duration(terms: Sequence[Term], at: int, before: Sequence[Term]) -> Term | None:
    """3 seconds, 1/125 s, over a couple of seconds: no `BokehSpec` has a duration."""
    led = terms[at].text in _BEFORE_DURATIONS
    unit = at + led
    while led and _text(terms, unit) in _COUNT_WORDS:
        unit += 1
    vague = any(term.text in _VAGUE_COUNTS for term in terms[at:unit]) and _kind(terms, unit + 1) != "WORD"
    counted = _kind(terms, unit) == "NUMBER"
    if not (counted or vague) or _text(terms, unit + counted) not in DURATIONS:
        return None
    duration = _span(terms, at + led, unit + counted, "BAD", None)
    return duration._replace(first=terms[at].first)


def _f_number(terms: Sequence[Term], at: int, before: Sequence[Term]) -> Term | None:
    """f/1.4, f1.4, f:4, f-stop 16, T1.5."""
    if terms[at].text not in ("f", "fstop", "t"):
        return None
    number = at + 1
    if terms[at].text == "t":
        return _bounded(terms, at, number, "FNUMBER", F_NUMBER_RANGE) if _touches(terms, number) else None
    if _text(terms, number) in ("stop", "number", "stops", "value"):
        number += 1
    while _kind(terms, number) in _LINKS or _text(terms, number) in ("/", "of", ".", "\\", "|"):
        number += 1
    return _bounded(terms, at, number, "FNUMBER", F_NUMBER_RANGE)


def _aperture_value(terms: Sequence[Term], at: int, before: Sequence[Term]) -> Term | None:
    """aperture of 2, aperture: 2.8."""
    if terms[at].kind != "APERTURE":
        return None
    number = at + 1
    while _kind(terms, number) in _LINKS or _text(terms, number) in ("of", "with", "number"):
        number += 1
    if _kind(terms, number + 1) == "BLADES" or _text(terms, number + 1) in METRES:
        return None
    return _bounded(terms, at, number, "FNUMBER", F_NUMBER_RANGE)


def _negative(terms: Sequence[Term], at: int, before: Sequence[Term]) -> Term | None:
    """-3 m, minus 3 m: no distance is negative."""
    if terms[at].text not in ("-", "minus", "negative") or _kind(terms, at + 1) != "NUMBER":
        return None
    return _span(terms, at, at + 1 + (_text(terms, at + 2) in METRES), "BAD", None)


def _range(terms: Sequence[Term], at: int, before: Sequence[Term]) -> Term | None:
    """70-200 mm: the range of a zoom lens, not a focal length."""
    if terms[at].kind != "NUMBER":
        return None
    second = at + 1 + (_kind(terms, at + 1) == "TO")
    if _kind(terms, second) != "NUMBER" or not (second > at + 1 or terms[second].hyphened):
        return None
    if _text(terms, second + 1) in ("mm", "mil"):
        return _span(terms, at, second + 1, "BAD", None)
    return _span(terms, at, second, "BAD", None) if terms[second].hyphened else None


def _measured(terms: Sequence[Term], at: int, before: Sequence[Term]) -> Term | None:
    """85 mm is a focal length; 300 mm away, 6 ft, 1.5 m, a metre away and 5 ft 6 inches are distances."""
    if terms[at].text in ("a", "an"):
        unit_away = (
            len(_text(terms, at + 1)) > 1 and _text(terms, at + 1) in METRES and _kind(terms, at + 2) == "TOWARDS"
        )
        return _span(terms, at, at + 1, "DISTANCE", METRES[terms[at + 1].text]) if unit_away else None
    unit = _text(terms, at + 1)
    inches_by_in = unit == "in" and _kind(terms, at + 2) in ("TOWARDS", "END", "")
    marked = unit in _FEET_AND_INCHES and _is_about_distance(terms, at, before)
    if terms[at].kind != "NUMBER" or not (unit in METRES or inches_by_in or marked):
        return None
    if METRES.get(unit) == METRES["mm"] and not _is_about_distance(terms, at, before):
        return _bounded(terms, at, at, "FOCAL", FOCAL_LENGTH_RANGE_MM, last=at + 1)
    metre_per_unit = _metres(unit, METRES["inch"])
    metres, last = _value(terms[at]) * metre_per_unit, at + 1
    smaller = _metres(_text(terms, at + 3), metre_per_unit)
    if _kind(terms, at + 2) == "NUMBER" and smaller < metre_per_unit:
        metres, last = metres + _value(terms[at + 2]) * smaller, at + 3
    low, high = FOCUS_DISTANCE_RANGE_M
    if not low <= metres <= high:
        return _span(terms, at, last, "BAD", None)
    return _span(terms, at, last, "DISTANCE", round(metres, 4))


def _metres(unit: str, otherwise: float) -> float:
    return METRES.get(_FEET_AND_INCHES.get(unit, unit), otherwise)


def _is_about_distance(terms: Sequence[Term], at: int, before: Sequence[Term]) -> bool:
    if _kind(terms, at + 2) == "TOWARDS" or any("distance" in term.text for term in before[-2:]):
        return True
    kinds = [term.kind for term in before[-3:] if term.kind != "DEGREE"]
    return kinds[-2:] in (["FOCUS", "ON"], ["FOCUS", "TO"]) or kinds[-1:] == ["FOCUS"]


def _share(terms: Sequence[Term], at: int, before: Sequence[Term]) -> Term | None:
    """60 %, and 0.7 or 7/10 after a word for blur or glow."""
    if terms[at].kind != "NUMBER":
        return None
    value, last = _value(terms[at]), at
    if _text(terms, at + 1) in ("%", "percent"):
        value, last = value / 100, at + 1
    else:
        kinds = [term.kind for term in before[-4:] if term.kind not in _LINKS and term.text != "of"]
        if kinds[-1:] not in (["BLUR"], ["GLOW"]):
            return None
        whole = at + 2 + (_text(terms, at + 1) == "out")
        if _text(terms, whole - 1) in ("/", "of") and _kind(terms, whole) == "NUMBER":
            value, last = value / max(_value(terms[whole]), 1.0), whole
    return _span(terms, at, last, "DEGREE" if value <= 1 else "BAD", round(value, 4) if value <= 1 else None)


def _blades(terms: Sequence[Term], at: int, before: Sequence[Term]) -> Term | None:
    """five blades, 9-bladed, six-sided; a five-pointed shape is a star."""
    last = at + 1
    while _kind(terms, last) == "APERTURE" or _text(terms, last) in ("rounded", "round", "curved", "straight"):
        last += 1
    if terms[at].kind != "NUMBER" or _kind(terms, last) != "BLADES":
        return None
    count, word = _value(terms[at]), terms[last].text
    if "point" in word:
        return _span(terms, at, last, "SHAPE", "star")
    shape = NUMBERED_SHAPES.get(int(count)) if count == int(count) else None
    if shape is None and ROUND_FROM_BLADES <= count <= MOST_BLADES:
        shape = "circle"
    return _span(terms, at, last, "SHAPE" if shape else "BAD", shape)


def _lens_shorthand(terms: Sequence[Term], at: int, before: Sequence[Term]) -> Term | None:
    """85 1.4, 50/1.8, 100 f/2.8: the focal length; the f-number is left to the next call."""
    after = at + 1 + (_text(terms, at + 1) == "/")
    names_stop = _text(terms, after) == "f" or (_kind(terms, after) == "NUMBER" and _value(terms[after]) in FULL_STOPS)
    if terms[at].kind != "NUMBER" or not names_stop:
        return None
    value = _value(terms[at])
    if not (_SMALLEST_BARE_LENS_MM <= value <= _LARGEST_BARE_LENS_MM and value == int(value)):
        return None
    return _span(terms, at, after - 1, "FOCAL", value)


def _bare_stop(terms: Sequence[Term], at: int, before: Sequence[Term]) -> Term | None:
    """1.4 aperture; 50 mm 1.8; shot at 2.8."""
    if terms[at].kind != "NUMBER" or _kind(terms, at + 1) in ("NUMBER", "BLADES"):
        return None
    if _kind(terms, at + 1) == "APERTURE" or (_text(terms, at + 1) == "f" and _text(terms, at + 2) == "stop"):
        return _bounded(terms, at, at, "FNUMBER", F_NUMBER_RANGE, last=at + 1)
    kinds = [term.kind for term in before[-3:] if term.kind not in ("MARK", "END")]
    follows_lens = kinds[-1:] == ["FOCAL"] or kinds[-2:] == ["FOCAL", "ON"]
    stands_alone = (
        before[-1:] and before[-1].kind == "END" and _kind(terms, at + 1) in ("END", "") and _value(terms[at]) % 1
    )
    counts = _kind(terms, at + 1) == "WORD"  # "at 2 dogs"
    shot_at = kinds[-1:] in (["ON"], ["OPEN"]) and "FOCUS" not in kinds and not counts
    if _value(terms[at]) in FULL_STOPS and (follows_lens or shot_at or stands_alone):
        return _span(terms, at, at, "FNUMBER", _value(terms[at]))
    return None


_RULES: tuple[Callable[[Sequence[Term], int, Sequence[Term]], Term | None], ...] = (
    _duration, _f_number, _aperture_value, _negative, _range, _measured, _share, _blades, _lens_shorthand, _bare_stop,
)  # fmt: skip


def _bounded(
    terms: Sequence[Term], at: int, number: int, kind: str, bounds: tuple[float, float], last: int | None = None
) -> Term | None:
    """The term for a quantity; BAD when its number is out of bounds, None when there is no number."""
    negative = _text(terms, number) == "-"
    number += negative
    if _kind(terms, number) != "NUMBER":
        return None
    value = _value(terms[number])
    good = not negative and bounds[0] <= value <= bounds[1]
    return _span(terms, at, number if last is None else last, kind if good else "BAD", value if good else None)


def _span(terms: Sequence[Term], first: int, last: int, kind: str, value: object) -> Term:
    text = terms[first].text
    for before, term in zip(terms[first:last], terms[first + 1 : last + 1], strict=True):
        tight = "/" in (before.text, term.text) or term.text in "%.:" or before.text in ("f", "-")
        text += ("" if tight else "-" if term.hyphened else " ") + term.text
    return terms[first]._replace(kind=kind, value=value, text=text, last=terms[last].last)


def _value(term: Term) -> float:
    return term.value if isinstance(term.value, float) else float("nan")


def _kind(terms: Sequence[Term], at: int) -> str:
    return terms[at].kind if at < len(terms) else ""


def _text(terms: Sequence[Term], at: int) -> str:
    return terms[at].text if at < len(terms) else ""


def _touches(terms: Sequence[Term], at: int) -> bool:
    return _kind(terms, at) == "NUMBER" and terms[at].first == terms[at - 1].last + 1
