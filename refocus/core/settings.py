"""Settings from the environment, read once by app.py or the command line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from refocus.core.errors import BadInput
from refocus.core.sizes import DEFAULT_MAX_PIXELS, DEFAULT_MAX_STACK_PIXELS

AUTO = "auto"
"""In place of an engine's name: the best engine that is ready."""
THIN_LENS = "thin-lens"
VIDEO_DIFFUSION = "video-diffusion"
GENERATIVE = "generative"
DIFFUSION_ENGINES = frozenset({VIDEO_DIFFUSION, GENERATIVE})
EVERY_ENGINE = frozenset({THIN_LENS, VIDEO_DIFFUSION, GENERATIVE})

MAX_STACK_PIXELS_VARIABLE = "REFOCUS_MAX_STACK_PIXELS"
_REVISION = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)@(?P<revision>[\w./-]+)")
_DEVICE = re.compile(r"cpu|mps|cuda(:\d+)?")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the surroundings decide.

    Attributes:
        engine: name of the engine to use when the user does not say; "auto" takes the best that is ready.
        max_pixels: photos with more pixels are refused.
        max_stack_pixels: focal stacks with more pixels, those of all their frames together, are refused.
        models: folder of model weights; None looks into the cache of the Hugging Face hub.
        device: where diffusion models run, "cpu", "cuda", "cuda:1", "mps"; None takes a GPU when there is one.
        depth_model: the network that sees depth: a name on the hub, a folder, or the name of one inside `models`; None
            uses Depth Anything V2 Small once it is downloaded.
        memory: how diffusion engines hold their models, such as "4-bit, model offload" or "small", one name for each
            engine at most; an engine without one takes the best that fits.
        subject_model: finds the subjects of prompts: "owner/name" on the hub, a folder, or "built-in" for no network;
            None takes the usual one where it is here.
        revisions: (repository, revision) of weights: a commit, tag or branch in place of the one in the engine's table.
        mcp: whether the app is also a server of the Model Context Protocol, for assistants.
        zero_gpu: whether this is a Space on ZeroGPU, where a GPU is lent for one function at a time.
        downloads: whether a run may download a depth network. Not on a Space: its owner decides, with
            `preload_from_hub` in the header of README.md.

    Raises:
        BadInput: on a device that has no such name.
    """

    engine: str = AUTO
    max_pixels: int = DEFAULT_MAX_PIXELS
    models: Path | None = None
    device: str | None = None
    depth_model: str | None = None
    memory: tuple[str, ...] = ()
    subject_model: str | None = None
    revisions: tuple[tuple[str, str], ...] = ()
    zero_gpu: bool = False
    downloads: bool = True
    mcp: bool = False
    max_stack_pixels: int = DEFAULT_MAX_STACK_PIXELS

    def __post_init__(self) -> None:
        if self.device is not None and not _DEVICE.fullmatch(self.device):
            raise BadInput(
                f"There is no device {self.device!r}.", todo="Set REFOCUS_DEVICE to cpu, cuda, cuda:1 or mps."
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read REFOCUS_ENGINE and the other variables in docs/settings.md, and Spaces' SPACES_ZERO_GPU and SPACE_ID.

        Raises:
            BadInput: on values that make no sense.
        """
        models = environment.get("REFOCUS_MODELS")
        return cls(
            engine=environment.get("REFOCUS_ENGINE") or AUTO,
            max_pixels=_positive_int(environment, "REFOCUS_MAX_PIXELS", DEFAULT_MAX_PIXELS),
            max_stack_pixels=_positive_int(environment, MAX_STACK_PIXELS_VARIABLE, DEFAULT_MAX_STACK_PIXELS),
            models=Path(models).expanduser() if models else None,
            device=environment.get("REFOCUS_DEVICE") or None,
            depth_model=environment.get("REFOCUS_DEPTH_MODEL") or None,
            memory=tuple(filter(None, map(str.strip, environment.get("REFOCUS_MEMORY", "").split(";")))),
            subject_model=environment.get("REFOCUS_SUBJECT_MODEL") or None,
            revisions=_revisions(environment.get("REFOCUS_REVISIONS", "")),
            zero_gpu=_switched_on(environment, "SPACES_ZERO_GPU"),
            downloads="SPACE_ID" not in environment,
            mcp=_switched_on(environment, "REFOCUS_MCP"),
        )


def _revisions(text: str) -> tuple[tuple[str, str], ...]:
    """Read owner/name@revision, several of them separated by commas or blanks."""
    revisions: dict[str, str] = {}
    for entry in re.split(r"[,\s]+", text.strip()) if text.strip() else ():
        match = _REVISION.fullmatch(entry)
        if match is None:
            raise BadInput(
                f"REFOCUS_REVISIONS has {entry!r}.", todo="Write owner/name@revision, several separated by commas."
            )
        revisions[match["repo"]] = match["revision"]
    return tuple(revisions.items())


def _switched_on(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() in {"1", "t", "true"}


def _positive_int(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    try:
        value = int(text.replace("_", ""))
    except ValueError:
        value = 0
    if value <= 0:
        raise BadInput(f"{name} is {text!r}, which is no positive whole number.", todo="Correct or unset it.")
    return value


_PORT_VARIABLE = "GRADIO_SERVER_PORT"
_LAST_PORT = 65535


def server_port(environment: Mapping[str, str]) -> int | None:
    """The port of the app; None for the first free one from 7860 on. gradio fails on a text that is none.

    Raises:
        BadInput: when GRADIO_SERVER_PORT is no port number.
    """
    text = environment.get(_PORT_VARIABLE)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _LAST_PORT):
        raise BadInput(
            f"{_PORT_VARIABLE} is {text!r}, which is no port number.", todo=f"Set 1 to {_LAST_PORT}, or unset it."
        )
    return int(text)
