import pytest

from refocus.core import Cancelled, Stages


def test_stages_run_from_zero_to_one_in_proportion() -> None:
    said: list[tuple[str, float]] = []
    stages = Stages({"look": 1, "render": 3}, lambda stage, fraction: said.append((stage, fraction)))
    with stages.stage("look") as report:
        report(0.5)
    with stages.stage("render") as report:
        report(1.0)
    assert said == [("look", 0.0), ("look", 0.125), ("render", 0.25), ("render", 1.0)]
    assert set(stages.seconds) == {"look", "render"}


def test_what_is_said_of_a_stage_is_not_its_name() -> None:
    said: list[str] = []
    stages = Stages({"render": 1}, lambda stage, fraction: said.append(stage))
    with stages.stage("render", description="render, about an hour") as report:
        report(1.0)
    assert said == ["render, about an hour"] * 2
    assert set(stages.seconds) == {"render"}


def test_a_progress_callback_can_stop_the_work() -> None:
    def stop(stage: str, fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled), Stages({"look": 1}, stop).stage("look"):
        pytest.fail("the stage must not start")
