"""Coordinates become clusters.

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
labels : shape (n_samples,), from 1, in the order of the clusters' mean first coordinate,
    so that the same library gives the same labels
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.cluster import AgglomerativeClustering, KMeans

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

TRACKS_PER_CLUSTER = 5
"""A library smaller than this many tracks a cluster gets fewer clusters."""


def kmeans(
    Z: NDArray[np.float64], n_clusters: int, *, random_state: int = 0
) -> NDArray[np.int64]:
    """Return the labels of k-means, the best of ten starts."""
    model = KMeans(_at_most_distinct(Z, n_clusters), n_init=10, random_state=random_state)
    return _numbered(Z, model.fit_predict(Z))


def agglomerative(
    Z: NDArray[np.float64], n_clusters: int, *, random_state: int = 0
) -> NDArray[np.int64]:
    """Return the labels of Ward's hierarchical clustering (*random_state* is not needed)."""
    if len(Z) < 2:
        return np.ones(len(Z), dtype=np.int64)
    model = AgglomerativeClustering(_at_most_distinct(Z, n_clusters), linkage="ward")
    return _numbered(Z, model.fit_predict(Z))


CLUSTERERS: dict[str, Callable[..., NDArray[np.int64]]] = {
    "kmeans": kmeans,
    "agglomerative": agglomerative,
}


def sensible_n_clusters(n_samples: int, n_clusters: int) -> int:
    """Return *n_clusters*, or fewer where that would leave clusters of very few tracks."""
    return max(1, min(n_clusters, n_samples // TRACKS_PER_CLUSTER))


def distances_to_centre(
    Z: NDArray[np.float64], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return each sample's distance to the mean of its cluster: small is typical."""
    _, members = np.unique(labels, return_inverse=True)
    distances: NDArray[np.float64] = np.linalg.norm(Z - _means(Z, members)[members], axis=1)
    return distances


def _at_most_distinct(Z: NDArray[np.float64], n_clusters: int) -> int:
    """Equal samples cannot be told apart, so there are no more clusters than distinct ones."""
    return min(n_clusters, len(np.unique(Z, axis=0)))


def _numbered(Z: NDArray[np.float64], members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber clusters 0..k-1 from 1 in the order of their mean first coordinate."""
    rank = np.argsort(np.lexsort(_means(Z, members).T[::-1]))
    return rank[members].astype(np.int64) + 1


def _means(Z: NDArray[np.float64], members: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of each group 0..k-1, shape (k, n_components)."""
    sums = np.zeros((members.max() + 1, Z.shape[1]))
    np.add.at(sums, members, Z)
    return sums / np.bincount(members)[:, None]
