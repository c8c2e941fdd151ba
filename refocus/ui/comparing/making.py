"""From what the user chose to a finished comparison and its files. No gradio here, only values."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from refocus.core import BadInput
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.engines.brought import load_brought
from refocus.engines.captured import PHOTO_ENDINGS
from refocus.engines.comparison import Comparison, Entry, Variant
from refocus.engines.request import DEFAULT_LONG_SIDE, DepthChoice, RefocusRequest
from refocus.evaluate import draw_comparison, write_comparison
from refocus.media import Photo, save_png
from refocus.media.archive import unzip_files
from refocus.media.video_in import VIDEO_ENDINGS
from refocus.pipeline import RefocusPipeline
from refocus.ui.background import Done, Glimpse, Teller, Update, in_background
from refocus.ui.comparing.views import ComparedViews, compared_views

MOST_COLUMNS = 8
ZIP = ".zip"
SAVED_ENDINGS = (".json", ".npy")
"""What a saved stack has beside pictures."""
_RUN_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be compared: every combination of these.

    Attributes:
        photo_path: the photo's file.
        engines: names.
        blurs: strengths, 0 to 1.
        apertures: names of shapes.
        depth_sources: as in `RefocusRequest`.
        long_side: pixels to compute at.
        brought: files of results from elsewhere: videos, and pictures, which together are one stack.
        far_first: whether those begin with the farthest focus.
    """

    photo_path: str
    engines: tuple[str, ...]
    blurs: tuple[float, ...]
    apertures: tuple[str, ...]
    depth_sources: tuple[DepthChoice, ...]
    long_side: int = DEFAULT_LONG_SIDE
    brought: tuple[str, ...] = ()
    far_first: bool = False

    def variants(self) -> list[Variant]:
        """Every combination.

        Raises:
            BadInput: when something is not chosen at all, or there are too many.
        """
        chosen = {
            "engine": self.engines,
            "blur strength": self.blurs,
            "aperture": self.apertures,
            "depth source": self.depth_sources,
        }
        if not self.engines and self.brought:
            return []
        lacking = [name for name, values in chosen.items() if not values]
        if lacking:
            raise BadInput(f"No {' and no '.join(lacking)} is chosen.", todo="Choose at least one of each.")
        count = len(self.engines) * len(self.blurs) * len(self.apertures) * len(self.depth_sources)
        if count > MOST_COLUMNS:
            raise BadInput(f"These are {count} combinations.", todo=f"Choose so that there are at most {MOST_COLUMNS}.")
        return [
            Variant(
                RefocusRequest(
                    frames=DEFAULT_FRAMES, blur=blur, aperture=aperture, long_side=self.long_side, depth_source=depth
                ),
                engine,
            )
            for engine, blur, aperture, depth in product(self.engines, self.blurs, self.apertures, self.depth_sources)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A finished comparison.

    Attributes:
        comparison: the stacks.
        folder: where its files are.
        views: for the viewer.
        grid: the labelled picture, a file.
        video: the side-by-side video, a file.
    """

    comparison: Comparison
    folder: Path
    views: ComparedViews
    grid: Path
    video: Path


def make_comparison(
    pipeline: RefocusPipeline, wish: Wish, folder: Path, stop: threading.Event
) -> Iterator[Update | Glimpse | Done[Compared]]:
    """Run the comparison in a thread; yields how far it is, at last what came out.

    Raises:
        BadInput: when nothing could be made, with why.
        Cancelled: when `stop` is set.
    """

    def work(teller: Teller) -> Compared:
        variants = wish.variants()
        brought = brought_entries(wish.brought, folder, far_first=wish.far_first)
        photo = Photo.open(wish.photo_path, max_pixels=pipeline.settings.max_pixels)
        comparison = (
            pipeline.compare(
                photo, variants, brought=brought, progress=lambda stage, done: teller(stage, _RUN_SHARE * done)
            )
            if variants
            else Comparison(photo, tuple(brought))
        )
        if not comparison.made:
            raise BadInput(f"Nothing could be made: {comparison.entries[0].why}")
        views = compared_views(comparison, folder)
        grid, video = folder / f"{photo.name}_compared.png", folder / f"{photo.name}_compared.mp4"
        save_png(grid, draw_comparison([comparison]))
        write_comparison(video, [comparison], lambda stage, done: teller(stage, _RUN_SHARE + (1 - _RUN_SHARE) * done))
        return Compared(comparison, folder, views, grid, video)

    return in_background(work, stop)


def brought_entries(files: Sequence[str], folder: Path, *, far_first: bool) -> list[Entry]:
    """A column for each video and each ZIP of frames, and one for all pictures together.

    Args:
        files: as uploaded.
        folder: where ZIPs are unpacked.
        far_first: whether they begin with the farthest focus.

    Raises:
        BadInput: naming files of no such kind, or what is wrong with them.
    """
    paths = [Path(file) for file in files]
    zips = [path for path in paths if path.suffix.lower() == ZIP]
    videos = [path for path in paths if path.suffix.lower() in VIDEO_ENDINGS]
    pictures = [path for path in paths if path.suffix.lower() in PHOTO_ENDINGS]
    others = [path.name for path in paths if path not in {*zips, *videos, *pictures}]
    if others:
        raise BadInput(
            f"{', '.join(others)} can not be compared with.", todo="Bring pictures, videos or ZIPs of pictures."
        )
    entries = [load_brought(path, far_first=far_first) for path in videos]
    for index, path in enumerate(zips):
        unpacked = unzip_files(path, folder / f"brought_{index}", endings=(*PHOTO_ENDINGS, *SAVED_ENDINGS))
        entries.append(load_brought(unpacked, path.stem, far_first=far_first))
    if pictures:
        entries.append(load_brought(pictures, "brought frames", far_first=far_first))
    return entries
