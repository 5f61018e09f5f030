"""Ward's hierarchical clustering of weighted points, from pairwise distances alone.

scipy and scikit-learn know Ward's method for points of equal weight in a Euclidean
space. Here a point can stand for many tracks, and distances may be contracted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.distance import pdist

from ..ground.compiled import compiled
from ..ground.magnitude import lowered, power_of, raised
from .contraction import between_tracks

if TYPE_CHECKING:
    from numpy.typing import NDArray


def tree(
    Z: NDArray[np.float64],
    *,
    weights: NDArray[np.float64] | None = None,
    groups: NDArray[np.int64] | None = None,
    bias: float = 0.0,
) -> NDArray[np.float64]:
    """Return the merges of Ward's method, shape (n_samples - 1, 4), as scipy's linkage.

    Each row has the two merged nodes (samples, then earlier merges), their distance, and
    the weight of both. *weights* is how many tracks a sample stands for. Where the
    *groups* of two samples match, their distance is contracted by the factor
    1 - *bias* (of a full bias a millionth is left, so that near and far stay apart); a
    negative group matches none.
    """
    if weights is None:
        weights = np.ones(len(Z))
    power = power_of(Z)
    D = pdist(lowered(Z, power), "sqeuclidean")
    _prepare(
        D, weights, groups if groups is not None else np.full(len(Z), -1), between_tracks(bias)
    )
    pairs, squares = _merge_all(D, weights.astype(np.float64))
    heights = raised(np.sqrt(np.maximum(squares, 0.0)), power)
    return _in_order(pairs, heights, weights)


def cut(merges: NDArray[np.float64], n_clusters: int) -> NDArray[np.int64]:
    """Return each sample's cluster, 0 to *n_clusters* - 1, before the last merges.

    ValueError if there are fewer samples than clusters.
    """
    n_samples = len(merges) + 1
    if n_clusters > n_samples:
        raise ValueError(f"{n_samples} samples cannot make {n_clusters} clusters")
    parent = np.arange(2 * n_samples - 1)
    for index, (left, right) in enumerate(merges[: n_samples - n_clusters, :2].astype(int)):
        parent[[left, right]] = n_samples + index
    for node in range(len(parent) - 1, -1, -1):  # a parent comes after its children
        parent[node] = parent[parent[node]]
    _, members = np.unique(parent[:n_samples], return_inverse=True)
    return members.astype(np.int64)


@compiled
def _prepare(
    D: NDArray[np.float64], weights: NDArray[np.float64], groups: NDArray[np.int64],
    factor: float,
) -> None:  # fmt: skip
    """Turn squared distances into Ward's: twice the growth of the sum of squares."""
    n_samples = len(weights)
    place = 0
    for i in range(n_samples):
        for j in range(i + 1, n_samples):
            D[place] *= 2.0 * weights[i] * weights[j] / (weights[i] + weights[j])
            if groups[i] >= 0 and groups[i] == groups[j]:
                D[place] *= factor * factor
            place += 1


@compiled
def _place(i: int, j: int, n_samples: int) -> int:
    """Return where the distance of two samples is in the condensed matrix."""
    if i > j:
        i, j = j, i
    return n_samples * i - i * (i + 1) // 2 + j - i - 1


@compiled
def _merge_all(
    D: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Merge along chains of nearest neighbours (Murtagh 1983); *D* is overwritten.

    Return the pairs of samples in whose name clusters were merged, and Ward's squared
    distances. Lance and Williams (1967) update the distances; Ward's update never makes
    a merged cluster nearer to a third than its parts were, so any distances will do.
    """
    n_samples = len(weights)
    weights = weights.copy()
    pairs = np.empty((n_samples - 1, 2), dtype=np.int64)
    squares = np.empty(n_samples - 1)
    alive = np.ones(n_samples, dtype=np.bool_)
    chain = np.empty(n_samples, dtype=np.int64)
    length = start = 0
    for merge in range(n_samples - 1):
        if length == 0:
            while not alive[start]:
                start += 1
            chain[0], length = start, 1
        while True:
            here, last = chain[length - 1], chain[length - 2] if length > 1 else -1
            nearest, least = _nearest(D, alive, here, last)
            if nearest == last:
                break
            chain[length] = nearest
            length += 1
        length -= 2
        pairs[merge] = here, nearest
        squares[merge] = least
        alive[here] = False
        _merge(D, weights, alive, here, nearest)
    return pairs, squares


@compiled
def _nearest(
    D: NDArray[np.float64], alive: NDArray[np.bool_], here: int, last: int
) -> tuple[int, float]:
    """Return the nearest cluster and its distance; of equals *last*, or no chain would end."""
    nearest, least = last, np.inf
    if last >= 0:
        least = D[_place(here, last, len(alive))]
    for other in range(len(alive)):
        if alive[other] and other != here:
            square = D[_place(here, other, len(alive))]
            if square < least:
                nearest, least = other, square
    return nearest, least


@compiled
def _merge(
    D: NDArray[np.float64], weights: NDArray[np.float64], alive: NDArray[np.bool_],
    gone: int, into: int,
) -> None:  # fmt: skip
    """Let a cluster take in another that is no longer alive."""
    n_samples = len(weights)
    a, b = weights[gone], weights[into]
    least = D[_place(gone, into, n_samples)]
    for other in range(n_samples):
        if alive[other] and other != into:
            c = weights[other]
            place = _place(into, other, n_samples)
            D[place] = (
                (a + c) * D[_place(gone, other, n_samples)] + (b + c) * D[place] - c * least
            ) / (a + b + c)
    weights[into] = a + b


def _in_order(
    pairs: NDArray[np.int64], heights: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sort merges by height, and name merged clusters by their merge."""
    n_samples = len(weights)
    node = np.arange(n_samples)  # the present cluster of each sample that gives its name
    weight = dict(enumerate(weights.tolist()))
    merges = np.empty((len(pairs), 4))
    joined = _Joined(n_samples)
    for index, merge in enumerate(np.argsort(heights, kind="stable")):
        roots = [joined.root(int(sample)) for sample in pairs[merge]]
        left, right = sorted(int(node[root]) for root in roots)
        weight[n_samples + index] = weight[left] + weight[right]
        merges[index] = left, right, heights[merge], weight[n_samples + index]
        node[joined.join(*roots)] = n_samples + index
    return merges


class _Joined:
    """Which samples are in one cluster by now: a union-find forest."""

    def __init__(self, n_samples: int) -> None:
        self._parent = list(range(n_samples))

    def root(self, sample: int) -> int:
        while self._parent[sample] != sample:
            self._parent[sample] = self._parent[self._parent[sample]]
            sample = self._parent[sample]
        return sample

    def join(self, a: int, b: int) -> int:
        self._parent[a] = b
        return b
