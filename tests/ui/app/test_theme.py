"""Words must be readable on what lies behind them (WCAG 2.2, contrast minimum)."""

import pytest

from refocus.ui.app.theme import theme


def _luminance(colour: str) -> float:
    colour = {"white": "#ffffff"}.get(colour, colour)
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(first: str, second: str) -> float:
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _colour(name: str) -> str:
    return theme()._get_computed_value(name)


TEXT = [
    ("body_text_color", "body_background_fill"),
    ("body_text_color", "background_fill_secondary"),
    ("body_text_color_subdued", "body_background_fill"),
    ("body_text_color_subdued", "background_fill_secondary"),
    ("body_text_color_subdued", "block_background_fill"),
    ("block_label_text_color", "block_background_fill"),
    ("block_info_text_color", "block_background_fill"),
    ("link_text_color", "body_background_fill"),
    ("button_primary_text_color", "button_primary_background_fill"),
    ("button_secondary_text_color", "button_secondary_background_fill"),
    ("input_placeholder_color", "input_background_fill"),
]


@pytest.mark.parametrize("mode", ["", "_dark"])
@pytest.mark.parametrize(("words", "behind"), TEXT)
def test_text_has_a_contrast_of_four_and_a_half(words: str, behind: str, mode: str) -> None:
    assert _contrast(_colour(words + mode), _colour(behind + mode)) >= 4.5


@pytest.mark.parametrize("mode", ["", "_dark"])
def test_the_accent_stands_out_from_the_page(mode: str) -> None:
    assert _contrast(_colour("color_accent" + mode), _colour("body_background_fill" + mode)) >= 3


@pytest.mark.parametrize("mode", ["", "_dark"])
@pytest.mark.parametrize("border", ["input_border_color", "checkbox_border_color"])
def test_fields_and_tick_boxes_stand_out_from_what_they_are_on(border: str, mode: str) -> None:
    assert _contrast(_colour(border + mode), _colour("block_background_fill" + mode)) >= 3


def test_greys_are_neutral() -> None:
    greys = [
        _colour(name + mode) for name in ("body_background_fill", "background_fill_secondary") for mode in ("", "_dark")
    ]
    assert all(grey[1:3] == grey[3:5] == grey[5:7] for grey in greys)


def test_fonts_come_from_our_own_server() -> None:
    assert theme()._stylesheets == []
    assert "static/fonts" in "".join(theme()._font_css)
