"""The top of a hierarchy: the merges of its last clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..clusters import hierarchy

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Top(NamedTuple):
    """The last merges of a tree, as if the clusters before them were its samples."""

    merges: NDArray[np.float64]  # (n_clusters - 1, 4), as scipy's linkage
    members: NDArray[np.int64]  # (n_samples,), the cluster of each, from 0


def top(merges: NDArray[np.float64], n_clusters: int) -> Top:
    """Cut a tree such that *n_clusters* are left, and return what is above the cut.

    The merges may have weights; scipy wants numbers of leaves, so those are counted anew.
    """
    first = len(merges) + 1 - n_clusters  # the first merge above the cut
    above = merges[first:].copy()
    nodes = above[:, :2]
    leaves = np.sort(nodes[nodes < len(merges) + 1 + first])  # as hierarchy.cut has them
    is_leaf = nodes < len(merges) + 1 + first
    above[:, :2] = np.where(
        is_leaf, np.searchsorted(leaves, nodes), nodes - (len(merges) + 1 + first) + n_clusters
    )
    above[:, 3] = _n_leaves(above)
    return Top(above, hierarchy.cut(merges, n_clusters))


def _n_leaves(merges: NDArray[np.float64]) -> list[int]:
    n_clusters = len(merges) + 1
    counts = [1] * n_clusters
    for left, right in merges[:, :2].astype(int):
        counts.append(counts[left] + counts[right])
    return counts[n_clusters:]
