import itertools

import pytest

from refocus.models.cards import CARDS_GIB
from refocus.models.generative_refocus.memory import (
    MODES,
    estimate_bytes,
    fitting_modes,
    flux_parameters,
    modes_table,
)

GIB = 2**30
PLAIN, LEAN = MODES[0], MODES[-1]


def test_counts_of_the_published_model():  # CLIP-L text 123 M, T5-XXL encoder 4.76 G, FLUX 11.9 G, VAE 84 M
    count = flux_parameters()
    assert (count.clip, count.t5, count.vae) == (123_060_480, 4_762_310_656, 83_819_683)
    assert count.transformer == 11_901_408_320
    assert count.largest_block * 19 < count.transformer < count.largest_block * 57 + count.outside_blocks


def test_a_lora_by_hand():
    # rank 1, inputs + outputs of every layer: embedder, 19 double blocks, 38 single blocks, width d
    d = 3072
    double = (d + 6 * d) + 3 * 2 * d + 2 * d + (4 * d + d)
    single = (d + 3 * d) + (d + 4 * d) + (5 * d + d) + 3 * 2 * d
    assert flux_parameters(1).lora == (64 + d) + 19 * double + 38 * single
    assert flux_parameters(2).lora == 2 * flux_parameters(1).lora
    assert flux_parameters(1).lora_in_block == max(double, single)


def test_the_published_way_needs_a_48_gb_card():  # weights alone: (11.90 + 4.76 + 0.12 + 0.08) G x 2 bytes = 31.4 GiB
    assert 31.4 * GIB < estimate_bytes(PLAIN, 1024, 1024) < 45 * GIB


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_larger_pictures_and_more_conditions_need_more(mode):
    small, large = estimate_bytes(mode, 512, 512), estimate_bytes(mode, 4000, 3000)
    assert small < large
    assert estimate_bytes(mode, 4000, 3000, conditions=1) <= large
    assert estimate_bytes(LEAN, 2000, 1504, lora_rank=64) < estimate_bytes(LEAN, 2000, 1504, lora_rank=128)


def test_every_card_has_a_mode_for_a_photo_of_a_megapixel_and_larger_cards_have_more():
    choices = [fitting_modes(card, 1152, 864) for card in CARDS_GIB]
    assert all(choices)
    assert all(set(less) <= set(more) for less, more in itertools.pairwise(choices))
    assert choices[-1][0] is PLAIN
    assert fitting_modes(2, 1152, 864) == []


def test_the_table_names_every_mode_once():
    lines = modes_table(1024, 768).splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == [mode.name for mode in MODES]
    assert all(line.count("|") == len(CARDS_GIB) + 3 for line in lines)
