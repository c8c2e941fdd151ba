from refocus.engines import EngineSpec
from refocus.models.weights.downloadable import Readiness
from refocus.ui.run.status_text import engine_choices, engine_text

DREAM = EngineSpec("dream", "Dream", "Dreams the focus.", "Wants a GPU.")
PLAIN = EngineSpec("plain", "Plain", "Just renders.", "Runs anywhere.")
MISSING = Readiness(False, "its weights are not here.", "Download them.")
READY = Readiness(True)
SLOW = Readiness(True, only_by_name="without a GPU it takes about 5 hours")


def test_automatic_names_the_engine_it_takes() -> None:
    states = {"dream": (DREAM, MISSING), "plain": (PLAIN, READY)}
    assert engine_text("auto", states) == "Uses the best engine that is ready here: Plain."


def test_automatic_passes_over_what_runs_only_by_name() -> None:
    states = {"dream": (DREAM, SLOW), "plain": (PLAIN, READY)}
    assert "Plain" in engine_text("auto", states)
    assert "**Slow here:** without a GPU it takes about 5 hours." in engine_text("dream", states)


def test_what_is_missing_is_said_with_what_to_do() -> None:
    said = engine_text("dream", {"dream": (DREAM, MISSING)})
    assert "its weights are not here. Download them." in said


def test_a_choice_shows_its_state() -> None:
    assert engine_choices({"dream": (DREAM, MISSING), "plain": (PLAIN, READY)}) == [
        ("Automatic", "auto"),
        ("Plain", "plain"),
        ("Dream (not ready)", "dream"),
    ]
    assert engine_choices({"dream": (DREAM, SLOW)})[1] == ("Dream (slow here)", "dream")
