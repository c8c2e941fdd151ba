import numpy as np
import torch

from refocus.models.faces.network import trained_network
from tests.reference import SUBSET


def test_agrees_with_the_published_network() -> None:
    recorded = np.load(SUBSET / "parity/faces/full_range.npz")
    pixels = torch.from_numpy(recorded["photo"].astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
    with torch.inference_mode():
        logits, geometry = trained_network()(pixels)
    assert recorded["logits"].max() > 0  # there is a face
    np.testing.assert_allclose(logits[0].numpy(), recorded["logits"], atol=1e-3)
    np.testing.assert_allclose(geometry[0].permute(1, 2, 0).numpy(), recorded["geometry"], atol=2e-3)
