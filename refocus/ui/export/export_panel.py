"""The Download panel: each file is written when its button is pressed, and saved by the browser."""

from pathlib import Path
from typing import Any, ClassVar, Literal

from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from refocus.core import BadInput, Progress, portion
from refocus.media import MOTIONS, Motion, save_disparity_png, zip_files
from refocus.media.stills import save_like_photo
from refocus.results.blur_amount import BlurAmount
from refocus.results.bokeh_picture import BokehRequest
from refocus.results.media_export import write_motion
from refocus.results.saved import write_settings
from refocus.ui.components.page_component import PageComponent, PageEvent
from refocus.ui.prompt.made_picture import MadePicture, full_size_made
from refocus.ui.run.full_size_picture import full_size_picture
from refocus.ui.run.session_result import SessionResult
from refocus.ui.viewer.html_export import save_html

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
    position: float = Field(ge=0, allow_inf_nan=False, description="Stack position the viewer shows.")
    start: float = Field(
        ge=0, allow_inf_nan=False, description="Stack position before the last tap, where a focus pull starts."
    )
    motion: Motion = MOTIONS[0]
    blur: float | None = Field(default=None, ge=0, le=1, description="Blur strength shown, if not that of the stack.")
    aperture: str | None = Field(default=None, description="Aperture shape shown, if not that of the stack.")
    made: str = Field(default="", description="Names what a prompt made, when that is shown.")
    place: bool = Field(default=False, description="Keep the location the photo was taken at.")

    @classmethod
    def of(cls, event: PageEvent, last_position: float) -> "ExportRequest":
        """What an event carries, with positions limited to the stack. Raises BadInput when the panel did not send it.

        Args:
            event: of the panel.
            last_position: of the stack.
        """
        try:
            request = cls.model_validate({name: getattr(event, name) for name in cls.model_fields})
        except ValueError as error:
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


def write_export(
    result: SessionResult,
    request: ExportRequest,
    folder: Path,
    progress: Progress,
    *,
    made: MadePicture | None = None,
) -> Path:
    """Write the requested file.

    Args:
        result: the finished stack.
        request: which file.
        folder: an empty folder.
        progress: called with stage and fraction; may raise Cancelled.
        made: what a prompt made and the viewer shows; None for the stack.

    Returns:
        The file, under the name it is saved as.

    Raises:
        BadInput: on positions outside the stack.
    """
    refocused, name = result.refocused, result.file_stem
    if request.kind in ("mp4", "webp") and made is not None and made.picture.is_video:
        path = folder / f"{name}_focus_pull.{request.kind}"
        made.picture.write_video(path, progress)
    elif request.kind in ("mp4", "webp"):
        path = folder / f"{name}_{request.motion}.{request.kind}"
        write_motion(refocused, path, request.motion, start=request.start, end=request.position, progress=progress)
    elif request.kind in ("jpg", "png"):
        path = folder / f"{name}_refocused.{request.kind}"
        picture = full_size_made(made, progress) if made else full_size_picture(result, _shown(request), progress)
        save_like_photo(path, picture, refocused.photo, keep_location=request.place)
    elif request.kind == "html":
        path = folder / f"{name}_refocus.html"
        save_html(refocused, path)
    elif request.kind == "frames":
        path = folder / f"{name}_focal_stack.zip"
        write_frames_zip(result, path, folder, progress)
    elif request.kind == "disparity":
        path = folder / f"{name}_disparity.png"
        save_disparity_png(path, refocused.scene.disparity)
    else:
        path = folder / f"{name}_settings.json"
        write_settings(path, result.settings())
    return path


def _shown(request: ExportRequest) -> BokehRequest:
    blur = BlurAmount.from_options(request.blur)
    return BokehRequest(position=request.position, aperture=request.aperture, blur_amount=blur)


def write_frames_zip(result: SessionResult, path: Path, folder: Path, progress: Progress) -> Path:
    """Write all files of a stack, as the command line does, and pack all but the video; returns the video."""
    saved = folder / "saved"
    result.refocused.save(saved, progress=portion(progress, 0, 0.9))
    zip_files(path, sorted(file for file in saved.iterdir() if file.suffix != ".mp4"))
    return saved / "stack.mp4"
