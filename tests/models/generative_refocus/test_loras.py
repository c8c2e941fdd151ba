from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from refocus.core import WeightsMissing
from refocus.models import GenerativeRefocusPipeline
from refocus.models.generative_refocus.loras import add_adapter
from tests.models.generative_refocus.recorded_case import Case


@pytest.fixture
def layers(own_pipeline: GenerativeRefocusPipeline) -> Any:
    return own_pipeline.transformer.adapted()


def add(layers: Any, file: Any, name: Any = "trial") -> None:
    add_adapter(layers, file, name, dtype=torch.float32, device=torch.device("cpu"))


def spoiled(kit: Any, tmp_path: Any, spoil: Any) -> Any:
    weights = load_file(kit / "lora" / "deblurNet.safetensors")
    spoil(weights)
    file = tmp_path / "spoiled.safetensors"
    save_file(weights, file)
    return file


KEY = "transformer.transformer_blocks.1.ff.net.2.lora_B.weight"

SPOILS = {
    "a layer missing": lambda weights: weights.pop(KEY),
    "an unknown layer": lambda weights: weights.update({KEY.replace("net.2", "net.9"): weights[KEY].clone()}),
    "another prefix": lambda weights: weights.update({KEY.removeprefix("transformer."): weights.pop(KEY)}),
    "another width": lambda weights: weights.update({KEY: weights[KEY][:-1].contiguous()}),
    "another rank on one half": lambda weights: weights.update({KEY: weights[KEY][:, :-1].contiguous()}),
    "NaN": lambda weights: weights.update({KEY: weights[KEY] * float("nan")}),
}


@pytest.mark.parametrize("what", SPOILS)
def test_a_lora_that_does_not_fit_fully_is_refused_and_leaves_nothing(
    kit: Path, tmp_path: Path, layers: Any, what: Any
) -> None:
    file = spoiled(kit, tmp_path, SPOILS[what])
    with pytest.raises(WeightsMissing) as caught:
        add(layers, file)
    assert "transformer_blocks.1.ff.net" in caught.value.message
    assert "Genfocus" in caught.value.todo
    assert all("trial" not in layer.adapters for layer in layers.values())


def test_a_truncated_file_is_refused_before_flux_is_loaded(kit: Path, tmp_path: Path) -> None:
    file = tmp_path / "cut.safetensors"
    file.write_bytes((kit / "lora" / "bokehNet.safetensors").read_bytes()[:-100])
    with pytest.raises(WeightsMissing) as caught:
        GenerativeRefocusPipeline.from_pretrained(kit / "model", bokeh_lora=file)
    assert "cut.safetensors" in caught.value.message


def test_an_alpha_changes_nothing(kit: Path, tmp_path: Path, layers: Any) -> None:
    def with_alpha(weights: Any) -> None:
        weights[KEY.replace("lora_B.weight", "alpha")] = torch.tensor(0.5)

    add(layers, spoiled(kit, tmp_path, with_alpha))
    x = torch.randn(1, 3, 256, generator=torch.Generator().manual_seed(0))
    layer = layers["transformer_blocks.1.ff.net.2"]
    assert torch.equal(layer(x, "trial"), layer(x, "deblurring"))


def test_an_adapted_layer_adds_the_product_of_both_halves_once(kit: Path, layers: Any) -> None:
    weights = load_file(kit / "lora" / "bokehNet.safetensors")
    down = weights["transformer.x_embedder.lora_A.weight"]
    up = weights["transformer.x_embedder.lora_B.weight"]
    layer = layers["x_embedder"]
    x = torch.randn(1, 5, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(layer(x, "bokeh"), layer.base(x) + x @ (up @ down).T, rtol=1e-5, atol=1e-6)
        assert torch.equal(layer(x, None), layer.base(x))


def test_the_other_lora_gives_another_picture(
    kit: Path, load_case: Callable[[str], Case], own_pipeline: GenerativeRefocusPipeline
) -> None:
    case = load_case("deblur_small")
    own_pipeline.load_adapter("deblurring", kit / "lora" / "bokehNet.safetensors")
    assert (case.run(own_pipeline) - case.tensors["image"]).abs().max() > 1e-2


def test_text_and_image_never_meet_the_lora(
    pipeline: GenerativeRefocusPipeline, load_case: Callable[[str], Case]
) -> None:
    asked: dict[str, list[torch.Tensor]] = {}

    def note(name: Any) -> Any:
        return lambda module, inputs, output: asked.setdefault(name, []).append(inputs[1])

    hooks = [layer.register_forward_hook(note(name)) for name, layer in pipeline.transformer.adapted().items()]
    load_case("deblur_pre_small").run(pipeline, num_inference_steps=1)
    for hook in hooks:
        hook.remove()
    assert asked["x_embedder"] == [None, "deblurring", "deblurring"]  # image, two conditions
    assert asked["transformer_blocks.1.attn.to_out.0"] == [None, "deblurring", "deblurring"]
    assert asked["single_transformer_blocks.1.proj_out"] == [None, None, "deblurring", "deblurring"]  # text too
    assert asked["single_transformer_blocks.0.norm.linear"] == [None, "deblurring"]  # one for both, one for both
