"""Everything that is wrong with what was given, said at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from refocus.core.errors import BadInput


class SeveralProblems(BadInput):
    """More than one thing that cannot be used.

    Args:
        errors: two or more.
    """

    def __init__(self, errors: Sequence[BadInput]) -> None:
        self.errors = tuple(errors)
        wrong = list(dict.fromkeys(error.message.rstrip(".") for error in self.errors))
        advice = dict.fromkeys(error.todo for error in self.errors if error.todo)
        super().__init__(" ".join([f"{len(wrong)} things are wrong: {'; '.join(wrong)}.", *advice]))


class Problems:
    """Notes what is wrong, to raise it as one error: nobody wants to mend one thing a run."""

    def __init__(self) -> None:
        self._noted: list[BadInput] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Notes the BadInput of a block, and goes on behind it."""
        try:
            yield
        except SeveralProblems as error:
            self._noted += error.errors
        except BadInput as error:
            self._noted.append(error)

    def raise_any(self) -> None:
        """Raises BadInput: the one that was noted, or all in one; nothing when there is none."""
        if len(self._noted) == 1:
            raise self._noted[0]
        if self._noted:
            raise SeveralProblems(self._noted)
