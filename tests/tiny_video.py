"""A tiny Stable Video Diffusion with random weights, made here, so that tests need no data."""

from pathlib import Path

TINY_UNET = {
    "in_channels": 8,
    "block_out_channels": (32, 32),
    "down_block_types": ("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
    "up_block_types": ("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
    "layers_per_block": 1,
    "num_attention_heads": (2, 2),
    "cross_attention_dim": 16,
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 24,
}
TINY_VAE = {
    "block_out_channels": (32,) * 4,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "layers_per_block": 1,
    "latent_channels": 4,
}
TINY_CLIP = {
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 224,
    "patch_size": 56,
    "projection_dim": 16,
}
SVD_SCHEDULER = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "timestep_type": "continuous",
    "timestep_spacing": "leading",
    "steps_offset": 1,
    "sigma_min": 0.002,
    "sigma_max": 700.0,
    "use_karras_sigmas": True,
}


def save_tiny_video(folder: Path) -> Path:
    """Write a pipeline folder of 2 MB; the pictures it makes are noise."""
    import diffusers
    import torch
    import transformers

    with torch.random.fork_rng():
        torch.manual_seed(0)
        pipeline = diffusers.StableVideoDiffusionPipeline(
            vae=diffusers.AutoencoderKLTemporalDecoder(**TINY_VAE),
            image_encoder=transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(**TINY_CLIP)),
            unet=diffusers.UNetSpatioTemporalConditionModel(**TINY_UNET),
            scheduler=diffusers.EulerDiscreteScheduler(**SVD_SCHEDULER),
            feature_extractor=transformers.CLIPImageProcessor(),
        )
    pipeline.save_pretrained(folder)
    return folder
