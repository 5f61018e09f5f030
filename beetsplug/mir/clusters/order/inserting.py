"""One more track in an order, where it fits best.

Conventions are those of :mod:`path`. In plain numpy: what is compiled would take longer to
load than a few tracks take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ground.magnitude import moderate

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BESIDE_ITSELF = 1e100


def insert(
    path: NDArray[np.int64], Z: NDArray[np.float64], artists: NDArray[np.int64], sample: int
) -> NDArray[np.int64]:
    """Put one more sample into a path where it is the shortest way round."""
    place = int(_cost_of_places(path, moderate(Z), artists, sample).argmin())
    longer: NDArray[np.int64] = np.insert(path, place, sample)
    return longer


def _cost_of_places(
    path: NDArray[np.int64], Z: NDArray[np.float64], artists: NDArray[np.int64], sample: int
) -> NDArray[np.float64]:
    """Return how much longer the path gets with the sample before each of it, or at the end.

    Beside its own artist it costs more than any way.
    """
    links = np.linalg.norm(Z[path] - Z[sample], axis=1)
    beside = (artists[path] == artists[sample]) & (artists[path] >= 0)
    to_sample = np.concatenate([[0.0], links + _BESIDE_ITSELF * beside, [0.0]])
    between = np.linalg.norm(np.diff(Z[path], axis=0), axis=1)
    replaced = np.concatenate([[0.0], between, [0.0]])[: len(path) + 1]
    costs: NDArray[np.float64] = to_sample[:-1] + to_sample[1:] - replaced
    return costs
