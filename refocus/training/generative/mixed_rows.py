"""The rows of several routes, mixed by share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast, get_args

import numpy as np

from refocus.core import BadInput
from refocus.training.generative.photo_index import PhotoIndex, PhotoRow, Route, Split
from refocus.training.loop.sample_order import ShuffledRows


class PlacedRow(NamedTuple):
    """A row and the folder of its files."""

    row: PhotoRow
    folder: Path


@dataclass(frozen=True, slots=True)
class MixedRows:
    """Rows by route, with the share of samples that each route has.

    Attributes:
        rows: of each route, at least one.
        shares: of each route, with a sum of 1.
        seed: of the order within a route.
    """

    rows: Mapping[Route, tuple[PlacedRow, ...]]
    shares: Mapping[Route, float]
    seed: int

    def draw(self, number: int, random: np.random.Generator) -> PlacedRow:
        """The row of a sample: a random route by share, and its next row in shuffled order."""
        routes = list(self.rows)
        route = routes[random.choice(len(routes), p=[self.shares[route] for route in routes])]
        return self.rows[route][ShuffledRows(len(self.rows[route]), self.seed).row(number)]

    def all(self) -> list[PlacedRow]:
        """Every row, route by route."""
        return [placed for rows in self.rows.values() for placed in rows]


def read_rows(
    indexes: Sequence[str], routes: Sequence[Route], shares: Mapping[Route, float], seed: int
) -> tuple[MixedRows, list[PlacedRow]]:
    """Read indexes for training and validation.

    Args:
        indexes: index files or their folders.
        routes: that the network can be trained on; other rows are not used.
        shares: from `parse_shares`; empty for equal shares of the routes found.
        seed: of the order.

    Returns:
        The rows for training, and those held back.

    Raises:
        BadInput: when an index cannot be used, or a route of the shares, or every route, has no rows for training.
    """
    read = [PhotoIndex.read(Path(path)) for path in indexes]

    def placed(split: Split, route: Route) -> tuple[PlacedRow, ...]:
        return tuple(
            PlacedRow(row, index.folder) for index in read for row in index.of(split=split, routes=[route]).rows
        )

    wanted = list(shares) or list(routes)
    rows = {route: found for route in wanted if (found := placed("train", route))}
    empty = [route for route in shares if route not in rows]
    if empty or not rows:
        raise BadInput(
            f"{', '.join(indexes)} has no rows of {' or '.join(empty or wanted)} for training.",
            todo="Prepare them, or change --shares.",
        )
    total = sum(shares.get(route, 1.0) for route in rows)
    mixed = MixedRows(rows, {route: shares.get(route, 1.0) / total for route in rows}, seed)
    return mixed, [one for route in rows for one in placed("val", route)]


def parse_shares(words: Sequence[str], routes: Sequence[Route]) -> dict[Route, float]:
    """Shares written as route=number.

    Raises:
        BadInput: on another form, an unknown route, or a share that is not positive.
    """
    shares: dict[Route, float] = {}
    for word in words:
        route, _, number = word.partition("=")
        try:
            share = float(number)
        except ValueError:
            share = 0.0
        if route not in get_args(Route) or route not in routes or not 0 < share < np.inf:
            raise BadInput(
                f"--shares has {word!r}.",
                todo=f"Write route=number, such as {routes[0]}=1; routes: {', '.join(routes)}.",
            )
        shares[cast("Route", route)] = share
    return shares
