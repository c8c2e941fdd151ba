"""Which frames are decoded together, and how chunks meet."""

from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch

from refocus.models.focal_stack.decoding import decode_chunks, decode_frames


def test_published_chunks() -> None:
    assert decode_chunks(9, 8, 0) == [range(0, 8), range(8, 9)]


@pytest.mark.parametrize(
    ("chunk", "overlap", "expected"),
    [
        (8, 1, [range(0, 8), range(7, 9)]),
        (8, 4, [range(0, 8), range(4, 9)]),
        (4, 2, [range(0, 4), range(2, 6), range(4, 8), range(6, 9)]),
        (9, 4, [range(0, 9)]),
        (20, 0, [range(0, 9)]),
    ],
)
def test_chunks_overlap(chunk: int, overlap: int, expected: list[range]) -> None:
    assert decode_chunks(9, chunk, overlap) == expected


def test_chunks_cover_every_frame_and_none_is_useless() -> None:
    for frames in range(1, 20):
        for chunk in range(1, 12):
            for overlap in range(chunk):
                chunks = decode_chunks(frames, chunk, overlap)
                assert sorted({index for part in chunks for index in part}) == list(range(frames))
                assert all(later.stop > earlier.stop for earlier, later in pairwise(chunks))
                assert max(map(len, chunks)) <= chunk


class CountingDecoder(torch.nn.Module):
    """Stands where the VAE does: gives each frame the number of its chunk, and keeps what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = torch.nn.Linear(1, 1)
        self.config = SimpleNamespace(scaling_factor=0.5)
        self.given: list[torch.Tensor] = []

    def decode(self, latents: torch.Tensor, num_frames: int) -> SimpleNamespace:
        assert len(latents) == num_frames
        self.given.append(latents)
        value = (len(self.given) - 1) * 2.0 - 1.0  # -1 for the first chunk, 1 for the second
        return SimpleNamespace(sample=torch.full((num_frames, 3, 8, 8), value))


def test_nothing_is_decoded_twice_without_overlap() -> None:
    vae, latents = CountingDecoder(), torch.arange(9.0).view(9, 1, 1, 1).expand(9, 4, 1, 1)
    decode_frames(vae, latents, 8)
    assert torch.equal(torch.cat(vae.given), latents / 0.5)


def test_shared_frames_fade_from_chunk_to_chunk() -> None:
    frames = decode_frames(CountingDecoder(), torch.zeros(9, 4, 1, 1), 8, overlap=3)
    assert torch.allclose(frames[:, 0, 0, 0], torch.tensor([0.0] * 5 + [0.25, 0.5, 0.75] + [1.0]))
