"""The trip of a photo: choose an engine, run it, hand back what it made."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from refocus.batch import Outcome, Processes
from refocus.batch.photo_folder import MADE_FROM, find_photos, stack_photos
from refocus.compare.run import compare_photo
from refocus.compare.variants import Comparison, Entry, Variant
from refocus.core import BadInput, Disparity, EngineNotReady, Progress, silent
from refocus.core.focal_stack import DEFAULT_FRAMES
from refocus.core.settings import AUTO as AUTO
from refocus.core.settings import Settings
from refocus.core.sizes import fitted_size
from refocus.depth import Meaning, read_disparity
from refocus.depth.network import DepthModel
from refocus.depth.sources import DepthChoice, DepthSources
from refocus.engines import Engine
from refocus.engines.contract import EngineSpec
from refocus.engines.photo_stack import PhotoOrder, PhotoStack, refocus_photo_stack
from refocus.engines.registry import all_engines
from refocus.media import Photo
from refocus.models.weights.downloadable import Downloadable, Readiness
from refocus.results import Refocused, RefocusRequest
from refocus.results.observer import NO_OBSERVER, Observer
from refocus.results.saved import load_refocused
from refocus.results.stack_size import check_stack_size
from refocus.subjects.network_finder import NetworkSubjectFinder


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that will run, and why it and not another."""

    engine: Engine
    why: str


class RefocusPipeline:
    """Turns photos into focal stacks. Holds the engines; safe to share between users and threads.

    Args:
        settings: what the environment decides; the default reads nothing.
        engines: best first; by default all there are.
    """

    def __init__(self, settings: Settings | None = None, engines: Sequence[Engine] | None = None) -> None:
        self.settings = settings or Settings()
        self.depth_model = _depth_model(self.settings)
        known = all_engines(self.settings, DepthSources(self.depth_model)) if engines is None else engines
        self.engines: tuple[Engine, ...] = tuple(known)
        self.finder = NetworkSubjectFinder(models=self.settings.models, model=self.settings.subject_model)
        self._lock = threading.Lock()
        self._elsewhere: RefocusPipeline | None = None

    def readiness(self) -> dict[str, Readiness]:
        """Each engine's name and whether it can run here."""
        return {engine.spec.name: engine.readiness() for engine in self.engines}

    def choose(self, name: str | None = None) -> Choice:
        """The engine of that name, or the best that is ready for "auto".

        Raises:
            BadInput: for a name nobody has.
            EngineNotReady: when the named engine cannot run here; another is never taken instead.
        """
        name = name or self.settings.engine
        if name == AUTO:
            return self._best_ready()
        engine = self.engine(name)
        state = engine.readiness()
        if not state.ready:
            raise EngineNotReady(f"The engine {name} cannot run here: {state.why}", todo=state.todo)
        return Choice(engine, "")

    def engine(self, name: str) -> Engine:
        """The engine of that name, whether it can run here or not. Raises BadInput for a name nobody has."""
        for engine in self.engines:
            if engine.spec.name == name:
                return engine
        known = ", ".join([AUTO, *(engine.spec.name for engine in self.engines)])
        raise BadInput(f"There is no engine {name!r}.", todo=f"Choose one of: {known}.")

    @property
    def helpers(self) -> tuple[Downloadable, ...]:
        """Networks that help every engine where they are here."""
        return (self.finder, self.depth_model)

    def downloadable(self, name: str) -> Downloadable:
        """The engine or helper of that name. Raises BadInput for a name nobody has."""
        return next((helper for helper in self.helpers if helper.spec.name == name), None) or self.engine(name)

    def _best_ready(self) -> Choice:
        passed_over: list[str] = []
        for engine in self.engines:
            state = engine.readiness()
            if state.ready and not state.only_by_name:
                why = f"{engine.spec.title} was chosen automatically"
                return Choice(engine, why + (f": {' '.join(passed_over)}" if passed_over else "."))
            lacking = "is only taken by name" if state.ready else "is not ready"
            passed_over.append(f"{engine.spec.title} {lacking} ({(state.only_by_name or state.why).rstrip('.')}).")
        raise EngineNotReady("No engine can run here.", todo="See `python -m refocus engines`.")

    def refocus(
        self,
        photo: Photo,
        request: RefocusRequest | None = None,
        *,
        engine: str | None = None,
        disparity: Disparity | None = None,
        model: str | Path | None = None,
        depth_model: str | None = None,
        progress: Progress = silent,
        **options: Any,
    ) -> Refocused:
        """Make a focal stack of a photo.

        Args:
            photo: the photo.
            request: what to make; by default nine frames at the usual blur.
            engine: "auto", "thin-lens", ...; by default what the settings say.
            disparity: of the photo, any size of the same proportions; by default as `depth_source` says.
            model: folder of weights, in place of the one in the settings.
            depth_model: the depth network, in place of the one in the settings: a hub name or a folder. Given
                without a `depth_source`, it is used and not replaced.
            progress: told the stage and how much is done; may raise `Cancelled`.
            options: fields of `RefocusRequest`, such as `blur=0.6` or `frames=5`, in place of those of `request`.

        Raises:
            BadInput, EngineNotReady: with what to do.
        """
        request = RefocusRequest() if request is None else request
        request = request.with_options(options)
        request = replace(request, depth_source=asked_depth(request.depth_source, depth_model))
        if disparity is not None:
            photo = photo.with_disparity(disparity)
        pipeline = self._with(
            self.settings if model is None else replace(self.settings, models=Path(model)), depth_model
        )
        return pipeline.run(photo, request, engine, progress)

    def run(
        self,
        photo: Photo,
        request: RefocusRequest,
        engine: str | None = None,
        progress: Progress = silent,
        observer: Observer = NO_OBSERVER,
    ) -> Refocused:
        """As `refocus`, from a request; the observer is shown what is known on the way."""
        self.check_size(photo, request, engine)
        choice = self.choose(engine)
        began = time.perf_counter()
        heeds_strokes = "touch_up" in choice.engine.spec.options
        asked = request if heeds_strokes else replace(request, touch_up=())
        result = choice.engine.refocus(photo, asked, progress, observer)
        if not heeds_strokes:
            result = result.touched_up(request.touch_up, progress=progress)
        seconds = {**result.seconds, "total": round(time.perf_counter() - began, 3)}
        notes = tuple(filter(None, (choice.why, *result.notes)))
        return replace(result, seconds=seconds, notes=notes, finder=self.finder)

    def check_size(self, photo: Photo, request: RefocusRequest, engine: str | None = None) -> None:
        """Whether a stack of this photo is within the settings' limit, before anything of it is made.

        Raises:
            StackTooLarge: with the nearest that are.
            BadInput, EngineNotReady: as `choose`.
        """
        options = self.choose(engine).engine.spec.options
        full_size = request.full_size and "full_size" in options
        if "long_side" not in options and not full_size:
            return  # the engine works at sizes of its own
        own = photo.width, photo.height
        check_stack_size(
            request.frames if "frames" in options else DEFAULT_FRAMES,
            own if full_size else fitted_size(own, request.long_side),
            self.settings.max_stack_pixels,
            fewer_frames="frames" in options,
            smaller=not full_size,
        )

    def refocus_photos(
        self,
        photos: Sequence[Photo],
        *,
        order: PhotoOrder = "auto",
        blur: float | None = None,
        f_number: float | None = None,
        aperture: str = "circle",
        long_side: int = 1024,
        name: str = "stack",
        progress: Progress = silent,
    ) -> Refocused:
        """Take the photos of a focal stack shot by a real camera as the stack; no engine is needed.

        Args:
            photos: 3 or more of one still scene and one size, in the order they were focused; above 33, 33 are chosen.
            order: "near-first", "far-first", or "auto" to be told by the colour of the blur.
            blur, f_number, aperture: what `Refocused.bokeh` does by default.
            long_side: pixels along the long side before the edges that alignment costs, never above the photos' own.
            name: of the whole.
            progress: told the stage and how much is done; may raise `Cancelled`.

        Raises:
            BadInput: when there are too few photos, their sizes differ, or they don't show one scene.
        """
        request = RefocusRequest(blur=blur, f_number=f_number, aperture=aperture, long_side=long_side)
        captured = PhotoStack.from_photos(
            photos, long_side=long_side, name=name, max_stack_pixels=self.settings.max_stack_pixels
        )
        return self.run_captured(captured, request, order, progress)

    def run_captured(
        self, captured: PhotoStack, request: RefocusRequest, order: PhotoOrder = "auto", progress: Progress = silent
    ) -> Refocused:
        """As `refocus_photos`, from photos already chosen and a request."""
        began = time.perf_counter()
        result = refocus_photo_stack(captured, request, order=order, progress=progress)
        seconds = {**result.seconds, "total": round(time.perf_counter() - began, 3)}
        return replace(result, seconds=seconds, finder=self.finder)

    def compare(
        self,
        photo: Photo,
        variants: Sequence[Variant] = (),
        *,
        imported: Sequence[Entry] = (),
        progress: Progress = silent,
    ) -> Comparison:
        """Make a photo's stack in several ways, to see them side by side.

        The photo is decoded once, and its depth is estimated once for all variants that would find the same.
        `refocus.evaluate.draw_comparison` makes a labelled picture of it, `write_comparison` a video.

        Args:
            photo: the photo.
            variants: engines and settings; by default every engine once that does not need hours.
            imported: results from elsewhere, see `load_imported`.
            progress: told variant, stage and fraction; may raise `Cancelled`.

        Returns:
            An entry for each variant, with why in place of a stack that could not be made, then the imported ones.
        """
        asked = variants or [Variant(engine=engine.spec.name, even_if_slow=False) for engine in self.engines]
        pipelines = {self.settings: self}

        def pipeline_of(variant: Variant) -> RefocusPipeline:
            settings = replace(
                self.settings,
                models=variant.model or self.settings.models,
                depth_model=variant.depth_model or self.settings.depth_model,
            )
            if settings not in pipelines:
                pipelines[settings] = RefocusPipeline(settings)
            return pipelines[settings]

        def run(photo: Photo, variant: Variant, report: Progress) -> Refocused:
            pipeline = pipeline_of(variant)
            engine = pipeline.choose(variant.engine).engine
            slow = engine.readiness().only_by_name
            if slow and not variant.even_if_slow:
                raise EngineNotReady(f"It only runs when asked for by name: {slow}")
            own = photo if variant.disparity is None else photo.with_disparity(variant.disparity)
            return pipeline.run(own, variant.request, variant.engine, report)

        def spec_of(variant: Variant) -> EngineSpec | None:
            try:
                pipeline = pipeline_of(variant)
                name = variant.engine or self.settings.engine
                return (pipeline.choose(AUTO).engine if name == AUTO else pipeline.engine(name)).spec
            except (BadInput, EngineNotReady):
                return None

        return compare_photo(photo, asked, imported, run, spec_of, progress)

    def refocus_folder(
        self,
        folder: str | Path,
        out: str | Path,
        request: RefocusRequest | None = None,
        *,
        engine: str | None = None,
        force: bool = False,
        progress: Progress = silent,
    ) -> Outcome:
        """Make a stack of each photo in a folder and the folders in it, and write it to a folder of its name in `out`.

        What is done there is skipped, also after a run that was stopped; a photo that fails stops no other. Under
        `accelerate launch` the processes share the photos.

        Args:
            folder: of photos that have nothing to do with each other.
            out: made when missing.
            request: what to make of each; by default nine frames at the usual strength.
            engine: by name; by default what the settings say.
            force: replace stacks in `out` that were made from other photos or settings.
            progress: told photo, stage and fraction; may raise `Cancelled`.

        Raises:
            BadInput: when there are no photos, or `out` holds other stacks and `force` is not given.
            EngineNotReady: when the engine cannot run here.
        """
        asked = request or RefocusRequest()
        self.choose(engine)
        photos = find_photos(Path(folder), out=Path(out))

        def make(path: Path, place: Path, made_from: Mapping[str, Any], report: Progress) -> None:
            photo = Photo.open(path, max_pixels=self.settings.max_pixels)
            result = self.run(photo, asked, engine, lambda stage, done: report(stage, 0.8 * done))
            result.save(
                place, more={MADE_FROM: made_from}, progress=lambda stage, done: report(stage, 0.8 + 0.2 * done)
            )

        return stack_photos(
            photos,
            make,
            Path(out),
            asked={"engine": engine or self.settings.engine, **asked.to_options()},
            force=force,
            processes=Processes.from_environment(),
            progress=progress,
        )

    def load(self, folder: str | Path) -> Refocused:
        """What `Refocused.save` wrote, ready to be rendered anew; see `load_refocused`."""
        return replace(load_refocused(folder), finder=self.finder)

    def prepare(self) -> None:
        """Let each engine do what it must before the app starts."""
        self.depth_model.prepare()
        for engine in self.engines:
            engine.prepare()

    def _with(self, settings: Settings, depth_model: str | None) -> "RefocusPipeline":
        """A pipeline with other settings; the last one is kept, so that its models are loaded once."""
        settings = settings if depth_model is None else replace(settings, depth_model=depth_model)
        if settings == self.settings:
            return self
        with self._lock:
            if self._elsewhere is None or self._elsewhere.settings != settings:
                self._elsewhere = RefocusPipeline(settings)
            return self._elsewhere


def asked_depth(source: DepthChoice, model: str | None) -> DepthChoice:
    """A network that is named is asked for, unless another source is."""
    return "model" if source == "auto" and model is not None else source


def _depth_model(settings: Settings) -> DepthModel:
    return DepthModel(settings.depth_model, models=settings.models, device=settings.device, zero_gpu=settings.zero_gpu)


def with_depth_file(photo: Photo, path: str | Path, *, meaning: Meaning = "disparity", long_side: int) -> Photo:
    """The photo with the depth map of a file, at the size a stack of `long_side` pixels is computed at.

    Raises:
        BadInput: when the file is no map of this photo; see `refocus.depth.read_disparity`.
    """
    working = photo.resized(long_side)
    return photo.with_disparity(read_disparity(path, size=(working.height, working.width), meaning=meaning))
