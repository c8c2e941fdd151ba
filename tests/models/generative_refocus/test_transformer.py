from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import FluxTransformer2DModel

from refocus.core import WeightsMissing
from refocus.models.generative_refocus.branches import Branch, Modulation, position_ids
from refocus.models.generative_refocus.transformer import BranchedFlux
from tests.models.generative_refocus.recorded_case import Case

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 0.05}


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
def test_without_conditions_it_is_flux(kit: Path, load_case: Callable[[str], Case], dtype: Any) -> None:
    """In bfloat16 too, where casting timestep or guidance at another place would change the picture by far more."""
    flux = FluxTransformer2DModel.from_pretrained(kit / "model" / "transformer", torch_dtype=dtype)
    tensors = load_case("deblur_small").tensors
    text, pooled, latents = (
        tensors[name].to(dtype) for name in ("prompt_embeds", "pooled_prompt_embeds", "init_latents")
    )
    timestep, guidance = torch.tensor([826.8412]).to(dtype) / 1000, torch.tensor([3.5])
    with torch.no_grad():
        expected = flux(
            hidden_states=latents,
            encoder_hidden_states=text,
            pooled_projections=pooled,
            timestep=timestep,
            img_ids=position_ids(6, 8),
            txt_ids=torch.zeros(512, 3),
            guidance=guidance,
            return_dict=False,
        )[0]
        branched = BranchedFlux(flux)
        modulation = Modulation(timestep, guidance, pooled)
        found = branched(
            [
                Branch(text, branched.rope(torch.zeros(512, 3)), modulation),
                Branch(latents, branched.rope(position_ids(6, 8)), modulation),
            ]
        )
    assert (found - expected).abs().max() <= TOLERANCE[dtype]


def test_it_takes_over_every_weight_and_adds_none(kit: Path) -> None:
    flux = FluxTransformer2DModel.from_pretrained(kit / "model" / "transformer")
    before = {id(parameter) for parameter in flux.parameters()}
    assert {id(parameter) for parameter in BranchedFlux(flux).parameters()} == before


def test_a_flux_without_guidance_is_refused() -> None:
    with torch.device("meta"):
        schnell = FluxTransformer2DModel(num_layers=1, num_single_layers=1, guidance_embeds=False)
    with pytest.raises(WeightsMissing) as caught:
        BranchedFlux(schnell)
    assert "FLUX.1-dev" in caught.value.todo
