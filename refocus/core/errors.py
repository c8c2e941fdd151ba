"""Errors that users can act on: what is wrong, and in `todo` what to do about it."""


class RefocusError(Exception):
    """Base of errors that a user or caller can correct.

    Attributes:
        message: what is wrong and why, one sentence.
        todo: what to do about it, one sentence; empty when the message says it.
    """

    def __init__(self, message: str, *, todo: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.todo = todo

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
