"""Prints recall and false finds of faces, and recall of eyes, on 60 photos labelled by eye, beside OpenCV's cascades.

    python -m refocus.training.depth.fetch_photos tests/benchmarks/faces.jsonl PHOTOS --long-side 1024
    python -m tests.benchmarks.faces PHOTOS [--without-people FOLDER]

faces.jsonl names 60 photos with the boxes of 103 faces, from the hairline to the chin, and their visible eyes: groups,
children, profiles, hats, shade, blur, heads on their side. Faces that are too blurred, hidden or turned away to be
asked for lie in `unclear`; finds there count neither way. A face is found when boxes overlap by 0.3 (intersection over
union), an eye when it is off by at most 0.15 of the size of the face. Nothing was chosen on these photos. A folder of
photos without people gives false finds only.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from refocus.models.faces.detector import Point, detect_faces

LABELS = Path(__file__).with_suffix(".jsonl")
LEAST_OVERLAP, EYE_TOLERANCE = 0.3, 0.15
Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]
Found = tuple[Box, list[Point]]


@dataclass
class Count:
    """What one finder found, over all photos."""

    faces: int = 0
    eyes: int = 0
    false: int = 0
    cpu_seconds: float = 0.0


def network(rgb: Picture) -> list[Found]:
    """The product's finder."""
    return [(face.box, [face.left_eye, face.right_eye]) for face in detect_faces(rgb)]


def cascades(rgb: Picture) -> list[Found]:
    """The finder of version 0.1: OpenCV's cascades for frontal faces, else for profiles, and for eyes."""
    scale = min(1.0, 720 / max(rgb.shape))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.equalizeHist(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)), dtype=np.uint8)
    sure = _sure_boxes(grey, "frontalface_alt2")
    if not sure:
        mirrored = _sure_boxes(np.ascontiguousarray(grey[:, ::-1]), "profileface")
        sure = _sure_boxes(grey, "profileface") + [(grey.shape[1] - x - w, y, w, h, s) for x, y, w, h, s in mirrored]
    found: list[Found] = []
    for x, y, w, h, confidence in sure:
        eyes = [(ex / scale, ey / scale) for ex, ey in _eyes(grey, x, y, w, h)]
        if eyes or confidence > 0.3:
            found.append(((x / scale, y / scale, (x + w) / scale, (y + h) / scale), eyes))
    return found


def _cascade(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / f"data/haarcascade_{name}.xml"))


def _sure_boxes(grey: Picture, name: str) -> list[tuple[int, int, int, int, float]]:
    least = max(24, max(grey.shape) // 24)
    boxes, _, weights = _cascade(name).detectMultiScale3(
        grey, scaleFactor=1.12, minNeighbors=5, minSize=(least, least), outputRejectLevels=True
    )
    confidences = np.clip(np.asarray(weights, dtype=float).ravel() / 4, 0, 1)
    return [(int(x), int(y), int(w), int(h), float(s)) for (x, y, w, h), s in zip(boxes, confidences, strict=True)]


def _eyes(grey: Picture, x: int, y: int, w: int, h: int) -> list[Point]:
    """The largest find in each half of the upper face."""
    enlarge = max(1.0, 160 / w)
    upper = cv2.resize(
        grey[y : y + h * 6 // 10, x : x + w], None, fx=enlarge, fy=enlarge, interpolation=cv2.INTER_CUBIC
    )
    least = max(12, upper.shape[1] // 8)
    boxes = _cascade("eye_tree_eyeglasses").detectMultiScale(upper, 1.08, 3, minSize=(least, least))
    halves = [[b for b in boxes if (b[0] + b[2] / 2 > upper.shape[1] / 2) == right] for right in (False, True)]
    largest = [max(half, key=lambda box: box[2]) for half in halves if half]
    return [(x + (b[0] + b[2] / 2) / enlarge, y + (b[1] + b[3] / 2) / enlarge) for b in largest]


FINDERS: dict[str, Callable[[Picture], list[Found]]] = {"network": network, "cascades": cascades}


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    inside = max(across, 0.0) * max(down, 0.0)
    return inside / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inside)


def count_photo(label: dict[str, Any], size: tuple[int, int], found: list[Found], count: Count) -> list[str]:
    """Add one photo to a count; returns what was missed or false, for --list."""
    across, down = size
    left = list(found)
    remarks = []
    for number, face in enumerate(label["faces"]):
        x0, y0, x1, y1 = face["box"]
        box = (x0 * across, y0 * down, x1 * across, y1 * down)
        best = max(left, key=lambda find: overlap(find[0], box), default=None)
        if best is None or overlap(best[0], box) < LEAST_OVERLAP:
            remarks.append(f"missed face {number}")
            continue
        left.remove(best)
        count.faces += 1
        near = EYE_TOLERANCE * ((box[2] - box[0]) * (box[3] - box[1])) ** 0.5
        for x, y in face["eyes"]:
            seen = any(np.hypot(ex - x * across, ey - y * down) <= near for ex, ey in best[1])
            count.eyes += seen
            remarks += [] if seen else [f"missed eye of face {number}"]
    for (x0, y0, x1, y1), _ in left:
        x, y = (x0 + x1) / 2 / across, (y0 + y1) / 2 / down
        if not any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in label["unclear"]):
            count.false += 1
            remarks.append(f"false find at {x:.2f}, {y:.2f}")
    return remarks


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--without-people", type=Path)
    parser.add_argument("--list", action="store_true", help="what each finder missed")
    arguments = parser.parse_args()
    labels = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    there = [label for label in labels if (arguments.photos / f"{label['name']}.jpg").is_file()]
    faces = sum(len(label["faces"]) for label in there)
    eyes = sum(len(face["eyes"]) for label in there for face in label["faces"])
    empty = sorted(arguments.without_people.glob("*.jpg")) if arguments.without_people else []
    print(f"{len(there)} of {len(labels)} photos with {faces} faces and {eyes} eyes; {len(empty)} without people")
    print(f"{'':10}{'faces':>12}{'false':>7}{'eyes':>12}{'false without people':>22}{'CPU s a photo':>15}")
    for name, finder in FINDERS.items():
        finder(np.zeros((64, 64, 3), np.uint8))  # so that loading is not timed
        count, none = Count(), Count()
        for label in there:
            rgb = read(arguments.photos / f"{label['name']}.jpg")
            began = time.process_time()
            found = finder(rgb)
            count.cpu_seconds += time.process_time() - began
            remarks = count_photo(label, (rgb.shape[1], rgb.shape[0]), found, count)
            if arguments.list and remarks:
                print(f"{name} {label['name']}: {', '.join(remarks)}")
        for path in empty:
            rgb = read(path)
            remarks = count_photo({"faces": [], "unclear": []}, (rgb.shape[1], rgb.shape[0]), finder(rgb), none)
            if arguments.list and remarks:
                print(f"{name} {path.stem}: {', '.join(remarks)}")
        print(
            f"{name:10}{count.faces:5} {count.faces / max(faces, 1):6.1%}{count.false:7}{count.eyes:5} "
            f"{count.eyes / max(eyes, 1):6.1%}{none.false:22}{count.cpu_seconds / max(len(there), 1):15.2f}",
            flush=True,
        )


def read(path: Path) -> Picture:
    """A photo as (height, width, 3) uint8 sRGB."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise SystemExit(f"{path} cannot be read as a picture.")
    return np.ascontiguousarray(picture[..., ::-1], dtype=np.uint8)


if __name__ == "__main__":
    main()
