"""Runs a comparison. Each photo is decoded once, and its depth is estimated once for variants that share it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from refocus.compare.captions import entry_of, labels_of, missing_entry
from refocus.compare.variants import Comparison, Entry, Variant
from refocus.core import BadInput, EngineNotReady, Progress, portion
from refocus.engines.contract import EngineSpec
from refocus.media import Photo
from refocus.media.decode import upright_size
from refocus.results.refocused import Refocused

_DEPTH_OF_PHOTO = "thin-lens"  # the other engines estimate the depth of their own output


@dataclass(frozen=True, slots=True, eq=False)
class PlannedVariant:
    """A variant whose engine is chosen.

    Attributes:
        variant: what to make.
        spec: of its engine; None when there is none of that name.
        run: makes its stack of a photo; or why the engine cannot run.
    """

    variant: Variant
    spec: EngineSpec | None
    run: Callable[[Photo, Progress], Refocused] | BadInput | EngineNotReady


@dataclass(frozen=True, slots=True, eq=False)
class PhotoRow:
    """One of several photos to compare, not opened yet: the photos could fill the memory all at once.

    Attributes:
        path: its file.
        variants: to make of it.
        imported: entries from elsewhere.
    """

    path: Path
    variants: Sequence[Variant]
    imported: Sequence[Entry] = ()


def compare_rows(
    rows: Sequence[PhotoRow], compare: Callable[..., Comparison], *, max_pixels: int, progress: Progress
) -> Iterator[Comparison]:
    """Compare several photos, one opened at a time. A damaged photo gets entries with the reason; the others still run.

    Args:
        rows: the photos.
        compare: `RefocusPipeline.compare`.
        max_pixels: limit of a photo.
        progress: called with stage and the fraction of all rows; may raise `Cancelled`.
    """
    for index, row in enumerate(rows):
        report = portion(progress, index / len(rows), (index + 1) / len(rows))
        report("Opening the photos", 0.0)
        try:
            photo = Photo.open(row.path, max_pixels=max_pixels)
        except BadInput as error:
            named = zip(labels_of(row.variants), row.variants, strict=True)
            missing = [missing_entry(label, variant, error) for label, variant in named]
            yield Comparison(row.path.stem, upright_size(row.path), (*missing, *row.imported))
        else:
            yield compare(photo, row.variants, imported=row.imported, progress=report)


def compare_photo(
    photo: Photo, planned: Sequence[PlannedVariant], imported: Iterable[Entry], progress: Progress
) -> Comparison:
    """Make each variant of a photo. A variant that fails becomes an entry with the reason; the others still run.

    Args:
        photo: the decoded photo.
        planned: in the order of the columns.
        imported: entries to add after them.
        progress: called with label and stage, and the fraction; may raise `Cancelled`.

    Raises:
        Cancelled: from `progress`.
    """
    entries: list[Entry] = []
    finished: dict[tuple[object, ...], Refocused] = {}
    labels = labels_of([plan.variant for plan in planned], [plan.spec for plan in planned])
    for index, (plan, label) in enumerate(zip(planned, labels, strict=True)):
        report = portion(progress, index / len(planned), (index + 1) / len(planned), prefix=f"{label}: ")
        variant, key = plan.variant, _depth_key(plan)
        try:
            if isinstance(plan.run, Exception):
                raise plan.run
            result = plan.run(variant.photo_of(_with_depth_of(photo, variant, finished.get(key))), report)
        except (BadInput, EngineNotReady) as error:
            entries.append(missing_entry(label, variant, error, plan.spec))
            continue
        result = replace(result, photo=replace(result.photo, disparity=photo.disparity))
        if variant.disparity is None and not variant.request.touch_up:  # a corrected map is for its variant alone
            finished.setdefault(key, result)
        entries.append(entry_of(result, label, plan.spec))
    return Comparison(photo.name, photo.size, (*entries, *imported))


def _depth_key(plan: PlannedVariant) -> tuple[object, ...]:
    """Equal for variants whose depth is estimated from the same input with the same model."""
    variant, request = plan.variant, plan.variant.request
    input_settings = request.long_side, request.sharp, request.depth_source
    return plan.spec and plan.spec.name, variant.model, variant.depth_model, *input_settings


def _with_depth_of(photo: Photo, variant: Variant, earlier: Refocused | None) -> Photo:
    """The photo with the depth of an earlier result, if that is the depth of the photo itself."""
    if earlier is None or earlier.engine != _DEPTH_OF_PHOTO or variant.disparity is not None:
        return photo
    return replace(photo, disparity=earlier.scene.disparity, camera=earlier.photo.camera)
