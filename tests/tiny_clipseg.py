"""A tiny CLIPSeg with random weights, made here, so that tests need no data."""

import string
from pathlib import Path

_SIZES = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
_START, _END = "<|startoftext|>", "<|endoftext|>"


def save_tiny_clipseg(folder: Path) -> Path:
    """Write model, tokenizer and image processor as the hub has them, 0.1 MB; the masks it makes are noise."""
    import torch
    import transformers
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    words = [_START, _END, *string.printable, *(f"{letter}</w>" for letter in string.printable)]
    vocabulary = {word: index for index, word in enumerate(dict.fromkeys(words))}
    config = transformers.CLIPSegConfig(
        text_config={
            "vocab_size": len(vocabulary),
            "num_hidden_layers": 1,
            "bos_token_id": 0,
            "eos_token_id": 1,
            "pad_token_id": 1,
            **_SIZES,
        },
        vision_config={"image_size": 32, "patch_size": 8, "num_hidden_layers": 2, **_SIZES},
        projection_dim=16,
        extract_layers=[0, 1],
        reduce_dim=8,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=16,
        use_complex_transposed_convolution=True,  # as the refined one has it
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = transformers.CLIPSegForImageSegmentation(config)
        for weight in model.decoder.parameters():
            weight.data *= 8  # else every pixel is about 0.5
        model.save_pretrained(folder)
    transformers.CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77).save_pretrained(folder)
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder
