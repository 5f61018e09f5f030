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

MOST_TRIED = 5_000_000
"""Places that are tried for all samples; of more, only those beside near ones."""

_N_NEAREST = 30
_AT_ONCE = 1000  # samples, or as many as the path has, before near ones are looked for again
_BESIDE_ITSELF = 1e100


def insert_each(
    path: NDArray[np.int64],
    Z: NDArray[np.float64],
    artists: NDArray[np.int64],
    samples: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Put samples into a path, one after the other, each where it is the shortest way round.

    Many of them, into a long path, come beside one of those that are near.
    """
    Z, artists = _with_ends(moderate(Z), artists)
    while len(samples):
        some, samples = np.split(samples, [max(_AT_ONCE, len(path))])
        insert = _insert if len(some) * (len(path) + len(some)) <= MOST_TRIED else _insert_near
        path = insert(path, Z, artists, some)
    return path


def _with_ends(
    Z: NDArray[np.float64], artists: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return them with one more sample, nobody's and nowhere, where paths begin and end."""
    return np.vstack([Z, np.full(Z.shape[1], np.nan)]), np.append(artists, -1)


def _insert(
    path: NDArray[np.int64],
    Z: NDArray[np.float64],
    artists: NDArray[np.int64],
    samples: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Put samples into a path, one after the other, where it is the shortest way round."""
    end = len(Z) - 1
    for sample in samples.tolist():
        ring = np.concatenate([[end], path, [end]])
        costs = _cost_between(ring[:-1], ring[1:], Z, artists, sample)
        path = np.insert(path, int(costs.argmin()), sample)
    return path


def _insert_near(
    path: NDArray[np.int64],
    Z: NDArray[np.float64],
    artists: NDArray[np.int64],
    samples: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Put samples into a path beside near ones of it, before or after them."""
    from scipy.spatial import KDTree

    k = np.arange(1, min(_N_NEAREST, len(path)) + 1)
    _, near = KDTree(Z[path]).query(Z[samples], k=k, eps=1.0)  # as in joining
    end = len(Z) - 1
    before, after = np.full(end + 1, end), np.full(end + 1, end)
    after[np.append(end, path)] = np.append(path, end)
    before[np.append(path, end)] = np.append(end, path)
    for sample, beside in zip(samples.tolist(), path[near], strict=True):
        ones = np.concatenate([before[beside], beside])
        costs = _cost_between(ones, after[ones], Z, artists, sample)
        one = int(ones[costs.argmin()])
        other = int(after[one])
        after[one], before[sample] = sample, one
        after[sample], before[other] = other, sample
    return _walked(after, len(path) + len(samples))


def _walked(after: NDArray[np.int64], n_samples: int) -> NDArray[np.int64]:
    path, next_of = np.empty(n_samples, np.int64), after.tolist()
    sample = len(after) - 1
    for place in range(n_samples):
        sample = next_of[sample]
        path[place] = sample
    return path


def _cost_between(
    ones: NDArray[np.int64],
    others: NDArray[np.int64],
    Z: NDArray[np.float64],
    artists: NDArray[np.int64],
    sample: int,
) -> NDArray[np.float64]:
    """Return how much longer the path gets with the sample between each two of it.

    Beside its own artist it costs more than any way. To and from the ends there is none.
    """
    total = np.zeros(len(ones))
    for samples in (ones, others):
        beside = (artists[samples] == artists[sample]) & (artists[samples] >= 0)
        total += _ways(Z[samples], Z[sample]) + _BESIDE_ITSELF * beside
    costs: NDArray[np.float64] = total - _ways(Z[ones], Z[others])
    return costs


def _ways(Z: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    ways: NDArray[np.float64] = np.nan_to_num(np.linalg.norm(Z - others, axis=1))
    return ways
