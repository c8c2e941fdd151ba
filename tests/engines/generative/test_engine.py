import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from refocus import Photo, Refocused, RefocusPipeline
from refocus.cli import main
from refocus.core import BadInput, Cancelled, Disparity, EngineNotReady, Scene, WeightsMissing, silent
from refocus.core.settings import Settings
from refocus.depth import estimate_disparity
from refocus.depth.depth_model import DepthModel
from refocus.depth.sources import DepthSources
from refocus.engines import GenerativeEngine
from refocus.engines.generative.model import FluxWeights, GenerativeModel
from refocus.engines.generative.weights import find_weights
from refocus.media import Camera
from refocus.models import GenerativeRefocusPipeline, defocus_map
from refocus.models.generative_refocus.network_specs import DEBLUR_NET
from refocus.optics import Aperture
from refocus.prompts import parse_prompt
from refocus.restore import restore_photo
from refocus.results import RefocusRequest
from refocus.results.bokeh_picture import BokehRequest, bokeh_picture
from refocus.results.rendering import render_focal_stack
from refocus.results.saved import load_refocused
from tests.reference import reference

PROJECT = Path(__file__).resolve().parents[3]
RGB = np.random.default_rng(1).integers(0, 256, (64, 96, 3)).astype(np.uint8)
NEAR = np.repeat(np.linspace(2, 0, 96, dtype=np.float32)[None], 64, 0)
PHOTO = Photo(RGB, disparity=Disparity(NEAR, metric=False, source="made by hand"))
SHORT: dict[str, Any] = {"steps": 1, "frames": 3, "blur": 1.0}

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def engine(tiny_flux: Path) -> GenerativeEngine:
    return GenerativeEngine(models=tiny_flux, device="cpu")


@pytest.fixture(scope="module")
def refocused(engine: GenerativeEngine) -> Refocused:
    return engine.refocus(PHOTO, RefocusRequest(**SHORT), silent)


@pytest.fixture(scope="module")
def networks(tiny_flux: Path) -> GenerativeRefocusPipeline:
    lora = tiny_flux / "lora"
    return GenerativeRefocusPipeline.from_pretrained(
        tiny_flux / "model", deblur_lora=lora, bokeh_lora=lora, pre_deblur_lora=lora
    )


def made(engine: GenerativeEngine, photo: Photo = PHOTO, **asked: Any) -> Refocused:
    return engine.refocus(photo, RefocusRequest(**{**SHORT, **asked}), silent)


def noise(seed: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(seed)


def test_the_scene_is_deblurnet_s_with_one_condition(refocused: Refocused, networks: GenerativeRefocusPipeline) -> None:
    expected = networks.deblur(RGB, num_inference_steps=1, generator=noise(0))
    assert np.array_equal(refocused.scene.all_in_focus, np.asarray(expected))
    assert np.array_equal(refocused.scene.disparity.values, NEAR)


@pytest.mark.parametrize("choice", ["black", "built-in", "own"])
def test_a_pre_deblurred_picture_is_the_first_condition_of_another_deblurnet(
    choice: Any, engine: GenerativeEngine, networks: GenerativeRefocusPipeline
) -> None:
    own = np.random.default_rng(4).integers(0, 256, (128, 192, 3)).astype(np.uint8)
    seen = {"black": np.zeros_like(RGB), "built-in": restore_photo(RGB, lambda done: None).rgb, "own": own}[choice]
    photo = PHOTO.with_pre_deblurred(own) if choice == "own" else PHOTO
    result = made(engine, photo, pre_deblur="off" if choice == "own" else choice, blur=0)
    expected = networks.deblur(RGB, pre_deblurred=seen, num_inference_steps=1, generator=noise(0))
    assert np.array_equal(result.scene.all_in_focus, np.asarray(expected))
    assert result.request.pre_deblur == choice
    assert "two conditions" in " ".join(result.notes)


def test_a_model_with_the_further_lora_also_runs_without_it(tiny_flux: Path, refocused: Refocused) -> None:
    own = GenerativeEngine(models=tiny_flux, device="cpu")
    made(own, pre_deblur="black", blur=0)
    loaded = own._model._slot.model
    assert np.array_equal(made(own).stack.frames, refocused.stack.frames)
    assert own._model._slot.model is loaded


def test_the_weights_of_the_variant_are_needed_only_when_it_is_chosen(tiny_flux: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_flux, tmp_path / "models")
    (tmp_path / "models" / "lora" / "deblurNet_with_pre_deblur.safetensors").unlink()
    engine = GenerativeEngine(models=tmp_path / "models", device="cpu")
    assert engine.readiness().ready
    made(engine, pre_deblur="black", sharp=True, blur=0)
    with pytest.raises(WeightsMissing, match=r"deblurNet_with_pre_deblur\.safetensors is not in"):
        made(engine, pre_deblur="black")


def test_without_blur_bokehnet_does_not_run(engine: GenerativeEngine) -> None:
    for blur, k in ((0.0, None), (None, 0.0)):
        result = made(engine, sharp=True, blur=blur, k=k)
        assert (result.stack.frames == RGB).all()
        assert "ran on" not in " ".join(result.notes)


def test_tiling_is_an_option(tiny_flux: Path) -> None:
    wide = Photo(np.random.default_rng(5).integers(0, 256, (512, 528, 3)).astype(np.uint8))
    tiles = {}
    for tiling in ("auto", "on", "off"):
        result = made(GenerativeEngine(models=tiny_flux, device="cpu"), wide, tiling=tiling, blur=0)
        tiles[tiling] = result.scene.all_in_focus
    assert np.array_equal(tiles["auto"], tiles["on"])
    assert not np.array_equal(tiles["auto"], tiles["off"])


def test_each_frame_is_bokehnet_s_from_the_same_noise(
    refocused: Refocused, networks: GenerativeRefocusPipeline
) -> None:
    k = 0.06 * 96 / 2 / 2  # blur 1: a diameter of 6 % of the long side over the range, 2; K is a radius
    for frame, focus in zip(refocused.stack.frames, refocused.stack.focus_disparity, strict=True):
        blur = defocus_map(NEAR, focus, k)
        picture = networks.bokeh(refocused.scene.all_in_focus, blur, num_inference_steps=1, generator=noise(0))
        assert np.array_equal(frame, np.asarray(picture))


def test_metadata_names_engine_settings_and_weights(refocused: Refocused) -> None:
    assert refocused.engine == "generative"
    assert (refocused.seed, refocused.request.steps) == (0, 1)
    assert len(refocused.seconds) == 4
    notes = " ".join(refocused.notes)
    for said in (
        "sharp in 1 step",
        "Depth: made by hand",
        "K = 1.44 px",
        "the same noise",
        "cpu as float32, from seed 0",
    ):
        assert said in notes


def test_slider_tap_and_files_work_as_with_every_engine(refocused: Refocused, tmp_path: Path) -> None:
    assert refocused.at(0.5).shape == RGB.shape
    refocused.save(tmp_path / "out")
    again = load_refocused(tmp_path / "out")
    assert np.array_equal(again.stack.frames, refocused.stack.frames)
    assert (again.seed, again.request) == (0, refocused.request)
    anew = bokeh_picture(again, BokehRequest(at=(20, 30)))
    assert anew.picture.shape == RGB.shape
    assert "Rendered by optics" in " ".join(anew.notes)


def test_a_picture_of_a_frame_s_focus_is_that_frame(refocused: Refocused) -> None:
    assert np.array_equal(refocused.bokeh(position=1), refocused.at(1))
    assert not np.array_equal(refocused.bokeh(position=0.5), refocused.at(1))
    assert not np.array_equal(refocused.bokeh(position=1, blur=0.2), refocused.at(1))


def test_each_option_changes_the_result(engine: GenerativeEngine, refocused: Refocused) -> None:
    plain = refocused.stack.frames
    assert np.array_equal(made(engine).stack.frames, plain)
    for other in ({"seed": 1}, {"steps": 2}, {"blur": 0.5}, {"sharp": True}, {"restore": "the sign says OPEN"}):
        assert not np.array_equal(made(engine, **other).stack.frames, plain), other
    reversed_depth = PHOTO.with_disparity(Disparity(NEAR[:, ::-1].copy(), metric=False, source="the other way"))
    assert not np.array_equal(made(engine, reversed_depth).stack.frames, plain)


def test_the_user_s_words_are_added_to_deblurnet_s_prompt(
    engine: GenerativeEngine, networks: GenerativeRefocusPipeline
) -> None:
    result = made(engine, restore="the sign says OPEN")
    expected = networks.deblur(
        RGB,
        prompt=f"{DEBLUR_NET.prompt}, the sign says OPEN",
        num_inference_steps=1,
        generator=noise(0),
    )
    assert np.array_equal(result.scene.all_in_focus, np.asarray(expected))
    assert "with the prompt “the sign says OPEN”" in " ".join(result.notes)
    assert "was not used" in " ".join(made(engine, restore="the sign says OPEN", sharp=True).notes)


def test_a_sharp_photo_stays_as_it_is(engine: GenerativeEngine) -> None:
    result = made(engine, sharp=True)
    assert np.array_equal(result.scene.all_in_focus, RGB)
    assert "DeblurNet" not in " ".join(result.notes)


def test_without_blur_all_frames_are_equal(engine: GenerativeEngine) -> None:
    frames = made(engine, blur=0).stack.frames
    assert (frames == frames[0]).all()
    flat = PHOTO.with_disparity(Disparity(np.ones((64, 96), np.float32), metric=False, source="flat"))
    frames = made(engine, flat).stack.frames
    assert (frames == frames[0]).all()


def test_optics_renders_other_apertures_and_highlights_with_a_note(refocused: Refocused) -> None:
    for prompt, said in (("heart-shaped bokeh", "rendered the heart"), ("glowing highlights", "no glow of lights")):
        bokeh_request = BokehRequest(parse_prompt(prompt), position=0)
        by_optics = bokeh_picture(replace(refocused, renderer=None), bokeh_request)
        made_here = bokeh_picture(refocused, bokeh_request)
        assert np.array_equal(made_here.picture, by_optics.picture)
        assert said in " ".join(made_here.notes)


def test_a_stack_of_another_shape_is_rendered_by_optics(engine: GenerativeEngine, refocused: Refocused) -> None:
    result = made(engine, aperture="heart")
    expected = render_focal_stack(refocused.scene, 3, 2.88, Aperture.named("heart"), lambda done: None)
    assert np.array_equal(result.scene.all_in_focus, refocused.scene.all_in_focus)
    assert np.array_equal(result.stack.frames, expected.frames)
    assert "optics rendered the heart on the same scene" in " ".join(result.notes)
    assert "ran on" not in " ".join(made(engine, aperture="heart", sharp=True).notes)  # nothing to load it for


def test_k_is_physical_with_metric_depth_and_a_known_lens(engine: GenerativeEngine) -> None:
    lens = Camera(focal_length_mm=50, focal_length_35mm=50)
    metric = Photo(RGB, camera=lens, disparity=Disparity(NEAR, metric=True, source="measured"))
    result = made(engine, metric, blur=None, f_number=2)
    # 50 mm at f/2: 0.025 m x (50 mm on 36 mm over 96 px: 133.3 px) = 3.333 px of diameter a diopter
    assert "K = 1.667 px of blur radius per diopter" in " ".join(result.notes)


def test_k_sets_the_blur_directly(engine: GenerativeEngine, refocused: Refocused) -> None:
    result = made(engine, blur=None, k=1.44)  # what blur 1 comes to here
    assert np.array_equal(result.stack.frames, refocused.stack.frames)
    assert "K = 1.44 px of blur radius per unit of disparity, as requested" in " ".join(result.notes)
    assert np.array_equal(result.bokeh(position=1, k=1.44), result.at(1))
    assert not np.array_equal(result.bokeh(position=1, k=1.0), result.at(1))


def test_blur_beyond_the_largest_of_bokehnet_is_noted(engine: GenerativeEngine) -> None:
    wide = PHOTO.with_disparity(Disparity(NEAR * 200, metric=True, source="very near"))
    lens = Photo(RGB, camera=Camera(focal_length_mm=50, focal_length_35mm=50), disparity=wide.disparity)
    assert "knows blur up to a radius of 100 px" in " ".join(made(engine, lens, blur=None, f_number=2).notes)


def test_without_a_map_depth_is_estimated_from_the_photo(tiny_flux: Path) -> None:
    built_in = made(GenerativeEngine(models=tiny_flux, device="cpu"), Photo(RGB))
    assert np.array_equal(built_in.scene.disparity.values, estimate_disparity(RGB).values)


def test_a_network_sees_the_sharp_picture(tiny_flux: Path, tiny_depth_pro: Path) -> None:
    network = DepthModel(str(tiny_depth_pro), device="cpu")
    engine = GenerativeEngine(models=tiny_flux, device="cpu", depth=DepthSources(network))
    result = made(engine, Photo(RGB), depth_source="model")
    seen = network.predict(result.scene.all_in_focus, None, lambda: None)
    assert np.array_equal(seen.disparity.values, result.scene.disparity.values)
    assert result.scene.disparity.metric
    assert result.photo.camera.focal_length_35mm == pytest.approx(seen.focal_length_35mm, abs=0.1)
    assert any("seen by" in note for note in result.notes)


def test_the_result_has_the_size_of_the_photo(engine: GenerativeEngine) -> None:
    odd = np.random.default_rng(2).integers(0, 256, (70, 100, 3)).astype(np.uint8)
    result = made(engine, Photo(odd))
    assert result.stack.frames.shape == (3, 70, 100, 3)
    assert result.scene.all_in_focus.shape == (70, 100, 3)
    assert "worked at 112x80 px; the frames are 100x70 px" in " ".join(result.notes)


def test_it_can_be_stopped_between_steps_and_runs_again_after(engine: GenerativeEngine) -> None:
    said: list[float] = []

    def stop(stage: str, fraction: float) -> None:
        said.append(fraction)
        if fraction > 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.refocus(PHOTO, RefocusRequest(steps=4, frames=3), stop)
    assert said == sorted(said)
    assert len(said) > 8
    assert said[-1] < 0.75
    assert len(made(engine).stack) == 3


def test_on_a_processor_the_duration_is_announced(engine: GenerativeEngine) -> None:
    stages: list[str] = []
    engine.refocus(PHOTO, RefocusRequest(**SHORT), lambda stage, fraction: stages.append(stage))
    assert stages[0] == "Loading FLUX.1-dev, then a few seconds"


def test_zero_gpu_makes_the_same_frames(refocused: Refocused, tiny_flux: Path) -> None:
    on_zero_gpu = GenerativeEngine(models=tiny_flux, device="cpu", zero_gpu=True)
    on_zero_gpu.prepare()
    assert np.array_equal(made(on_zero_gpu).stack.frames, refocused.stack.frames)


@pytest.mark.parametrize(("asked", "mode"), [(None, "bf16"), ("bf16, group offload", "bf16, group offload")])
def test_the_memory_mode_of_the_settings_counts_on_zero_gpu(tiny_flux: Path, asked: str | None, mode: str) -> None:
    model = GenerativeModel(device=None, zero_gpu=True, memory=asked)
    assert model.memory_mode(FluxWeights.checked(find_weights(tiny_flux)), (1024, 768)).name == mode


@pytest.mark.parametrize(
    ("photo", "asked", "said"),
    [
        (Photo(np.zeros((80, 2000, 3), np.uint8)), {}, "too thin"),
        (Photo(RGB, disparity=Disparity(NEAR.T.copy(), metric=False, source="turned")), {}, "do not match"),
        (PHOTO, {"tiling": "on"}, "too small for tiles"),
        (PHOTO, {"pre_deblur": "own"}, "of your own is missing"),
        (PHOTO.with_pre_deblurred(RGB), {"pre_deblur": "black"}, "was given, and black was requested"),
    ],
    ids=["thin photo", "map of another size", "tiles", "no own picture", "two pictures"],
)
def test_what_the_model_cannot_do_is_refused(engine: GenerativeEngine, photo: Photo, asked: dict, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        made(engine, photo, **asked)


def test_a_pre_deblurred_picture_of_other_proportions_is_refused() -> None:
    with pytest.raises(BadInput, match="The pre-deblurred picture is 64x64 px and the photo 96x64 px") as caught:
        PHOTO.with_pre_deblurred(RGB[:, :64])
    assert "uncropped" in caught.value.todo


def test_a_negative_k_or_a_map_with_holes_is_refused(refocused: Refocused) -> None:
    scene = Scene(refocused.scene.all_in_focus, refocused.scene.disparity)
    assert refocused.renderer is not None
    with pytest.raises(BadInput, match=r"k is -0\.5"):
        refocused.renderer.still(scene, 1.0, -1.0, Aperture.named("circle"))
    with pytest.raises(BadInput, match="not finite"):
        PHOTO.with_disparity(Disparity(NEAR * np.nan, metric=False, source="holes"))


def test_readiness_imports_nothing_heavy(tiny_flux: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from refocus.engines import GenerativeEngine;"
        f"print(GenerativeEngine(models=Path({str(tiny_flux)!r})).readiness().ready,"
        "sorted({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert done.stdout.strip() == "True []"


def test_auto_never_chooses_it_on_a_processor(tiny_flux: Path) -> None:
    choice = RefocusPipeline(Settings(models=tiny_flux, device="cpu")).choose("auto")
    assert choice.engine.spec.name == "thin-lens"
    assert "Generative is only taken by name (without a GPU each frame" in choice.why


def test_auto_chooses_it_on_a_gpu(tiny_flux: Path) -> None:
    choice = RefocusPipeline(Settings(models=tiny_flux, device="cuda")).choose("auto")
    assert choice.engine.spec.name == "generative"


def test_an_unknown_memory_mode_is_refused_with_the_names(tiny_flux: Path) -> None:
    with pytest.raises(EngineNotReady, match="REFOCUS_MEMORY to one of: float32"):
        made(GenerativeEngine(models=tiny_flux, device="cpu", memory="2-bit"))
    assert len(made(GenerativeEngine(models=tiny_flux, device="cpu", memory="float32")).stack) == 3


def test_a_folder_of_weights_given_with_the_call_is_loaded_once(refocused: Refocused, tiny_flux: Path) -> None:
    pipeline = RefocusPipeline(Settings(device="cpu"))
    asked: dict[str, Any] = {"engine": "generative", "model": tiny_flux, **SHORT}
    result = pipeline.refocus(PHOTO, **asked)
    assert np.array_equal(result.stack.frames, refocused.stack.frames)
    again = pipeline.refocus(PHOTO, **asked)
    loading = next(stage for stage in result.seconds if stage.startswith("Loading"))
    assert again.seconds[loading] < result.seconds[loading]


def test_a_damaged_model_is_found_before_anything_is_loaded(tiny_flux: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny_flux, tmp_path / "copy"))
    weights = copy / "model" / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    engine = GenerativeEngine(models=copy, device="cpu")
    assert "half downloaded" in engine.readiness().why
    with pytest.raises(EngineNotReady, match="half downloaded"):
        made(engine)


def test_the_recorded_model_runs_as_an_engine() -> None:
    engine = GenerativeEngine(models=reference("parity/genfocus"), device="cpu")
    assert engine.readiness().ready
    result = made(engine)
    assert result.stack.frames.shape == (3, 64, 96, 3)
    assert not np.array_equal(result.at(0), result.at(2))


def test_the_command_line_makes_a_stack_with_the_words_of_its_prompt(
    tiny_flux: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(RGB).save(tmp_path / "photo.png")
    np.save(tmp_path / "near.npy", NEAR)
    options = ["--engine", "generative", "--model", tiny_flux, "--frames", 3, "--steps", 1, "--seed", 7]
    options += ["--depth", tmp_path / "near.npy", "--prompt", 'the sign says "OPEN", f/2']
    asked = ["stack", tmp_path / "photo.png", "--out", tmp_path / "out", *options]
    assert main([str(word) for word in asked]) == 0
    said = capsys.readouterr()
    assert "with the prompt “the sign says" in said.out
    assert "Loading FLUX.1-dev, then a few seconds" in said.err
    again = load_refocused(tmp_path / "out")
    assert (again.engine, again.seed, again.request.steps) == ("generative", 7, 1)
    expected = made(
        GenerativeEngine(models=tiny_flux, device="cpu"), seed=7, blur=None, f_number=2, restore=again.request.restore
    )
    assert np.array_equal(again.scene.all_in_focus, expected.scene.all_in_focus)


def test_the_command_line_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["stack", "photo.png", "--out", tmp_path / "out", "--engine", "generative", "--model", tmp_path]
    assert main([str(word) for word in asked]) == 3
    assert "hf auth login" in capsys.readouterr().err
