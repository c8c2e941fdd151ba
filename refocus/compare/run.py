"""Runs a comparison. The photo is decoded once, and its depth is estimated once for variants that share it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from refocus.compare.captions import entry_of, labels_of, missing_entry
from refocus.compare.variants import Comparison, Entry, Variant
from refocus.core import BadInput, EngineNotReady, Progress
from refocus.engines.contract import EngineSpec
from refocus.media import Photo
from refocus.results.refocused import Refocused

_DEPTH_OF_PHOTO = "thin-lens"  # the other engines estimate the depth of their own output

Run = Callable[[Photo, Variant, Progress], Refocused]
"""Called as run(photo, variant, progress)."""


def compare_photo(
    photo: Photo,
    variants: Sequence[Variant],
    imported: Sequence[Entry],
    run: Run,
    spec_of: Callable[[Variant], EngineSpec | None],
    progress: Progress,
) -> Comparison:
    """Make each variant of a photo. A variant that fails becomes an entry with the reason; the others still run.

    Args:
        photo: the decoded photo.
        variants: in the order of the columns.
        imported: entries to add after them.
        run: makes the stack of one variant.
        spec_of: the spec of the engine that makes a variant; None when there is none.
        progress: called with label and stage, and the fraction; may raise `Cancelled`.

    Raises:
        Cancelled: from `progress`.
    """
    entries: list[Entry] = []
    finished: dict[tuple[object, ...], Refocused] = {}
    specs = [spec_of(variant) for variant in variants]
    labels = labels_of(variants, specs)
    for index, (variant, label, spec) in enumerate(zip(variants, labels, specs, strict=True)):

        def report(stage: str, fraction: float, done: int = index, name: str = label) -> None:
            progress(f"{name}: {stage}", (done + fraction) / len(variants))

        key = _depth_key(variant, spec)
        try:
            result = run(_with_depth_of(photo, variant, finished.get(key)), variant, report)
        except (BadInput, EngineNotReady) as error:
            entries.append(missing_entry(label, variant, error, spec))
            continue
        result = replace(result, photo=replace(result.photo, disparity=photo.disparity))
        if variant.disparity is None and not variant.request.touch_up:  # a corrected map is for its variant alone
            finished.setdefault(key, result)
        entries.append(entry_of(result, label, spec))
    return Comparison(photo.name, (photo.width, photo.height), (*entries, *imported))


def _depth_key(variant: Variant, spec: EngineSpec | None) -> tuple[object, ...]:
    """Equal for variants whose depth is estimated from the same input with the same model."""
    request = variant.request
    input_settings = request.long_side, request.sharp, request.depth_source
    return spec and spec.name, variant.model, variant.depth_model, *input_settings


def _with_depth_of(photo: Photo, variant: Variant, earlier: Refocused | None) -> Photo:
    """The photo with the depth of an earlier result, if that is the depth of the photo itself."""
    if earlier is None or earlier.engine != _DEPTH_OF_PHOTO or variant.disparity is not None:
        return photo
    return replace(photo, disparity=earlier.scene.disparity, camera=earlier.photo.camera)
