"""Depth networks of a few kilobytes with random weights, in the hub's layout; what they see is noise."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}


def save_tiny_depth_anything(folder: Path, **config: Any) -> Path:
    """Depth Anything with a backbone of 4 layers and 8 channels, looking at 56 px."""
    import torch
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

    backbone = Dinov2Config(
        hidden_size=8,
        num_hidden_layers=4,
        num_attention_heads=2,
        mlp_ratio=2,
        image_size=56,
        patch_size=14,
        out_indices=[1, 2, 3, 4],
        reshape_hidden_states=False,
        apply_layernorm=True,
    )
    described = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=8,
        neck_hidden_sizes=[4, 4, 8, 8],
        fusion_hidden_size=8,
        head_hidden_size=4,
        patch_size=14,
        **config,
    )
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model = DepthAnythingForDepthEstimation(described)
        _enliven(model.head.parameters())
        model.save_pretrained(folder)
    _write(
        folder,
        {
            "image_processor_type": "DPTImageProcessor",
            "do_resize": True,
            "do_rescale": True,
            "do_normalize": True,
            "do_pad": False,
            "size": {"height": 56, "width": 56},
            "keep_aspect_ratio": True,
            "ensure_multiple_of": 14,
            "resample": 3,
            "rescale_factor": 1 / 255,
            **_IMAGENET,
        },
    )
    return folder


def save_tiny_depth_pro(folder: Path) -> Path:
    """Depth Pro with encoders of 4 layers and 8 channels, looking at 64 px in patches of 16."""
    import torch
    from transformers import DepthProConfig, DepthProForDepthEstimation

    encoder = {
        "model_type": "dinov2",
        "hidden_size": 8,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "mlp_ratio": 2,
        "image_size": 16,
        "patch_size": 4,
    }
    described = DepthProConfig(
        patch_size=16,
        fusion_hidden_size=8,
        intermediate_hook_ids=[2, 1],
        intermediate_feature_dims=[8, 8],
        scaled_images_ratios=[0.25, 0.5, 1.0],
        scaled_images_overlap_ratios=[0.0, 0.5, 0.25],
        scaled_images_feature_dims=[8, 8, 8],
        merge_padding_value=1,
        use_fov_model=True,
        num_fov_head_layers=1,
        image_model_config=dict(encoder),
        patch_model_config=dict(encoder),
        fov_model_config=dict(encoder),
    )
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model = DepthProForDepthEstimation(described)
        _enliven(model.head.parameters())
        model.fov_model.head.layers[-1].bias.fill_(60)  # degrees
        model.save_pretrained(folder)
    _write(
        folder,
        {
            "image_processor_type": "DepthProImageProcessorFast",
            "do_resize": True,
            "size": {"height": 64, "width": 64},
            "resample": 2,
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
        },
    )
    return folder


def _enliven(parameters: Iterable[Any]) -> None:
    """Weights as transformers starts them are so small that every photo would give the same flat map."""
    for parameter in parameters:
        parameter.normal_(0, 0.3).abs_()


def _write(folder: Path, preparation: dict[str, Any]) -> None:
    (folder / "preprocessor_config.json").write_text(json.dumps(preparation), encoding="utf-8")
