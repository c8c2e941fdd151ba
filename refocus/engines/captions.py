"""What is written above and below each stack of a comparison, in the words of any language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType

from refocus.core import Disparity, EngineNotReady, RefocusError
from refocus.engines.comparison import Entry, Variant
from refocus.engines.contract import EngineSpec
from refocus.engines.refocused import Refocused
from refocus.engines.request import RefocusRequest

ENGLISH_CAPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "blur": "blur {value:g}",
        "f_number": "f/{value:g}",
        "k": "K {value:g}",
        "aperture": "{value}",
        "sharp": "kept as taken",
        "restored": "restored",
        "steps": "{value} steps",
        "stepsUsual": "usual steps",
        "guidance": "guidance {value:g}",
        "guidanceUsual": "usual guidance",
        "input": "input at {value}",
        "inputEstimated": "input estimated",
        "overlap": "{value} frames decoded twice",
        "clip": "CLIP as in training",
        "clipUsual": "CLIP as published",
        "fullSize": "full size",
        "ownSize": "the model's own size",
        "restore": "told “{value}”",
        "restoreNothing": "told nothing",
        "touched": "depth touched up (strokes: {value})",
        "untouched": "depth not touched up",
        "frames": "{value} frames",
        "size": "{value} px",
        "seed": "seed {value}",
        "seedNone": "no seed needed",
        "seconds": "{value:.1f} s",
        "secondsUnknown": "time unknown",
        # where depth is asked from, in headings
        "ask.auto": "auto depth",
        "ask.embedded": "embedded depth",
        "ask.model": "model depth",
        "ask.built-in": "built-in depth",
        "ask.own": "own depth",
        "ask.named": "depth {value}",
        # where depth came from, below
        "depth.given": "depth {source}",
        "depth.recorded": "depth {source}",
        "depth.model": "depth {source}",
        "depth.built-in": "depth estimated from the picture alone",
        "depth.stack": "depth from the focus of the frames",
        "depth.none": "no depth known",
        # results of others
        "brought": "brought: {count} frames of {kind}, {width}x{height} px",
        "brought.pictures": "pictures",
        "brought.folder": "a folder",
        "brought.video": "a video",
        "brought.label": "brought frames",
        "brought.chosen": "{used} of {count} frames were used",
        # the rows of a picture of all
        "row.near": "near",
        "row.middle": "middle",
        "row.far": "far",
        "row.depth": "depth",
    }
)


@dataclass(frozen=True, slots=True)
class Words:
    """How a comparison speaks.

    Attributes:
        phrases: what `ENGLISH_CAPTIONS` holds, in the reader's language; "aperture.heart" and the like may be there
            too, else such a shape goes by its name.
        tell: puts into it what engines, files and errors say in English.
        engine: what an engine is called in headings; by default its name, as it is typed.
    """

    phrases: Mapping[str, str]
    tell: Callable[[str], str] = str
    engine: Callable[[EngineSpec], str] = attrgetter("name")

    def __getitem__(self, key: str) -> str:
        """A phrase; values go in with `str.format`."""
        return self.phrases[key]


ENGLISH = Words(ENGLISH_CAPTIONS)
_ALWAYS = frozenset({"blur", "aperture", "frames"})
"""Settings that a caption names also where nobody asked for others."""
_UNASKED = RefocusRequest()


def entry_of(result: Refocused, label: str, spec: EngineSpec | None = None, words: Words = ENGLISH) -> Entry:
    """A column for a result. `spec` tells which settings change its engine's stacks; without it all are named."""
    said = _settings(result.request, spec, words, frames=len(result.stack))
    seed = words["seedNone"] if result.seed is None else words["seed"].format(value=result.seed)
    total = result.seconds.get("total")
    seconds = words["secondsUnknown"] if total is None else words["seconds"].format(value=total)
    disparity = result.scene.disparity
    caption = (
        f"{words.tell(spec.title) if spec else result.engine}: {said}",
        depth_said(disparity, words),
        f"{seed}, {seconds}",
    )
    return Entry(label, caption, result.stack, disparity, result=result, inputs=result.inputs)


def missing_entry(
    label: str, variant: Variant, error: RefocusError, spec: EngineSpec | None = None, words: Words = ENGLISH
) -> Entry:
    """A column for what could not be made, with why."""
    frames = variant.request.frames if _heeds(spec, "frames") else None
    settings = _settings(variant.request, spec, words, frames=frames)
    engine = words.tell(spec.title) if spec else variant.engine or "auto"
    why = " ".join(filter(None, [words.tell(error.message), words.tell(error.todo)]))
    caption = (": ".join(filter(None, [engine, settings])),)
    return Entry(label, caption, why=why, not_ready=isinstance(error, EngineNotReady))


def depth_said(disparity: Disparity, words: Words = ENGLISH) -> str:
    """Where depth came from."""
    source = disparity.source.removeprefix("Depth: ").rstrip(".")
    return words[f"depth.{disparity.origin}"].format(source=words.tell(source))


def labels_of(
    variants: Sequence[Variant], specs: Sequence[EngineSpec | None] = (), words: Words = ENGLISH
) -> list[str]:
    """What tells each variant from the others, such as "thin-lens, blur 0.8"; never the same twice.

    Args:
        variants: in order.
        specs: the engines that make them; what does not change an engine's stacks is not named. Without them, all is.
            What is as usual is named only beside another stack of the same engine.
        words: of the reader's language.
    """
    facts = [_facts(variant, words) for variant in variants]
    specs = specs or [None] * len(facts)
    engines = [spec.name if spec else variant.engine or "auto" for variant, spec in zip(variants, specs, strict=True)]
    titles = [words.engine(spec) if spec else engine for spec, engine in zip(specs, engines, strict=True)]
    usual = _facts(Variant(), words)
    found: list[str] = []
    for variant, fact, spec, engine, title in zip(variants, facts, specs, engines, titles, strict=True):
        rivals = [other for other, name in zip(facts, engines, strict=True) if name == engine]
        named = [
            said
            for name, said in fact.items()
            if (name == "model" or _heeds(spec, name))
            and (_differs(name, rivals) or (_differs(name, facts) and said != usual[name]))
        ]
        label = variant.label or ", ".join(filter(None, [title, *named]))
        found.append(label if label not in found else f"{label} ({found.count(label) + 1})")
    return found


def _differs(name: str, facts: Sequence[Mapping[str, str]]) -> bool:
    return len({fact[name] for fact in facts}) > 1


def _facts(variant: Variant, words: Words) -> dict[str, str]:
    """What there is to say of a variant, by the option it is about."""
    facts = _settings_facts(variant.request, words)
    size = words["size"].format(value=variant.request.long_side)
    seed = words["seed"].format(value=variant.request.seed)
    model = variant.model.name if variant.model else ""
    return {**facts, "long_side": size, "seed": seed, "depth_source": _asked_depth(variant, words), "model": model}


def _settings_facts(request: RefocusRequest, words: Words) -> dict[str, str]:
    """By option, in the order they are said."""

    def said(key: str, value: object, unset: str = "") -> str:
        return words[unset] if unset and value in (None, (), False) else words[key].format(value=value)

    strength = next(name for name in ("k", "f_number", "blur") if getattr(request, name) is not None)
    return {
        "blur": said(strength, getattr(request, strength)),
        "aperture": said("aperture", words.phrases.get(f"aperture.{request.aperture}", request.aperture)),
        "steps": said("steps", request.steps, "stepsUsual"),
        "guidance": said("guidance", request.guidance, "guidanceUsual"),
        "input_position": words["inputEstimated"]
        if request.input_position is None
        else said("input", request.input_position),
        "decode_overlap": said("overlap", request.decode_overlap),
        "corrected_clip": said("clip", request.corrected_clip, "clipUsual"),
        "full_size": said("fullSize", request.full_size, "ownSize"),
        "sharp": said("sharp", request.sharp, "restored"),
        "restore": said("restore", request.restore, "restoreNothing"),
        "touch_up": said("touched", len(request.touch_up)) if request.touch_up else words["untouched"],
        "frames": said("frames", request.frames),
    }


def _settings(request: RefocusRequest, spec: EngineSpec | None, words: Words, *, frames: int | None) -> str:
    """What was asked for and what always counts.

    Args:
        frames: how many the stack has; None to leave it out.
    """
    facts = _settings_facts(request, words)
    unasked = _settings_facts(_UNASKED, words)
    said = [
        facts[name]
        for name in facts
        if name != "frames" and _heeds(spec, name) and (name in _ALWAYS or facts[name] != unasked[name])
    ]
    return ", ".join([*said, *([] if frames is None else [words["frames"].format(value=frames)])])


def _heeds(spec: EngineSpec | None, option: str) -> bool:
    """Whether another value of an option gives other stacks."""
    return spec is None or option in spec.stack_options or option == "touch_up"


def _asked_depth(variant: Variant, words: Words) -> str:
    if variant.depth_model:
        return variant.depth_model.rstrip("/").rsplit("/", 1)[-1]
    if variant.disparity is None:
        return words[f"ask.{variant.request.depth_source}"]
    return words["ask.named"].format(value=variant.disparity_name) if variant.disparity_name else words["ask.own"]
