"""A matte says how much of each pixel is hair; the renderer finds the two depths that are mixed there."""

import numpy as np
import pytest
import torch

from refocus.core import BadInput
from refocus.optics import prepare_scene, render_focus, render_stack
from refocus.optics.render.mattes import MatteCrop, resolve_matte, unmix_matte
from refocus.optics.render.outlines import unmix_edges
from tests.benchmarks.hair_scenes import HairScene, dark_curls
from tests.benchmarks.lens_rays import Truth
from tests.benchmarks.truths import psnr_db

SIZE = (96, 128)
JUMP = 0.05
NEAR, FAR = 0.9, 0.1


def _soft_outline() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A near surface on the left, mixed over 8 px, in a map that is soft over 6 px and 5 px off: light, map, alpha."""
    columns = torch.arange(SIZE[1], dtype=torch.float32)
    alpha = ((64.0 - columns) / 8.0 + 0.5).clamp(0.0, 1.0).expand(SIZE).contiguous()
    disparity = FAR + (NEAR - FAR) * ((69.0 - columns) / 6.0 + 0.5).clamp(0.0, 1.0)
    light = alpha[..., None] * torch.tensor([0.2, 0.1, 0.05]) + (1.0 - alpha[..., None]) * 0.7
    return light, disparity.expand(SIZE).contiguous(), alpha


def test_the_outline_of_the_map_is_laid_on_that_of_the_matte() -> None:
    light, disparity, alpha = _soft_outline()
    matte = resolve_matte(light, disparity, alpha, JUMP)
    assert matte is not None
    resolved = torch.where(matte.where, 0.0, disparity).view(-1)
    resolved[matte.indices] = matte.disparity
    torch.testing.assert_close(resolved.view(SIZE), torch.where(alpha > 0.02, NEAR, FAR), atol=0.03, rtol=0)
    torch.testing.assert_close(matte.near_disparity, torch.full_like(matte.near_disparity, NEAR), atol=0.03, rtol=0)
    torch.testing.assert_close(matte.far_disparity, torch.full_like(matte.far_disparity, FAR), atol=0.03, rtol=0)


def test_a_matte_without_a_step_in_depth_changes_nothing() -> None:
    light, _, alpha = _soft_outline()
    slope = torch.linspace(0.0, 1.0, SIZE[1]).expand(SIZE).contiguous()
    assert resolve_matte(light, slope, alpha, JUMP) is None


def test_mixed_light_is_divided_by_the_matte() -> None:
    light, disparity, alpha = _soft_outline()
    matte = resolve_matte(light, disparity, alpha, JUMP)
    assert matte is not None
    crop, scene = MatteCrop.of(matte), light.permute(2, 0, 1)
    assert crop is not None
    resolved = torch.where(crop.where, crop.disparity, disparity)
    edges = unmix_matte(scene, unmix_edges(scene, resolved, JUMP), crop)
    mixed = scene[:, edges.where]
    torch.testing.assert_close(edges.near_light + (1.0 - edges.alpha) * edges.far_light, mixed)
    assert float((edges.far_light - 0.7).abs().mean()) < 0.2 * float((mixed - 0.7).abs().mean())


@pytest.fixture(scope="module")
def hair() -> HairScene:
    return dark_curls(width=192, frames=2, samples=64)


def _mean_psnr_db(truth: Truth, alpha: np.ndarray | None) -> float:
    seen = render_stack(
        truth.scene_linear,
        truth.disparity,
        focus_disparity=truth.focus_disparity,
        coc_px_per_disparity=truth.coc_px_per_disparity,
        alpha=alpha,
    )
    return float(np.mean([psnr_db(a, b) for a, b in zip(seen, truth.frames_linear, strict=True)]))


@pytest.mark.parametrize(("strands", "gain_db"), [(True, 7.0), (False, 10.0)])
def test_with_its_matte_hair_is_close_to_the_lens_picture(hair: HairScene, strands: bool, gain_db: float) -> None:
    truth = hair.with_solid_hair() if strands else hair.without_strands()
    assert _mean_psnr_db(truth, hair.alpha) > _mean_psnr_db(truth, None) + gain_db


def test_tiles_with_a_matte_are_those_of_the_whole(hair: HairScene, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = hair.with_solid_hair()
    slope = truth.coc_px_per_disparity

    def rendered() -> np.ndarray:
        prepared = prepare_scene(
            truth.scene_linear, truth.disparity, coc_px_per_disparity=slope, quality="exact", alpha=hair.alpha
        )
        return np.asarray(prepared.render(float(truth.disparity.max())))

    whole = rendered()
    monkeypatch.setattr("refocus.optics.render.tiles.WHOLE_MAX_PX", 100)
    monkeypatch.setattr("refocus.optics.render.tiles.TILE_PX", 64)
    difference = np.abs(whole - rendered())
    assert difference.mean() < 2e-3
    assert np.quantile(difference, 0.999) < 0.06


@pytest.mark.parametrize(
    ("alpha", "message"),
    [
        (np.zeros((2, 3), np.float32), "alpha has shape"),
        (np.full(SIZE, 1.5, np.float32), "alpha holds 1.5 at row 0, column 0"),
        (np.full(SIZE, np.nan, np.float32), "alpha holds nan"),
        (np.zeros(SIZE, np.uint8), "alpha holds uint8"),
    ],
)
def test_a_wrong_matte_is_refused(alpha: np.ndarray, message: str) -> None:
    light, disparity, _ = _soft_outline()
    with pytest.raises(BadInput, match=message):
        render_focus(light, disparity, focus_disparity=0.5, coc_px_per_disparity=8.0, alpha=alpha)


def test_a_matte_may_exceed_the_range_by_rounding() -> None:
    light, disparity, alpha = _soft_outline()
    seen, beyond = (
        render_focus(light, disparity, focus_disparity=0.5, coc_px_per_disparity=8.0, alpha=each)
        for each in (alpha, alpha * 1.000001)
    )
    torch.testing.assert_close(seen, beyond, atol=1e-4, rtol=0)
