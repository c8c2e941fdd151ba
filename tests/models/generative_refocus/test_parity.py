"""The numbers of the original inference code, recorded with a tiny random FLUX. Tolerances are the kit's own."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from refocus.models import GenerativeRefocusPipeline
from refocus.models.generative_refocus.conditions import decode, encode, map_pixels, photo_pixels
from refocus.models.generative_refocus.sampling import flow_schedule
from tests.models.generative_refocus.recorded_case import Case

CASES = ["deblur_small", "deblur_pre_small", "bokeh_small", "bokeh_tiled"]
SMALL = CASES[:3]


def off(found: Any, expected: Any) -> Any:
    assert found.shape == expected.shape
    return (found - expected).abs().max().item()


@pytest.mark.parametrize("name", CASES)
def test_injected_every_step_agrees(
    pipeline: GenerativeRefocusPipeline, load_case: Callable[[str], Case], name: Any
) -> None:
    case = load_case(name)
    tensors, tolerance = case.tensors, case.settings["tolerance_max_abs"]
    denoiser = case.denoiser(pipeline)
    latents = tensors["init_latents"]
    seen = []
    hook = pipeline.transformer.register_forward_hook(lambda module, inputs, output: seen.append(output))
    schedule = flow_schedule(pipeline.scheduler, latents.shape[1], case.settings["num_inference_steps"])
    for step, timestep in enumerate(schedule.timesteps):
        prediction = denoiser.predict(latents, timestep, after_tile=lambda: None)
        latents = schedule.step(prediction, timestep, latents, return_dict=False)[0]
        assert off(prediction, tensors[f"step{step}_noise_pred"]) <= tolerance["noise_pred"]
        for tile in range(len(case.settings["tile_origins_hw"])):
            assert off(seen[tile], tensors[f"step{step}_tile{tile}_noise_pred"]) <= tolerance["noise_pred"]
        seen.clear()
        assert off(latents, tensors[f"step{step}_latents"]) <= tolerance["latents"]
    hook.remove()
    with torch.no_grad():
        picture = decode(pipeline.vae, latents, case.grid.rows, case.grid.columns)
    assert off(picture, tensors["image"]) <= tolerance["image"]


@pytest.mark.parametrize("name", CASES)
def test_end_to_end_the_picture_agrees(
    pipeline: GenerativeRefocusPipeline, load_case: Callable[[str], Case], name: Any
) -> None:
    case = load_case(name)
    assert off(case.run(pipeline), case.tensors["image"]) <= case.settings["tolerance_max_abs"]["image"]


@pytest.mark.parametrize("name", SMALL)
def test_end_to_end_the_last_latents_agree(
    pipeline: GenerativeRefocusPipeline, load_case: Callable[[str], Case], name: Any
) -> None:
    case = load_case(name)
    expected = case.tensors[f"step{case.settings['num_inference_steps'] - 1}_latents"]
    latents = case.run(pipeline, output_type="latent")
    assert off(latents, expected) <= case.settings["tolerance_max_abs"]["latents"]


@pytest.mark.parametrize("name", SMALL)
def test_inside_the_first_call_every_block_agrees(
    pipeline: GenerativeRefocusPipeline, load_case: Callable[[str], Case], name: Any
) -> None:
    case = load_case(name)
    recorded = load_file(case.folder / "first_call.safetensors")
    transformer = pipeline.transformer
    outputs, branches = {}, []
    hooks = [transformer.register_forward_pre_hook(lambda module, inputs: branches.extend(inputs[0]))]
    for kind, blocks in (("double", transformer.double_blocks), ("single", transformer.single_blocks)):
        for index, block in enumerate(blocks):
            hooks.append(
                block.register_forward_hook(
                    lambda module, inputs, output, at=f"{kind}{index}": outputs.update({at: (inputs, output)})
                )
            )
    case.denoiser(pipeline).predict(case.tensors["init_latents"], case.tensors["timesteps"][0], after_tile=lambda: None)
    for hook in hooks:
        hook.remove()
    names = case.settings["branches_first_call"]["order"]
    embedded, _, embeddings = outputs["double0"][0]
    found: dict[str, torch.Tensor] = {}
    for index, name in enumerate(names):
        found |= {f"embedded_{name}": embedded[index], f"temb_{name}": embeddings[index]}
        found |= {f"rope_cos_{name}": branches[index].rope.cos, f"rope_sin_{name}": branches[index].rope.sin}
        found |= {f"{at}_{name}": output[index] for at, (_, output) in outputs.items()}
    assert found.keys() == recorded.keys()
    assert max(off(tensor, recorded[key]) for key, tensor in found.items()) <= 1e-4


@pytest.mark.parametrize("name", CASES)
def test_condition_tokens_agree(
    pipeline: GenerativeRefocusPipeline, load_case: Callable[[str], Case], name: Any
) -> None:
    case = load_case(name)
    tensors, tolerance = case.tensors, case.settings["tolerance_max_abs"]
    generator = torch.Generator().manual_seed(42)
    if case.settings["kind"] == "deblur":
        torch.randn(tensors["cond0_vae_noise"].shape, generator=generator)  # the starting latents come first
    pixels = [photo_pixels(case.photo)]
    if case.settings["kind"] == "bokeh":
        pixels.append(map_pixels(case.defocus))
        expected_map = tensors.get("cond1_vae_input_1ch", tensors.get("cond1_vae_input"))
        assert expected_map is not None
        assert off(pixels[1][:, : expected_map.shape[1]], expected_map) <= 2e-6
    elif "cond1_tokens" in tensors:
        pixels.insert(0, tensors["cond0_vae_input"])
    for index, picture in enumerate(pixels):
        with torch.no_grad():
            tokens = encode(pipeline.vae, picture, generator, torch.device("cpu"))
        assert off(tokens, tensors[f"cond{index}_tokens"]) <= tolerance["condition_tokens"]


def test_the_prompt_agrees(pipeline: GenerativeRefocusPipeline, load_case: Callable[[str], Case]) -> None:
    tensors = load_case("deblur_small").tensors
    with torch.no_grad():
        embeds = pipeline._encode_prompt("a sharp photo with everything in focus", torch.device("cpu"))
    assert off(embeds.tokens, tensors["prompt_embeds"]) <= 2e-4
    assert off(embeds.pooled, tensors["pooled_prompt_embeds"]) <= 2e-4


def test_the_photo_reaches_the_vae_as_recorded(load_case: Callable[[str], Case]) -> None:
    case = load_case("deblur_small")
    assert off(photo_pixels(case.photo), case.tensors["cond0_vae_input"]) <= 1e-6


def test_without_position_offset_the_pre_deblurred_case_differs(
    pipeline: GenerativeRefocusPipeline, load_case: Callable[[str], Case]
) -> None:
    case = load_case("deblur_pre_small")
    case.settings["conditions"][0]["position_delta"] = [0, 0]
    prediction = case.denoiser(pipeline).predict(
        case.tensors["init_latents"], case.tensors["timesteps"][0], after_tile=lambda: None
    )
    assert off(prediction, case.tensors["step0_noise_pred"]) > 1e-3
