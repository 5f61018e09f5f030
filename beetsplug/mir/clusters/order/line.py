"""All samples in one order, from one end of their space to the other.

Conventions are those of :mod:`path`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ground.magnitude import lowered, moderate, power_of, raised
from .path import smooth_path

if TYPE_CHECKING:
    from numpy.typing import NDArray


def line(Z: NDArray[np.float64], artists: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return the order of all samples that goes from where the first component is low to high.

    Along one component that is the order of its values; through more it is a smooth path,
    with an artist's samples apart, that goes this way on the whole.
    """
    if Z.shape[1] == 1:
        return np.argsort(Z[:, 0], kind="stable")
    order = smooth_path(Z, np.full(len(Z), -1) if artists is None else artists)
    places = np.arange(len(order)) - (len(order) - 1) / 2
    rises = float(places @ moderate(Z[order, 0])) >= 0
    return order if rises else order[::-1].copy()


def length(Z: NDArray[np.float64], order: NDArray[np.int64]) -> float:
    """Return the sum of the steps from sample to sample in an order."""
    power = power_of(Z)
    steps = np.linalg.norm(np.diff(lowered(Z[order], power), axis=0), axis=1)
    return float(raised(steps.sum(), power))


def at_random(Z: NDArray[np.float64], random_state: int = 0) -> float:
    """Return the sum of the steps of a random order."""
    return length(Z, np.random.default_rng(random_state).permutation(len(Z)))
