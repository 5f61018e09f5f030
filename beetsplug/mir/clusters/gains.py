"""What clusters are worth beyond chance: their scores beside those in clouds without clusters.

Silhouette and stability are higher in few dimensions and with few clusters, and scores
beside labels are never all 0, with or without clusters in the music. So each is compared
with what it is in clouds of the same covariance, as the gap statistic does with the sum of
squares (Tibshirani, Walther and Hastie 2001).
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..ground.magnitude import moderate
from ..names import METHODS
from .evaluation import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from .evaluation import Row

N_CLOUDS = 3
COMPARABLE = ("adjusted_rand", "adjusted_mutual_info", "silhouette_gain", "stability_gain")
"""Scores in which one space, method and number of clusters can be held against another."""

_LEAST = 0.1  # what counts as better than chance at all
_BEYOND_CHANCE = 1.8  # times the highest of chance


class Comparison(NamedTuple):
    """Clusterings with their gains, and what each comparable score is at most by chance."""

    rows: list[Row]
    by_chance: Mapping[tuple[str, int], float]  # by score and number of clusters

    def best(self, score: str) -> Row | None:
        """Return the row with the highest comparable score, of those far beyond chance.

        That is at least 0.1 and 1.8 times the highest in clouds with about as many clusters. Of
        equals it is the one with fewest clusters.
        """
        far = [row for row in self.rows if self._is_beyond_chance(row, score)]
        return max(far, key=lambda row: (getattr(row, score), -row.n_clusters), default=None)

    def _is_beyond_chance(self, row: Row, score: str) -> bool:
        value = getattr(row, score)
        by_chance = self.by_chance.get((score, row.n_clusters), 0.0)
        return value is not None and value >= max(_LEAST, _BEYOND_CHANCE * by_chance)


def compare(
    spaces: Mapping[str, NDArray[np.float64]],
    truth: Sequence[str],
    *,
    genres: Sequence[str] = (),
    bias: float = 0.0,
    methods: Sequence[str] = METHODS,
    n_clusters: Sequence[int],
    random_state: int = 0,
    on_step: Callable[[], None] = lambda: None,
) -> Comparison:
    """Score as :func:`.evaluate` does, the coordinates and ``N_CLOUDS`` clouds of each.

    *on_step* is called for each of them, space and method.
    """
    scored = [
        evaluate(
            some, truth, genres=genres, bias=bias, methods=methods, n_clusters=n_clusters,
            random_state=random_state, on_step=on_step,
        )
        for some in [spaces, *_clouds(spaces, random_state)]
    ]  # fmt: skip
    rows, *of_clouds = scored
    beside = [
        _with_gains(of_clouds[number], of_clouds[:number] + of_clouds[number + 1 :])
        for number in range(N_CLOUDS)
    ]
    by_chance = {
        (score, k): _highest(chain.from_iterable(beside), score, near=k)
        for score in COMPARABLE
        for k in n_clusters
    }
    return Comparison(_with_gains(rows, of_clouds), by_chance)


def _clouds(
    spaces: Mapping[str, NDArray[np.float64]], random_state: int
) -> list[dict[str, NDArray[np.float64]]]:
    """Return for each space normally distributed samples with its mean and covariance."""
    random = np.random.default_rng(random_state)
    return [{space: _cloud(Z, random) for space, Z in spaces.items()} for _ in range(N_CLOUDS)]


def _cloud(Z: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    if len(Z) < 2:
        return Z
    Z = moderate(Z)
    mean, covariance = Z.mean(axis=0), np.atleast_2d(np.cov(Z.T))
    # It is a covariance, but for rounding: there is nothing to check.
    return random.multivariate_normal(
        mean, covariance, size=len(Z), method="eigh", check_valid="ignore"
    )


def _with_gains(rows: Sequence[Row], of_clouds: Sequence[Sequence[Row]]) -> list[Row]:
    same: dict[tuple[str, str, int], list[Row]] = {}
    for others in of_clouds:
        for other in others:
            same.setdefault(other[:3], []).append(other)
    return [
        row._replace(
            silhouette_gain=_gain(row, same.get(row[:3], []), "silhouette"),
            stability_gain=_gain(row, same.get(row[:3], []), "stability"),
        )
        for row in rows
    ]


def _gain(row: Row, others: Sequence[Row], score: str) -> float | None:
    value, by_chance = getattr(row, score), _values(others, score)
    return None if value is None or not by_chance else value - float(np.mean(by_chance))


def _highest(rows: Iterable[Row], score: str, *, near: int) -> float:
    """Return how far a score is from 0, with one cluster more or less than *near*, too."""
    values = _values([row for row in rows if abs(row.n_clusters - near) <= 1], score)
    return max(map(abs, values), default=0.0)


def _values(rows: Sequence[Row], score: str) -> list[float]:
    values = [getattr(row, score) for row in rows]
    return [value for value in values if value is not None]
