"""Everything that is wrong with what was given, said at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from refocus.core.errors import BadInput


class Problems:
    """Notes what is wrong, to raise it as one error: nobody wants to mend one thing a run."""

    def __init__(self) -> None:
        self._noted: list[BadInput] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Notes the BadInput of a block, and goes on behind it."""
        try:
            yield
        except BadInput as error:
            self._noted.append(error)

    def raise_any(self) -> None:
        """Raises BadInput: the one that was noted, or all in one; nothing when there is none."""
        if len(self._noted) == 1:
            raise self._noted[0]
        if self._noted:
            said = dict.fromkeys(error.message.rstrip(".") for error in self._noted)
            todo = " ".join(dict.fromkeys(error.todo for error in self._noted if error.todo))
            raise BadInput(f"{len(said)} things are wrong: {'; '.join(said)}.", todo=todo)
