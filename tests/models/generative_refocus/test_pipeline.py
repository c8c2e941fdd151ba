"""The pipeline from the outside: options, noise, threads, offloading, errors. Numbers are in test_parity."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from refocus.core import BadInput, Cancelled, EngineNotReady, WeightsMissing
from refocus.models import GenerativeRefocusPipeline

PHOTO = np.random.default_rng(0).integers(0, 256, (64, 80, 3), np.uint8)
BLUR = np.linspace(0, 1, 64 * 80, dtype=np.float32).reshape(64, 80)
ROUNDING = 1e-5  # the same sums in another order; options change a picture ten times as much at least


def seeded(seed: Any = 0) -> Any:
    return torch.Generator().manual_seed(seed)


def deblur(pipeline: GenerativeRefocusPipeline, **options: Any) -> Any:
    options = {"num_inference_steps": 2, "output_type": "pt", "generator": seeded()} | options
    return pipeline.deblur(PHOTO, **options)


def bokeh(pipeline: GenerativeRefocusPipeline, blur: Any = BLUR, **options: Any) -> Any:
    options = {"num_inference_steps": 2, "output_type": "pt", "generator": seeded()} | options
    return pipeline.bokeh(PHOTO, blur, **options)


def off(first: Any, second: Any) -> Any:
    return (first - second).abs().max().item()


@pytest.mark.parametrize("run", [deblur, bokeh])
def test_one_generator_reproduces_a_run(pipeline: GenerativeRefocusPipeline, run: Any) -> None:
    picture = run(pipeline)
    assert off(picture, run(pipeline)) <= ROUNDING
    assert off(picture, run(pipeline, generator=seeded(1))) > 1e-3


def test_the_global_generator_is_used_only_when_none_is_given(pipeline: GenerativeRefocusPipeline) -> None:
    state = torch.random.get_rng_state()
    deblur(pipeline)
    assert torch.equal(torch.random.get_rng_state(), state)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert off(deblur(pipeline, generator=None), deblur(pipeline)) <= ROUNDING


def test_the_noise_is_latents_then_each_condition(pipeline: GenerativeRefocusPipeline) -> None:
    generator = seeded()
    latents = torch.randn(1, 4, 8, 10, generator=generator)
    packed = latents.reshape(1, 4, 4, 2, 5, 2).permute(0, 2, 4, 1, 3, 5).reshape(1, 20, 16)
    assert off(bokeh(pipeline, generator=generator, latents=packed), bokeh(pipeline)) <= ROUNDING


@pytest.mark.parametrize(
    "changed",
    [
        {"prompt": "a red car"},
        {"num_inference_steps": 3},
        {"guidance_scale": 2.0},
        {"latents": torch.zeros(1, 20, 16)},
    ],
    ids=lambda changed: next(iter(changed)),
)
@pytest.mark.parametrize("run", [deblur, bokeh])
def test_every_option_changes_the_picture(pipeline: GenerativeRefocusPipeline, run: Any, changed: Any) -> None:
    assert off(run(pipeline), run(pipeline, **changed)) > 1e-4


def test_the_pre_deblurred_picture_and_the_map_change_the_picture(pipeline: GenerativeRefocusPipeline) -> None:
    assert off(deblur(pipeline), deblur(pipeline, pre_deblurred=PHOTO[::-1].copy())) > 1e-4
    assert off(bokeh(pipeline), bokeh(pipeline, BLUR[::-1])) > 1e-4


def test_tiles_change_the_picture(pipeline: GenerativeRefocusPipeline) -> None:
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (512, 528, 3), np.uint8))
    options: dict[str, Any] = {"num_inference_steps": 1, "output_type": "latent"}
    tiled, demanded, whole = (
        pipeline.deblur(photo, generator=seeded(), tiled=choice, **options) for choice in ("auto", True, False)
    )
    assert off(tiled, demanded) <= ROUNDING
    assert off(tiled, whole) > 1e-2


def test_output_types(pipeline: GenerativeRefocusPipeline) -> None:
    picture = deblur(pipeline)
    assert picture.shape == (1, 3, 64, 80)
    assert picture.dtype == torch.float32
    assert 0 <= picture.min() < picture.max() <= 1
    image = deblur(pipeline, output_type="pil")
    expected = np.round(picture[0].permute(1, 2, 0).numpy() * 255)
    np.testing.assert_array_equal(np.asarray(image), expected)
    assert deblur(pipeline, output_type="latent").shape == (1, 20, 16)


def test_sides_that_are_not_multiples_of_16_go_up(pipeline: GenerativeRefocusPipeline) -> None:
    photo = Image.fromarray(PHOTO).resize((70, 90))
    picture = pipeline.bokeh(photo, np.zeros((90, 70), np.float32), num_inference_steps=1)
    assert picture.size == (80, 96)


def test_progress_reaches_one_and_a_callback_can_stop_the_run(pipeline: GenerativeRefocusPipeline) -> None:
    fractions: list[float] = []
    deblur(pipeline, num_inference_steps=4, callback=fractions.append)
    assert fractions == [0.25, 0.5, 0.75, 1.0]

    def stop(fraction: Any) -> None:
        fractions.append(fraction)
        raise Cancelled

    fractions.clear()
    with pytest.raises(Cancelled):
        deblur(pipeline, num_inference_steps=4, callback=stop)
    assert fractions == [0.25]


def test_two_threads_with_two_loras_do_not_disturb_each_other(pipeline: GenerativeRefocusPipeline) -> None:
    alone = deblur(pipeline), bokeh(pipeline)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run, pipeline) for _ in range(4) for run in (deblur, bokeh)]
        together = [run.result() for run in runs]
    for index, picture in enumerate(together):
        assert off(picture, alone[index % 2]) <= ROUNDING
    assert off(*alone) > 1e-2


@pytest.mark.parametrize("offload", ["group", "model"])
def test_offloading_changes_nothing(
    own_pipeline: GenerativeRefocusPipeline, offload: Literal["group", "model"]
) -> None:  # on a CPU only the hooks' order is tried, not the copying
    expected = deblur(own_pipeline), bokeh(own_pipeline)
    own_pipeline.place("cpu", offload=offload)
    for _ in range(2):
        assert off(deblur(own_pipeline), expected[0]) <= ROUNDING
        assert off(bokeh(own_pipeline), expected[1]) <= ROUNDING


def test_an_unknown_way_of_offloading_is_refused(own_pipeline: GenerativeRefocusPipeline) -> None:
    with pytest.raises(BadInput):
        own_pipeline.place("cpu", offload="disk")  # type: ignore[arg-type]


def test_bfloat16_runs(kit: Path) -> None:
    pipeline = GenerativeRefocusPipeline.from_pretrained(
        kit / "model", deblur_lora=kit / "lora", bokeh_lora=kit / "lora", dtype=torch.bfloat16
    )
    assert {parameter.dtype for parameter in pipeline.transformer.parameters()} == {torch.bfloat16}
    picture = bokeh(pipeline)
    assert picture.dtype == torch.float32
    assert picture.isfinite().all()
    assert picture.std() > 0.01


def test_vae_tiles_only_above_the_size(own_pipeline: GenerativeRefocusPipeline) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (64, 192, 3), np.uint8)

    def run() -> Any:
        return own_pipeline.deblur(photo, num_inference_steps=1, output_type="pt", generator=seeded())

    whole = run()
    own_pipeline.tile_vae_above(192)
    assert off(run(), whole) <= ROUNDING
    own_pipeline.tile_vae_above(128)
    assert ROUNDING < off(run(), whole) < 0.5
    assert run().shape == whole.shape


def test_a_pipeline_without_the_lora_never_runs_bare_flux(kit: Path) -> None:
    pipeline = GenerativeRefocusPipeline.from_pretrained(kit / "model", bokeh_lora=kit / "lora")
    bokeh(pipeline)
    with pytest.raises(WeightsMissing) as caught:
        deblur(pipeline)
    assert "deblurring" in caught.value.message


@pytest.mark.parametrize("run", [deblur, bokeh])
def test_bad_input_is_refused_before_anything_is_computed(pipeline: GenerativeRefocusPipeline, run: Any) -> None:
    ran = []
    hooks = [
        model.register_forward_hook(lambda *_: ran.append("ran"))
        for model in (pipeline.transformer, pipeline.text_encoder, pipeline.text_encoder_2, pipeline.vae.encoder)
    ]
    generator = seeded()
    before = generator.get_state()
    for bad in ({"latents": torch.zeros(1, 3, 16)}, {"num_inference_steps": 0}, {"tiled": True}):
        with pytest.raises(BadInput):
            run(pipeline, generator=generator, **bad)
    with pytest.raises(BadInput):
        pipeline.bokeh(PHOTO, BLUR[1:], generator=generator)
    for hook in hooks:
        hook.remove()
    assert ran == []
    assert torch.equal(generator.get_state(), before)


def test_running_out_of_memory_says_which_mode_to_choose(pipeline: GenerativeRefocusPipeline) -> None:
    def run_out(fraction: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(EngineNotReady) as caught:
        deblur(pipeline, callback=run_out)
    assert "Offload" in caught.value.todo
    assert isinstance(caught.value.__cause__, torch.OutOfMemoryError)


def test_a_saved_pipeline_comes_back_whole(pipeline: GenerativeRefocusPipeline, kit: Path, tmp_path: Path) -> None:
    pipeline.save_pretrained(tmp_path)
    again = GenerativeRefocusPipeline.from_pretrained(tmp_path, deblur_lora=tmp_path, bokeh_lora=tmp_path)
    assert off(deblur(again), deblur(pipeline)) <= ROUNDING
    for name in ("deblurNet", "bokehNet"):
        saved, published = (load_file(folder / f"{name}.safetensors") for folder in (tmp_path, kit / "lora"))
        assert saved.keys() == published.keys()
        assert all(torch.equal(saved[key], published[key]) for key in published)


def test_diffusers_older_name_of_the_dtype_is_understood(kit: Path) -> None:
    loaded = GenerativeRefocusPipeline.from_pretrained(kit / "model", torch_dtype=torch.bfloat16)
    assert loaded.transformer.dtype == torch.bfloat16
