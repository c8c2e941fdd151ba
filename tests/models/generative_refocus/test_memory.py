import itertools
from collections import Counter
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, FluxTransformer2DModel
from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

from refocus.models.generative_refocus import memory
from refocus.models.generative_refocus.branches import Branch, Modulation, Rope
from refocus.models.generative_refocus.memory import MODES, estimate_memory, modes_table
from refocus.models.generative_refocus.transformer import BranchedFlux
from refocus.models.memory import CARDS_GIB
from tests.models.counting import count, parameters

GIB = 2**30
PLAIN, LEAN = MODES[0], MODES[-1]


def peak(mode: Any, width: Any, height: Any, **options: Any) -> Any:
    return estimate_memory(mode, width, height, **options).peak_bytes


def fitting_modes(card_gib: Any, width: Any, height: Any) -> Any:
    return [mode for mode in MODES if peak(mode, width, height) <= card_gib * GIB]


@pytest.fixture(scope="module")
def flux() -> BranchedFlux:
    with torch.device("meta"):
        return BranchedFlux(FluxTransformer2DModel(guidance_embeds=True)).bfloat16().eval()


@pytest.fixture(scope="module")
def vae() -> AutoencoderKL:
    with torch.device("meta"):
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(128, 256, 512, 512),
            layers_per_block=2,
            latent_channels=16,
            use_quant_conv=False,
            use_post_quant_conv=False,
        )
    return vae.bfloat16().eval()


def test_parameters_of_the_text_encoders_and_the_vae(vae: AutoencoderKL) -> None:
    with torch.device("meta"):
        clip = CLIPTextModel(
            CLIPTextConfig(
                hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, vocab_size=49408
            )
        )
        t5 = T5EncoderModel(
            T5Config(
                d_model=4096,
                d_ff=10240,
                d_kv=64,
                num_layers=24,
                num_heads=64,
                vocab_size=32128,
                feed_forward_proj="gated-gelu",
            )
        )
    counted = [memory.CLIP_PARAMETERS, memory.T5_PARAMETERS, memory.VAE_PARAMETERS]
    assert counted == [parameters(model) for model in (clip, t5, vae)]
    assert max(weight.numel() for weight in t5.parameters()) == memory.LARGEST_T5_LAYER_PARAMETERS


def test_parameters_of_the_transformer(flux: BranchedFlux) -> None:
    blocks = [parameters(block) for block in (*flux.double_blocks, *flux.single_blocks)]
    assert parameters(flux) == memory.TRANSFORMER_PARAMETERS
    assert max(blocks) == memory.LARGEST_BLOCK_PARAMETERS
    assert parameters(flux) - sum(blocks) == memory.OUTSIDE_BLOCKS_PARAMETERS
    linears = [layer.weight.numel() for layer in flux.modules() if isinstance(layer, torch.nn.Linear)]
    assert max(linears) == memory.LARGEST_LINEAR_PARAMETERS


def test_parameters_of_a_lora_of_rank_1(flux: Any) -> None:
    blocks: Counter[str] = Counter()
    for name, layer in flux.adapted().items():
        blocks[".".join(name.split(".")[:2])] += sum(layer.base.weight.shape)
    assert sum(blocks.values()) == memory.LORA_PARAMETERS_PER_RANK
    assert max(blocks.values()) == memory.LORA_BLOCK_PARAMETERS_PER_RANK


def meta(*shape: Any, dtype: Any = torch.bfloat16) -> Any:
    return torch.empty(shape, dtype=dtype, device="meta")


def branch(tokens: Any, channels: Any, modulation: Any, **options: Any) -> Any:
    factors = meta(tokens, 128, dtype=torch.float32)
    return Branch(meta(1, tokens, channels), Rope(factors, factors), modulation, **options)


def test_activations_of_the_transformer_are_estimated_from_above() -> None:
    with torch.device("meta"):  # the peak is reached in one block
        layers = FluxTransformer2DModel(num_layers=1, num_single_layers=1, guidance_embeds=True)
    flux = BranchedFlux(layers.bfloat16().eval())
    main, conditional = (Modulation(meta(1), meta(1, dtype=torch.float32), meta(1, 768)) for _ in range(2))
    branches = [branch(512, 4096, main), branch(24 * 25, 64, main)]
    branches += [branch(24 * 25, 64, conditional, constant=True) for _ in range(2)]
    branches.append(branch(16 * 16, 64, conditional, constant=True))  # the aperture
    counted = count(lambda: flux(branches)).peak_bytes
    estimated = estimate_memory(PLAIN, 24 * 16, 25 * 16).stages["denoise"].activation_bytes
    assert 0.7 * estimated < counted <= estimated


def test_activations_of_the_vae(vae: AutoencoderKL) -> None:
    stages = estimate_memory(PLAIN, 640, 512).stages
    encoded, decoded = (
        count(lambda: vae.encode(meta(1, 3, 512, 640))),
        count(lambda: vae.decode(meta(1, 16, 64, 80))),
    )
    assert stages["encode"].activation_bytes == pytest.approx(encoded.peak_bytes, rel=0.01)
    assert stages["decode"].activation_bytes == pytest.approx(decoded.peak_bytes, rel=0.01)


def test_a_lora_by_hand() -> None:
    # rank 1, inputs + outputs of every layer: embedder, 19 double blocks, 38 single blocks, width d
    d = 3072
    double = (d + 6 * d) + 3 * 2 * d + 2 * d + (4 * d + d)
    single = (d + 3 * d) + (d + 4 * d) + (5 * d + d) + 3 * 2 * d
    assert (64 + d) + 19 * double + 38 * single == memory.LORA_PARAMETERS_PER_RANK
    assert max(double, single) == memory.LORA_BLOCK_PARAMETERS_PER_RANK


def test_the_published_way_needs_a_48_gb_card() -> (
    None
):  # weights alone: (11.90 + 4.76 + 0.12 + 0.08) G x 2 bytes = 31.4 GiB
    assert 31.4 * GIB < peak(PLAIN, 1024, 1024) < 45 * GIB


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_larger_pictures_and_more_conditions_need_more(mode: Any) -> None:
    small, large = peak(mode, 512, 512), peak(mode, 4000, 3000)
    assert small < large
    assert peak(mode, 4000, 3000, conditions=1) <= large
    assert peak(LEAN, 2000, 1504, lora_rank=64) < peak(LEAN, 2000, 1504, lora_rank=128)


def test_every_card_has_a_mode_for_a_photo_of_a_megapixel_and_larger_cards_have_more() -> None:
    choices = [fitting_modes(card, 1152, 864) for card in CARDS_GIB]
    assert all(choices)
    assert all(set(less) <= set(more) for less, more in itertools.pairwise(choices))
    assert choices[-1][0] is PLAIN
    assert fitting_modes(2, 1152, 864) == []


def test_the_table_names_every_mode_once() -> None:
    lines = modes_table(1024, 768).splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == [mode.name for mode in MODES]
    assert all(line.count("|") == len(CARDS_GIB) + 3 for line in lines)
