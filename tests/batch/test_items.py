import errno
import multiprocessing
import time
from pathlib import Path

import pytest

from refocus.batch import Outcome, Processes, run_items
from refocus.core import BadInput, Cancelled, EngineNotReady, Progress

NAMES = [f"item {number}" for number in range(8)]


def do(folder: Path, *, processes: Processes | None = None, gate: Path | None = None, fails: str = "") -> Outcome:
    """Each item becomes a file, once the file `gate` exists; every attempt is noted in a line."""

    def work(name: str, progress: Progress) -> None:
        progress("working", 0.5)
        with (folder / "attempts").open("a") as attempts:
            attempts.write(name + "\n")
        while gate is not None and not gate.exists():
            time.sleep(0.01)
        if name == fails:
            raise BadInput("It is no photo.")
        (folder / name).write_text("made")

    return run_items(
        NAMES, work, done=lambda name: (folder / name).exists(), folder=folder, processes=processes or Processes()
    )


def attempts(folder: Path) -> list[str]:
    return (folder / "attempts").read_text().splitlines()


def test_each_item_is_done_once(tmp_path: Path) -> None:
    assert do(tmp_path) == Outcome(made=tuple(NAMES))
    assert do(tmp_path) == Outcome(skipped=tuple(NAMES))
    assert attempts(tmp_path) == NAMES


def test_a_failed_item_is_tried_again_in_the_next_run(tmp_path: Path) -> None:
    outcome = do(tmp_path, fails=NAMES[2])
    assert [(failure.name, failure.why) for failure in outcome.failed] == [(NAMES[2], "It is no photo.")]
    assert len(outcome.made) == len(NAMES) - 1
    assert do(tmp_path) == Outcome(made=(NAMES[2],), skipped=tuple(name for name in NAMES if name != NAMES[2]))


def test_a_failed_item_is_not_tried_again_in_the_same_run(tmp_path: Path) -> None:
    for index in (0, 1):
        do(tmp_path, fails=NAMES[2], processes=Processes(index, 2, run="the same"))
    assert attempts(tmp_path).count(NAMES[2]) == 1


def test_an_item_that_fails_on_a_full_disk_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *args: object, **options: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    def work(name: str, progress: Progress) -> None:
        raise BadInput("No space is left.")

    monkeypatch.setattr(Path, "write_text", full)
    outcome = run_items(["only"], work, done=lambda name: False, folder=tmp_path)
    assert [failure.why for failure in outcome.failed] == ["No space is left."]


def test_unexpected_errors_are_failures_with_a_traceback_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def work(name: str, progress: Progress) -> None:
        raise ZeroDivisionError("division by zero")

    outcome = run_items(NAMES[:1], work, done=lambda name: False, folder=tmp_path)
    assert (outcome.failed[0].why, outcome.failed[0].bad_input) == ("ZeroDivisionError: division by zero", False)
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("error", [Cancelled(), EngineNotReady("No weights."), KeyboardInterrupt()])
def test_errors_that_concern_all_items_end_the_run(error: BaseException, tmp_path: Path) -> None:
    def work(name: str, progress: Progress) -> None:
        raise error

    with pytest.raises(type(error)):
        run_items(NAMES, work, done=lambda name: False, folder=tmp_path)


def test_each_process_begins_with_its_share(tmp_path: Path) -> None:
    do(tmp_path, processes=Processes(1, 3))
    assert attempts(tmp_path) == [NAMES[i] for i in (1, 4, 7, 2, 5, 0, 3, 6)]


def test_every_process_gets_the_outcome_of_all(tmp_path: Path) -> None:
    elsewhere: list[tuple[list[str], list[str], list[str]]] = [([NAMES[0]], [NAMES[1]], [])]
    outcome = run_items(
        NAMES[2:3], lambda name, progress: None, done=lambda name: False, folder=tmp_path, processes=Processes()
    )
    assert outcome.made == (NAMES[2],)
    joined = run_items(
        NAMES[:3],
        lambda name, progress: None,
        done=lambda name: name != NAMES[2],
        folder=tmp_path,
        processes=Processes(0, 2, gather=lambda mine: [*mine, *elsewhere]),
    )
    assert joined == Outcome(made=(NAMES[0], NAMES[2]), skipped=(NAMES[1],))


def test_progress_covers_the_whole_list(tmp_path: Path) -> None:
    said: list[tuple[str, float]] = []

    def work(name: str, progress: Progress) -> None:
        progress("working", 0.5)

    run_items(
        NAMES[:2],
        work,
        done=lambda name: False,
        folder=tmp_path,
        progress=lambda stage, done: said.append((stage, done)),
    )
    assert said == [("item 0: working", 0.25), ("item 1: working", 0.75)]


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        do(tmp_path / "file")


def _behind_gate(folder: Path) -> None:
    do(folder, gate=folder / "gate")


def test_concurrent_runs_share_items_and_a_killed_run_loses_only_its_item(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    runs = [spawn.Process(target=_behind_gate, args=(tmp_path,)) for _ in range(2)]
    for run in runs:
        run.start()
    while not (tmp_path / "attempts").exists() or len(attempts(tmp_path)) < 2:
        time.sleep(0.01)
    runs[0].kill()
    (tmp_path / "gate").write_text("open")
    for run in runs:
        run.join()
    outcome = do(tmp_path)
    assert set(outcome.made) | set(outcome.skipped) == set(NAMES)
    assert len(attempts(tmp_path)) <= len(NAMES) + 1
    assert set(attempts(tmp_path)) == set(NAMES)
