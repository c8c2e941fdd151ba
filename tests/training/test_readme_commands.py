"""The commands of refocus/training/README.md run as they stand there, on tiny models under the published names."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from accelerate.state import AcceleratorState

from refocus.cli import main
from refocus.models.focal_stack.checkpoint import BASE_WEIGHTS
from tests.training.focal_stack.conftest import save_scene
from tests.training.test_generative_prepare import picture, save_photo

README = Path(__file__).resolve().parents[2] / "refocus/training/README.md"
SECTIONS = ("The video model", "Generative Refocusing: data", "Generative Refocusing: training")
FEW_STEPS = {"40000": "1", "60000": "1", "--count 1000": "--count 2"}
SMALL = {
    "train focal-stack": "--width 64 --height 64 --steps 1 --workers 0 --validation-steps 1",
    "train deblur": "--window-px 64 --steps 1 --accumulation 1 --workers 0 --validation-steps 1 --rank 2",
    "train bokeh": "--window-px 64 --steps 1 --accumulation 1 --workers 0 --validation-steps 1 --rank 2",
    "prepare bokeh-exif": "--steps 1",
    "stack": "--steps 1",
}

pytestmark = pytest.mark.usefixtures("one_thread")


def commands() -> list[str]:
    """The lines of the sections that start refocus, without what starts it."""
    text = README.read_text(encoding="utf-8")
    found = []
    for section in SECTIONS:
        part = re.search(rf"^## {section}\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
        assert part is not None
        for block in re.findall(r"^```bash\n(.*?)^```", part[1], re.MULTILINE | re.DOTALL):
            found += re.findall(r"-m refocus (.*)", block.replace("\\\n", " "))
    return found


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, tiny_video_model: Path, tiny_flux: Path, tiny_depth_pro: Path
) -> Iterator[Path]:
    """A working folder with all that the commands name."""
    place = tmp_path_factory.mktemp("place")
    for name, model in (
        ("FLUX", tiny_flux / "model"),
        ("black-forest-labs/FLUX.1-dev", tiny_flux / "model"),
        ("nycu-cplab/Genfocus-Model", tiny_flux / "lora"),
        ("apple/DepthPro-hf", tiny_depth_pro),
    ):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).symlink_to(model)
    snapshots = place / "hub" / "models--stabilityai--stable-video-diffusion-img2vid" / "snapshots"
    shutil.copytree(tiny_video_model, snapshots / BASE_WEIGHTS.revision)
    for part in ("image_encoder/model", "vae/diffusion_pytorch_model"):
        path = snapshots / BASE_WEIGHTS.revision / f"{part}.safetensors"
        path.rename(path.with_suffix(".fp16.safetensors"))
    for seed in range(3):
        save_scene(place / "stacks" / f"scene-{seed}", seed)
    lens = {"FocalLength": 50.0, "FNumber": 2.0, "FocalLengthIn35mmFilm": 50}
    for index in range(2):
        for folder in ("DPDD/train_c/source", "DPDD/train_c/target", "PHOTOS"):
            save_photo(place / folder / f"{index}.jpg", picture(index))
        save_photo(place / "FLICKR" / f"{index}.jpg", picture(index), **lens)
    for f_number in (22, 2):
        save_photo(place / "REALBOKEH" / f"scene_f{f_number}.jpg", picture(0))
    save_photo(place / "cat.jpg", picture(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(place / "hub"))
        yield place


def test_every_command_runs_in_their_order(place: Path) -> None:
    assert len(commands()) > 12
    for command in commands():
        AcceleratorState._reset_state(reset_partial_state=True)  # each would have a process of its own
        short = command
        for words, fewer in FEW_STEPS.items():
            short = short.replace(words, fewer)
        short += " " + next((more for name, more in SMALL.items() if re.search(rf"(^| ){name}( |$)", short)), "")
        assert main(shlex.split(short)) == 0, short
    assert (place / "cat" / "stack.json").is_file()
    assert (place / "runs/shape/checkpoint-1/bokehNet_shape.safetensors").is_file()
