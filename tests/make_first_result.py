"""Makes the result the app opens with anew. Run: python -m tests.make_first_result"""

import shutil
import tempfile
from pathlib import Path

from refocus.media import Photo
from refocus.pipeline import RefocusPipeline
from refocus.ui.photo.first_result import FOLDER, PHOTO, store_first_result


def main() -> None:
    """Replace the stored result, and print the size of its files."""
    result = RefocusPipeline().refocus(Photo.open(PHOTO), engine="thin-lens")
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as scratch:
        store_first_result(result, Path(scratch))
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.copytree(scratch, FOLDER)
    files = sorted(path for path in FOLDER.rglob("*") if path.is_file())
    for path in files:
        print(f"{path.stat().st_size:8} {path.name}")
    print(f"{sum(path.stat().st_size for path in files):8} together")


if __name__ == "__main__":
    main()
