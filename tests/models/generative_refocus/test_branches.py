from collections.abc import Callable
from typing import Any

import torch

from refocus.models import GenerativeRefocusPipeline
from refocus.models.generative_refocus.branches import Modulation, position_ids
from refocus.models.generative_refocus.conditions import pack
from tests.models.generative_refocus.recorded_case import Case


def test_a_token_is_a_patch_of_2x2_latents_channel_by_channel() -> None:
    latents = torch.arange(2 * 4 * 6.0).reshape(1, 2, 4, 6)
    tokens = pack(latents)
    assert tokens.shape == (1, 6, 8)
    assert tokens[0, 4].tolist() == [14.0, 15.0, 20.0, 21.0, 38.0, 39.0, 44.0, 45.0]  # row 1, column 1


def test_ids_as_recorded(load_case: Callable[[str], Case]) -> None:
    tensors = load_case("deblur_pre_small").tensors
    assert torch.equal(position_ids(6, 8), tensors["image_ids"])
    assert torch.equal(position_ids(6, 8, column_offset=32), tensors["cond0_ids"])


def test_in_bfloat16_timestep_and_guidance_are_cast_before_they_are_multiplied(
    pipeline: GenerativeRefocusPipeline,
) -> None:
    seen = []

    class Recorder(torch.nn.Module):
        def forward(self, timestep: Any, guidance: Any, pooled: Any) -> Any:
            seen.extend([timestep, guidance])
            return pooled

    modulation = Modulation(
        timestep=torch.tensor([0.8268], dtype=torch.bfloat16),
        guidance=torch.tensor([3.5]),
        pooled_text=torch.zeros(1, 4),
    )
    modulation.embedding(Recorder(), torch.bfloat16)
    assert seen[1].item() == 3504  # 3.5 x 1000, rounded to bfloat16
    assert seen[0].item() == (torch.tensor([0.8268]).bfloat16() * 1000).item()
    assert seen[0].dtype == seen[1].dtype == torch.bfloat16
