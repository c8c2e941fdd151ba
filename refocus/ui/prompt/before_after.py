"""Pictures and focus pulls made from prompts, beside the photo: before and after, download, a tap to correct."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from refocus.core import BokehSpec, Progress, portion, silent
from refocus.media import encode_thumbnail, save_png
from refocus.results import Refocused
from refocus.results.bokeh_picture import BokehRequest, bokeh_picture
from refocus.results.focus_pull import focus_pull
from refocus.subjects import Region
from refocus.ui.components.page_component import PageComponent, file_data, write_webp
from refocus.ui.run.session_result import file_stem


class HistoryItem(GradioModel):
    """One of the session's finished pictures, as a thumbnail."""

    thumbnail: FileData = Field(description="The picture, small.")
    title: str = Field(description="What was understood.")
    is_video: bool = Field(default=False, description="Whether it is a focus pull.")


class BeforeAfterView(GradioModel):
    """One finished picture or focus pull, and the others of the session."""

    width: int = Field(description="Width of the picture, px.")
    height: int = Field(description="Height of the picture, px.")
    before: FileData = Field(description="The photo before refocusing.")
    after: FileData = Field(description="The finished picture; of a focus pull, its last frame.")
    video: FileData | None = Field(default=None, description="The focus pull, MP4.")
    download: FileData = Field(description="The result at full quality.")
    title: str = Field(default="", description="What was understood.")
    notes: list[str] = Field(default_factory=list, description="What was found and assumed.")
    description: str = Field(default="", description="What the picture shows, for screen readers.")
    history: list[HistoryItem] = Field(default_factory=list, description="All pictures of the session, latest first.")
    shown: int = Field(default=0, description="Index of this picture in the history.")


class BeforeAfter(PageComponent):
    """Shows a `BeforeAfterView`, or nothing for None.

    Events:
        correct: the picture was tapped at `x` and `y` in [0, 1]; `index` is its place in the history.
        chosen: `index` in the history of the picture to show again.
    """

    data_model = BeforeAfterView
    page_files = Path(__file__).with_suffix("")


_SHOWN_QUALITY = 92
_THUMBNAIL_PX = 320
_PULL_RENDER_SHARE = 0.8
_SEPARATOR = " · "  # between the parts of a title, as in `BokehSpec.describe`


@dataclass(frozen=True, slots=True, eq=False)
class PromptResult:
    """One finished picture or focus pull.

    Attributes:
        folder: holds its files, removed with the session.
        path: the PNG, or the MP4 of a focus pull.
        view: what the page shows, without the session's history.
        item: its thumbnail in the history.
        spec: what was understood.
        region: the subject that was found, in pixels of the picture; None when none was looked for, or of a pull.
    """

    folder: Path
    path: Path
    view: BeforeAfterView
    item: HistoryItem
    spec: BokehSpec
    region: Region | None


def render_prompt(
    result: Refocused, request: BokehRequest, folder: Path, *, progress: Progress = silent
) -> PromptResult:
    """Render what a prompt asks for at full quality, and write the files.

    Args:
        result: the photo with its stack.
        request: its prompt may ask for a picture or for a focus pull.
        folder: an empty folder for the files.
        progress: told how far a focus pull is; may raise Cancelled.

    Raises:
        BadInput: on a point outside the picture.
    """
    stem = file_stem(result.photo.name)
    video, region = None, None
    if request.pulls_focus:
        pull = focus_pull(result, request, progress=portion(progress, 0, _PULL_RENDER_SHARE))
        path = video = folder / f"{stem}_focus_pull.mp4"
        pull.write(path, progress=portion(progress, _PULL_RENDER_SHARE, 1))
        picture, notes = pull.last(), pull.notes
    else:
        progress("Rendering the picture", 0.0)
        made = bokeh_picture(result, request)
        path, picture, notes, region = folder / f"{stem}_bokeh.png", made.picture, made.notes, made.region
        save_png(path, picture)
    height, width = picture.shape[:2]
    title = _title(request)
    photo = result.photo.resized(max(width, height)).rgb
    view = BeforeAfterView(
        width=width,
        height=height,
        before=file_data(write_webp(folder / "before.webp", photo, quality=_SHOWN_QUALITY)),
        after=file_data(write_webp(folder / "after.webp", picture, quality=_SHOWN_QUALITY)),
        video=None if video is None else file_data(video),
        download=file_data(path),
        title=title,
        notes=list(notes),
        description=f"{result.photo.name}: {title}",
    )
    thumbnail = folder / "thumbnail.webp"
    thumbnail.write_bytes(encode_thumbnail(picture, (_THUMBNAIL_PX, _THUMBNAIL_PX)))
    item = HistoryItem(thumbnail=file_data(thumbnail), title=title, is_video=video is not None)
    return PromptResult(folder, path, view, item, request.spec or BokehSpec(), region)


def view_in_history(results: Sequence[PromptResult], index: int) -> BeforeAfterView:
    """One of the session's pictures, with the thumbnails of all."""
    return results[index].view.model_copy(update={"history": [result.item for result in results], "shown": index})


def _title(request: BokehRequest) -> str:
    """What was asked for, in a line; a point that was tapped or a region replaces the place in words."""
    spec = request.spec or BokehSpec()
    place = "where you tapped" if request.mask is None else "the region you marked"
    if not request.points:
        return spec.describe() or "default look, focus on what stands out"
    if spec.rack is not None:
        look = spec.without("rack").describe()
        return _SEPARATOR.join(filter(None, (f"pull focus: {spec.rack[0]} → {place}", look)))
    for field in ("subject", "side", "focus", "focus_distance_m"):
        spec = spec.without(field)
    return _SEPARATOR.join(filter(None, (f"focus: {place}", spec.describe())))
