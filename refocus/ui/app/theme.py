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

_PAGE = {
    "body_background_fill": "*neutral_100",
    "body_background_fill_dark": "*neutral_950",
    "body_text_color": "*neutral_900",
    "body_text_color_dark": "*neutral_100",
    "body_text_color_subdued": "*neutral_600",
    "body_text_color_subdued_dark": "*neutral_400",
    "background_fill_primary": "white",
    "background_fill_primary_dark": "*neutral_900",
    "background_fill_secondary": "*neutral_200",
    "background_fill_secondary_dark": "*neutral_900",
    "border_color_primary": "*neutral_300",
    "border_color_primary_dark": "*neutral_700",
    "block_background_fill": "white",
    "block_background_fill_dark": "*neutral_900",
    "block_border_width": "1px",
    "block_shadow": "none",
    "block_label_background_fill": "transparent",
    "block_label_background_fill_dark": "transparent",
    "block_label_border_width": "0px",
    "block_label_text_color": "*neutral_600",
    "block_label_text_color_dark": "*neutral_400",
    "block_title_text_color": "*neutral_700",
    "block_title_text_color_dark": "*neutral_300",
    "block_info_text_color": "*neutral_600",
    "block_info_text_color_dark": "*neutral_400",
    "link_text_color": "*primary_700",
    "link_text_color_dark": "*primary_300",
    "link_text_color_hover": "*primary_800",
    "link_text_color_hover_dark": "*primary_200",
}
_CONTROLS = {
    "color_accent": "*primary_600",
    "color_accent_soft": "*primary_50",
    "color_accent_soft_dark": "*neutral_800",
    "border_color_accent": "*primary_600",
    "border_color_accent_dark": "*primary_400",
    "input_background_fill": "white",
    "input_background_fill_dark": "*neutral_950",
    "input_border_color": "*neutral_300",
    "input_border_color_dark": "*neutral_700",
    "input_border_color_focus": "*primary_600",
    "input_border_color_focus_dark": "*primary_400",
    "input_placeholder_color": "*neutral_500",
    "input_placeholder_color_dark": "*neutral_400",
    "button_border_width": "1px",
    # Dark words on amber: 10 to 1 in both modes.
    "button_primary_background_fill": "*primary_400",
    "button_primary_background_fill_dark": "*primary_400",
    "button_primary_background_fill_hover": "*primary_300",
    "button_primary_background_fill_hover_dark": "*primary_300",
    "button_primary_border_color": "*primary_400",
    "button_primary_border_color_dark": "*primary_400",
    "button_primary_text_color": "*neutral_950",
    "button_primary_text_color_dark": "*neutral_950",
    "button_secondary_background_fill": "white",
    "button_secondary_background_fill_dark": "*neutral_800",
    "button_secondary_background_fill_hover": "*neutral_100",
    "button_secondary_background_fill_hover_dark": "*neutral_700",
    "button_secondary_border_color": "*neutral_300",
    "button_secondary_border_color_dark": "*neutral_700",
    "button_secondary_text_color": "*neutral_900",
    "button_secondary_text_color_dark": "*neutral_100",
    "slider_color": "*primary_600",
    "slider_color_dark": "*primary_400",
}


class _Look(Base):
    def __init__(self) -> None:
        super().__init__(
            primary_hue=_AMBER,
            secondary_hue=colors.neutral,
            neutral_hue=colors.neutral,
            radius_size=sizes.radius_lg,
            # Of the fonts gradio ships, some hold only a few glyphs in some weights; these two are whole.
            font=(fonts.LocalFont("IBM Plex Sans", weights=(400, 700)), "ui-sans-serif", "system-ui", "sans-serif"),
            font_mono=("ui-monospace", "SFMono-Regular", "Consolas", "monospace"),
        )
        self.name = "refocus"
        # One call: a second one puts back some defaults.
        self.set(**_PAGE, **_CONTROLS)
        # set() has no argument for it; the amber that reads on white is too dull on black.
        self.color_accent_dark = "*primary_400"


def theme() -> Base:
    """The app's gradio theme; goes to `launch(theme=...)`. Its font ships with gradio."""
    return _Look()
