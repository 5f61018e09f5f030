"""Tracks by how much they sound like some words, beside all others of the library.

Conventions
-----------
odds : logarithmic odds of each tag, shape (n_tracks, n_tags)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .words import Wish


class Ranking(NamedTuple):
    """What the library's tracks reach."""

    mean: NDArray[np.float64]  # (n_tags,)
    deviation: NDArray[np.float64]  # (n_tags,), never 0
    reached: NDArray[np.float64]  # (n_tracks,), sorted

    def matches(self, odds: NDArray[np.float64], wish: Wish) -> NDArray[np.bool_]:
        """Say of each track whether it lies within the percentiles that are asked for.

        A track's percentile is the share of the library that has no more: the best has
        100, alone or with others. The lower end of a range does not belong to it.
        """
        score = _score(odds, wish, self.mean, self.deviation)
        reached = np.searchsorted(self.reached, score, side="right")
        percentiles: NDArray[np.float64] = 100 * reached / len(self.reached)
        within: NDArray[np.bool_] = (percentiles > wish.low) & (percentiles <= wish.high)
        return within


def rank(odds: NDArray[np.float64], wish: Wish) -> Ranking:
    """Return what tracks are measured by, of at least one."""
    mean, deviation = odds.mean(axis=0), odds.std(axis=0)
    deviation[deviation == 0] = 1
    return Ranking(mean, deviation, np.sort(_score(odds, wish, mean, deviation)))


def _score(
    odds: NDArray[np.float64],
    wish: Wish,
    mean: NDArray[np.float64],
    deviation: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return deviations from the library's mean: all that is wanted, less what is not."""
    z = (odds - mean) / deviation
    score: NDArray[np.float64] = z[:, [*wish.wanted]].sum(axis=1)
    score -= z[:, [*wish.unwanted]].sum(axis=1)
    return score
