from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import gradio as gr
import pytest

from refocus.core.settings import Settings
from refocus.pipeline import RefocusPipeline
from refocus.ui.app_context import Ground
from refocus.ui.controls.control_values import Chosen
from refocus.ui.controls.settings_controls import Controls, add_controls
from refocus.ui.folders import ResultFolders
from refocus.ui.run.actions import Handlers


@pytest.fixture
def controls(tmp_path: Path) -> Iterator[Controls]:
    pipeline = RefocusPipeline(Settings(engine="thin-lens"))
    folders = ResultFolders(tmp_path)
    with gr.Blocks():
        yield add_controls(Ground(pipeline, folders), Handlers(pipeline, folders).spec)


def test_an_address_changes_only_what_it_names(controls: Controls) -> None:
    assert controls.updates_from_query({}) == {}
    assert controls.updates_from_query({"blur": "0.35", "utm": "mail"}) == {controls.settings["blur"]: 0.35}
    assert controls.updates_from_query({"blur": "0.35", "frames": "many"}) == {}


def test_an_engine_that_is_not_offered_is_no_reason_to_leave_the_rest_out(controls: Controls) -> None:
    assert controls.updates_from_query({"engine": "pinhole", "blur": "0.2"}) == {controls.settings["blur"]: 0.2}


def test_a_link_says_what_differs_from_the_page_as_it_opens(controls: Controls) -> None:
    assert controls.query(Chosen(engine="thin-lens")) == ""
    link = dict(parse_qsl(controls.query(Chosen(engine="auto", aperture="heart"))))
    assert link == {"engine": "auto", "aperture": "heart"}
    assert controls.updates_from_query(link) == {controls.engine: "auto", controls.settings["aperture"]: "heart"}
