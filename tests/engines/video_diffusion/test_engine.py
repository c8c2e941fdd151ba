import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from refocus import Photo, Refocused, RefocusPipeline
from refocus.core import BadInput, Cancelled, EngineNotReady, WeightsMissing, silent
from refocus.core.settings import Settings
from refocus.engines import VideoDiffusionEngine
from refocus.engines.video_diffusion.model import VideoModel
from refocus.media import Camera
from refocus.models import FocalStackPipeline
from refocus.models.focal_stack.checkpoint import BASE_WEIGHTS, TRAINING_FILE, UNET_WEIGHTS
from refocus.results import RefocusRequest
from refocus.results.saved import load_refocused

ONE_STEP = RefocusRequest(steps=1, input_position=3)
WIDE = np.random.default_rng(1).integers(0, 256, (64, 128, 3)).astype(np.uint8)  # the model works at its own size
UPRIGHT = np.random.default_rng(2).integers(0, 256, (112, 80, 3)).astype(np.uint8)  # the model works at 64x64
PROJECT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def engine(tiny_video_model: Path) -> VideoDiffusionEngine:
    return VideoDiffusionEngine(models=tiny_video_model, device="cpu")


@pytest.fixture(scope="module")
def refocused(engine: VideoDiffusionEngine) -> Refocused:
    return engine.refocus(Photo(WIDE), ONE_STEP, silent)


@pytest.fixture
def model_copy(tiny_video_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_video_model, tmp_path / "model"))


def frames(engine: VideoDiffusionEngine, rgb: np.ndarray = WIDE, **asked: Any) -> np.ndarray:
    request = RefocusRequest(**{"steps": 1, "input_position": 3, **asked})
    return engine.refocus(Photo(rgb), request, silent).stack.frames


def test_the_stack_is_the_model_s_with_noise_from_the_seed(refocused: Refocused, tiny_video_model: Path) -> None:
    pipe = FocalStackPipeline.from_pretrained(tiny_video_model)
    pipe.set_progress_bar_config(disable=True)
    expected = pipe(
        WIDE,
        input_position=3,
        num_inference_steps=1,
        generator=torch.Generator("cpu").manual_seed(0),
        batch_guidance=False,  # as on every processor
        output_type="np",
    ).frames
    assert np.array_equal(refocused.stack.frames, np.round(np.asarray(expected) * 255).astype(np.uint8))
    assert refocused.stack.focus_disparity == pytest.approx(np.linspace(1, 0, 9))


def test_metadata_names_engine_settings_and_weights(refocused: Refocused) -> None:
    assert refocused.engine == "video-diffusion"
    assert refocused.seed == 0
    assert list(refocused.seconds)[2] == "Making 9 frames"
    assert len(refocused.seconds) == 4
    notes = " ".join(refocused.notes)
    for said in ("position 3", "worked at 128x64 px", "1 step from seed 0", "cpu in float32", "Depth:"):
        assert said in notes


def test_slider_tap_bokeh_and_files_work_as_with_every_engine(refocused: Refocused, tmp_path: Path) -> None:
    assert refocused.at(3.5).shape == WIDE.shape
    assert refocused.scene.all_in_focus.shape == WIDE.shape
    assert refocused.bokeh(at=(20, 30), aperture="heart").shape == WIDE.shape
    refocused.save(tmp_path / "out")
    again = load_refocused(tmp_path / "out")
    assert np.array_equal(again.stack.frames, refocused.stack.frames)
    assert (again.seed, again.request) == (0, refocused.request)


def test_each_option_changes_the_result(engine: VideoDiffusionEngine, refocused: Refocused) -> None:
    plain = refocused.stack.frames
    assert np.array_equal(frames(engine), plain)
    for other in (
        {"seed": 1}, {"steps": 2}, {"input_position": 4}, {"guidance": 4.0}, {"decode_overlap": 3},
        {"corrected_clip": True},
    ):  # fmt: skip
        assert not np.array_equal(frames(engine, **other), plain), other


def test_differences_from_the_published_system_are_noted(engine: VideoDiffusionEngine, refocused: Refocused) -> None:
    assert "guidance" not in " ".join(refocused.notes)
    asked = replace(ONE_STEP, guidance=4.0, decode_overlap=3, corrected_clip=True)
    notes = " ".join(engine.refocus(Photo(WIDE), asked, silent).notes)
    assert "guidance 4, decoded in chunks that share 3, CLIP's range corrected" in notes


def test_metadata_has_the_commits_of_the_weights(tiny_video_model: Path, refocused: Refocused, tmp_path: Path) -> None:
    assert refocused.metadata()["weights"] == {BASE_WEIGHTS.repo: None, UNET_WEIGHTS.repo: None}
    commits = {BASE_WEIGHTS.repo: BASE_WEIGHTS.revision, UNET_WEIGHTS.repo: "2" * 40}
    for repo, commit in commits.items():
        place = tmp_path / f"models--{repo.replace('/', '--')}" / "snapshots" / commit
        place.parent.mkdir(parents=True)
        if repo == BASE_WEIGHTS.repo:
            place.symlink_to(tiny_video_model)
        else:
            (place / "checkpoint-200000").mkdir(parents=True)
            (place / "checkpoint-200000" / "unet").symlink_to(tiny_video_model / "unet")
    pinned = {UNET_WEIGHTS.repo: "2" * 40}
    result = VideoDiffusionEngine(models=tmp_path, device="cpu", revisions=pinned).refocus(
        Photo(WIDE), ONE_STEP, silent
    )
    assert result.weights == commits
    result.save(tmp_path / "out")
    assert load_refocused(tmp_path / "out").weights == commits
    other = VideoDiffusionEngine(models=tmp_path, device="cpu", revisions={UNET_WEIGHTS.repo: "3" * 40})
    assert f"no {UNET_WEIGHTS.repo} at revision 333" in other.readiness().why


@pytest.fixture
def several(model_copy: Path) -> VideoDiffusionEngine:
    """With weights whose config says that they were trained with several inputs and ten frames."""
    (model_copy / "unet" / TRAINING_FILE).write_text(json.dumps({"frames": 10, "inputs": "several"}))
    return VideoDiffusionEngine(models=model_copy, device="cpu")


def two_photos() -> Photo:
    return Photo(WIDE, name="near").with_more([Photo(WIDE[::-1].copy(), name="far")])


def test_weights_trained_so_take_several_photos_and_make_ten_frames(
    engine: VideoDiffusionEngine, several: VideoDiffusionEngine, model_copy: Path
) -> None:
    assert several.spec.options - engine.spec.options == {"more_photos", "more_positions"}
    assert "up to 3 photos of a scene" in several.spec.summary
    result = several.refocus(two_photos(), replace(ONE_STEP, more_positions="8"), silent)
    pipe = FocalStackPipeline.from_pretrained(model_copy)
    pipe.set_progress_bar_config(disable=True)
    expected = pipe(
        [WIDE, WIDE[::-1]],
        input_position=[3, 8],
        num_frames=10,
        num_inference_steps=1,
        generator=torch.Generator("cpu").manual_seed(0),
        batch_guidance=False,
        output_type="np",
    ).frames[:9]
    assert np.array_equal(result.stack.frames, np.round(np.asarray(expected) * 255).astype(np.uint8))
    assert (result.request.input_position, result.request.more_positions) == (3, "8")
    assert "far, of the same scene, is at position 8" in " ".join(result.notes)
    assert "make 10 frames; the last one" in " ".join(result.notes)
    assert result.weights == {BASE_WEIGHTS.repo: None, f"{model_copy.name}/unet": None}


def test_positions_of_several_photos_are_estimated_and_must_differ(several: VideoDiffusionEngine) -> None:
    near, far = (Camera(subject_distance_m=metres) for metres in (0.1, 10))
    photo = Photo(WIDE, camera=near).with_more([Photo(WIDE, camera=far)])
    result = several.refocus(photo, RefocusRequest(steps=1), silent)
    assert (result.request.input_position, result.request.more_positions) == (4, "8")
    for more, positions, said in (
        (3, None, "4 photos are too many"),
        (1, "4,8", "More photos of the scene: 1; positions of them: 2"),
        (0, "4", "More photos of the scene: 0; positions of them: 1"),
        (1, "3", "Two photos are at one position: 3, 3"),
    ):
        photo = Photo(WIDE).with_more([Photo(WIDE)] * more)
        with pytest.raises(BadInput, match=said):
            several.refocus(photo, replace(ONE_STEP, more_positions=positions), silent)


def test_several_photos_are_refused_by_weights_that_were_trained_with_one(engine: VideoDiffusionEngine) -> None:
    with pytest.raises(BadInput, match="Video diffusion takes one photo of a scene here") as caught:
        RefocusPipeline(engines=[engine]).run(two_photos(), ONE_STEP, "video-diffusion")
    assert "--inputs several" in caught.value.todo
    with pytest.raises(BadInput, match="more has 80x112 px, and one 128x64 px"):
        Photo(WIDE, name="one").with_more([Photo(UPRIGHT, name="more")])


def test_defaults_of_the_engine_are_in_the_request_of_the_result(engine: VideoDiffusionEngine) -> None:
    result = engine.refocus(Photo(WIDE), RefocusRequest(steps=1), silent)
    assert result.request.steps == 1
    assert f"position {result.request.input_position}, estimated" in " ".join(result.notes)


def test_the_photo_s_proportions_come_back_and_full_size_when_asked(engine: VideoDiffusionEngine) -> None:
    result = engine.refocus(Photo(UPRIGHT), ONE_STEP, silent)
    assert result.stack.frames.shape == (9, 90, 64, 3)
    assert "worked at 64x64 px; the frames are 64x90 px" in " ".join(result.notes)
    full = engine.refocus(Photo(UPRIGHT), RefocusRequest(steps=1, input_position=3, full_size=True), silent)
    assert full.stack.frames.shape == (9, 112, 80, 3)
    assert full.scene.all_in_focus.shape == (112, 80, 3)
    assert "the frames are 80x112 px, with the photo's own detail" in " ".join(full.notes)


def test_it_can_be_stopped_between_steps_and_runs_again_after(engine: VideoDiffusionEngine) -> None:
    said: list[float] = []

    def stop(stage: str, fraction: float) -> None:
        said.append(fraction)
        if stage.startswith("Making") and len([value for value in said if value > 2 / 14]) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.refocus(Photo(WIDE), RefocusRequest(steps=8, input_position=3), stop)
    assert said == sorted(said)
    assert said[-1] < 0.6
    assert len(frames(engine)) == 9


def test_on_a_processor_the_duration_is_announced(engine: VideoDiffusionEngine) -> None:
    stages: list[str] = []
    engine.refocus(Photo(WIDE), ONE_STEP, lambda stage, fraction: stages.append(stage))
    assert "Making 9 frames: a few seconds" in stages


def test_zero_gpu_makes_the_same_frames(refocused: Refocused, tiny_video_model: Path) -> None:
    on_zero_gpu = VideoDiffusionEngine(models=tiny_video_model, device="cpu", zero_gpu=True)
    on_zero_gpu.prepare()
    assert np.array_equal(frames(on_zero_gpu), refocused.stack.frames)
    with pytest.raises(BadInput, match="too thin"):
        frames(on_zero_gpu, np.zeros((64, 64 * 130, 3), np.uint8))


@pytest.mark.parametrize(("asked", "mode"), [(None, "fast"), ("small", "small")])
def test_the_memory_mode_of_the_settings_counts_on_zero_gpu(asked: str | None, mode: str) -> None:
    model = VideoModel(device=None, zero_gpu=True, memory=asked)
    assert model.memory_mode(model.device(), (704, 704), 1.0).name == mode


@pytest.mark.parametrize(
    ("rgb", "asked", "said"),
    [
        (WIDE, {"frames": 5}, "makes 9 frames, not 5"),
        (np.zeros((64, 64 * 130, 3), np.uint8), {}, "too thin"),
    ],
    ids=["frames", "thin photo"],
)
def test_what_the_model_cannot_do_is_refused(
    engine: VideoDiffusionEngine, rgb: np.ndarray, asked: dict, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        frames(engine, rgb, **asked)


def test_without_weights_it_says_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    state = VideoDiffusionEngine().readiness()
    assert not state.ready
    assert "7.6 GB" in state.why
    assert "--download video-diffusion" in state.todo
    assert "REFOCUS_MODELS" in state.todo


def test_another_model_or_a_cut_file_is_found_before_anything_is_loaded(model_copy: Path) -> None:
    engine = VideoDiffusionEngine(models=model_copy, device="cpu")
    assert engine.readiness().ready
    weights = model_copy / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert "half downloaded" in engine.readiness().why
    with pytest.raises(WeightsMissing, match="half downloaded"):
        frames(engine)
    index = model_copy / "model_index.json"
    index.write_text(json.dumps({"_class_name": "FluxPipeline"}))
    assert "FluxPipeline" in engine.readiness().why


def test_readiness_imports_nothing_heavy(tiny_video_model: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from refocus.engines import VideoDiffusionEngine;"
        f"print(VideoDiffusionEngine(models=Path({str(tiny_video_model)!r})).readiness().ready,"
        "sorted({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert done.stdout.strip() == "True []"


def test_auto_never_chooses_it_on_a_processor(tiny_video_model: Path) -> None:
    pipeline = RefocusPipeline(Settings(models=tiny_video_model, device="cpu"))
    choice = pipeline.choose("auto")
    assert choice.engine.spec.name == "thin-lens"
    assert "Video diffusion is only taken by name (without a GPU" in choice.why
    assert pipeline.choose("video-diffusion").engine.spec.name == "video-diffusion"


def test_auto_chooses_it_on_a_gpu(tiny_video_model: Path) -> None:
    pipeline = RefocusPipeline(Settings(models=tiny_video_model, device="cuda"))
    assert pipeline.choose("auto").engine.spec.name == "video-diffusion"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_device_that_is_not_there_is_an_error_not_a_fallback(tiny_video_model: Path) -> None:
    with pytest.raises(EngineNotReady, match="REFOCUS_DEVICE is cuda"):
        frames(VideoDiffusionEngine(models=tiny_video_model, device="cuda"))


def test_a_folder_of_weights_given_with_the_call_serves_like_one_of_the_settings(
    refocused: Refocused, tiny_video_model: Path
) -> None:
    pipeline = RefocusPipeline(Settings(device="cpu"))
    asked: dict[str, Any] = {"engine": "video-diffusion", "model": tiny_video_model, "steps": 1, "input_position": 3}
    result = pipeline.refocus(Photo(WIDE), **asked)
    assert np.array_equal(result.stack.frames, refocused.stack.frames)
    again = pipeline.refocus(Photo(WIDE), **asked)
    assert again.seconds["Loading the video model"] < result.seconds["Loading the video model"]
