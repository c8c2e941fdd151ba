"""Corrects misspellings of the main words of photography only; other words may be nouns of the picture."""

from functools import cache, lru_cache

from refocus.prompts.vocabulary import MISSPELLINGS, word_list

_MAIN_WORDS = word_list("correctable")
_REAL_WORDS = frozenset(word_list("real_words"))
_LONG = 9
"""Words of this length may have two wrong letters, shorter ones one."""


@lru_cache(maxsize=4096)
def correct(word: str) -> str:
    """The main word that a word probably misspells, or the word itself. It is lower case and unknown."""
    if word in MISSPELLINGS:
        return MISSPELLINGS[word]
    if len(word) < 5 or len(word) > 14 or word in _REAL_WORDS:
        return word
    index = _index()
    for key in (word, *_shorter(word)):
        for candidate in index.get(key, ()):
            if _near(word, candidate):
                return candidate
    return word


@cache
def _index() -> dict[str, tuple[str, ...]]:
    """The main words by their deletion variants: the word without 0, 1 or (if long) 2 letters."""
    index: dict[str, tuple[str, ...]] = {}
    for word in _MAIN_WORDS:
        keys = {word, *_shorter(word)}
        if len(word) >= _LONG:
            keys |= {shorter for key in tuple(keys) for shorter in _shorter(key)}
        for key in keys:
            index[key] = (*index.get(key, ()), word)
    return index


def _shorter(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _near(word: str, main: str) -> bool:
    """Whether the first letters agree and the edit distance is at most 1, or 2 for long words."""
    return word[0] == main[0] and _edit_distance(word, main) <= (2 if len(main) >= _LONG else 1)


def _edit_distance(a: str, b: str) -> int:
    """Optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other)))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                row[j] = min(row[j], before[j - 2] + 1)
        before, last = last, row
    return last[-1]
