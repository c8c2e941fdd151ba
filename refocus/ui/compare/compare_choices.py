"""What the user wants to compare, and the variants that follow from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from refocus.compare.variants import Variant
from refocus.core import BadInput, Disparity, EngineNotReady
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.depth import Meaning
from refocus.depth.file import read_photo_depth
from refocus.depth.sources import DepthChoice
from refocus.engines import Engine
from refocus.engines.registry import Choice
from refocus.pipeline import RefocusPipeline
from refocus.results.blur_amount import DEFAULT_BLUR
from refocus.results.request import DEFAULT_LONG_SIDE, RefocusRequest

MAX_COLUMNS = 8
MAX_PHOTOS = 8
_F_NUMBER_PREFIX = "f/"
_SEPARATORS = ("_", "-", ".", " ")


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """What to compare: every combination of these, for each photo.

    Attributes:
        photos: files.
        engines: names.
        blurs: strengths, 0 to 1, or f-numbers ("f/2").
        apertures: names of shapes.
        depth_sources: as in `RefocusRequest`.
        depths: files of the user's own depth maps; each is one more source. With several photos, a map's name begins
            with its photo's.
        depth_is: what the maps hold.
        long_side: pixels along the long side to compute at.
        imported: files of results from elsewhere: videos, ZIPs, and pictures, which together are one stack. With
            several photos, videos and ZIPs are named as the maps are.
        far_first: whether imported results begin with the farthest focus.
    """

    photos: tuple[str, ...]
    engines: tuple[str, ...]
    blurs: tuple[float | str, ...] = (DEFAULT_BLUR,)
    apertures: tuple[str, ...] = ("circle",)
    depth_sources: tuple[DepthChoice, ...] = ("auto",)
    depths: tuple[str, ...] = ()
    depth_is: Meaning = "disparity"
    long_side: int = DEFAULT_LONG_SIDE
    imported: tuple[str, ...] = ()
    far_first: bool = False

    def check(self) -> None:
        """Raise BadInput when there is no choice of something, or too many photos."""
        if len(self.photos) > MAX_PHOTOS:
            raise BadInput(f"{len(self.photos)} photos are too many.", todo=f"Choose at most {MAX_PHOTOS}.")
        if not self.engines and self.imported:
            return
        chosen = {
            "engine": self.engines,
            "blur strength": self.blurs,
            "aperture": self.apertures,
            "depth source": (*self.depth_sources, *self.depths),
        }
        lacking = [name for name, values in chosen.items() if not values]
        if lacking:
            raise BadInput(f"No {' and no '.join(lacking)} is chosen.", todo="Choose at least one of each.")

    def choose(self, pipeline: RefocusPipeline) -> list[Choice | Engine]:
        """The choice of each engine, once for all photos; or an engine that cannot run, which says so in its column.

        Raises:
            BadInput: for a name that no engine has.
        """
        found: list[Choice | Engine] = []
        for name in self.engines:
            try:
                found.append(pipeline.choose(name))
            except EngineNotReady:
                found.append(pipeline.engine(name))
        return found

    def variants(
        self, path: str, photo_size: tuple[int, int], engines: Sequence[Choice | Engine], *, max_pixels: int
    ) -> list[Variant]:
        """Every combination that gives a different stack of a photo.

        Args:
            path: the photo's file, one of `photos`.
            photo_size: (width, height).
            engines: from `choose`.
            max_pixels: limit of a depth map.

        Raises:
            BadInput: when there are too many, a map does not fit the photo, or a value is not possible.
        """
        maps = {
            file: read_photo_depth(
                file, photo_size, meaning=self.depth_is, long_side=self.long_side, max_pixels=max_pixels
            )
            for file in files_of(path, self.photos, self.depths)
        }
        found = [variant for engine in engines for variant in self._variants_of(engine, maps)]
        if len(found) > MAX_COLUMNS:
            raise BadInput(
                f"{len(found)} combinations are too many.",
                todo=f"Choose fewer options: at most {MAX_COLUMNS} columns fit.",
            )
        return found

    def _variants_of(self, chosen: Choice | Engine, maps: Mapping[Path, Disparity]) -> Iterator[Variant]:
        spec = (chosen.engine if isinstance(chosen, Choice) else chosen).spec
        engine = chosen if isinstance(chosen, Choice) else spec.name
        blurs = self.blurs if "blur" in spec.stack_options else self.blurs[:1]
        apertures = self.apertures if "aperture" in spec.stack_options else self.apertures[:1]
        depths: Sequence[DepthChoice | Path] = [*self.depth_sources, *maps]
        if "depth" not in spec.stack_options:
            depths = ["auto"]
        for blur, aperture, depth in product(blurs, apertures, depths):
            request = RefocusRequest(
                frames=DEFAULT_FRAMES,
                aperture=aperture,
                long_side=self.long_side,
                depth_source="auto" if isinstance(depth, Path) else depth,
                **_blur_option(blur),
            )
            if isinstance(depth, Path):
                yield Variant(request, engine, disparity=maps[depth], disparity_name=depth.name)
            else:
                yield Variant(request, engine)


def files_of(photo: str, photos: Sequence[str], files: Sequence[str]) -> list[Path]:
    """Those of the files that belong to a photo: all when it is the only one, else those named after it.

    Args:
        photo: its file.
        photos: all files of photos.
        files: to choose from.
    """
    if len(photos) == 1:
        return [Path(file) for file in files]
    return [Path(file) for file in files if _owner(Path(file).stem, photos) == photo]


def without_photo(photos: Sequence[str], files: Sequence[str]) -> list[str]:
    """Names of the files that belong to none of the photos."""
    return [Path(file).name for file in files if not any(Path(file) in files_of(p, photos, [file]) for p in photos)]


def _owner(stem: str, photos: Sequence[str]) -> str | None:
    """The photo with the longest name that a file's name begins with."""
    names = {Path(photo).stem: photo for photo in photos}
    fitting = [name for name in names if stem == name or stem.startswith(tuple(name + sign for sign in _SEPARATORS))]
    return names[max(fitting, key=len)] if fitting else None


def _blur_option(text: float | str) -> dict[str, Any]:
    """The option `blur` or `f_number` with its value. Raises BadInput for text that is neither."""
    typed = str(text).strip().lower()
    try:
        if typed.startswith(_F_NUMBER_PREFIX):
            return {"f_number": float(typed[len(_F_NUMBER_PREFIX) :])}
        return {"blur": float(typed)}
    except ValueError as error:
        raise BadInput(f"{text!r} is not a blur strength.", todo="Enter 0 to 1, or an f-number such as f/2.") from error
