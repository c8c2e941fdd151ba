from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import gradio as gr
import pytest

from refocus.core.settings import Settings
from refocus.pipeline import RefocusPipeline
from refocus.ui.app_context import AppContext
from refocus.ui.controls.control_values import PAGE_OPTIONS, control_values
from refocus.ui.controls.settings_controls import SettingsControls, add_settings
from refocus.ui.folders import ResultFolders


@pytest.fixture
def controls(tmp_path: Path) -> Iterator[SettingsControls]:
    pipeline = RefocusPipeline(Settings(engine="thin-lens"))
    with gr.Blocks():
        yield add_settings(AppContext(pipeline, ResultFolders(tmp_path)))


def test_every_option_of_the_table_has_a_control_with_its_label(controls: SettingsControls) -> None:
    labels = {name: component.label for name, component in controls.components().items()}
    assert labels == {name: option.label for name, option in PAGE_OPTIONS.items()}


def test_a_link_changes_only_what_it_names(controls: SettingsControls) -> None:
    assert controls.updates_from_query({}) == {}
    assert controls.updates_from_query({"blur": "0.35", "utm": "mail"}) == {controls.settings["blur"]: 0.35}
    assert controls.updates_from_query({"blur": "0.35", "frames": "many"}) == {}


def test_an_engine_that_is_not_offered_does_not_hide_the_rest(controls: SettingsControls) -> None:
    assert controls.updates_from_query({"engine": "pinhole", "blur": "0.2"}) == {controls.settings["blur"]: 0.2}


def test_a_link_says_what_differs_from_the_page_as_it_opens(controls: SettingsControls) -> None:
    assert controls.query(control_values({"engine": "thin-lens"})) == ""
    link = dict(parse_qsl(controls.query(control_values({"engine": "auto", "aperture": "heart"}))))
    assert link == {"engine": "auto", "aperture": "heart"}
    assert controls.updates_from_query(link) == {controls.engine: "auto", controls.settings["aperture"]: "heart"}


def test_another_engine_shows_its_own_options_and_published_steps(controls: SettingsControls) -> None:
    steps, frames = controls.settings["steps"], controls.settings["frames"]
    updates = controls.visible("video-diffusion", steps.value)
    assert (updates[steps]["visible"], updates[frames]["visible"]) == (True, False)
    assert updates[steps]["value"] == 25
    assert "value" not in controls.visible("video-diffusion", 7)[steps]
