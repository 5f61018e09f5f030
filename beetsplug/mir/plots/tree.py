"""How clusters come together: the top of the hierarchy."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection

from .canvas import new
from .groups import Groups, by_number
from .labels import counted, plain
from .plot import DIFFERENCE, plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .material import Material


@plot(
    "Dendrogram of the clusters",
    "From the right, clusters join into larger ones: the farther left they join, the"
    " less alike they are.",
    DIFFERENCE,
    follows=("clusters",),
)
def tree_of_clusters(material: Material) -> Figure:
    """Draw the merges of clusters, each named by its number, size and commonest genre."""
    from scipy.cluster.hierarchy import dendrogram  # slow to load

    above, labels = material.top_of_tree()
    n_clusters = len(above.merges) + 1
    title = "How clusters come together (agglomerative, 3-D PCA)"
    figure = new(title, 11, 1.5 + 0.36 * n_clusters)
    clusters = by_number(labels)
    axes = figure.add_subplot()
    number_of = dict(zip(above.members.tolist(), labels.tolist(), strict=True))
    places = dendrogram(above.merges, no_plot=True)
    _draw_links(axes, places["icoord"], places["dcoord"])
    numbers = [number_of[leaf] for leaf in places["leaves"]]
    heights = [5.0 + 10 * row for row in range(n_clusters)]  # where scipy puts leaves
    colours = [clusters.styles[str(number)].colour for number in numbers]
    axes.scatter(np.zeros(n_clusters), heights, c=colours, s=70, zorder=3, clip_on=False)
    axes.set_yticks(heights, [_name(number, clusters, material.genres) for number in numbers])
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
