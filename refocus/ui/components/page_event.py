"""What the events of the page's components carry. Any program may send the same, or something else."""

import math
from typing import Any

import gradio as gr

from refocus.core import BadInput, numbers


class PageEvent(gr.EventData):
    """The data of an event, for handlers with an argument of this type. Reading what was not sent raises BadInput."""

    def __getattr__(self, name: str) -> Any:
        """What the event carries under a name."""
        if name.startswith("_"):
            raise AttributeError(name)
        if not isinstance(self._data, dict) or name not in self._data:
            raise BadInput(f"The event came without {name!r}.", todo="Reload the page, or send what it sends.")
        return self._data[name]

    def whole(self, name: str) -> int:
        """A whole number, 0 or more."""
        return numbers.whole(name, getattr(self, name), 0, math.inf)

    def real(self, name: str) -> float:
        """A finite number."""
        return numbers.real(name, getattr(self, name), -_LARGEST, _LARGEST)


_LARGEST = 1e9
