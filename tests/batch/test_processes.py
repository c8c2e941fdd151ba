import subprocess
import sys
from pathlib import Path

from refocus.batch import Processes

_PROBE = """
from refocus.batch import Processes
mine = Processes.from_environment()
everyone = mine.gather([(mine.index, mine.count, mine.run, mine.device)])
if mine.is_first:
    print(everyone)
"""


def test_a_single_process_without_a_launcher() -> None:
    assert (alone := Processes.from_environment({})).count == 1
    assert alone.is_first
    assert alone.gather([1, 2]) == [1, 2]
    assert Processes.from_environment({"WORLD_SIZE": "1"}).count == 1
    assert alone.run != Processes.from_environment({}).run


def test_processes_of_a_launcher_gather(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text(_PROBE)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    done = subprocess.run(
        [*launcher, str(tmp_path / "probe.py")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "ACCELERATE_USE_CPU": "true", "PATH": "/usr/bin:/bin"},
    )
    (first, second) = eval(done.stdout)
    assert (first[:2], second[:2]) == ((0, 2), (1, 2))
    assert first[2] == second[2]
    assert first[3] is None
