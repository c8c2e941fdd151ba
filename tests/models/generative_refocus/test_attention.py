from typing import Any

import torch

from refocus.models.generative_refocus.attention import QKV, attend


def heads(tokens: Any, seed: Any) -> Any:
    generator = torch.Generator().manual_seed(seed)
    return QKV(*(torch.randn(1, tokens, 2, 8, generator=generator) for _ in range(3)))


BRANCHES = [heads(5, 0), heads(7, 1), heads(7, 2), heads(7, 3)]  # text, image, two conditions


def changes(changed: Any) -> Any:
    """Which branches see another one, shown by changing that one's keys and values."""
    before = attend(BRANCHES)
    others = list(BRANCHES)
    other = heads(BRANCHES[changed].key.shape[1], 9)
    others[changed] = QKV(BRANCHES[changed].query, other.key, other.value)
    after = attend(others)
    return [not torch.allclose(old, new, atol=1e-6) for old, new in zip(before, after, strict=True)]


def test_who_sees_whom() -> None:
    assert changes(0) == [True, True, True, True]
    assert changes(1) == [True, True, True, True]
    assert changes(2) == [True, True, True, False]
    assert changes(3) == [True, True, False, True]


def test_as_one_attention_with_a_mask() -> None:
    query, key, value = [torch.cat(parts, dim=1).transpose(1, 2) for parts in zip(*BRANCHES, strict=True)]
    branch = torch.repeat_interleave(torch.arange(4), torch.tensor([5, 7, 7, 7]))
    row, column = branch[:, None], branch[None, :]
    mask = (row == column) | (row < 2) | (column < 2)
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    expected = expected.transpose(1, 2).flatten(2)
    torch.testing.assert_close(torch.cat(attend(BRANCHES), dim=1), expected, rtol=1e-5, atol=1e-5)


def test_one_condition_or_none() -> None:
    assert [seen.shape for seen in attend(BRANCHES[:2])] == [(1, 5, 16), (1, 7, 16)]
    assert len(attend(BRANCHES[:3])) == 3
