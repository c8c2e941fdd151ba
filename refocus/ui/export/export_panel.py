"""The Download panel: each file is made when its button is pressed, and saved by the browser."""

from pathlib import Path
from typing import Any, Literal, get_args

import gradio as gr
from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from refocus.core import BadInput, Progress
from refocus.media import MOTIONS, Motion, save_disparity_png, zip_files
from refocus.results.export import write_motion, write_still
from refocus.results.settings_file import write_settings
from refocus.ui.components.page_component import PageView
from refocus.ui.components.page_files import page_code
from refocus.ui.run.session_result import Made
from refocus.ui.viewer import save_html

Kind = Literal["mp4", "webp", "jpg", "png", "html", "frames", "disparity", "settings"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_HERE = Path(__file__).parent


class Taken(GradioModel):
    """A file for the browser to save."""

    file: FileData = Field(description="The file.")
    number: int = Field(description="Counts the files of this page.")


class TakeAway(PageView):
    """The panel. Disabled until its prop `ready` is true.

    Its event `take` carries what `TakeWish.of` reads, `link` nothing. Its value is a `Taken`; the prop `ended`
    (anything new when the work ended, well or not) and `link` (`{"query", "number"}`) tell it what happened.
    """

    data_model = Taken

    def __init__(self, value: Taken | None = None, **kw: Any) -> None:
        """`kw` are gr.HTML's own arguments; gradio builds the class again from all of them on updates."""
        page: dict[str, Any] = {
            "html_template": _source("html"),
            "css_template": _source("css"),
            "js_on_load": _source("js"),
            "apply_default_css": False,
        }
        super().__init__(value, **{"ready": False, "place": False, "ended": "", "link": None, **kw, **page})


class TakeWish(GradioModel):
    """What the panel asks for."""

    kind: Kind
    number: int
    position: float = Field(description="Stack position the viewer shows.")
    start: float = Field(description="Stack position before the last tap: where a pull starts.")
    motion: Motion = MOTIONS[0]
    place: bool = Field(default=False, description="Keep the place the photo was taken at.")

    @classmethod
    def of(cls, event: gr.EventData) -> "TakeWish":
        """What an event carries. Raises BadInput when it is none of the panel's own."""
        try:
            return cls.model_validate({name: getattr(event, name) for name in cls.model_fields})
        except (AttributeError, ValueError) as error:
            raise BadInput("The page asked for something that cannot be made.", todo="Reload the page.") from error


def take_away(made: Made, wish: TakeWish, folder: Path, progress: Progress) -> Path:
    """Write what is asked for.

    Args:
        made: the finished stack.
        wish: what of it.
        folder: an empty folder.
        progress: told what is done; may raise Cancelled.

    Returns:
        The file, under the name it is saved as.

    Raises:
        BadInput: on positions outside the stack.
    """
    result, name = made.result, made.name
    if wish.kind in ("mp4", "webp"):
        path = folder / f"{name}_{wish.motion}.{wish.kind}"
        write_motion(result, path, wish.motion, start=wish.start, end=wish.position, progress=progress)
    elif wish.kind in ("jpg", "png"):
        path = folder / f"{name}_refocused.{wish.kind}"
        write_still(result, path, wish.position, keep_location=wish.place, progress=progress)
    elif wish.kind == "html":
        path = folder / f"{name}_refocus.html"
        save_html(result, path)
    elif wish.kind == "frames":
        path = folder / f"{name}_focal_stack.zip"
        pack(made, path, folder, progress)
    elif wish.kind == "disparity":
        path = folder / f"{name}_disparity.png"
        save_disparity_png(path, result.scene.disparity)
    else:
        path = folder / f"{name}_settings.json"
        write_settings(path, made.settings())
    return path


def pack(made: Made, path: Path, folder: Path, progress: Progress) -> Path:
    """Write all files of a stack, as the command line does, and pack all but the video; returns the video."""
    saved = folder / "saved"
    made.result.save(saved, progress=lambda stage, done: progress(stage, 0.9 * done))
    zip_files(path, sorted(file for file in saved.iterdir() if file.suffix != ".mp4"))
    return saved / "stack.mp4"


def _source(ending: str) -> str:
    return page_code(_HERE / f"export_panel.{ending}")
