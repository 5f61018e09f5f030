"""How many clusters: chosen by stability and silhouette, without any look at labels.

Both fall with the number of clusters, with or without clusters in the music: two
halves are nearly always the most stable. So each number is compared with what it gives
in clouds of the same covariance without clusters, as the gap statistic does with the
sum of squares (Tibshirani, Walther and Hastie 2001).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .evaluation import N_CLUSTERS, Row, draw, evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

N_CLOUDS = 3
_NO_CHOICE = "the tracks are too few or too alike to choose how many clusters"


class Choice(NamedTuple):
    """A number of clusters, and why it is that one."""

    n_clusters: int
    why: str


class _Gain(NamedTuple):
    """How much better a clustering is than the same in clouds without clusters."""

    row: Row
    stability: float
    silhouette: float

    @property
    def both(self) -> float:
        return self.stability + self.silhouette


def choose_n_clusters(
    Z: NDArray[np.float64],
    method: str,
    *,
    most: int,
    random_state: int = 0,
    on_step: Callable[[], None] = lambda: None,
) -> Choice:
    """Choose between 2 and *most* (at most 20) clusters of coordinates by a method.

    *on_step* is called ``N_CLOUDS + 1`` times. ValueError if the tracks are too few or
    too alike to choose.
    """
    if most < 2:
        raise ValueError(_NO_CHOICE)
    Z = Z[draw(len(Z), random_state)]
    rows, *of_clouds = [
        evaluate(
            {"": samples}, [""] * len(samples), methods=[method], on_step=on_step,
            n_clusters=[k for k in N_CLUSTERS if k <= most], random_state=random_state,
        )
        for samples in [Z, *_clouds(Z, random_state)]
    ]  # fmt: skip
    gains = [gain for row in rows if (gain := _gain(row, of_clouds))]
    if not gains:
        raise ValueError(_NO_CHOICE)
    best = max(gains, key=lambda gain: gain.both)
    return Choice(best.row.n_clusters, _why(best, gains))


def _clouds(Z: NDArray[np.float64], random_state: int) -> list[NDArray[np.float64]]:
    """Return normally distributed samples with the mean and the covariance of *Z*."""
    random = np.random.default_rng(random_state)
    mean, covariance = Z.mean(axis=0), np.atleast_2d(np.cov(Z.T))
    return [
        random.multivariate_normal(mean, covariance, size=len(Z), method="eigh")
        for _ in range(N_CLOUDS)
    ]


def _gain(row: Row, of_clouds: Sequence[Sequence[Row]]) -> _Gain | None:
    same = [other for rows in of_clouds for other in rows if other.n_clusters == row.n_clusters]
    stability = [other.stability for other in same if other.stability is not None]
    silhouette = [other.silhouette for other in same if other.silhouette is not None]
    if row.stability is None or row.silhouette is None or not (stability and silhouette):
        return None
    return _Gain(
        row,
        row.stability - float(np.mean(stability)),
        row.silhouette - float(np.mean(silhouette)),
    )


def _why(best: _Gain, gains: Sequence[_Gain]) -> str:
    row = best.row
    next_best = sorted(gains, key=lambda gain: -gain.both)[1:4]
    after = ", ".join(str(gain.row.n_clusters) for gain in next_best)
    verdict = "stand out most from" if best.both > 0 else "are, like all others, not above"
    return (
        f"stability {row.stability:.2f} ({best.stability:+.2f}) and silhouette"
        f" {row.silhouette:.2f} ({best.silhouette:+.2f}) {verdict} those of music"
        f" without clusters{'; then ' + after if after else ''}"
    )
