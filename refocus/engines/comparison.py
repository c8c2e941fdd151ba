"""What is compared: one photo through engines and settings, and results brought from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from refocus.core import Disparity, FocalStack
from refocus.engines.contract import EngineSpec
from refocus.engines.refocused import Refocused
from refocus.engines.request import RefocusRequest
from refocus.media import Photo


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One way to make the stack.

    Attributes:
        request: what to make.
        engine: by name; None for what the settings say.
        label: what the reader shall call it; by default what tells it from the others.
        disparity: a depth map to use, of the photo's proportions.
        model: folder of weights, in place of the settings' own.
        depth_model: depth network, in place of the settings' own.
        even_if_slow: run an engine too that "auto" never takes because of the hours it needs.
    """

    request: RefocusRequest = field(default_factory=RefocusRequest)
    engine: str | None = None
    label: str = ""
    disparity: Disparity | None = None
    model: Path | None = None
    depth_model: str | None = None
    even_if_slow: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One column of a comparison: a stack, or why there is none.

    Attributes:
        label: its heading.
        caption: engine, settings, seed and seconds, in lines.
        stack: None when it could not be made.
        disparity: None when it is not known.
        why: why there is no stack, and what to do about it.
        result: the whole result; None for frames brought from elsewhere.
    """

    label: str
    caption: tuple[str, ...]
    stack: FocalStack | None = None
    disparity: Disparity | None = None
    why: str = ""
    result: Refocused | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One photo and what was made of it.

    Attributes:
        photo: as opened.
        entries: in the order they were asked for.
    """

    photo: Photo
    entries: tuple[Entry, ...]

    @property
    def made(self) -> tuple[Entry, ...]:
        """Those that have a stack."""
        return tuple(entry for entry in self.entries if entry.stack is not None)


def entry_of(result: Refocused, label: str, spec: EngineSpec | None = None) -> Entry:
    """A column for a result. `spec` tells which settings its engine heeds; without it all are named."""
    seed = "no seed needed" if result.seed is None else f"seed {result.seed}"
    seconds = f"{result.seconds['total']:.1f} s" if "total" in result.seconds else "time unknown"
    caption = (
        f"{spec.title if spec else result.engine}: {_settings(result.request, spec)}",
        f"depth {_short(result.scene.disparity.source)}",
        f"{seed}, {seconds}",
    )
    return Entry(label, caption, result.stack, result.scene.disparity, result=result)


def missing_entry(label: str, variant: Variant, why: str, spec: EngineSpec | None = None) -> Entry:
    """A column for what could not be made."""
    engine = spec.title if spec else variant.engine or "auto"
    return Entry(label, (f"{engine}: {_settings(variant.request, spec)}",), why=why)


def labels_of(variants: Sequence[Variant], specs: Sequence[EngineSpec | None] = ()) -> list[str]:
    """What tells each variant from the others, such as "thin-lens, blur 0.8"; never the same twice.

    Args:
        variants: in order.
        specs: their engines; what an engine does not heed is not named. Without them, all is.
    """
    facts = [_facts(variant) for variant in variants]
    told = {name for name in facts[0] if len({fact[name] for fact in facts}) > 1} if facts else set()
    found: list[str] = []
    for variant, fact, spec in zip(variants, facts, specs or [None] * len(facts), strict=True):
        named = [fact[name] for name in fact if name in told and name != "engine" and _heeds(spec, name)]
        label = variant.label or ", ".join(filter(None, [fact["engine"], *named]))
        found.append(label if label not in found else f"{label} ({found.count(label) + 1})")
    return found


_OPTIONS = {"strength": "blur", "size": "long_side", "input": "input_position"}


def _heeds(spec: EngineSpec | None, fact: str) -> bool:
    return spec is None or fact == "model" or _OPTIONS.get(fact, fact) in spec.options


def _facts(variant: Variant) -> dict[str, str]:
    """What there is to say of a variant, by what it is about."""
    request = variant.request
    return {
        "engine": variant.engine or "auto",
        "strength": _strength(request),
        "aperture": request.aperture,
        "depth": _depth(variant),
        "frames": f"{request.frames} frames",
        "size": f"{request.long_side} px",
        "sharp": "kept as taken" if request.sharp else "restored",
        "seed": f"seed {request.seed}",
        "steps": f"{request.steps} steps" if request.steps else "usual steps",
        "input": "input estimated" if request.input_position is None else f"input at {request.input_position}",
        "model": variant.model.name if variant.model else "",
    }


def _depth(variant: Variant) -> str:
    if variant.depth_model:
        return variant.depth_model.rstrip("/").rsplit("/", 1)[-1]
    return "own depth" if variant.disparity is not None else f"{variant.request.depth_source} depth"


def _settings(request: RefocusRequest, spec: EngineSpec | None) -> str:
    heeds = spec.options if spec else frozenset(RefocusRequest.__dataclass_fields__)
    said = [
        _strength(request) if {"blur", "f_number"} & heeds else "",
        request.aperture if "aperture" in heeds else "",
        f"{request.steps} steps" if "steps" in heeds and request.steps else "",
        f"input at {request.input_position}"
        if "input_position" in heeds and request.input_position is not None
        else "",
        f"{request.frames} frames",
    ]
    return ", ".join(filter(None, said))


def _strength(request: RefocusRequest) -> str:
    return f"f/{request.f_number:g}" if request.f_number is not None else f"blur {request.blur:g}"


def _short(source: str) -> str:
    return source.removeprefix("Depth: ").rstrip(".")
