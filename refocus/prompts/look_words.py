"""Words about the look of a whole picture: no lens can do them, but an engine that paints can be told."""

from refocus.core import BokehSpec


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LOOKS = _words(
    "cinematic moody dramatic vintage filmic film analog analogue retro ethereal romantic nostalgic gritty noir "
    "minimalist painterly surreal vibrant pastel monochrome sepia faded atmospheric editorial documentary nostalgia "
    "photorealistic realistic colorful colourful contrast golden blue hour rainy foggy black white grainy"
)
_FRAMES = _words("look style mood tones tone colors colours feel vibe atmosphere lighting photo picture and high low")


def words_for_a_painter(spec: BokehSpec) -> str | None:
    """What a generative engine is told in its own prompt: what is to be read, and how it should look.

    Returns:
        Such as "the sign says OPEN, cinematic"; None when the prompt says neither.
    """
    return ", ".join([*filter(None, [spec.restore]), *looks_in(spec)]) or None


def looks_in(spec: BokehSpec) -> tuple[str, ...]:
    """Those of the words no lens can do that say how the picture should look."""
    return tuple(phrase for phrase in spec.ignored if _is_look(set(phrase.split())))


def _is_look(words: set[str]) -> bool:
    return bool(words & _LOOKS) and words <= _LOOKS | _FRAMES
