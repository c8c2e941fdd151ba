"""Ways to hold a model in memory: chosen by name, and what fits which graphics card, as a table for people."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from refocus.core import EngineNotReady

CARDS_GIB = (12, 16, 24, 48)


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """As people choose it."""


Mode = TypeVar("Mode", bound=Named)


def mode_named(asked: str, modes: Sequence[Mode], model: str, more: str = "") -> Mode:
    """The mode of that name.

    Args:
        asked: the name.
        modes: those to be had here.
        model: whose they are, as the start of a sentence.
        more: what else there could be, as a sentence.

    Raises:
        EngineNotReady: when none has that name, with the names there are.
    """
    for mode in modes:
        if mode.name == asked:
            return mode
    names = "; ".join(mode.name for mode in modes)
    raise EngineNotReady(
        f"{model} cannot be held as {asked!r} here.", todo=f"Set REFOCUS_MEMORY to one of: {names}. {more}".rstrip()
    )


def memory_table(needed_gib: Iterable[tuple[str, float]]) -> str:
    """A Markdown table: each mode by name, what it needs, and the cards it fits.

    Args:
        needed_gib: a mode's name, and the GiB it needs on the card.
    """
    lines = [
        "| mode | GiB | " + " | ".join(f"{card} GB card" for card in CARDS_GIB) + " |",
        "|---|---|" + "---|" * len(CARDS_GIB),
    ]
    for name, gib in needed_gib:
        fits = " | ".join("yes" if gib <= card else "no" for card in CARDS_GIB)
        lines.append(f"| {name} | {gib:.1f} | {fits} |")
    return "\n".join(lines)
