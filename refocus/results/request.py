"""The request for a stack. Every option is declared here, once."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from refocus.core.bokeh_spec import APERTURE_NAMES, aperture_label
from refocus.core.focal_stack import DEFAULT_FRAMES, MAX_FRAMES, MIN_FRAMES
from refocus.core.settings import AUTO, DIFFUSION_ENGINES, EVERY_ENGINE, GENERATIVE, THIN_LENS, VIDEO_DIFFUSION
from refocus.depth.sources import DepthChoice
from refocus.depth.strokes import Stroke, parse_strokes
from refocus.models.focal_stack.run_settings import DEFAULT_GUIDANCE_SCALE, parse_positions
from refocus.models.generative_refocus.token_grid import Tiling
from refocus.restore import Restoration
from refocus.results.blur_amount import BLUR, BLUR_UNITS, DEFAULT_BLUR, F_NUMBER, BlurAmount, K
from refocus.results.options import Option, Slider, check_options, known_options, option, options_of

DEFAULT_LONG_SIDE = 1024
MAX_GUIDANCE = 10.0
MAX_DECODE_OVERLAP = 7
LAST_INPUT_POSITION = DEFAULT_FRAMES - 1
MAX_SEED = 2**53 - 1  # above it, JSON and browsers would round

PreDeblur = Literal["off", "built-in", "own", "black"]
"""DeblurNet's first condition: none, our own restoration, a picture of the user's own, or black."""
_VIDEO_ONLY = frozenset({VIDEO_DIFFUSION})
_GENERATIVE_ONLY = frozenset({GENERATIVE})
_RENDERED_BY_US = frozenset({THIN_LENS, GENERATIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class RefocusRequest:
    """What to make of a photo. Each field is an option; `OPTIONS` describes them all.

    `blur`, `f_number` and `k` are three units of one amount, `blur_amount`; two of them are None.

    Raises:
        BadInput: on values outside the ranges, or more than one of `blur`, `f_number` and `k`.
    """

    blur: float | None = option(None, BLUR)
    f_number: float | None = option(None, F_NUMBER)
    frames: int = option(
        DEFAULT_FRAMES,
        label="Frames",
        help=f"frames of the stack, {MIN_FRAMES} to {MAX_FRAMES}",
        noun="number of frames",
        minimum=MIN_FRAMES,
        maximum=MAX_FRAMES,
        slider=Slider(MIN_FRAMES, MAX_FRAMES, 1),
        engines=_RENDERED_BY_US,
        caption="{} frames".format,
        captioned="always",
    )
    aperture: str = option(
        "circle",
        label="Aperture shape",
        help=f"shape of the lens opening: {', '.join(APERTURE_NAMES)}",
        choices=APERTURE_NAMES,
        choice_labels={name: aperture_label(name).capitalize() for name in APERTURE_NAMES},
        metavar="NAME",
        engines=EVERY_ENGINE,
        pictures_only=_VIDEO_ONLY,
        from_prompt=True,
        caption=aperture_label,
        captioned="always",
    )
    long_side: int = option(
        DEFAULT_LONG_SIDE,
        label="Long side, px",
        help="pixels along the long side to compute at, never above the photo's own",
        info="Larger takes longer.",
        noun="long side",
        template="{:g} px",
        minimum=64,
        slider=Slider(512, 4096, 64),
        metavar="PX",
        engines=_RENDERED_BY_US,
        caption="{} px".format,
        captioned="never",
    )
    sharp: bool = option(
        False,
        label="The photo is already sharp from front to back",
        help="the photo is already sharp from front to back: do not restore it",
        noun="option “already sharp”",
        engines=_RENDERED_BY_US,
        caption=lambda sharp: "photo taken as sharp" if sharp else "photo restored",
    )
    depth_source: DepthChoice = option(
        "auto",
        label="Depth from",
        help="auto: your own map, else the one the photo carries, else the depth network when one is configured or "
        "here, else the built-in network; a named one is never replaced",
        info="Best available: your own map, else the phone's, else the depth network's if it is here.",
        noun="depth source",
        choice_labels={
            "auto": "Best available",
            "embedded": "Depth map in the photo",
            "model": "Depth network",
            "built-in": "Built-in network",
        },
        engines=_RENDERED_BY_US,
        caption="{} depth".format,
        captioned="never",
    )
    seed: int = option(
        0,
        label="Seed",
        help="of the noise a diffusion engine starts from; the same seed gives the same stack",
        minimum=0,
        maximum=MAX_SEED,
        template="{}",
        metavar="N",
        engines=DIFFUSION_ENGINES,
        caption="seed {}".format,
        captioned="never",
    )
    steps: int | None = option(
        None,
        label="Steps",
        help="denoising steps; by default as published",
        info="Fewer are faster.",
        noun="number of steps",
        minimum=1,
        maximum=1000,
        slider=Slider(1, 50, 1),
        metavar="N",
        engines=DIFFUSION_ENGINES,
        caption=lambda steps: "default steps" if steps is None else f"{steps} steps",
    )
    full_size: bool = option(
        False,
        label="Render frames at the photo's full size",
        help="bring the frames to the photo's own size",
        noun="option “full size”",
        engines=_VIDEO_ONLY,
        caption=lambda full_size: "full size" if full_size else "the model's own size",
    )
    guidance: float | None = option(
        None,
        label="Guidance",
        help=f"how closely the model follows the photo, 0 to {MAX_GUIDANCE:g}; by default as published: "
        f"{DEFAULT_GUIDANCE_SCALE:g}",
        info=f"How closely the model follows the photo. The published value is {DEFAULT_GUIDANCE_SCALE:g}.",
        minimum=0,
        maximum=MAX_GUIDANCE,
        slider=Slider(0, MAX_GUIDANCE, 0.1),
        shown=DEFAULT_GUIDANCE_SCALE,
        metavar="G",
        engines=_VIDEO_ONLY,
        caption=lambda guidance: "default guidance" if guidance is None else f"guidance {guidance:g}",
    )
    decode_overlap: int = option(
        0,
        label="Frames decoded twice",
        help=f"frames that chunks of the decoder share, 0 (as published: the last frame is decoded alone) to "
        f"{MAX_DECODE_OVERLAP}",
        info="More overlap between decoded chunks steadies the last frame. The published value is 0.",
        noun="overlap of the decoder's chunks",
        minimum=0,
        maximum=MAX_DECODE_OVERLAP,
        slider=Slider(0, MAX_DECODE_OVERLAP, 1),
        metavar="N",
        engines=_VIDEO_ONLY,
        caption="{} frames decoded twice".format,
    )
    corrected_clip: bool = option(
        False,
        label="Show CLIP the photo in the range used in training",
        help="show CLIP the photo in the range used in training, not as published",
        noun="option “corrected CLIP range”",
        engines=_VIDEO_ONLY,
        caption=lambda corrected: "CLIP range as in training" if corrected else "CLIP range as published",
    )
    input_position: int | None = option(
        None,
        label="Where the photo was focused",
        help=f"where the photo was focused, 0 (about 5 cm) to {LAST_INPUT_POSITION} (infinity); by default estimated",
        info=f"Estimated. Move it if the frames look wrong: 0 is about 5 cm, {LAST_INPUT_POSITION} is far away.",
        noun="input position",
        minimum=0,
        maximum=LAST_INPUT_POSITION,
        slider=Slider(0, LAST_INPUT_POSITION, 1),
        unset_word=AUTO,
        metavar=f"auto|0..{LAST_INPUT_POSITION}",
        engines=_VIDEO_ONLY,
        caption=lambda position: "focus of the photo estimated" if position is None else f"photo focused at {position}",
    )
    more_positions: str | None = option(
        None,
        label="Where these were focused",
        help="where --more-photos were focused, such as 4,8; by default estimated",
        info=f"A position for each, 0 to {LAST_INPUT_POSITION}, such as 4, 8. Empty: estimated.",
        noun="positions of more photos",
        metavar="P,P",
        engines=_VIDEO_ONLY,
        caption=lambda text: f"more photos focused at {text}" if text else "focus of more photos estimated",
    )
    restore: str | None = option(
        None,
        label="Prompt for the generative engine",
        help="prompt for the generative engine, such as: the sign says OPEN",
        info="Text in the picture or its look: the sign says OPEN; cinematic.",
        engines=_GENERATIVE_ONLY,
        from_prompt=True,
        caption=lambda words: f"prompt “{words}”" if words else "no prompt",
        on_command_line=False,
    )
    k: float | None = option(None, K)
    pre_deblur: PreDeblur = option(
        "off",
        label="Pre-deblurred picture",
        help="what DeblurNet sees beside the photo. off, as published: nothing; built-in: the photo as the built-in "
        "restoration sharpens it; own: a picture of your own (--pre-deblurred); black: as published before March 2026. "
        "All but off need other weights, which are downloaded then",
        info="Helps with strong blur. All but “None” need other weights of 0.5 GB.",
        noun="pre-deblurred picture",
        choice_labels={"off": "None", "built-in": "Built-in restoration", "own": "Your own", "black": "Black"},
        engines=_GENERATIVE_ONLY,
        caption=lambda choice: "no pre-deblurring" if choice == "off" else f"pre-deblurred: {choice}",
    )
    tiling: Tiling = option(
        "auto",
        label="Tiles",
        help="whether FLUX.1-dev sees the picture in tiles of 512 px. auto, as published: when both sides have 512 px; "
        "off: the whole picture at once, which takes more memory",
        info="Off takes more memory and avoids differences between tiles.",
        choice_labels={"auto": "As published", "on": "On", "off": "Off"},
        engines=_GENERATIVE_ONLY,
        caption=lambda tiling: "tiles as published" if tiling == "auto" else f"tiles {tiling}",
    )
    restoration: Restoration = option(
        "full",
        label="Sharpen what is out of focus",
        help="how strongly what is out of focus in the photo is sharpened by estimate: off, careful (by half) or full",
        noun="restoration",
        choice_labels={"off": "Off", "careful": "Careful", "full": "Full"},
        engines=frozenset({THIN_LENS}),
        caption="restoration {}".format,
    )
    double_bokehnet_blur: bool = option(
        False,
        label="BokehNet's blur doubled, as in settings of format 1",
        help="give BokehNet the blur's diameter where it expects the radius, as settings of format 1 mean it",
        engines=_GENERATIVE_ONLY,
        caption=lambda doubled: "BokehNet's blur doubled" if doubled else "BokehNet's blur as a lens",
        on_command_line=False,
        on_page=False,
    )
    touch_up: tuple[Stroke, ...] = option(
        (),
        label="Strokes that correct the depth",
        help="strokes that correct the depth (JSON; or a stack.json with some)",
        metavar="FILE",
        engines=_RENDERED_BY_US,
        caption=lambda strokes: f"depth touched up (strokes: {len(strokes)})" if strokes else "depth not touched up",
        on_page=False,
    )

    def __post_init__(self) -> None:
        if BlurAmount.from_options(self.blur, self.f_number, self.k) is None:
            object.__setattr__(self, "blur", DEFAULT_BLUR)
        object.__setattr__(self, "touch_up", parse_strokes(self.touch_up))
        check_options(self, OPTIONS)
        parse_positions(self.more_positions)

    @property
    def blur_amount(self) -> BlurAmount:
        """How strong the blur is, in one of its three units."""
        return BlurAmount.from_options(self.blur, self.f_number, self.k) or BlurAmount("blur", DEFAULT_BLUR)

    @property
    def positions_of_more(self) -> tuple[int, ...] | None:
        """`more_positions` as numbers; None when they are to be estimated."""
        return parse_positions(self.more_positions)

    @classmethod
    def from_options(cls, values: Mapping[str, Any]) -> Self:
        """From options by name.

        Raises:
            BadInput: on an option that does not exist, or a value that is not possible.
        """
        return cls(**known_options(OPTIONS, values))

    def with_options(self, values: Mapping[str, Any]) -> Self:
        """The request with other options; one amount of blur replaces another. Raises BadInput as `from_options`."""
        others: dict[str, Any] = {name: getattr(self, name) for name in OPTIONS}
        if any(values.get(unit) is not None for unit in BLUR_UNITS):
            others.update(dict.fromkeys(BLUR_UNITS))
        return self.from_options({**others, **values})

    def to_options(self) -> dict[str, Any]:
        """Its options by name, as plain JSON values."""
        return asdict(self)


OPTIONS: Mapping[str, Option] = options_of(RefocusRequest)
"""Every option of a request, by name."""
