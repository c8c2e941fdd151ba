"""The look of the app: neutral greys, so the photo's colours are judged right, and one amber accent."""

from gradio.themes import Base
from gradio.themes.utils import colors, fonts, sizes

_AMBER = colors.Color(
    name="focus",
    c50="#fff8eb",
    c100="#feefcf",
    c200="#fcdc9b",
    c300="#f9c461",
    c400="#f5ae35",
    c500="#e0910f",
    c600="#b86f06",
    c700="#965505",
    c800="#78440a",
    c900="#5f380d",
    c950="#361d03",
)

PAGE_CSS = """
.gradio-container { max-width: 1520px !important; }
"""
"""CSS for the whole page; goes to `launch(css=...)`."""


def theme() -> Base:
    """The app's gradio theme; goes to `launch(theme=...)`. Its font ships with gradio."""
    look = Base(
        primary_hue=_AMBER,
        secondary_hue=colors.neutral,
        neutral_hue=colors.neutral,
        radius_size=sizes.radius_lg,
        font=(fonts.LocalFont("Source Sans 3", weights=(400, 600)), "ui-sans-serif", "system-ui", "sans-serif"),
        font_mono=("ui-monospace", "SFMono-Regular", "Consolas", "monospace"),
    )
    look.set(
        body_background_fill="*neutral_100",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        color_accent="*primary_600",
        color_accent_soft="*primary_50",
        background_fill_primary="white",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_200",
        background_fill_secondary_dark="*neutral_900",
        border_color_primary="*neutral_300",
        border_color_primary_dark="*neutral_700",
    )
    look.color_accent_dark = (
        "*primary_400"  # set() has no such argument; the amber that reads on white is dull on black
    )
    return look
