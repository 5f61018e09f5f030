"""k-means that goes on from the clusters of the last time, and keeps clusters to their sizes.

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
labels : shape (n_samples,), a cluster from 1 for each sample, as in :mod:`.clustering`
old : so, too, the clusters of the last time, where 0 is none
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.distance import cdist

from ..ground.grouping import means
from ..ground.magnitude import moderate
from ..ground.threads import one_thread
from ..space.linear import at_most_distinct
from .clustering import distances_to_centre, kmeans, labels_of, numbered
from .shaping import shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .shaping import Bounds, Shaped

KEEP_UNTIL = 0.05
"""Share by which fresh clusters must be tighter than those of the last time to replace them."""


@one_thread
def settled_kmeans(
    Z: NDArray[np.float64],
    n_clusters: int,
    sizes: Bounds,
    *,
    old: NDArray[np.int64],
    random_state: int = 0,
) -> Shaped:
    """Return the clusters of k-means in the right sizes.

    If the *old* ones are as many, what they lead to is kept unless other starts are clearly
    better: in music, which has few gaps, these lead to other clusters that are no better.
    """

    def settle(labels: NDArray[np.int64]) -> Shaped:
        """Shape clusters; let k-means go on from these if that needs no shaping again."""
        shaped = shape(Z, labels, n_clusters, sizes, random_state=random_state)
        moved = _moved(Z, shaped.labels)
        again = shape(Z, moved, n_clusters, sizes, random_state=random_state)
        return shaped._replace(labels=moved) if again.were_right else shaped

    Z = moderate(Z)
    n_clusters = at_most_distinct(Z, n_clusters)
    fresh = settle(kmeans(Z, n_clusters, random_state=random_state))
    as_many = (n_clusters, fresh.labels.max())
    if len(np.unique(old[old > 0])) not in as_many:
        return fresh
    kept = settle(_completed(Z, old))
    clearly_better = _spread(Z, fresh) < (1 - KEEP_UNTIL) * _spread(Z, kept)
    return fresh if clearly_better or kept.labels.max() not in as_many else kept


def _moved(Z: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what k-means makes of clusters when it goes on from their centres.

    Of equal tracks that are in several clusters it could make nothing.
    """
    centres = means(Z, labels - 1)
    if at_most_distinct(Z, len(centres)) < len(centres):
        return labels
    return numbered(Z, labels_of(Z, len(centres), init=centres, n_init=1, tol=0))


def _completed(Z: NDArray[np.float64], old: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the old clusters, with those that have none in that of the nearest centre."""
    had = old > 0
    _, members = np.unique(old[had], return_inverse=True)
    labels = old.copy()
    labels[had] = members + 1
    labels[~had] = cdist(Z[~had], means(Z[had], members)).argmin(axis=1) + 1
    return labels


def _spread(Z: NDArray[np.float64], shaped: Shaped) -> float:
    """Return the sum of the squared distances to the clusters' centres."""
    return float((distances_to_centre(Z, shaped.labels) ** 2).sum())
