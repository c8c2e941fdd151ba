"""The vocabulary of prompts, read from vocabulary.toml: phrases with their meaning, and lists of words."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import product
from typing import Any

NONE, BARELY, SLIGHT, MEDIUM, DEFAULT, SHALLOW, STRONG, EXTREME = 0.0, 0.15, 0.25, 0.5, 0.6, 0.7, 0.8, 1.0
_STRENGTHS = {
    "none": NONE,
    "barely": BARELY,
    "slight": SLIGHT,
    "medium": MEDIUM,
    "shallow": SHALLOW,
    "strong": STRONG,
    "extreme": EXTREME,
}
_DATA = tomllib.loads((files(__package__) / "vocabulary.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase means.

    Attributes:
        kind: its role in the grammar.
        value: what it stands for: a word of `BokehSpec`, a strength in [0, 1], (focal length in mm, f-number) of a
            named lens, or None.
    """

    kind: str
    value: object = None


NUMBERED_SHAPES = {3: "triangle", 4: "diamond", 5: "pentagon", 6: "hexagon", 7: "heptagon", 8: "octagon"}
"""Aperture shape by number of blades."""

ROUND_FROM_BLADES, MOST_BLADES = 9, 30

FULL_STOPS = frozenset(
    (0.95, 1, 1.2, 1.4, 1.7, 1.8, 2, 2.2, 2.4, 2.5, 2.8, 3.5, 4, 4.5, 5.6, 6.3, 8, 9, 10, 11, 13, 16, 18, 20, 22, 32)
)
"""F-numbers people write without the f."""

METRES = {
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres", "mtr", "mtrs"), 1.0),
    **dict.fromkeys(("cm", "cms", "centimeter", "centimeters", "centimetre", "centimetres"), 0.01),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres", "mil"), 0.001),
    **dict.fromkeys(("ft", "foot", "feet"), 0.3048),
    **dict.fromkeys(("inch", "inches"), 0.0254),
    **dict.fromkeys(("yd", "yds", "yard", "yards"), 0.9144),
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres"), 1000.0),
}
"""Length of each unit in metres."""

DURATIONS = frozenset({"s", "sec", "secs", "second", "seconds", "ms", "frames", "minute", "minutes"})
"""Units of a duration."""


def read_entries() -> Iterator[tuple[tuple[str, ...], Meaning]]:
    """Each phrase of vocabulary.toml, as its words, and its meaning."""
    for entry in _DATA["entry"]:
        meaning = Meaning(entry["kind"], _value(entry))
        for phrase in entry["phrases"]:
            for words in _alternatives(phrase):
                yield words, meaning


def word_list(name: str) -> tuple[str, ...]:
    """The words of a list of vocabulary.toml, in its order."""
    return tuple(_DATA["words"][name].split())


def words_of(phrase: str) -> set[str]:
    """The single words of a noun phrase, without 's."""
    return set(phrase.replace("-", " ").replace("'s", "").lower().split())


def _value(entry: dict[str, Any]) -> object:
    if "strength" in entry:
        return _STRENGTHS[entry["strength"]]
    if "lens" in entry:
        return entry["lens"].get("focal_length_mm"), entry["lens"]["f_number"]
    return entry.get("value")


def _alternatives(phrase: str) -> Iterator[tuple[str, ...]]:
    """The words of each phrase that "{thin/narrow} {dof/focus}" stands for."""
    parts = [part.split("/") for part in re.split(r"[{}]", phrase)]
    return (tuple("".join(chosen).split()) for chosen in product(*parts))


def _phrase_lengths() -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = {}
    for words in PHRASES:
        lengths.setdefault(words[0], set()).add(len(words))
    return {word: tuple(sorted(found, reverse=True)) for word, found in lengths.items()}


PHRASES = dict(read_entries())
"""Each phrase, as its words, to its meaning."""

PHRASE_LENGTHS = _phrase_lengths()
"""First word of a phrase to how many words its phrases have, longest first."""

WORDS = frozenset(word for words in PHRASES for word in words) | METRES.keys()
"""Every word of the vocabulary; these are never respelt."""

MISSPELLINGS = {wrong: right for right, several in _DATA["misspellings"].items() for wrong in several.split()}
"""Frequent misspellings and the words they stand for."""

COLOURS = frozenset(word_list("colours"))
ADJECTIVES = frozenset(word_list("adjectives"))
PEOPLE = frozenset(word_list("people"))
SUBJECTS = PEOPLE | frozenset(word_list("things"))
"""Nouns that name a subject even when they stand alone."""
