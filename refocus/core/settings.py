"""Settings from the environment, read once by app.py or the command line."""

from collections.abc import Mapping
from dataclasses import dataclass

from refocus.core.errors import BadInput

DEFAULT_MAX_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What the surroundings decide.

    Attributes:
        engine: name of the engine to use when the user does not say; "auto" takes the best that is ready.
        max_pixels: photos with more pixels are refused.
    """

    engine: str = "auto"
    max_pixels: int = DEFAULT_MAX_PIXELS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read REFOCUS_ENGINE and REFOCUS_MAX_PIXELS. Raises BadInput on values that make no sense."""
        return cls(
            engine=environment.get("REFOCUS_ENGINE") or "auto",
            max_pixels=_positive_int(environment, "REFOCUS_MAX_PIXELS", DEFAULT_MAX_PIXELS),
        )


def _positive_int(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    try:
        value = int(text.replace("_", ""))
    except ValueError:
        value = 0
    if value <= 0:
        raise BadInput(f"{name} is {text!r}, which is no positive whole number.", todo="Correct or unset it.")
    return value
