"""The Download panel: each file is written when its button is pressed, and saved by the browser."""

from pathlib import Path
from typing import Any, ClassVar, Literal

import gradio as gr
from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from refocus.core import BadInput
from refocus.media import MOTIONS, Motion
from refocus.ui.components.page_component import PageComponent

Kind = Literal["mp4", "webp", "jpg", "png", "html", "frames", "disparity", "settings"]
QUICK_KINDS: tuple[Kind, ...] = ("disparity", "settings")
"""Files that are ready at once, so they do not wait for other users' renderings."""


class ExportedFile(GradioModel):
    """A file for the browser to save."""

    file: FileData = Field(description="The file.")
    number: int = Field(description="Number of the request this answers.")


class ExportRequest(GradioModel):
    """What the panel asks for."""

    kind: Kind
    number: int
    position: float = Field(description="Stack position the viewer shows.")
    start: float = Field(description="Stack position before the last tap, where a focus pull starts.")
    motion: Motion = MOTIONS[0]
    place: bool = Field(default=False, description="Keep the location the photo was taken at.")

    @classmethod
    def of(cls, event: gr.EventData, last_position: float) -> "ExportRequest":
        """What an event carries, with positions limited to the stack. Raises BadInput when the panel did not send it.

        Args:
            event: of the panel.
            last_position: of the stack.
        """
        try:
            request = cls.model_validate({name: getattr(event, name) for name in cls.model_fields})
        except (AttributeError, ValueError) as error:
            raise BadInput("The page asked for a file that cannot be made.", todo="Reload the page.") from error
        limited = {name: min(getattr(request, name), last_position) for name in ("position", "start")}
        return request.model_copy(update=limited)


class ExportPanel(PageComponent):
    """The panel. Disabled until its prop `ready` is true; its value is an `ExportedFile`.

    Events:
        export: a file is to be written; carries what `ExportRequest.of` reads.
        export_quick: the same for `QUICK_KINDS`.
        link: a link with the current settings is to be copied; carries nothing.

    Props:
        ready: whether there is a finished stack.
        has_location: whether its photo says where it was taken.
        ended: set to a new value when the work has ended, also after a failure.
        link: `{"query", "number"}` answers `link`.
    """

    data_model = ExportedFile
    page_files = Path(__file__).with_suffix("")
    default_props: ClassVar[dict[str, Any]] = {
        "ready": False,
        "has_location": False,
        "ended": "",
        "link": None,
        "quick_kinds": list(QUICK_KINDS),
    }
