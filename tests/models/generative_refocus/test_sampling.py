import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from refocus.models import GenerativeRefocusPipeline
from refocus.models.generative_refocus.sampling import Blend, flow_schedule, tile_weights
from refocus.models.generative_refocus.token_grid import Tile, tile_plan
from tests.models.generative_refocus.recorded_case import Case


def test_the_recorded_schedules(kit: Path, pipeline: GenerativeRefocusPipeline) -> None:
    recorded = json.loads((kit / "schedules.json").read_text())
    for row in recorded:
        schedule = flow_schedule(pipeline.scheduler, row["image_seq_len"], row["steps"])
        torch.testing.assert_close(schedule.sigmas, torch.tensor(row["sigmas"]), rtol=1e-6, atol=0)
        torch.testing.assert_close(schedule.timesteps, torch.tensor(row["timesteps"]), rtol=1e-6, atol=0)


def test_a_run_leaves_the_pipelines_scheduler_alone(pipeline: GenerativeRefocusPipeline) -> None:
    before = pipeline.scheduler.timesteps
    schedule = flow_schedule(pipeline.scheduler, 48, 3)
    assert schedule is not pipeline.scheduler
    assert pipeline.scheduler.timesteps is before


def test_what_a_condition_does_not_change_is_computed_once(
    pipeline: GenerativeRefocusPipeline, load_case: Callable[[str], Case]
) -> None:
    case = load_case("bokeh_small")
    transformer: Any = pipeline.transformer
    watched = {
        "text embedding": transformer.context_embedder,
        "image embedding": transformer.x_embedder,
        "time embedding": transformer.time_text_embed,
        "first heads": transformer.double_blocks[0].image.qkv,
        "second heads": transformer.double_blocks[1].image.qkv,
        "modulation": transformer.double_blocks[1].image.modulate,
        "single modulation": transformer.single_blocks[0].modulate,
    }
    calls = dict.fromkeys(watched, 0)

    def count(name: Any) -> Any:
        def hook(module: Any, inputs: Any, output: Any) -> None:
            calls[name] += 1

        return hook

    hooks = [module.register_forward_hook(count(name)) for name, module in watched.items()]
    case.run(pipeline, num_inference_steps=3)
    for hook in hooks:
        hook.remove()
    assert calls == {
        "text embedding": 1,
        "image embedding": 3 + 2,  # the image in each step, each condition once
        "time embedding": 3 + 1,  # text and image share one; the conditions share one for the run
        "first heads": 3 + 2,
        "second heads": 3 * (1 + 2),  # from here on the conditions have seen the image
        "modulation": 3 + 1,
        "single modulation": 3 + 1,
    }


@pytest.mark.parametrize("name", ["deblur_small", "bokeh_small"])
def test_keeping_it_changes_nothing(
    pipeline: GenerativeRefocusPipeline, load_case: Callable[[str], Case], name: str
) -> None:
    case = load_case(name)
    tensors = case.tensors
    last = case.settings["num_inference_steps"] - 1
    latents, timestep = tensors[f"step{last - 1}_latents"], tensors["timesteps"][last]
    warm = case.denoiser(pipeline)
    warm.predict(tensors["init_latents"], tensors["timesteps"][0], after_tile=lambda: None)
    kept = warm.predict(latents, timestep, after_tile=lambda: None)
    fresh = case.denoiser(pipeline).predict(latents, timestep, after_tile=lambda: None)
    torch.testing.assert_close(kept, fresh, rtol=0, atol=1e-5)


def test_weights_as_recorded(load_case: Callable[[str], Case]) -> None:
    torch.testing.assert_close(tile_weights(), load_case("bokeh_tiled").tensors["tile_weights"], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_blending_the_tiles_of_a_picture_gives_the_picture(dtype: Any) -> None:
    rows, columns = 37, 41
    picture = torch.randn(1, rows * columns, 4, generator=torch.Generator().manual_seed(0)).to(dtype)
    blend = Blend(picture, columns)
    for row, column in tile_plan(rows, columns):
        tile = Tile(row, column, 32, 32)
        blend.add(tile, tile.cut(picture, columns))
    assert blend.result().dtype == dtype
    torch.testing.assert_close(blend.result(), picture, rtol=1e-5 if dtype == torch.float32 else 1e-2, atol=1e-5)


def test_where_tiles_disagree_the_nearer_centre_counts_more() -> None:
    blend = Blend(torch.zeros(1, 32 * 60, 1), 60)
    blend.add(Tile(0, 0, 32, 32), torch.zeros(1, 1024, 1))
    blend.add(Tile(0, 28, 32, 32), torch.ones(1, 1024, 1))
    row = blend.result().reshape(32, 60)[16]
    assert row[27] == 0
    assert row[32] == 1
    assert 0 < row[28] < row[29] < row[30] < row[31] < 1
    assert row[29] + row[30] == pytest.approx(1, abs=1e-5)
