"""Edges that pass behind an object are carried on, straight, whatever their direction and the grid's stride."""

import pytest
import torch

from refocus.optics.render.inpaint import inpaint_along_lines

SIZE = (80, 90)
OBJECT = slice(34, 46), slice(38, 52)


def _behind(pattern: torch.Tensor, fine_reach_px: int = 100) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The pattern as filled behind an object, looked up at its pixels, and the trust in it."""
    where = torch.zeros(SIZE, dtype=torch.bool)
    where[OBJECT] = True
    far = torch.cat([pattern.expand(3, -1, -1), torch.full((1, *SIZE), 0.2)])
    far[:, where] = 0.9  # what the object looks like: it must not be seen
    lines = inpaint_along_lines(
        far,
        torch.full(SIZE, 0.2),
        torch.where(where, 0.8, -1.0),
        ~where,
        where,
        jump=0.1,
        reach_px=12,
        fine_reach_px=fine_reach_px,
    )
    rows, columns = torch.nonzero(where, as_tuple=True)
    values, trust = lines.sample(rows, columns)
    return values.view(4, 12, 14), trust.view(12, 14), pattern[OBJECT]


@pytest.mark.parametrize("turned", [False, True])
def test_an_edge_goes_through_behind_an_object(turned: bool) -> None:
    down, right = torch.meshgrid(torch.arange(SIZE[0]), torch.arange(SIZE[1]), indexing="ij")
    values, trust, pattern = _behind((down > 38 if turned else right > 44) * 0.8)
    assert (values[0] - pattern).abs().mean() < 0.05
    torch.testing.assert_close(values[3], torch.full((12, 14), 0.2))
    assert (trust > 0.5).all()


def test_a_coarser_grid_tells_the_same_of_a_smooth_picture() -> None:
    smooth = torch.linspace(0.2, 0.7, SIZE[1]).expand(SIZE)
    fine, coarse = _behind(smooth)[0], _behind(smooth, fine_reach_px=4)[0]
    torch.testing.assert_close(coarse[0], fine[0], atol=0.02, rtol=0)


def test_there_is_no_trust_where_only_one_side_is_known() -> None:
    where = torch.zeros(SIZE, dtype=torch.bool)
    where[:, 40:] = True
    far = torch.full((4, *SIZE), 0.2)
    lines = inpaint_along_lines(
        far,
        torch.full(SIZE, 0.2),
        torch.full(SIZE, 0.5),
        ~where,
        where,
        jump=0.1,
        reach_px=12,
        fine_reach_px=100,
    )
    assert (lines.sample(torch.tensor([40, 0]), torch.tensor([45, 89]))[1] == 0.0).all()
