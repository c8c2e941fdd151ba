"""Published results, as rows of a table that has the results of a run first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from refocus.evaluate.protocols import ProtocolName

GENFOCUS_PAPER = "arXiv 2512.16923 v3 (18 March 2026)"
THIS_RUN = "this run"


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """One row of a published table.

    Attributes:
        system: what made the pictures.
        benchmark: what they were compared with.
        source: the paper and its version.
        values: by name of the metric, as in `METRICS`.
    """

    system: str
    benchmark: str
    source: str
    values: Mapping[str, float]


_LEARN2REFOCUS = PublishedResult(
    "Learning to Refocus",
    "LF-Refocus",
    GENFOCUS_PAPER,
    {"lpips": 0.1706, "dists": 0.0967, "clip_i": 0.9322, "clip_iqa": 0.4709, "musiq": 38.34},
)
PUBLISHED: Mapping[ProtocolName, tuple[PublishedResult, ...]] = {
    "standard": (),
    "learn2refocus": (_LEARN2REFOCUS,),
    "genfocus": (
        PublishedResult("Genfocus", "DPDD", GENFOCUS_PAPER, {"lpips": 0.1440}),
        PublishedResult("Genfocus", "RealDOF", GENFOCUS_PAPER, {"lpips": 0.2408}),
        PublishedResult("Genfocus", "LF-Bokeh", GENFOCUS_PAPER, {"lpips": 0.0833, "dists": 0.0487, "clip_i": 0.9713}),
        PublishedResult("Genfocus", "LF-Refocus", GENFOCUS_PAPER, {"lpips": 0.1324, "dists": 0.0759, "clip_i": 0.9571}),
        _LEARN2REFOCUS,
    ),
}
"""The published results to show beside a run, by protocol."""


def comparison_rows(protocol: ProtocolName, means: Mapping[str, float]) -> list[dict[str, str | float]]:
    """The run's results and the published ones, one row each: system, benchmark, source, then the metrics."""
    rows: list[dict[str, str | float]] = [{"system": THIS_RUN, "benchmark": "", "source": "", **means}]
    for result in PUBLISHED[protocol]:
        rows.append({"system": result.system, "benchmark": result.benchmark, "source": result.source, **result.values})
    return rows


def format_table(rows: Sequence[Mapping[str, str | float]]) -> str:
    """The rows as a Markdown table with a column for every key; a value that a row lacks is a dash."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [columns, ["---"] * len(columns), *([_cell(row.get(key)) for key in columns] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: str | float | None) -> str:
    if value is None or value == "":
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
