"""Reference data: photos, ray-traced scenes and recorded runs of the published systems.

All of it lies in a folder beside the project, which the environment's REFOCUS_SHARED may name; a part of it lies in
tests/data, under the same names, so that one case of each kind runs wherever the project is cloned.
"""

import os
from pathlib import Path

import pytest

_TESTS = Path(__file__).resolve().parent
ALL_OF_IT = Path(os.environ.get("REFOCUS_SHARED", _TESTS.parents[1] / "shared"))
SUBSET = _TESTS / "data"


def reference(path: str) -> Path:
    """A file or folder of the reference data, from all of it where it is here, else from the part in tests/data.

    The test is skipped when the part lacks it.

    Args:
        path: such as "groundtruth/S1/S1.npz".
    """
    folder = ALL_OF_IT if ALL_OF_IT.is_dir() else SUBSET
    if not (folder / path).exists():
        pytest.skip(f"{path} is not in tests/data; set REFOCUS_SHARED to the folder of all reference data")
    return folder / path
