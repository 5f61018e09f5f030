"""How clusters come together: the top of the hierarchy."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.collections import LineCollection
from scipy.cluster.hierarchy import dendrogram

from ..clusters import hierarchy
from .canvas import new
from .groups import Groups, by_number
from .labels import counted, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
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


def tree_of_clusters(above: Top, labels: NDArray[np.int64], genres: Sequence[str]) -> Figure:
    """Draw the merges of clusters, each named by its number, size and commonest genre.

    *labels* are the clusters' numbers, from 1, of each sample.
    """
    n_clusters = len(above.merges) + 1
    title = "How clusters come together (agglomerative, 3-D PCA)"
    figure = new(title, 11, 1.5 + 0.36 * n_clusters)
    clusters = by_number(labels)
    axes = figure.add_subplot()
    number_of = dict(zip(above.members.tolist(), labels.tolist(), strict=True))
    drawn = dendrogram(above.merges, no_plot=True)
    _draw_links(axes, drawn["icoord"], drawn["dcoord"])
    numbers = [number_of[leaf] for leaf in drawn["leaves"]]
    heights = [5.0 + 10 * row for row in range(n_clusters)]  # where scipy puts leaves
    colours = [clusters.styles[str(number)].colour for number in numbers]
    axes.scatter(np.zeros(n_clusters), heights, c=colours, s=70, zorder=3, clip_on=False)
    axes.set_yticks(heights, [_name(number, clusters, genres) for number in numbers])
    _finish(axes)
    return figure


def _draw_links(axes: Axes, across: list[list[float]], along: list[list[float]]) -> None:
    links = [list(zip(x, y, strict=True)) for x, y in zip(along, across, strict=True)]
    axes.add_collection(LineCollection(links, colors="#555555", linewidths=1.4))
    axes.autoscale_view()


def _finish(axes: Axes) -> None:
    """Put the root to the left and the names to the right."""
    axes.margins(y=0.02)
    axes.set_xlim(left=0)
    axes.invert_xaxis()
    axes.yaxis.tick_right()
    axes.tick_params(axis="y", length=0, pad=8)
    axes.set_xlabel("Ward's distance between the merged clusters")
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)


def _name(number: int, clusters: Groups, genres: Sequence[str]) -> str:
    members = clusters.members(str(number)).tolist()
    size = f"{number}: {counted(len(members), 'track')}"
    known = Counter(genres[member] for member in members if genres[member])
    if not known:
        return size
    genre, n = known.most_common(1)[0]
    return f"{size}, {n / len(members):.0%} {plain(genre)}"
