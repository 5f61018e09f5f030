"""An order of tracks in which each sounds like the one before.

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
artists : a number for each sample, equal for the same artist; negative matches none
path : the samples' indices in the order of their playing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .joining import greedy_path, near
from .shortening import shorten
from .spacing import spaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

_N_NEAREST = 12  # samples beside which each is tried
_BESIDE_ITSELF = 1e100


def smooth_path(Z: NDArray[np.float64], artists: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a short open path through all samples, neighbours by different artists.

    The shortest links between samples are joined, and the path is made shorter by turning
    and moving parts of it. At last a sample beside one of its own artist moves to where it
    is not: if no artist has more than half of the samples, none stay together.
    """
    if len(Z) < 3:
        return np.arange(len(Z))
    nearest = near(Z, _N_NEAREST)
    path = shorten(greedy_path(Z, artists, nearest), Z, artists, nearest)
    return spaced(path, Z, artists)


def insert(
    path: NDArray[np.int64], Z: NDArray[np.float64], artists: NDArray[np.int64], sample: int
) -> NDArray[np.int64]:
    """Put one more sample into a path where it is the shortest way round."""
    place = int(_cost_of_places(path, Z, artists, sample).argmin())
    longer: NDArray[np.int64] = np.insert(path, place, sample)
    return longer


def _cost_of_places(
    path: NDArray[np.int64], Z: NDArray[np.float64], artists: NDArray[np.int64], sample: int
) -> NDArray[np.float64]:
    """Return how much longer the path gets with the sample before each of it, or at the end.

    Beside its own artist it costs more than any way. In plain numpy: what is compiled would
    take longer to load than all of this.
    """
    links = np.linalg.norm(Z[path] - Z[sample], axis=1)
    beside = (artists[path] == artists[sample]) & (artists[path] >= 0)
    to_sample = np.concatenate([[0.0], links + _BESIDE_ITSELF * beside, [0.0]])
    between = np.linalg.norm(np.diff(Z[path], axis=0), axis=1)
    replaced = np.concatenate([[0.0], between, [0.0]])[: len(path) + 1]
    costs: NDArray[np.float64] = to_sample[:-1] + to_sample[1:] - replaced
    return costs
