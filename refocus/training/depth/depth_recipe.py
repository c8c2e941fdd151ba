"""The recipe of the built-in depth network: every choice of its training, as one frozen dataclass."""

from dataclasses import dataclass, field

from refocus.core import BadInput

# Sources of the shared data that are never trained on; own photos carry a `split` instead.
VALIDATION_SOURCES_ORDERED = frozenset(
    {
        "MikeKovarik/exifr",
        "DepthAnything/Depth-Anything-V2",
        "microsoft/MoGe",
        "idealo/image-quality-assessment",
        "PyPI scikit-image",
        "PyPI scikit-learn",
    }
)
VALIDATION_SOURCES_DENSE = frozenset(
    {
        "Robbyant/lingbot-depth",
        "YvanYin/Metric3D",
        "LiheYoung/Depth-Anything",
        "PAIR-code/depth-maps-art-and-illusions",
        "PRiME-project/PRiMEStereoMatch",
        "yuxng/PoseCNN",
        "CMU-AI-Maker-Space/aims-slam",
    }
)
# Share of the dense samples by the beginning of the source; the rest is spread evenly over the other photos.
DENSE_SHARES = {
    "markshih91/refinenet_pytorch": 0.15,  # NYU Depth V2, no licence text: at most 15 %
    "debian package tuxpaint-stamps-default": 0.27,  # collages with exact outlines
    "marigoldmonodepth": 0.20,
    "combatwombat": 0.10,
    "NohWonYi": 0.03,  # one field, noisy maps
    "usmanzahidi": 0.04,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """Part of the training at one input size.

    Attributes:
        until_step: the stage ends before this step.
        size_px: side of the square crops, a multiple of 32.
        dense: pictures with dense depth in a batch.
        ordered: pictures with ordered points in a batch.
    """

    until_step: int
    size_px: int
    dense: int
    ordered: int

    def __post_init__(self) -> None:
        if self.size_px % 32 or self.size_px < 64:
            raise BadInput(f"A crop of {self.size_px} px does not fit the network.", todo="Use a multiple of 32.")


@dataclass(frozen=True, slots=True)
class Cycle:
    """Part of the training with one rise and fall of the learning rates.

    Attributes:
        until_step: the cycle ends before this step.
        decay_from: step at which the rates begin to fall, as 1 - sqrt(progress), to zero at the end of the cycle.
        peak: factor of the learning rates before they fall, in (0, 1].
    """

    until_step: int
    decay_from: int
    peak: float = 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """All choices of a training run.

    Attributes:
        stages: in order; the last one's `until_step` is the length of the training.
        cycles: of the learning rates, in order, as long as the stages together.
        encoder_rate, decoder_rate: learning rates after the warm-up, at a peak of 1.
        warmup_steps: steps of the linear warm-up at the start of each cycle.
        weight_decay: of AdamW.
        clip_norm: largest norm of the gradient.
        average: decay of the averaged weights that are measured and exported.
        trim_from: step from which the share `trim` of the worst ordered pairs of a batch is dropped as mislabelled.
        composed_share: share of the pictures that a cut-out person or animal is put into.
        order_weight, outline_weight, edge_weight: weights of the losses relative to the dense one.
    """

    stages: tuple[Stage, ...] = (
        Stage(800, 192, 4, 6),
        Stage(3000, 224, 4, 6),
        Stage(4700, 256, 4, 6),
        Stage(5400, 320, 3, 5),
        Stage(6100, 256, 4, 6),
    )
    cycles: tuple[Cycle, ...] = (Cycle(3600, 2700), Cycle(5400, 4400, peak=0.5), Cycle(6100, 5600, peak=0.4))
    encoder_rate: float = 1e-4
    decoder_rate: float = 1.5e-3
    warmup_steps: int = 100
    weight_decay: float = 0.05
    clip_norm: float = 3.0
    average: float = 0.995
    trim: float = 0.03
    trim_from: int = 1000
    composed_share: float = 0.3
    order_weight: float = 1.0
    outline_weight: float = 1.0
    edge_weight: float = 0.05
    seed: int = 0
    validation_every: int = 400
    save_every_seconds: float = 240.0
    dense_shares: dict[str, float] = field(default_factory=lambda: dict(DENSE_SHARES))

    @property
    def steps(self) -> int:
        """Length of the training."""
        return self.stages[-1].until_step

    def stage_at(self, step: int) -> Stage:
        """The stage of a step in [0, steps)."""
        return next(stage for stage in self.stages if step < stage.until_step)

    def rate_at(self, step: int) -> float:
        """Factor of the learning rates at a step in [0, steps), in (0, 1]."""
        start = 0
        for cycle in self.cycles:
            if step < cycle.until_step:
                break
            start = cycle.until_step
        warm = cycle.peak * min(1.0, (step - start + 1) / self.warmup_steps)
        if step < cycle.decay_from:
            return warm
        progress = (step - cycle.decay_from) / max(1, cycle.until_step - cycle.decay_from)
        return warm * max(1.0 - progress**0.5, 1e-3)
