"""The real command in processes of its own, as `accelerate launch` starts them."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def launch(arguments: Sequence[str], processes: int, *, module: str = "refocus", launcher: Sequence[str] = ()) -> str:
    """Run a command to its end; returns what it says on stderr.

    Args:
        arguments: of the command.
        processes: their number.
        module: that is run.
        launcher: further arguments of the launcher.
    """
    # --multi_gpu starts as many processes as are asked for, GPUs or not; --cpu would start one.
    several = ["--multi_gpu"] if processes > 1 and not launcher else []
    start = ["-m", "accelerate.commands.launch", *several, f"--num_processes={processes}", *launcher]
    done = subprocess.run(
        [sys.executable, *start, "-m", module, *arguments],
        cwd=PROJECT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr
