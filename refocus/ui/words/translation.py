"""Says in another language what engines, files and errors say in English.

They know no languages: what they say is also stored with results and read by programs. The page recognises a sentence
by its pattern, so stored results are understood too.

A language's sentences are a JSON file: the English one as the code has it, with {} for what changes, and the other with
{0}, {1} for the same. What stands in for a {} may have an entry of its own; in „{0}“ it is somebody's own words.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from refocus.core import RefocusError, SeveralProblems

_FILES = {"de": Path(__file__).with_name("german_sentences.json")}
_SENTENCE_ENDS = re.compile(r"(?<=[.!?]) (?=[A-ZÄÖÜ“\"\d])")
_SLOT = r"((?:(?![.!?] [A-Z“]).)+?)"  # within one sentence
_WIDE_SLOT = r"(.+)"  # several sentences, at an end of a pattern


@dataclass(frozen=True, slots=True)
class _Pattern:
    recognised: re.Pattern[str]
    said: str
    own_words: frozenset[int]  # slots in quotation marks

    def apply(self, text: str, language: str) -> str | None:
        found = self.recognised.fullmatch(text)
        if found is None:
            return None
        values = [
            value if index in self.own_words else translated(value, language)
            for index, value in enumerate(found.groups())
        ]
        return self.said.format(*values)


@cache
def sentences(language: str) -> Mapping[str, str]:
    """All sentences of a language by their English patterns; KeyError for a language without."""
    parts = json.loads(_FILES[language].read_text(encoding="utf-8"))
    return {english: said for part in parts.values() for english, said in part.items()}


def translated(text: str, language: str) -> str:
    """What an engine, a file or an error said, in another language.

    Args:
        text: one or more sentences in English, or part of one.
        language: a code of `LANGUAGES`; in English everything stays.

    Returns:
        The text; sentences nobody has translated stay in English.
    """
    if language not in _FILES or not text.strip():
        return text
    core = text.strip()
    said = _translated_whole(core, language)
    if said is None:
        parts = _SENTENCE_ENDS.split(core)
        said = core if len(parts) == 1 else " ".join(translated(part, language) for part in parts)
    return text.replace(core, said)


def is_translated(text: str, language: str) -> bool:
    """Whether the language has these words: the whole of them, or each of their sentences."""
    core = text.strip()
    if _translated_whole(core, language) is not None:
        return True
    parts = _SENTENCE_ENDS.split(core)
    return len(parts) > 1 and all(is_translated(part, language) for part in parts)


def told(error: RefocusError, language: str) -> str:
    """An error as the page shows it: what is wrong, and what to do."""
    if isinstance(error, SeveralProblems):
        return error.told(lambda text: translated(text, language))
    return f"{translated(error.message, language)} {translated(error.todo, language)}".strip()


def _translated_whole(core: str, language: str) -> str | None:
    for pattern in _patterns(language):
        said = pattern.apply(core, language)
        if said is not None:
            return said
    # A sentence within another has lost its full stop.
    said = None if core.endswith(".") else _translated_whole(f"{core}.", language)
    return None if said is None else said.removesuffix(".")


@cache
def _patterns(language: str) -> tuple[_Pattern, ...]:
    """Those with most fixed words first, so that the closest one is found."""
    entries = sorted(sentences(language).items(), key=lambda entry: len(entry[0].replace("{}", "")), reverse=True)
    return tuple(
        _Pattern(re.compile(_expression(english), re.DOTALL), said, _own_words(said)) for english, said in entries
    )


def _expression(english: str) -> str:
    parts = english.split("{}")
    slots = [_SLOT] * (len(parts) - 1)
    if slots and not parts[-1]:
        slots[-1] = _WIDE_SLOT
    if slots and not parts[0] and re.match(r" [A-Z]", parts[1]):
        slots[0] = _WIDE_SLOT
    pieces = [re.escape(parts[0])]
    for slot, part in zip(slots, parts[1:], strict=True):
        pieces += [slot, re.escape(part)]
    return "".join(pieces)


def _own_words(said: str) -> frozenset[int]:
    return frozenset(int(index) for index in re.findall(r"„\{(\d+)\}“", said))
