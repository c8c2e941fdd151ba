"""A tiny FLUX.1 with random weights and two LoRAs, made here, so that tests need no data."""

import string
from pathlib import Path
from typing import Any

CLIP_START, CLIP_END = "<|startoftext|>", "<|endoftext|>"
TINY_FLUX = {
    "in_channels": 16,
    "num_layers": 1,
    "num_single_layers": 1,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": 16,
    "pooled_projection_dim": 16,
    "guidance_embeds": True,
    "axes_dims_rope": (4, 6, 6),
}
TINY_VAE = {
    "block_out_channels": (8,) * 4,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "norm_num_groups": 4,
    "layers_per_block": 1,
    "latent_channels": 4,
    "shift_factor": 0.1159,
    "scaling_factor": 0.3611,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
}
FLUX_SCHEDULER = {"shift": 3.0, "use_dynamic_shifting": True, "max_image_seq_len": 4096, "base_image_seq_len": 256}


def save_tiny_flux(folder: Path) -> Path:
    """Write `model` and `lora` into a folder, 1 MB; the pictures it makes are noise."""
    import diffusers
    import torch
    import transformers

    clip_words = [CLIP_START, CLIP_END, *string.printable, *(f"{letter}</w>" for letter in string.printable)]
    clip_vocabulary = {word: index for index, word in enumerate(dict.fromkeys(clip_words))}
    t5_vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((letter, -3.0) for letter in string.printable)]
    sizes = {"num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 16, "intermediate_size": 16}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        pipeline = diffusers.FluxPipeline(
            scheduler=diffusers.FlowMatchEulerDiscreteScheduler(**FLUX_SCHEDULER),
            vae=diffusers.AutoencoderKL(**TINY_VAE),
            text_encoder=transformers.CLIPTextModel(
                transformers.CLIPTextConfig(vocab_size=len(clip_vocabulary), bos_token_id=0, eos_token_id=1, **sizes)
            ),
            tokenizer=transformers.CLIPTokenizer(vocab=clip_vocabulary, merges=[], model_max_length=77),
            text_encoder_2=transformers.T5EncoderModel(
                transformers.T5Config(
                    vocab_size=len(t5_vocabulary), d_model=16, d_ff=16, d_kv=8, num_layers=1, num_heads=2
                )
            ),
            tokenizer_2=transformers.T5TokenizerFast(vocab=t5_vocabulary, extra_ids=0, model_max_length=512),
            transformer=diffusers.FluxTransformer2DModel(**TINY_FLUX),
        )
        pipeline.save_pretrained(folder / "model")
        _save_loras(pipeline.transformer, folder / "lora")
    return folder


def _save_loras(transformer: Any, folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    from refocus.models.generative_refocus.transformer import BranchedFlux

    folder.mkdir()
    layers = BranchedFlux(transformer).adapted()
    for name in ("deblurNet", "bokehNet", "deblurNet_with_pre_deblur"):
        halves: dict[str, torch.Tensor] = {}
        for layer, linear in layers.items():
            outputs, inputs = linear.base.weight.shape  # type: ignore[misc]
            halves[f"transformer.{layer}.lora_A.weight"] = torch.randn(2, int(inputs))
            halves[f"transformer.{layer}.lora_B.weight"] = torch.randn(int(outputs), 2)
        save_file(halves, folder / f"{name}.safetensors")
