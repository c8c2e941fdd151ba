"""Errors that users can act on: what is wrong, and in `todo` what to do about it; also several at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from refocus.core.user_text import on_one_line


class RefocusError(Exception):
    """Base of errors that a user or caller can correct.

    Attributes:
        message: what is wrong and why, one sentence.
        todo: what to do about it, one sentence; empty when the message says it.
    """

    def __init__(self, message: str, *, todo: str = "") -> None:
        self.message = on_one_line(message)
        self.todo = on_one_line(todo)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.todo}".strip()


class BadInput(RefocusError, ValueError):
    """A file, value or option that cannot be used. Exit status 2 of the command line."""


class StackTooLarge(BadInput):
    """A focal stack would have more pixels than the settings allow."""


class EngineNotReady(RefocusError):
    """An engine lacks weights, a package or a device. Exit status 3 of the command line."""


class WeightsMissing(EngineNotReady):
    """Model weights are missing, incomplete or of another model."""


class Cancelled(RefocusError):
    """The user stopped the work. Raised by a progress callback."""

    def __init__(self, message: str = "Stopped.") -> None:
        super().__init__(message)


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
