"""Weights in the Hugging Face hub and its cache. Only the needed files are downloaded, size and licence shown first."""

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, TypeVar

from refocus.core import WeightsMissing
from refocus.models.weights.spec import WeightsSpec

HUB_TIMEOUT_S = 3.0

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Download:
    """A download that is about to start.

    Attributes:
        repo: owner/name on the hub.
        size_bytes: of all files together, as the hub reports it.
        licence: its name.
        page: address of the model page.
    """

    repo: str
    size_bytes: int
    licence: str
    page: str

    def __str__(self) -> str:
        return f"{self.repo}: {self.size_bytes / 1e9:.1f} GB, licence: {self.licence}. {self.page}"


Announce = Callable[[Download], None]
"""Called before a download starts; may raise `Cancelled` to decline it."""


def cached(spec: WeightsSpec, *, cache_dir: Path | None = None, incomplete: bool = False) -> Path | None:
    """The folder of the files in a hub cache, or None when one is missing. Makes no request.

    Args:
        spec: the files.
        cache_dir: huggingface_hub's default when None.
        incomplete: whether to return a folder with missing files, too.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import IncompleteSnapshotError, LocalEntryNotFoundError

    try:
        folder = snapshot_download(
            spec.repo,
            revision=spec.revision,
            allow_patterns=list(spec.files),
            cache_dir=cache_dir,
            local_files_only=True,
        )
    except IncompleteSnapshotError as error:
        return Path(error.snapshot_path) if incomplete else None
    except LocalEntryNotFoundError:
        return None
    return Path(folder)


def all_cached(specs: Sequence[WeightsSpec], todo: str) -> list[Path]:
    """The folders of several repositories in the hub's cache. Makes no request.

    Args:
        specs: the files of each repository.
        todo: how to get them.

    Raises:
        WeightsMissing: naming the repositories that are not there.
    """
    folders = [cached(spec) for spec in specs]
    missing = [spec.repo for spec, folder in zip(specs, folders, strict=True) if folder is None]
    if missing:
        size_gb = sum(spec.size_bytes for spec in specs) / 1e9
        raise WeightsMissing(f"its weights ({size_gb:.2g} GB) are not here: {', '.join(missing)}.", todo=todo)
    return [folder for folder in folders if folder is not None]


def find_repo(root: Path, spec: WeightsSpec) -> Path | None:
    """Look for a repository below a folder of weights.

    Known layouts: root/owner/name, root/name, and a hub cache in root or root/hub. In a cache without the revision,
    a single other snapshot is taken unless the revision is pinned.

    Returns:
        The folder with the repository's files, or None. It may be incomplete.
    """
    owner, name = spec.repo.split("/")
    for folder in (root / owner / name, root / name):
        if folder.is_dir():
            return folder
    for cache in (root, root / "hub"):
        snapshots = list(cache.glob(f"models--{owner}--{name}/snapshots/*"))
        snapshot = cached(spec, cache_dir=cache, incomplete=True) if snapshots else None
        if snapshot is None and len(snapshots) == 1 and not spec.pinned:
            snapshot = snapshots[0]
        if snapshot is not None:
            return snapshot
    return None


def fetch(
    spec: WeightsSpec,
    announce: Announce,
    *,
    cache_dir: Path | None = None,
    endpoint: str | None = None,
    timeout_s: float = HUB_TIMEOUT_S,
    report: Callable[[float], None] | None = None,
) -> Path:
    """Download the files of a spec into the hub's cache, unless they are there already.

    Args:
        spec: the files.
        announce: called with size and licence before a download.
        cache_dir, endpoint: huggingface_hub's defaults when None.
        timeout_s: how long to wait for the hub's first answer.
        report: called with the share downloaded, in [0, 1]; may raise to stop. None shows the hub's own progress bars.

    Returns:
        The folder with the files under their paths in the repository.

    Raises:
        WeightsMissing: when the hub does not answer in time, or refuses.
    """
    folder = cached(spec, cache_dir=cache_dir)
    if folder is not None:
        return folder
    from huggingface_hub import snapshot_download

    with _hub_errors(spec):
        download = _within(timeout_s, lambda: _describe(spec, endpoint, timeout_s))
    announce(download)
    with _hub_errors(spec):
        return Path(
            snapshot_download(
                spec.repo,
                revision=spec.revision,
                allow_patterns=list(spec.files),
                cache_dir=cache_dir,
                endpoint=endpoint,
                tqdm_class=None if report is None else _reporting_bar(report),
            )
        )


def _describe(spec: WeightsSpec, endpoint: str | None, timeout_s: float) -> Download:
    from huggingface_hub import HfApi

    info = HfApi(endpoint=endpoint).model_info(
        spec.repo, revision=spec.revision, files_metadata=True, timeout=timeout_s
    )
    files = [file for file in info.siblings or [] if any(fnmatch(file.rfilename, pattern) for pattern in spec.files)]
    if not files:
        raise WeightsMissing(f"{spec.repo} has none of the needed files.", todo=f"Look at {spec.page}.")
    return Download(spec.repo, sum(file.size or 0 for file in files), spec.licence, spec.page)


def _within(timeout_s: float, request: Callable[[], _Result]) -> _Result:
    """The request's result, or TimeoutError. HTTP timeouts limit neither the DNS lookup nor a slow answer."""
    future: Future[_Result] = Future()

    def run() -> None:
        try:
            future.set_result(request())
        except BaseException as error:  # noqa: BLE001 - raised in the waiting thread
            future.set_exception(error)

    threading.Thread(target=run, daemon=True, name="hub request").start()
    try:
        return future.result(timeout_s)
    except TimeoutError as error:
        raise TimeoutError(f"no answer within {timeout_s:g} s") from error


@contextmanager
def _hub_errors(spec: WeightsSpec) -> Iterator[None]:
    """Turn the exceptions of the hub's client into WeightsMissing."""
    import httpx2
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    try:
        yield
    except GatedRepoError as error:
        raise WeightsMissing(
            f"{spec.repo} is gated: its licence ({spec.licence}) must be accepted first.",
            todo=f"Accept it at {spec.page}, then run: hf auth login.",
        ) from error
    except RepositoryNotFoundError as error:
        raise WeightsMissing(
            f"The hub has no {spec.repo} at revision {spec.revision}, or you have no access to it.",
            todo=f"Look at {spec.page}; a private repository needs: hf auth login.",
        ) from error
    except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        raise WeightsMissing(
            f"{spec.repo} cannot be downloaded: {error or type(error).__name__}.",
            todo="Put the weights in a local folder and name it in REFOCUS_MODELS, or choose the thin-lens engine.",
        ) from error


def _reporting_bar(report: Callable[[float], None]) -> type:
    """A tqdm class that shows nothing and reports the share of bytes downloaded."""
    from tqdm import tqdm

    class Bar(tqdm):
        """A progress bar written to a string."""

        def __init__(self, *args: Any, **kw: Any) -> None:
            super().__init__(*args, **{**kw, "file": io.StringIO()})

        def update(self, n: float | None = 1) -> bool | None:
            shown = super().update(n)
            if self.unit == "B" and self.total:
                report(min(1.0, self.n / self.total))
            return shown

    return Bar
