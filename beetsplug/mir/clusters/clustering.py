"""Coordinates become clusters.

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
labels : shape (n_samples,), from 1, in the order of the clusters' mean first coordinate,
    so that the same library gives the same labels
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from ..ground.grouping import factorize, means
from ..ground.magnitude import lowered, moderate, power_of, raised
from ..ground.threads import one_thread
from ..space.linear import alike, at_most_distinct
from . import hierarchy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TRACKS_PER_CLUSTER = 5
"""A library smaller than this many tracks a cluster gets fewer clusters."""

MOST_IN_TREE = 10_000
"""Samples whose pairwise distances (400 MB) are held; of more, groups are clustered."""

N_GROUPS = 3000
"""Groups that stand for more samples than that: docs/performance.md has what it costs."""

_STARTS = 10
_STARTS_OF_MANY = 2
_MANY = 20_000  # samples from which on the starts hardly differ in their result


@one_thread
def kmeans(
    Z: NDArray[np.float64],
    n_clusters: int,
    *,
    random_state: int = 0,
    n_init: int | None = None,
) -> NDArray[np.int64]:
    """Return the labels of k-means, the best of several starts."""
    Z = moderate(Z)
    # Equal samples cannot be told apart, so there are no more clusters than distinct ones.
    n_clusters = at_most_distinct(Z, n_clusters)
    n_init = n_init or (_STARTS if len(Z) < _MANY else _STARTS_OF_MANY)
    return numbered(Z, labels_of(Z, n_clusters, n_init=n_init, random_state=random_state))


def labels_of(Z: NDArray[np.float64], n_clusters: int, **options: Any) -> NDArray[np.int64]:
    """Return the labels of scikit-learn's k-means, the same for equal samples."""
    return alike(Z, fitted(Z, n_clusters, **options).labels_)


def fitted(Z: NDArray[np.float64], n_clusters: int, **options: Any) -> KMeans:
    """Return scikit-learn's k-means of coordinates.

    It warns of samples that are distinct and still too near for it to be told apart: there
    are fewer labels then.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(n_clusters, **options).fit(Z)


def agglomerative(
    Z: NDArray[np.float64],
    n_clusters: int,
    *,
    genres: Sequence[str] = (),
    bias: float = 0.0,
    random_state: int = 0,
) -> NDArray[np.int64]:
    """Return the labels of Ward's hierarchical clustering.

    Distances between tracks of the same genre are contracted by the factor 1 - *bias*. Of
    more than :data:`MOST_IN_TREE` tracks, many small groups by k-means are clustered,
    each with its weight; with a bias none of them mixes genres, except the rarest of
    more than a thousand.
    """
    if len(Z) < 2:
        return np.ones(len(Z), dtype=np.int64)
    groups = factorize(genres)[0] if bias else np.full(len(Z), -1)
    n_clusters = at_most_distinct(Z, n_clusters)
    if len(Z) <= MOST_IN_TREE:
        return numbered(
            Z, hierarchy.cut(hierarchy.tree(Z, groups=groups, bias=bias), n_clusters)
        )
    return _in_two_stages(Z, n_clusters, groups, bias, random_state)


def _in_two_stages(
    Z: NDArray[np.float64],
    n_clusters: int,
    groups: NDArray[np.int64],
    bias: float,
    random_state: int,
) -> NDArray[np.int64]:
    n_groups = min(MOST_IN_TREE, max(N_GROUPS, 3 * n_clusters))
    groups = _most_frequent(groups, n_groups // 3)
    members = small_groups(Z, groups, n_groups, random_state)
    n_clusters = min(n_clusters, members.max() + 1)
    _, first = np.unique(members, return_index=True)
    merges = hierarchy.tree(
        means(Z, members),
        weights=np.bincount(members).astype(np.float64),
        groups=groups[first],
        bias=bias,
    )
    return numbered(Z, hierarchy.cut(merges, n_clusters)[members])


def _most_frequent(groups: NDArray[np.int64], n_kept: int) -> NDArray[np.int64]:
    """Leave only the largest groups; the others are none (-1)."""
    names, counts = np.unique(groups, return_counts=True)
    kept = names[np.argsort(-counts, kind="stable")[:n_kept]]
    return np.where(np.isin(groups, kept), groups, -1)


@one_thread
def small_groups(
    Z: NDArray[np.float64], groups: NDArray[np.int64], n_groups: int, random_state: int
) -> NDArray[np.int64]:
    """Return the small group 0..m-1 of each sample; none has samples of two *groups*.

    Each of *groups* gets its share of *n_groups*, and at least one.
    """
    Z = moderate(Z)
    members = np.empty(len(Z), dtype=np.int64)
    used = 0
    for group in np.unique(groups):
        of_group = np.flatnonzero(groups == group)
        wanted = max(1, round(n_groups * len(of_group) / len(Z)))
        model = fitted(
            Z[of_group], at_most_distinct(Z[of_group], wanted),
            init="random", n_init=1, max_iter=20, random_state=random_state,
        )  # fmt: skip
        _, found = np.unique(model.labels_, return_inverse=True)
        members[of_group] = used + found
        used += found.max() + 1
    return members


def sensible_n_clusters(n_samples: int, n_clusters: int) -> int:
    """Return *n_clusters*, or fewer where that would leave clusters of very few tracks."""
    return max(1, min(n_clusters, n_samples // TRACKS_PER_CLUSTER))


def distances_to_centre(
    Z: NDArray[np.float64], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return each sample's distance to the mean of its cluster: small is typical."""
    _, members = np.unique(labels, return_inverse=True)
    power = power_of(Z)
    Z = lowered(Z, power)
    return raised(np.linalg.norm(Z - means(Z, members)[members], axis=1), power)


def numbered(Z: NDArray[np.float64], members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber clusters from 1 in the order of their mean first coordinate."""
    _, members = np.unique(members, return_inverse=True)
    rank = np.argsort(np.lexsort(means(Z, members).T[::-1]))
    return rank[members].astype(np.int64) + 1
