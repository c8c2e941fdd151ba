"""DeblurNet in its two forms and BokehNet as published: LoRA file, prompt, sampling settings. Needs no torch."""

import re
from dataclasses import dataclass, replace

DEFAULT_STEPS = 28
ADAPTED_WEIGHT = re.compile(
    r"(x_embedder"
    r"|transformer_blocks\.\d+\.(norm1\.linear|attn\.to_[qkv]|attn\.to_out\.0|ff\.net\.2)"
    r"|single_transformer_blocks\.\d+\.(norm\.linear|attn\.to_[qkv]|proj_mlp|proj_out))\.weight"
)
"""The weights of FLUX on which a LoRA acts, 343 of FLUX.1-dev; the `proj_out` outside the blocks is none of them."""


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """One of the networks: a LoRA on FLUX.1-dev and its published settings.

    Attributes:
        adapter: name of the LoRA in the pipeline.
        lora_file: file name in the published repository.
        prompt: with which it was trained.
        guidance_scale: an input of FLUX.1-dev.
    """

    adapter: str
    lora_file: str
    prompt: str
    guidance_scale: float


DEBLUR_NET = NetworkSpec(
    adapter="deblurring",
    lora_file="deblurNet.safetensors",
    prompt="a sharp photo with everything in focus",
    guidance_scale=3.5,
)
BOKEH_NET = NetworkSpec(
    adapter="bokeh",
    lora_file="bokehNet.safetensors",
    prompt="an excellent photo with a large aperture",
    guidance_scale=1.0,
)
PRE_DEBLUR_NET = replace(
    DEBLUR_NET, adapter="deblurring_with_pre_deblur", lora_file="deblurNet_with_pre_deblur.safetensors"
)
"""DeblurNet with two conditions, its only form before 11 March 2026: a pre-deblurred picture, then the photo."""
NETWORKS = (DEBLUR_NET, BOKEH_NET, PRE_DEBLUR_NET)
SHAPE_NET = replace(BOKEH_NET, adapter="shape", lora_file="bokehNet_shape.safetensors")
"""The shape condition of BokehNet. Its weights were never published: `train bokeh --shape-of` makes them."""


def with_words(prompt: str, words: str | None) -> str:
    """A network's prompt followed by the user's words, for text-guided restoration."""
    words = (words or "").strip()
    return f"{prompt}, {words}" if words else prompt
