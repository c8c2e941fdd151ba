import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest
from PIL import Image

from refocus.core import BadInput
from refocus.media.decode import decode

PROJECT = Path(__file__).resolve().parents[2]
DECODE = """
import sys
from refocus.core import BadInput
from refocus.media.decode import decode, hide_pillow_warnings
hide_pillow_warnings()
try:
    decode(__import__("pathlib").Path(sys.argv[1]))
except BadInput as error:
    print(error)
"""


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    """A picture whose header alone makes Pillow warn of a decompression bomb."""
    path = tmp_path / "huge.ppm"
    path.write_bytes(b"P6 10000 10000 255\n")
    return path


def test_a_program_prints_nothing_but_the_reason(huge: Path) -> None:
    with pytest.warns(Image.DecompressionBombWarning), pytest.raises(BadInput):
        decode(huge)
    done = subprocess.run(
        [sys.executable, "-c", DECODE, str(huge)], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_decoding_in_threads_leaves_the_warnings_of_others_alone(huge: Path) -> None:
    before = list(warnings.filters)

    def decode_often() -> None:
        for _ in range(20):
            with pytest.raises(BadInput):
                decode(huge)

    threads = [threading.Thread(target=decode_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
