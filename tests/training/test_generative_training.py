"""Training DeblurNet and BokehNet on a tiny FLUX: what changes, what stays, and that the engine runs the result."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from refocus.cli import main
from refocus.core import BadInput
from refocus.engines.generative.costs import estimate_flops
from refocus.models import GenerativeRefocusPipeline
from refocus.models.generative_refocus.checkpoint import FLUX_WEIGHTS, LORA_WEIGHTS
from refocus.models.generative_refocus.network_specs import BOKEH_NET, DEBLUR_NET, SHAPE_NET
from refocus.training.generative.bokeh_recipe import BokehExamples, BokehRecipe
from refocus.training.generative.flow_step import SigmaScheme, add_noise, draw_sigma, flow_loss
from refocus.training.generative.generative_config import BokehConfig
from refocus.training.generative.generative_recipe import NoisedSample
from refocus.training.generative.generative_work import count_generative_work
from refocus.training.generative.mixed_rows import parse_shares, read_rows
from refocus.training.generative.new_lora import layers_without_effect
from refocus.training.generative.samples import SampleSettings
from refocus.training.loop.trainer import start_accelerator, train
from refocus.training.picture_numbers import PictureNumbers
from tests.training.generative_data import WINDOW_PX, save_training_data, tiny_parts

K_RADII_PX = (0, 5, 10, 20)
FLUX_DEV = {"_class_name": "FluxTransformer2DModel", "guidance_embeds": True}  # diffusers' defaults are its sizes

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_training_data(tmp_path_factory.mktemp("data"))


def command(system: str, flux: Path, data: Path, out: Path, *more: str) -> list[str]:
    """A run of two steps on the tiny FLUX."""
    options = {
        "flux": flux / "model", "data": data, "out": out, "steps": 2, "accumulation": 2, "rank": 4, "warmup": 0,
        "schedule": "constant", "window-px": WINDOW_PX, "learning-rate": 0.01, "workers": 0, "validation-steps": 1,
        "validate-every": 0,
    }  # fmt: skip
    return ["train", system, *(f"--{name}={value}" for name, value in options.items()), *more]


def bokeh_recipe(flux: Path, data: Path, out: Path, **settings: Any) -> BokehRecipe:
    """BokehNet on the synthetic route, whose window is the whole picture."""
    given: dict[str, Any] = {"rank": 4, "window_px": WINDOW_PX, "gradient_checkpointing": False, **settings}
    config = BokehConfig(out=out, flux=str(flux), data=(str(data),), workers=0, validate_every=0, **given)
    rows, _ = read_rows(config.data, ("synthetic",), {}, config.seed)
    examples = BokehExamples(rows, SampleSettings(WINDOW_PX, flip=False, highlights=0))
    return BokehRecipe(config, tiny_parts(flux), BOKEH_NET, examples, [], PictureNumbers.here(None))


def test_only_the_lora_changes_and_in_every_layer_that_counts(tiny_flux: Path, data: Path, tmp_path: Path) -> None:
    recipe = bokeh_recipe(tiny_flux, data, tmp_path, steps=1, warmup=0, accumulation=1)
    published = load_file(tiny_flux / "lora" / "bokehNet.safetensors")
    before = {name: value.clone() for name, value in recipe.network.state_dict().items()}
    done = train(recipe, recipe.config, start_accelerator(recipe.config))
    changed = {name for name, value in recipe.network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert all(".adapters.bokeh." in name for name in changed)  # everything else is the same, bit for bit
    written = load_file(done.folder / "bokehNet.safetensors")
    assert written.keys() == published.keys()
    learned = {name.removesuffix(".lora_B.weight") for name, value in written.items() if "_B." in name and value.any()}
    assert learned == {name.removesuffix(".lora_B.weight") for name in written if "_B." in name} - {
        f"transformer.{layer}" for layer in layers_without_effect(recipe.parts.flux)
    }


def test_a_resumed_run_gives_what_an_uninterrupted_one_gives(tiny_flux: Path, data: Path, tmp_path: Path) -> None:
    runs = {name: tmp_path / name for name in ("whole", "parts")}
    deblur = partial(command, "deblur", tiny_flux, data)
    assert main(deblur(runs["whole"], "--validate-every=2")) == 0
    assert main([*deblur(runs["parts"]), "--steps=1"]) == 0
    assert main([*deblur(runs["parts"]), "--resume=latest"]) == 0
    files = {name: run / "checkpoint-2" / DEBLUR_NET.lora_file for name, run in runs.items()}
    one, resumed = (load_file(files[name]) for name in runs)
    assert one.keys() == resumed.keys()
    assert all(torch.equal(one[name], resumed[name]) for name in one)
    assert "psnr" in (runs["whole"] / "validation.jsonl").read_text()
    assert len(list((runs["whole"] / "validation" / "step-0000002").iterdir())) == 2  # a pair and a synthetic one


def test_the_engine_runs_what_was_trained(tiny_flux: Path, data: Path, tmp_path: Path) -> None:
    assert main(command("deblur", tiny_flux, data, tmp_path / "one")) == 0
    assert main(command("deblur", tiny_flux, data, tmp_path / "two", "--pre-deblurred")) == 0
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)

    def deblurred(lora: Path, two: Path | None = None) -> NDArray[np.uint8]:
        pipeline = GenerativeRefocusPipeline.from_pretrained(tiny_flux / "model", deblur_lora=lora, pre_deblur_lora=two)
        sharper = None if two is None else photo[::-1].copy()
        return np.asarray(pipeline.deblur(photo, pre_deblurred=sharper, num_inference_steps=1, generator=noise()))

    one = deblurred(tmp_path / "one" / "checkpoint-2")
    assert not np.array_equal(one, deblurred(tiny_flux / "lora"))
    assert not np.array_equal(one, deblurred(tiny_flux / "lora", tmp_path / "two" / "checkpoint-2"))


def test_overfitted_on_the_synthetic_route_each_k_gives_its_own_target(
    tiny_flux: Path, data: Path, tmp_path: Path
) -> None:
    """At nearly full noise only the conditions tell the samples apart. The random base first learns what FLUX knows:
    to take the noise away, to the mean of the targets."""
    recipe = bokeh_recipe(tiny_flux, data, tmp_path, rank=16)
    prompt = recipe.parts.prompt
    recipe.parts = replace(recipe.parts, prompt=replace(prompt, tokens=prompt.tokens[:, :8]))  # for speed
    placed = recipe.examples.rows.all()[0]
    pictures = [recipe.examples.sample(placed, np.random.default_rng(1), k) for k in K_RADII_PX]
    drawn = [recipe.noised_sample(picture, noise()) for picture in pictures]
    samples = [one._replace(noised=add_noise(one.target, 0.99, one.noised.noise)) for one in drawn]
    lora = [parameter for parameter in recipe.network.parameters() if parameter.requires_grad]
    base = [value for name, value in recipe.network.named_parameters() if ".adapters." not in name]
    _overfit(recipe, [one._replace(conditions=[]) for one in samples], base, steps=60)
    for value in base:
        value.requires_grad_(False)
    losses = _overfit(recipe, samples, lora, steps=160)
    assert losses[-1] < 0.4 * losses[0]
    with torch.no_grad():
        for index, sample in enumerate(samples):
            predicted = sample.noised.latents - sample.noised.sigma * recipe.predict(recipe.network, sample)
            distances = [float((predicted - one.target).norm()) for one in samples]
            assert int(np.argmin(distances)) == index, distances


def noise() -> torch.Generator:
    return torch.Generator("cpu").manual_seed(7)


def _overfit(
    recipe: BokehRecipe, samples: list[NoisedSample], trained: list[torch.nn.Parameter], *, steps: int
) -> list[float]:
    """Learn some samples, each with the same noise in every step; the mean losses."""
    for parameter in trained:
        parameter.requires_grad_(True)
    optimizer = torch.optim.Adam(trained, lr=0.01)
    losses = []
    for _ in range(steps):
        predicted = [recipe.predict(recipe.network, sample) for sample in samples]
        errors = [flow_loss(flow, one.target, one.noised) for flow, one in zip(predicted, samples, strict=True)]
        loss = torch.stack(errors).mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    return losses


def test_computing_activations_again_gives_the_same_gradients(tiny_flux: Path, data: Path, tmp_path: Path) -> None:
    gradients = []
    for again in (False, True):
        recipe = bokeh_recipe(tiny_flux, data, tmp_path, gradient_checkpointing=again)
        sample = recipe.examples.load(0, np.random.default_rng(0))
        recipe.loss(recipe.network, {name: value[None] for name, value in sample.items()}, [noise()]).backward()
        gradients.append([one.grad for one in recipe.network.parameters() if one.requires_grad])
    for plain, again_computed in zip(*gradients, strict=True):
        assert plain is not None
        torch.testing.assert_close(plain, again_computed)


@pytest.mark.parametrize(("scheme", "median"), [("sigmoid", 0.5), ("shifted", 0.6225)])
def test_noise_levels_by_hand(tiny_flux: Path, scheme: SigmaScheme, median: float) -> None:
    """At 256 tokens FLUX shifts by mu = 0.5: the median 0.5 becomes e^0.5 / (e^0.5 + 1) = 0.6225."""
    scheduler, generator = tiny_parts(tiny_flux).scheduler, torch.Generator("cpu").manual_seed(0)
    drawn = np.array([draw_sigma(scheme, scheduler, 256, generator) for _ in range(4000)])
    assert np.median(drawn) == pytest.approx(median, abs=0.015)
    assert 0 < drawn.min() < 0.1
    assert 0.9 < drawn.max() < 1


def test_counts_of_flux(tmp_path: Path) -> None:
    """On some of its 57 blocks, by the engine's count of operations: forward, perhaps again, and back."""
    config = BokehConfig(out=tmp_path, flux="none", data=("none",), rank=128, gradient_checkpointing=False)
    two_blocks = {**FLUX_DEV, "num_layers": 1, "num_single_layers": 1}
    forward = estimate_flops(512, 512, steps=1) * 2 / 57
    assert count_generative_work(config, two_blocks, BOKEH_NET, conditions=2).flops == pytest.approx(
        2 * forward, rel=0.1
    )
    narrow = {**FLUX_DEV, "num_layers": 1, "num_single_layers": 3, "num_attention_heads": 2}
    kept = count_generative_work(config, narrow, BOKEH_NET, conditions=2)
    again = count_generative_work(replace(config, gradient_checkpointing=True), narrow, BOKEH_NET, conditions=2)
    assert again.trained == kept.trained
    assert 1.2 * kept.flops < again.flops < 1.6 * kept.flops
    assert again.activation_bytes < 0.6 * kept.activation_bytes


def test_a_dry_run_only_prints(tiny_flux: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command("bokeh", tiny_flux, data, tmp_path / "run", "--dry-run"), "--shares=synthetic=1,exif=3"]) == 0
    said = capsys.readouterr().out
    assert "exif: 1 rows, 75% of the samples" in said
    assert "memory    about" in said
    assert "million trained" in said
    assert not (tmp_path / "run").exists()


def test_impossible_settings_are_named(tiny_flux: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="one sample"):
        bokeh_recipe(tiny_flux, data, tmp_path, batch=2)
    with pytest.raises(BadInput, match="pairs=1"):
        parse_shares(["pairs=1"], ["synthetic"])
    with pytest.raises(BadInput, match="no rows of apertures"):
        read_rows([str(data)], ["apertures"], {}, 0)
    shutil.copytree(data, tmp_path / "copy")
    (tmp_path / "copy" / "diopters.npy").write_bytes(b"damaged")
    assert main(command("bokeh", tiny_flux, tmp_path / "copy", tmp_path / "run", "--shares=synthetic=1")) == 2


def test_a_trained_shape_file_makes_the_engine_render_shapes(tiny_flux: Path, data: Path, tmp_path: Path) -> None:
    from refocus.core import Disparity, silent
    from refocus.engines import GenerativeEngine
    from refocus.media import Photo
    from refocus.results import RefocusRequest

    base = f"--shape-of={tiny_flux / 'lora'}"
    assert main(command("bokeh", tiny_flux, data, tmp_path / "run", base, "--shares=shapes=1")) == 0
    models = shutil.copytree(tiny_flux, tmp_path / "models")
    shutil.copy(tmp_path / "run" / "checkpoint-2" / SHAPE_NET.lora_file, models / "lora")
    engine = GenerativeEngine(models=models, device="cpu")
    diopters = np.repeat(np.linspace(0, 2, 64, dtype=np.float32)[None], 64, 0)
    photo = Photo(
        np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8),
        disparity=Disparity(diopters, metric=True, source="made by hand"),
    )
    made = {
        shape: engine.refocus(photo, RefocusRequest(steps=1, frames=3, sharp=True, aperture=shape), silent)
        for shape in ("circle", "heart", "star")
    }
    assert "BokehNet rendered each frame" in " ".join(made["heart"].notes)
    assert made["heart"].weights == {
        FLUX_WEIGHTS.repo: None,
        LORA_WEIGHTS.repo: None,
        f"lora/{SHAPE_NET.lora_file}": None,
    }
    assert not np.array_equal(made["heart"].stack.frames, made["circle"].stack.frames)
    assert not np.array_equal(made["heart"].stack.frames, made["star"].stack.frames)
    round_only = GenerativeEngine(models=tiny_flux, device="cpu")
    plain = round_only.refocus(photo, RefocusRequest(steps=1, frames=3, sharp=True), silent)
    assert np.array_equal(plain.stack.frames, made["circle"].stack.frames)  # BokehNet itself is as it was
