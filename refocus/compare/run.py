"""Runs a comparison: what can be shared between the variants is done once."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from refocus.compare.captions import entry_of, labels_of, missing_entry
from refocus.compare.variants import Comparison, Entry, Variant
from refocus.core import BadInput, EngineNotReady, Progress
from refocus.engines.contract import EngineSpec
from refocus.media import Photo
from refocus.results.refocused import Refocused

SHARES_DEPTH = "thin-lens"
"""The engine that finds the depth of the photo as it is; the others find it of what they made."""

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
    """Make each variant of a photo. One that cannot be made shows why in its place; the others still run.

    Args:
        photo: decoded once for all.
        variants: in the order of the columns.
        imported: columns after them.
        run: makes one.
        spec_of: the engine a variant will be made by; None when there is none.
        progress: told label, stage and fraction; may raise `Cancelled`.

    Raises:
        Cancelled: from `progress`, passed on.
    """
    entries: list[Entry] = []
    known: dict[tuple[object, ...], Refocused] = {}
    specs = [spec_of(variant) for variant in variants]
    labels = labels_of(variants, specs)
    for index, (variant, label, spec) in enumerate(zip(variants, labels, specs, strict=True)):

        def report(stage: str, fraction: float, begun: int = index, name: str = label) -> None:
            progress(f"{name}: {stage}", (begun + fraction) / len(variants))

        key = _same_depth(variant, spec)
        try:
            result = run(_with_known_depth(photo, variant, known.get(key)), variant, report)
        except (BadInput, EngineNotReady) as error:
            entries.append(missing_entry(label, variant, error, spec))
            continue
        result = replace(result, photo=replace(result.photo, disparity=photo.disparity))
        if variant.disparity is None and not variant.request.touch_up:  # what strokes corrected is nobody else's
            known.setdefault(key, result)
        entries.append(entry_of(result, label, spec))
    return Comparison(photo.name, (photo.width, photo.height), (*entries, *imported))


def _same_depth(variant: Variant, spec: EngineSpec | None) -> tuple[object, ...]:
    """Equal for variants whose depth is found the same way."""
    request = variant.request
    sees = request.long_side, request.sharp, request.depth_source
    return spec and spec.name, variant.model, variant.depth_model, *sees


def _with_known_depth(photo: Photo, variant: Variant, earlier: Refocused | None) -> Photo:
    """The photo with the depth that was found for it before, so that it is not looked for again."""
    if earlier is None or earlier.engine != SHARES_DEPTH or variant.disparity is not None:
        return photo
    return replace(photo, disparity=earlier.scene.disparity, camera=earlier.photo.camera)
