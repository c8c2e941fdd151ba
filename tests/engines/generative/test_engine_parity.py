"""Both forms of DeblurNet, through the engine, make the pictures of the published inference."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from refocus import Photo
from refocus.core import silent
from refocus.engines import GenerativeEngine
from refocus.results import RefocusRequest
from tests.reference import reference

pytestmark = pytest.mark.usefixtures("one_thread")


def weights(tmp_path: Path, lora_name: str) -> Path:
    """The kit's FLUX with its one DeblurNet file under the name of one form; the other form has another file."""
    kit = reference("parity/genfocus")
    shutil.copytree(kit / "model", tmp_path / "model")
    (tmp_path / "lora").mkdir()
    for name in ("deblurNet", "deblurNet_with_pre_deblur", "bokehNet"):
        source = "deblurNet" if name == lora_name else "bokehNet"
        shutil.copy(kit / "lora" / f"{source}.safetensors", tmp_path / "lora" / f"{name}.safetensors")
    return tmp_path


@pytest.mark.parametrize(
    ("case", "lora_name", "said"),
    [
        ("deblur_small", "deblurNet", "one condition, the photo: deblurNet.safetensors"),
        (
            "deblur_pre_small",
            "deblurNet_with_pre_deblur",
            "two conditions, your pre-deblurred picture and the photo: deblurNet_with_pre_deblur.safetensors",
        ),
    ],
)
def test_the_all_in_focus_picture_is_as_recorded(case: str, lora_name: str, said: str, tmp_path: Path) -> None:
    folder = reference(f"parity/genfocus/cases/{case}")
    photo = Photo.open(folder / "input.png")
    if (folder / "pre_deblur.png").exists():
        photo = photo.with_pre_deblurred(Photo.open(folder / "pre_deblur.png").rgb)
    engine = GenerativeEngine(models=weights(tmp_path, lora_name), device="cpu")
    # Without blur BokehNet does not run. The kit's seed is 42, its steps 4.
    request = RefocusRequest(steps=4, seed=42, frames=3, k=0, depth_source="built-in")
    result = engine.refocus(photo, request, silent)
    expected = np.asarray(Image.open(folder / "image.png").convert("RGB"), int)
    assert np.abs(result.scene.all_in_focus - expected).max() <= 1
    assert said in " ".join(result.notes)
    assert (result.stack.frames == result.scene.all_in_focus).all()
