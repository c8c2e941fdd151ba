"""Labels and captions of the entries of a comparison, from the table of options."""

from collections.abc import Mapping, Sequence

from refocus.compare.variants import Entry, Variant
from refocus.core import Disparity, EngineNotReady, RefocusError
from refocus.engines.contract import EngineSpec
from refocus.results.blur_amount import BLUR_UNITS
from refocus.results.options import Option
from refocus.results.refocused import Refocused
from refocus.results.request import OPTIONS, RefocusRequest

_DEFAULTS = RefocusRequest()


def entry_of(result: Refocused, label: str, spec: EngineSpec | None = None) -> Entry:
    """An entry for a result. Its caption names options that change the stacks of the engine; without `spec` all."""
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
    """An entry for a stack that could not be made, with the reason."""
    frames = variant.request.frames if _changes_stack(spec, "frames") else None
    settings = _settings(variant.request, spec, frames=frames)
    engine = spec.title if spec else variant.engine_name or "auto"
    caption = (": ".join(filter(None, [engine, settings])),)
    return Entry(label, caption, why=str(error), not_ready=isinstance(error, EngineNotReady))


def depth_caption(disparity: Disparity) -> str:
    """The source of a depth map in a few words."""
    if disparity.origin == "built-in":
        return "depth by the built-in network"
    if disparity.origin == "stack":
        return "depth from the focus of the frames"
    return f"depth {disparity.description}"


def labels_of(variants: Sequence[Variant], specs: Sequence[EngineSpec | None] = ()) -> list[str]:
    """Unique labels with the engine and the options that differ between the variants, such as "Thin lens, blur 0.8".

    Args:
        variants: in order.
        specs: of the engines that make them. Options that do not change the stacks of an engine are left out; without
            specs none is. A default is named only if another variant of the same engine has another value.
    """
    texts = [_variant_texts(variant) for variant in variants]
    specs = specs or [None] * len(texts)
    engines = [
        spec.title if spec else variant.engine_name or "auto" for variant, spec in zip(variants, specs, strict=True)
    ]
    default = _variant_texts(Variant())
    labels: list[str] = []
    for variant, own, spec, engine in zip(variants, texts, specs, engines, strict=True):
        same_engine = [other for other, name in zip(texts, engines, strict=True) if name == engine]
        named = [
            text
            for name, text in own.items()
            if (name == "model" or _changes_stack(spec, name))
            and (_differs(name, same_engine) or (_differs(name, texts) and text != default[name]))
        ]
        label = variant.label or ", ".join(filter(None, [engine, *named]))
        labels.append(label if label not in labels else f"{label} ({labels.count(label) + 1})")
    return labels


def _differs(name: str, texts: Sequence[Mapping[str, str]]) -> bool:
    return len({text[name] for text in texts}) > 1


def _variant_texts(variant: Variant) -> dict[str, str]:
    """The text of each option of a variant, by name."""
    return {
        **_option_texts(variant.request),
        "depth_source": _depth_text(variant),
        "model": variant.model.name if variant.model else "",
    }


def _option_texts(request: RefocusRequest) -> dict[str, str]:
    """The text of each option of a request, by name; "blur" may be an f-number or K."""
    amount = request.blur_amount
    others = {name: declared for name, declared in OPTIONS.items() if name not in BLUR_UNITS}
    return {
        "blur": OPTIONS[amount.unit].caption(amount.value),
        **{name: declared.caption(getattr(request, name)) for name, declared in others.items()},
    }


def _settings(request: RefocusRequest, spec: EngineSpec | None, *, frames: int | None) -> str:
    """The options that differ from their defaults, and those that are always named.

    Args:
        frames: number of frames of the stack; None to leave it out.
    """
    texts, defaults = _option_texts(request), _option_texts(_DEFAULTS)
    named = [
        text
        for name, text in texts.items()
        if name != "frames"
        and _changes_stack(spec, name)
        and _is_captioned(OPTIONS[name], changed=text != defaults[name])
    ]
    return ", ".join([*named, *([] if frames is None else [OPTIONS["frames"].caption(frames)])])


def _is_captioned(option: Option, *, changed: bool) -> bool:
    return option.captioned == "always" or (option.captioned == "changed" and changed)


def _changes_stack(spec: EngineSpec | None, option: str) -> bool:
    """Whether an option changes the stacks of an engine."""
    return spec is None or option in spec.stack_options or option == "touch_up"


def _depth_text(variant: Variant) -> str:
    if variant.depth_model:
        return variant.depth_model.rstrip("/").rsplit("/", 1)[-1]
    if variant.disparity is None:
        return OPTIONS["depth_source"].caption(variant.request.depth_source)
    return f"depth {variant.disparity_name}" if variant.disparity_name else "own depth"
