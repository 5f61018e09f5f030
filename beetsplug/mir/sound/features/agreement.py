"""How well stored features agree with those of the plain statement, feature by feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 3
"""Tracks of which it means something in which order a feature puts them."""


class Agreement(NamedTuple):
    """What is said of one feature."""

    correlation: float | None  # Spearman's, -1 to 1; None of too few or of equal values
    difference: float  # the largest one, in the feature's unit
    deviations: float | None  # the same in standard deviations; None if all are equal
    row: int  # of the track it belongs to


def agreements(X: NDArray[np.float64], reference: NDArray[np.float64]) -> list[Agreement]:
    """Compare features with a reference, both of shape (n_tracks, n_features), not empty.

    The standard deviation is the reference's, over these tracks.
    """
    return [_agreement(x, y) for x, y in zip(X.T, reference.T, strict=True)]


def _agreement(x: NDArray[np.float64], y: NDArray[np.float64]) -> Agreement:
    differences = np.abs(x - y)
    row = int(differences.argmax())
    largest, deviation = float(differences[row]), float(y.std())
    deviations = largest / deviation if np.ptp(y) > 0 else None
    return Agreement(_spearman(x, y), largest, deviations, row)


def _spearman(x: NDArray[np.float64], y: NDArray[np.float64]) -> float | None:
    if len(x) < FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
