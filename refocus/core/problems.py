"""Collect everything that is wrong with an input, to report it at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from refocus.core.errors import BadInput


class SeveralProblems(BadInput):
    """More than one error of an input.

    Attributes:
        errors: two or more.
    """

    def __init__(self, errors: Sequence[BadInput]) -> None:
        self.errors = tuple(errors)
        messages = dict.fromkeys(error.message for error in self.errors)
        advice = dict.fromkeys(error.todo for error in self.errors if error.todo)
        super().__init__(" ".join([f"{len(messages)} things are wrong.", *messages]), todo=" ".join(advice))


class Problems:
    """Collects errors, so that users can correct all of them before the next attempt."""

    def __init__(self) -> None:
        self._errors: list[BadInput] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Record a BadInput raised in the block, and continue after it."""
        try:
            yield
        except SeveralProblems as error:
            self._errors += error.errors
        except BadInput as error:
            self._errors.append(error)

    def raise_any(self) -> None:
        """Raise the recorded error, or `SeveralProblems`; nothing when there is none."""
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            raise SeveralProblems(self._errors)
