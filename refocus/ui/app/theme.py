"""The gradio theme: neutral greys, which do not distort the impression of colours, and one amber accent."""

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
    c600="#bb7006",
    c700="#8a5004",
    c800="#703f08",
    c900="#59350d",
    c950="#361d03",
)

PAGE_CSS = """
.gradio-container { max-width: 1520px !important; }
"""
"""CSS for the whole page; goes to `launch(css=...)`."""

_COLORS: dict[str, tuple[str, str]] = {
    "body_background_fill": ("*neutral_100", "*neutral_950"),
    "body_text_color": ("*neutral_900", "*neutral_100"),
    "body_text_color_subdued": ("*neutral_600", "*neutral_400"),
    "background_fill_primary": ("white", "*neutral_900"),
    "background_fill_secondary": ("*neutral_200", "*neutral_900"),
    "border_color_primary": ("*neutral_300", "*neutral_700"),
    "block_background_fill": ("white", "*neutral_900"),
    "block_label_background_fill": ("transparent", "transparent"),
    "block_label_text_color": ("*neutral_600", "*neutral_400"),
    "block_title_text_color": ("*neutral_700", "*neutral_300"),
    "block_info_text_color": ("*neutral_600", "*neutral_400"),
    "link_text_color": ("*primary_700", "*primary_300"),
    "link_text_color_hover": ("*primary_800", "*primary_200"),
    "color_accent_soft": ("*primary_50", "*neutral_800"),
    "border_color_accent": ("*primary_600", "*primary_400"),
    "input_background_fill": ("white", "*neutral_950"),
    "input_border_color": ("*neutral_500", "*neutral_500"),
    "input_border_color_focus": ("*primary_600", "*primary_400"),
    "checkbox_border_color": ("*neutral_500", "*neutral_500"),
    "input_placeholder_color": ("*neutral_500", "*neutral_400"),
    # Dark text on amber has a contrast of 10 to 1 in both modes.
    "button_primary_background_fill": ("*primary_400", "*primary_400"),
    "button_primary_background_fill_hover": ("*primary_300", "*primary_300"),
    "button_primary_border_color": ("*primary_400", "*primary_400"),
    "button_primary_text_color": ("*neutral_950", "*neutral_950"),
    "button_secondary_background_fill": ("white", "*neutral_800"),
    "button_secondary_background_fill_hover": ("*neutral_100", "*neutral_700"),
    "button_secondary_border_color": ("*neutral_300", "*neutral_700"),
    "button_secondary_text_color": ("*neutral_900", "*neutral_100"),
    "slider_color": ("*primary_600", "*primary_400"),
}
"""Colours of the light and the dark mode."""
_OTHER = {
    "block_border_width": "1px",
    "block_shadow": "none",
    "block_label_border_width": "0px",
    "color_accent": "*primary_600",
    "button_border_width": "1px",
    "input_border_width": "1px",
}


class _Look(Base):
    def __init__(self) -> None:
        super().__init__(
            primary_hue=_AMBER,
            secondary_hue=colors.neutral,
            neutral_hue=colors.neutral,
            radius_size=sizes.radius_lg,
            # Some fonts that gradio ships have only a few glyphs in some weights; these two weights are complete.
            font=(fonts.LocalFont("IBM Plex Sans", weights=(400, 700)), "ui-sans-serif", "system-ui", "sans-serif"),
            font_mono=("ui-monospace", "SFMono-Regular", "Consolas", "monospace"),
        )
        self.name = "refocus"
        # One call: a second one would restore some defaults.
        light = {name: light for name, (light, _) in _COLORS.items()}
        dark = {f"{name}_dark": dark for name, (_, dark) in _COLORS.items()}
        self.set(**light, **dark, **_OTHER)
        # set() has no argument for it; the amber for a white background is too dark on black.
        self.color_accent_dark = "*primary_400"


def theme() -> Base:
    """The app's gradio theme; goes to `launch(theme=...)`. Its font ships with gradio."""
    return _Look()
