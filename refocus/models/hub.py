"""Weights from the Hugging Face hub: only the needed files, size and licence said first, no waiting for a dead hub."""

import fnmatch
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from refocus.core import WeightsMissing
from refocus.models.weights import WeightsSpec

HUB_TIMEOUT_S = 3.0
_LOCAL_INSTEAD = "Put the weights in a local folder and name it in REFOCUS_MODELS, or choose the thin-lens engine."

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Download:
    """What is about to be downloaded.

    Attributes:
        repo, revision: where from.
        files: paths in the repository.
        size_bytes: of all files together, as the hub says.
        licence: to be read before.
        page: where to read more.
    """

    repo: str
    revision: str
    files: tuple[str, ...]
    size_bytes: int
    licence: str
    page: str

    def __str__(self) -> str:
        return f"{self.repo}: {self.size_bytes / 1e9:.1f} GB, licence: {self.licence}. {self.page}"


Announce = Callable[[Download], None]
"""Told before a download starts; it may raise `Cancelled` to refuse it."""


def fetch(
    spec: WeightsSpec,
    announce: Announce,
    *,
    cache_dir: Path | None = None,
    endpoint: str | None = None,
    timeout_s: float = HUB_TIMEOUT_S,
    report: Callable[[float], None] | None = None,
) -> Path:
    """Get a repository's needed files into the hub's cache.

    Files already there are used without asking the hub.

    Args:
        spec: what is needed.
        announce: told size and licence before anything is downloaded.
        cache_dir, endpoint: huggingface_hub's own when None.
        timeout_s: how long to wait for the hub's first answer.
        report: told how much is here, in [0, 1]; may raise to stop. None leaves the hub's own bars on the terminal.

    Returns:
        The folder that holds the files under their paths in the repository.

    Raises:
        WeightsMissing: when the hub does not answer in time, or refuses.
    """
    folder = cached(spec, cache_dir=cache_dir)
    if folder is not None:
        return folder
    from huggingface_hub import snapshot_download

    announce(_within(timeout_s, lambda: _look_up(spec, endpoint, timeout_s), spec))
    with _HubErrors(spec):
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


def _reporting_bar(report: Callable[[float], None]) -> type:
    """A progress bar for the hub's client that draws nothing and passes the share of bytes on."""
    import io

    from tqdm import tqdm

    class Bar(tqdm):
        """What the client counts with."""

        def __init__(self, *args: Any, **kw: Any) -> None:
            super().__init__(*args, **{**kw, "file": io.StringIO()})

        def update(self, n: float | None = 1) -> bool | None:
            shown = super().update(n)
            if self.unit == "B" and self.total:
                report(min(1.0, self.n / self.total))
            return shown

    return Bar


def cached(spec: WeightsSpec, *, cache_dir: Path | None = None) -> Path | None:
    """The folder of files downloaded before, or None when any is missing. Asks nobody."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = snapshot_download(
            spec.repo,
            revision=spec.revision,
            allow_patterns=list(spec.files),
            cache_dir=cache_dir,
            local_files_only=True,
        )
    except LocalEntryNotFoundError:
        return None
    return Path(folder)


def _look_up(spec: WeightsSpec, endpoint: str | None, timeout_s: float) -> Download:
    from huggingface_hub import HfApi

    info = HfApi(endpoint=endpoint).model_info(
        spec.repo, revision=spec.revision, files_metadata=True, timeout=timeout_s
    )
    wanted = [
        file for file in info.siblings or [] if any(fnmatch.fnmatch(file.rfilename, pattern) for pattern in spec.files)
    ]
    if not wanted:
        raise WeightsMissing(f"{spec.repo} has none of the needed files.", todo=f"Look at {spec.page}.")
    return Download(
        repo=spec.repo,
        revision=info.sha or spec.revision,
        files=tuple(file.rfilename for file in wanted),
        size_bytes=sum(file.size or 0 for file in wanted),
        licence=spec.licence,
        page=spec.page,
    )


def _within(timeout_s: float, work: Callable[[], _Result], spec: WeightsSpec) -> _Result:
    """Run network work, but wait no longer than this: name lookup and slow answers know no other limit."""
    results: list[_Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread and raised there
            errors.append(error)

    worker = threading.Thread(target=run, daemon=True, name="hub look-up")
    worker.start()
    worker.join(timeout_s)
    if results:
        return results[0]
    with _HubErrors(spec):
        raise errors[0] if errors else TimeoutError(f"no answer within {timeout_s:g} s")


class _HubErrors:
    """Turns what the hub's client raises into WeightsMissing."""

    def __init__(self, spec: WeightsSpec) -> None:
        self._spec = spec

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        import httpx2
        from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

        spec = self._spec
        if isinstance(error, GatedRepoError):
            raise WeightsMissing(
                f"{spec.repo} is given only to people who accepted its licence ({spec.licence}).",
                todo=f"Accept it at {spec.page}, then run: hf auth login.",
            ) from error
        if isinstance(error, RepositoryNotFoundError):
            raise WeightsMissing(
                f"The hub knows no {spec.repo} at revision {spec.revision}, or does not show it to you.",
                todo=f"Look at {spec.page}; a private one needs: hf auth login.",
            ) from error
        if isinstance(error, (HfHubHTTPError, httpx2.HTTPError, OSError)):
            raise WeightsMissing(
                f"{spec.repo} cannot be downloaded: {error or type(error).__name__}.", todo=_LOCAL_INSTEAD
            ) from error
