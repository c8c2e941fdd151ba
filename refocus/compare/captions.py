"""Headings above and captions below each stack of a comparison."""

from collections.abc import Mapping, Sequence

from refocus.compare.variants import Entry, Variant
from refocus.core import Disparity, EngineNotReady, RefocusError
from refocus.engines.contract import EngineSpec
from refocus.results.blur_amount import BLUR_UNITS
from refocus.results.options import Option
from refocus.results.refocused import Refocused
from refocus.results.request import OPTIONS, RefocusRequest

_UNASKED = RefocusRequest()


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
    return f"depth {disparity.description}"


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
    return {
        **_option_texts(variant.request),
        "depth_source": _depth_requested(variant),
        "model": variant.model.name if variant.model else "",
    }


def _option_texts(request: RefocusRequest) -> dict[str, str]:
    """The text of each option by name; an f-number or K stands in place of the blur strength."""
    amount = request.blur_amount
    others = {name: declared for name, declared in OPTIONS.items() if name not in BLUR_UNITS}
    return {
        "blur": OPTIONS[amount.unit].caption(amount.value),
        **{name: declared.caption(getattr(request, name)) for name, declared in others.items()},
    }


def _settings(request: RefocusRequest, spec: EngineSpec | None, *, frames: int | None) -> str:
    """The settings that differ from their defaults, and those that are always named.

    Args:
        frames: how many the stack has; None to leave it out.
    """
    texts = _option_texts(request)
    defaults = _option_texts(_UNASKED)
    named = [
        text
        for name, text in texts.items()
        if name != "frames" and _heeds(spec, name) and _is_captioned(OPTIONS[name], changed=text != defaults[name])
    ]
    return ", ".join([*named, *([] if frames is None else [f"{frames} frames"])])


def _is_captioned(option: Option, *, changed: bool) -> bool:
    return option.captioned == "always" or (option.captioned == "changed" and changed)


def _heeds(spec: EngineSpec | None, option: str) -> bool:
    """Whether another value of an option gives other stacks."""
    return spec is None or option in spec.stack_options or option == "touch_up"


def _depth_requested(variant: Variant) -> str:
    if variant.depth_model:
        return variant.depth_model.rstrip("/").rsplit("/", 1)[-1]
    if variant.disparity is None:
        return OPTIONS["depth_source"].caption(variant.request.depth_source)
    return f"depth {variant.disparity_name}" if variant.disparity_name else "own depth"
