"""The engines: ways from a photo to a focal stack."""

from refocus.engines.contract import Engine, EngineSpec, Readiness
from refocus.engines.generative import GenerativeEngine
from refocus.engines.refocused import Refocused
from refocus.engines.request import RefocusRequest
from refocus.engines.thin_lens import ThinLensEngine
from refocus.engines.video_diffusion import VideoDiffusionEngine

__all__ = [
    "Engine",
    "EngineSpec",
    "GenerativeEngine",
    "Readiness",
    "RefocusRequest",
    "Refocused",
    "ThinLensEngine",
    "VideoDiffusionEngine",
]
