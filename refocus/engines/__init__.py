"""The engines: each makes a focal stack of a photo."""

from refocus.engines.contract import Engine, EngineSpec
from refocus.engines.generative.engine import GenerativeEngine
from refocus.engines.thin_lens_engine import ThinLensEngine
from refocus.engines.video_diffusion.engine import VideoDiffusionEngine

__all__ = ["Engine", "EngineSpec", "GenerativeEngine", "ThinLensEngine", "VideoDiffusionEngine"]
