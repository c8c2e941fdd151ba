"""The pipeline from a photo to its focal stack: chooses an engine, runs it, and returns the result."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from refocus.batch import Outcome, Processes
from refocus.batch.photo_folder import MADE_FROM, find_photos, stack_photos
from refocus.compare.run import PlannedVariant, compare_photo
from refocus.compare.variants import Comparison, Entry, Variant
from refocus.core import BadInput, Disparity, EngineNotReady, Progress, portion, silent
from refocus.core.progress import NO_OBSERVER, Observer
from refocus.core.settings import Settings
from refocus.depth.depth_model import DepthModel
from refocus.depth.sources import DepthSources
from refocus.engines import Engine
from refocus.engines.photo_stack import PhotoOrder, PhotoStack, refocus_photo_stack
from refocus.engines.registry import Choice, all_engines, choose_engine, engine_named
from refocus.media import Photo
from refocus.models.weights.downloadable import Downloadable
from refocus.results import Refocused, RefocusRequest
from refocus.results.run_options import requested_depth_source
from refocus.results.saved import load_refocused
from refocus.results.stack_size import check_request_size
from refocus.subjects.network_finder import NetworkSubjectFinder


class RefocusPipeline:
    """Turns photos into focal stacks. Holds the engines; safe to share between users and threads.

    Args:
        settings: what the environment decides; the default reads nothing.
        engines: best first; by default all there are. Engines given here stay as they are, with their own weights and
            depth sources, also where a call names another `model` or `depth_model`.
    """

    def __init__(self, settings: Settings | None = None, engines: Sequence[Engine] | None = None) -> None:
        self.settings = settings or Settings()
        self.depth_model = DepthModel(
            self.settings.depth_model,
            models=self.settings.models,
            # On ZeroGPU a visitor's minutes of GPU are for the diffusion engines.
            device="cpu" if self.settings.zero_gpu else self.settings.device,
            may_download=self.settings.downloads,
        )
        self._given_engines = engines
        known = all_engines(self.settings, DepthSources(self.depth_model)) if engines is None else engines
        self.engines: tuple[Engine, ...] = tuple(known)
        self.finder = NetworkSubjectFinder(models=self.settings.models, model=self.settings.subject_model)
        self._lock = threading.Lock()
        self._with_other_weights: dict[Settings, RefocusPipeline] = {}

    def choose(self, engine: str | Choice | None = None) -> Choice:
        """The engine of that name, or the best that is ready for "auto"; by default what the settings say.

        A `Choice` made before is returned as it is. Raises as `choose_engine`.
        """
        return engine if isinstance(engine, Choice) else choose_engine(self.engines, engine or self.settings.engine)

    def engine(self, name: str) -> Engine:
        """The engine of that name, whether it can run here or not. Raises BadInput for a name that no engine has."""
        return engine_named(self.engines, name)

    @property
    def helpers(self) -> tuple[Downloadable, ...]:
        """Optional networks that every engine uses when their weights are present."""
        return (self.finder, self.depth_model)

    def downloadable(self, name: str) -> Downloadable:
        """The engine or helper of that name. Raises BadInput for an unknown name."""
        return next((helper for helper in self.helpers if helper.spec.name == name), None) or self.engine(name)

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
            progress: called with stage and fraction; may raise `Cancelled`.
            options: fields of `RefocusRequest`, such as `blur=0.6` or `frames=5`, in place of those of `request`.

        Raises:
            BadInput, EngineNotReady: with what to do.
        """
        request = (request or RefocusRequest()).with_options(options)
        request = replace(request, depth_source=requested_depth_source(request.depth_source, depth_model))
        if disparity is not None:
            photo = photo.with_disparity(disparity)
        settings = self._settings_with(model, depth_model)
        return self._pipelines([settings])[settings].run(photo, request, engine, progress)

    def run(
        self,
        photo: Photo,
        request: RefocusRequest,
        engine: str | Choice | None = None,
        progress: Progress = silent,
        observer: Observer = NO_OBSERVER,
    ) -> Refocused:
        """As `refocus`, from a request.

        Args:
            photo: the photo.
            request: what to make.
            engine: by name, or as `choose` returned it.
            progress: called with stage and fraction; may raise `Cancelled`.
            observer: shown the scene and the frames as soon as they are known.
        """
        choice = self.choose(engine)
        choice.engine.spec.check_photo(photo)
        self.check_size(photo.size, request, choice)
        began = time.perf_counter()
        applies_strokes = "touch_up" in choice.engine.spec.options
        engine_request = request if applies_strokes else replace(request, touch_up=())
        result = choice.engine.refocus(photo, engine_request, progress, observer)
        if not applies_strokes:
            result = result.touched_up(request.touch_up, progress=progress)
        seconds = {**result.seconds, "total": round(time.perf_counter() - began, 3)}
        notes = tuple(filter(None, (choice.why, *result.engine_notes)))
        return replace(result, seconds=seconds, engine_notes=notes, finder=self.finder)

    def check_size(self, photo_size: tuple[int, int], request: RefocusRequest, choice: Choice) -> None:
        """Check that a stack of a photo of this (width, height) is within the settings' limit, before it is begun.

        Raises:
            StackTooLarge: with the nearest that are.
        """
        check_request_size(photo_size, request, choice.engine.spec.options, self.settings.max_stack_pixels)

    def refocus_photos(
        self,
        photos: Sequence[Photo],
        request: RefocusRequest | None = None,
        *,
        order: PhotoOrder = "auto",
        name: str = "stack",
        progress: Progress = silent,
        **options: Any,
    ) -> Refocused:
        """Take the photos of a focal stack shot by a real camera as the stack; no engine is needed.

        Args:
            photos: 3 or more of one still scene and one size, in the order they were focused; above 33, 33 are chosen.
            request: its blur and aperture are what `Refocused.bokeh` uses by default; `long_side` counts before the
                edges that alignment costs.
            order: "near-first", "far-first", or "auto" to estimate it from the colour of the blur.
            name: of the whole.
            progress: called with stage and fraction; may raise `Cancelled`.
            options: fields of `RefocusRequest`, in place of those of `request`.

        Raises:
            BadInput: when there are too few photos, their sizes differ, or they don't show one scene.
        """
        request = (request or RefocusRequest()).with_options(options)
        captured = PhotoStack.from_photos(
            photos, long_side=request.long_side, name=name, max_stack_pixels=self.settings.max_stack_pixels
        )
        return self.run_photo_stack(captured, request, order, progress)

    def run_photo_stack(
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
        variants: Sequence[Variant] | None = None,
        *,
        imported: Sequence[Entry] = (),
        progress: Progress = silent,
    ) -> Comparison:
        """Make stacks of a photo with several engines or settings, to see them side by side.

        The photo is decoded once, and its depth is estimated once for all variants that would find the same.
        `refocus.compare.draw_comparison` makes a labelled picture of it, `write_comparison` a video.

        Args:
            photo: the photo.
            variants: engines and settings; by default every engine once that does not need hours.
            imported: results from elsewhere, see `load_imported`.
            progress: called with variant, stage and fraction; may raise `Cancelled`.

        Returns:
            An entry for each variant, with why in place of a stack that could not be made, then the imported ones.
        """
        if variants is None:
            variants = [Variant(engine=engine.spec.name, even_if_slow=False) for engine in self.engines]
        wanted = [self._settings_with(variant.model, variant.depth_model) for variant in variants]
        pipelines = self._pipelines(wanted)
        choose = {settings: cache(pipelines[settings].choose) for settings in wanted}  # once for all variants
        planned = [pipelines[own]._plan(variant, choose[own]) for own, variant in zip(wanted, variants, strict=True)]
        return compare_photo(photo, planned, imported, progress)

    def _plan(self, variant: Variant, choose: Callable[[str | Choice | None], Choice]) -> PlannedVariant:
        """Choose the variant's engine, or say why it cannot run."""
        try:
            choice = choose(variant.engine)
            if not variant.even_if_slow and (slow := choice.engine.readiness().only_by_name):
                raise EngineNotReady(f"It only runs when it is named: {slow}")
        except (BadInput, EngineNotReady) as error:
            name = variant.engine_name or self.settings.engine
            spec = next((engine.spec for engine in self.engines if engine.spec.name == name), None)
            return PlannedVariant(variant, spec, error)
        return PlannedVariant(
            variant, choice.engine.spec, lambda photo, report: self.run(photo, variant.request, choice, report)
        )

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
            folder: of unrelated photos.
            out: made when missing.
            request: what to make of each; by default nine frames at the usual strength.
            engine: by name; by default what the settings say.
            force: replace stacks in `out` that were made from other photos or settings.
            progress: called with photo, stage and fraction; may raise `Cancelled`.

        Raises:
            BadInput: when there are no photos, or `out` holds other stacks and `force` is not given.
            EngineNotReady: when the engine cannot run here.
        """
        used_request = request or RefocusRequest()
        choice = self.choose(engine)

        def make(path: Path, place: Path, made_from: Mapping[str, Any], report: Progress) -> None:
            photo = Photo.open(path, max_pixels=self.settings.max_pixels)
            result = self.run(photo, used_request, choice, portion(report, 0, 0.8))
            result.save(place, more={MADE_FROM: made_from}, progress=portion(report, 0.8, 1))

        settings = {"engine": engine or self.settings.engine, **used_request.to_options()}
        photos, processes = find_photos(Path(folder), out=Path(out)), Processes.from_environment()
        return stack_photos(
            photos, make, Path(out), settings=settings, force=force, processes=processes, progress=progress
        )

    def load(self, folder: str | Path) -> Refocused:
        """What `Refocused.save` wrote, ready to be rendered anew; see `load_refocused`."""
        return replace(load_refocused(folder), finder=self.finder)

    def prepare(self) -> None:
        """Let each engine do what it must before the app starts."""
        for engine in self.engines:
            engine.prepare()

    def _settings_with(self, models: str | Path | None, depth_model: str | None) -> Settings:
        return replace(
            self.settings,
            models=self.settings.models if models is None else Path(models),
            depth_model=self.settings.depth_model if depth_model is None else depth_model,
        )

    def _pipelines(self, wanted: Iterable[Settings]) -> "dict[Settings, RefocusPipeline]":
        """A pipeline for each of these settings. They are kept until others are wanted, so that models load once."""
        with self._lock:
            kept = self._with_other_weights
            self._with_other_weights = {
                settings: kept.get(settings) or RefocusPipeline(settings, self._given_engines)
                for settings in wanted
                if settings != self.settings
            }
            return {self.settings: self, **self._with_other_weights}
