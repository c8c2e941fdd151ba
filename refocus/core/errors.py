"""Errors a person can act on. Each says what is wrong and, in `todo`, what to do about it."""


class RefocusError(Exception):
    """Something a user or caller can mend.

    Args:
        message: what is wrong and why, one sentence.
        todo: what to do about it, one sentence; may be empty when the message already says it.
    """

    def __init__(self, message: str, *, todo: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.message} {self.todo}".strip()


class BadInput(RefocusError, ValueError):
    """A file, value or option that cannot be used. The command line ends with status 2."""


class StackTooLarge(BadInput):
    """A focal stack would have more pixels than the settings allow. Who may change them can raise the limit."""


class EngineNotReady(RefocusError):
    """An engine lacks weights, a package or a device. The command line ends with status 3."""


class WeightsMissing(EngineNotReady):
    """Model weights are absent, incomplete or of another model."""


class Cancelled(RefocusError):
    """The user stopped the work. Raised by a progress callback, passed on by everyone."""

    def __init__(self, message: str = "Stopped.") -> None:
        super().__init__(message)
