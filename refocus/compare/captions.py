"""Headings above and captions below each stack of a comparison."""

from collections.abc import Mapping, Sequence

from refocus.compare.variants import Entry, Variant
from refocus.core import Disparity, EngineNotReady, RefocusError
from refocus.core.bokeh_spec import aperture_label
from refocus.engines.contract import EngineSpec
from refocus.results.refocused import Refocused
from refocus.results.request import RefocusRequest

_ALWAYS = frozenset({"blur", "aperture", "frames"})
"""Settings that a caption names even at their default."""
_UNASKED = RefocusRequest()
_DEPTH_REQUESTED = {
    "auto": "auto depth",
    "embedded": "embedded depth",
    "model": "model depth",
    "built-in": "built-in depth",
}


def entry_of(result: Refocused, label: str, spec: EngineSpec | None = None) -> Entry:
    """A column for a result. `spec` tells which settings change its engine's stacks; without it all are named."""
    settings = _settings(result.request, spec, frames=len(result.stack))
    seed = "no seed needed" if result.seed is None else f"seed {result.seed}"
    total = result.seconds.get("total")
    seconds = "time unknown" if total is None else f"{total:.1f} s"
    disparity = result.scene.disparity
    caption = (
        f"{spec.title if spec else result.engine}: {settings}",
        depth_caption(disparity),
        f"{seed}, {seconds}",
    )
    return Entry(label, caption, result.stack, disparity, result=result, inputs=result.inputs)


def missing_entry(label: str, variant: Variant, error: RefocusError, spec: EngineSpec | None = None) -> Entry:
    """A column for a stack that could not be made, with the reason."""
    frames = variant.request.frames if _heeds(spec, "frames") else None
    settings = _settings(variant.request, spec, frames=frames)
    engine = spec.title if spec else variant.engine or "auto"
    caption = (": ".join(filter(None, [engine, settings])),)
    return Entry(label, caption, why=str(error), not_ready=isinstance(error, EngineNotReady))


def depth_caption(disparity: Disparity) -> str:
    """Where depth came from."""
    if disparity.origin == "built-in":
        return "depth estimated from the picture alone"
    if disparity.origin == "stack":
        return "depth from the focus of the frames"
    return f"depth {disparity.source}"


def labels_of(variants: Sequence[Variant], specs: Sequence[EngineSpec | None] = ()) -> list[str]:
    """What tells each variant from the others, such as "Thin lens, blur 0.8"; never the same twice.

    Args:
        variants: in order.
        specs: the engines that make them; settings that do not change an engine's stacks are not named. Without specs,
            all are. A setting at its default is named only beside another stack of the same engine.
    """
    facts = [_facts(variant) for variant in variants]
    specs = specs or [None] * len(facts)
    engines = [spec.title if spec else variant.engine or "auto" for variant, spec in zip(variants, specs, strict=True)]
    default = _facts(Variant())
    found: list[str] = []
    for variant, fact, spec, engine in zip(variants, facts, specs, engines, strict=True):
        same_engine = [other for other, name in zip(facts, engines, strict=True) if name == engine]
        named = [
            text
            for name, text in fact.items()
            if (name == "model" or _heeds(spec, name))
            and (_differs(name, same_engine) or (_differs(name, facts) and text != default[name]))
        ]
        label = variant.label or ", ".join(filter(None, [engine, *named]))
        found.append(label if label not in found else f"{label} ({found.count(label) + 1})")
    return found


def _differs(name: str, facts: Sequence[Mapping[str, str]]) -> bool:
    return len({fact[name] for fact in facts}) > 1


def _facts(variant: Variant) -> dict[str, str]:
    """What can be named of a variant, by option."""
    request = variant.request
    return {
        **_settings_facts(request),
        "long_side": f"{request.long_side} px",
        "seed": f"seed {request.seed}",
        "depth_source": _depth_requested(variant),
        "model": variant.model.name if variant.model else "",
    }


def _settings_facts(request: RefocusRequest) -> dict[str, str]:
    """The text of each setting by option, in the order they are named."""
    position, strokes = request.input_position, len(request.touch_up)
    return {
        "blur": _strength(request),
        "aperture": aperture_label(request.aperture),
        "steps": "default steps" if request.steps is None else f"{request.steps} steps",
        "guidance": "default guidance" if request.guidance is None else f"guidance {request.guidance:g}",
        "input_position": "focus of the photo estimated" if position is None else f"photo focused at {position}",
        "decode_overlap": f"{request.decode_overlap} frames decoded twice",
        "corrected_clip": "CLIP range as in training" if request.corrected_clip else "CLIP range as published",
        "full_size": "full size" if request.full_size else "the model's own size",
        "sharp": "photo taken as sharp" if request.sharp else "photo restored",
        "restore": f"prompt “{request.restore}”" if request.restore else "no prompt",
        "touch_up": f"depth touched up (strokes: {strokes})" if strokes else "depth not touched up",
        "frames": f"{request.frames} frames",
    }


def _strength(request: RefocusRequest) -> str:
    if request.k is not None:
        return f"K {request.k:g}"
    return f"blur {request.blur:g}" if request.f_number is None else f"f/{request.f_number:g}"


def _settings(request: RefocusRequest, spec: EngineSpec | None, *, frames: int | None) -> str:
    """The settings that differ from their defaults, and those that are always named.

    Args:
        frames: how many the stack has; None to leave it out.
    """
    facts = _settings_facts(request)
    defaults = _settings_facts(_UNASKED)
    named = [
        text
        for name, text in facts.items()
        if name != "frames" and _heeds(spec, name) and (name in _ALWAYS or text != defaults[name])
    ]
    return ", ".join([*named, *([] if frames is None else [f"{frames} frames"])])


def _heeds(spec: EngineSpec | None, option: str) -> bool:
    """Whether another value of an option gives other stacks."""
    return spec is None or option in spec.stack_options or option == "touch_up"


def _depth_requested(variant: Variant) -> str:
    if variant.depth_model:
        return variant.depth_model.rstrip("/").rsplit("/", 1)[-1]
    if variant.disparity is None:
        return _DEPTH_REQUESTED[variant.request.depth_source]
    return f"depth {variant.disparity_name}" if variant.disparity_name else "own depth"
