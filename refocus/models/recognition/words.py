"""Which classes of ImageNet a noun phrase names: everyday nouns, read from words.toml."""

import tomllib
from functools import lru_cache
from importlib.resources import files

_PREPOSITIONS = frozenset({"of", "in", "on", "with", "at", "by", "behind", "under", "near", "beside", "from"})
_IRREGULAR = {
    "geese": "goose",
    "mice": "mouse",
    "wolves": "wolf",
    "calves": "calf",
    "puppies": "puppy",
    "butterflies": "butterfly",
}


def classes_of(phrase: str) -> tuple[int, ...]:
    """The classes of ImageNet that a noun phrase names, () when its noun is not in the vocabulary.

    The last known word before a preposition counts: "the dog's bowl of food" is a bowl. Plurals are read as singular.
    """
    table = _table()
    words = [_singular(word, table) for word in phrase.lower().replace("'s", "").replace("’s", "").split()]
    words = words[: next((i for i, word in enumerate(words) if i and word in _PREPOSITIONS), None)]
    for end in range(len(words), 0, -1):
        for start in (end - 2, end - 1):
            if start >= 0 and (found := table.get(" ".join(words[start:end]))):
                return found
    return ()


def animals() -> tuple[int, ...]:
    """The classes of all animals."""
    return _table()["animal"]


def names_animal(phrase: str) -> bool:
    """Whether a noun phrase names an animal."""
    return bool(found := classes_of(phrase)) and set(found) <= set(animals())


def _singular(word: str, table: dict[str, tuple[int, ...]]) -> str:
    if word in table:
        return word
    endings = (("ies", "y"), ("es", ""), ("s", ""))
    several = (word.removesuffix(plural) + single for plural, single in endings if word.endswith(plural))
    return _IRREGULAR.get(word) or next((guess for guess in several if guess in table), word)


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[int, ...]]:
    data = tomllib.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))
    return {word: _numbers(ranges) for group in data.values() for word, ranges in group.items()}


def _numbers(ranges: str) -> tuple[int, ...]:
    numbers: set[int] = set()
    for part in ranges.split():
        first, _, last = part.partition("-")
        numbers.update(range(int(first), int(last or first) + 1))
    return tuple(sorted(numbers))
