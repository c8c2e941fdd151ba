"""The thin-lens engine: estimates disparity and an all-in-focus picture, then renders with optics. Runs anywhere."""

from dataclasses import dataclass, field, replace

from refocus.core import FocalStack, Progress, Scene, Stages
from refocus.core.progress import NO_OBSERVER, Observer
from refocus.core.settings import THIN_LENS
from refocus.core.threads import begin_on_one_core
from refocus.depth.sources import RECORDED_SHARP, DepthSources
from refocus.engines.contract import EngineSpec
from refocus.media import Photo
from refocus.models.weights.downloadable import Readiness
from refocus.models.weights.hub import Announce
from refocus.optics import Aperture
from refocus.restore import Restored, estimate_blur, restore_photo
from refocus.results.blur_amount import blur_slope
from refocus.results.refocused import Refocused
from refocus.results.rendering import render_focal_stack
from refocus.results.request import RefocusRequest
from refocus.results.run_options import options_used_by

SPEC = EngineSpec(
    name=THIN_LENS,
    title="Thin lens",
    summary="Estimates how near everything is, then renders what a lens would see.",
    needs="Runs on any computer: no GPU, no download.",
    options=options_used_by(THIN_LENS),
)
_STAGES = {"Looking for what is near and far": 3.0, "Making everything sharp": 0.5, "Rendering the focal stack": 6.0}
_DEPTH_STAGE, _RESTORE_STAGE, _RENDER_STAGE = _STAGES


@dataclass(frozen=True, slots=True)
class ThinLensEngine:
    """Renders the stack by optics from an all-in-focus photo and its disparity.

    Attributes:
        depth: finds the disparity.
    """

    spec: EngineSpec = SPEC
    depth: DepthSources = field(default_factory=DepthSources)

    def readiness(self) -> Readiness:
        """Always ready."""
        return Readiness(ready=True)

    def prepare(self) -> None:
        """Nothing to do."""

    def download(self, announce: Announce) -> None:
        """Nothing to get."""

    def refocus(
        self, photo: Photo, request: RefocusRequest, progress: Progress, observer: Observer = NO_OBSERVER
    ) -> Refocused:
        """See `Engine.refocus`."""
        plan = self.depth.plan(photo, request.depth_source, progress)
        working = photo.resized(request.long_side)
        stages = Stages(_STAGES, progress)
        with stages.stage(_DEPTH_STAGE) as report:
            draft = None if observer is NO_OBSERVER else self.depth.draft(plan, working)
            if draft is not None:
                observer.depth_drafted(Scene(working.rgb, draft.disparity))
            # Not needed before the restoration, but the depth leaves cores free.
            blur = None if _is_sharp(working, request) else begin_on_one_core(lambda: estimate_blur(working.rgb))
            found = self.depth.find(plan, working, on_wait=lambda: report(0.0), draft=draft, touch_up=request.touch_up)
            disparity = found.disparity
        observer.depth_known(Scene(working.rgb, disparity))
        with stages.stage(_RESTORE_STAGE) as report:
            if blur is None:
                restored = _sharp(working)
            else:
                restored = restore_photo(
                    working.rgb,
                    report,
                    blur_px=blur.result(),
                    disparity=disparity,
                    restoration=request.restoration,
                )
            report(1.0)
        focus = None if restored.focus is None else restored.focus.disparity
        scene = Scene(restored.rgb, disparity)
        observer.scene_known(scene, focus)
        slope = blur_slope(disparity, found.camera, amount=request.blur_amount)
        aperture = Aperture.named(request.aperture)
        with stages.stage(_RENDER_STAGE) as report:
            stack = render_focal_stack(scene, request.frames, slope.coc_px_per_disparity, aperture, report)
        return Refocused(
            photo=replace(photo, camera=found.camera),
            scene=scene,
            stack=stack,
            engine=self.spec.name,
            request=request,
            seed=None,
            seconds=stages.seconds,
            engine_notes=(*photo.notes, *found.notes, *restored.notes, *_position_note(focus, stack), *slope.notes),
            photo_focus=focus,
        )


def _is_sharp(photo: Photo, request: RefocusRequest) -> bool:
    """Whether nothing has to be restored."""
    return request.sharp or photo.all_in_focus is not None


def _sharp(photo: Photo) -> Restored:
    """The picture of a photo for which `_is_sharp`."""
    return Restored(photo.rgb) if photo.all_in_focus is None else Restored(photo.all_in_focus, (RECORDED_SHARP,))


def _position_note(focus_disparity: float | None, stack: FocalStack) -> tuple[str, ...]:
    if focus_disparity is None:
        return ()
    position = float(stack.position_of(focus_disparity))
    return (f"The photo itself is at position {position:.1f} of 0 to {len(stack) - 1}, estimated from its blur.",)
