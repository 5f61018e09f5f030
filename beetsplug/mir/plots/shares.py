"""What clusters are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb

from ..ground.grouping import cross_table
from .canvas import new
from .groups import add_legend
from .labels import METHOD_NAMES, counted, plain
from .plot import CLUSTERS, GENRES, THREE, TWO_GENRES, plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from .groups import Groups
    from .material import Material

_TALLEST = 24.0  # inches
_BAR = 0.34  # inches of its row
_MOST_WITH_BORDERS = 60  # genres; the borders of more would hide them
_PERCENT_A_LETTER = 0.95  # of a bar's width, about


@plot(
    "Genres of each cluster",
    "A bar of few colours is a cluster of few genres.",
    CLUSTERS,
    GENRES,
)
def genres_of_clusters(material: Material) -> Figure:
    """Draw a bar for each cluster, cut by the genres of its tracks."""
    genres, clusters = material.by_genre, material.by_id
    height = min(_TALLEST, 1.6 + _BAR * len(clusters.order))
    figure = new("Genres of each cluster", 13, height)
    _draw_bars(figure.add_subplot(), genres, clusters, height - 1.6)
    add_legend(figure, genres)
    return figure


@plot(
    "Genres of the best clusters",
    "The clusterings of the evaluation that agree best with genre (AMI: 1 is the same"
    " grouping, 0 is chance), in bars as above.",
    GENRES,
    TWO_GENRES,
    THREE,
    follows=("epochs",),
)
def genres_of_best(material: Material) -> Figure:
    """Draw bars of the clusters that each method's best clustering has, one below the other."""
    found, genres = material.best(), material.scored_by_genre
    heights = [_BAR * best.row.n_clusters + 0.4 for best in found]
    title = f"Genres of the clusters that agree best with genre{material.of_how_many}"
    figure = new(title, 13, 1.9 + sum(heights))
    panels = np.ravel(figure.subplots(len(found), 1, height_ratios=heights, squeeze=False))
    for axes, (row, clusters), height in zip(panels, found, heights, strict=True):
        _draw_bars(axes, genres, clusters, height)
        score = f"{row.adjusted_mutual_info:.2f}"
        method = METHOD_NAMES[row.method]
        axes.set_title(
            f"{method} on {row.space}, {row.n_clusters} clusters: AMI {score}",
            fontsize="medium",
        )
    add_legend(figure, genres)
    return figure


def _draw_bars(axes: Axes, genres: Groups, clusters: Groups, inches: float) -> None:
    """Draw a bar for each cluster, cut by genre, on axes of a height in inches."""
    table = _shares(genres, clusters)
    names = [*genres.order, ""]
    border = 0.5 if len(names) <= _MOST_WITH_BORDERS else 0.0
    ends = np.cumsum(table, axis=1)
    for place, name in enumerate(names):
        rows = np.flatnonzero(table[:, place])
        left, width = (ends - table)[rows, place], table[rows, place]
        colour = genres.palette[place]
        axes.barh(rows, width, left=left, color=colour, edgecolor="white", linewidth=border)
        _write(axes, plain(name), rows, left, width, colour)
    _name_clusters(axes, clusters, inches)


def _shares(genres: Groups, clusters: Groups) -> NDArray[np.float64]:
    """Return each genre's share of each cluster in percent; none comes last."""
    shape = len(clusters.order), len(genres.order) + 1
    counts = cross_table(clusters.numbers, genres.places, shape)
    shares: NDArray[np.float64] = 100 * counts / counts.sum(axis=1, keepdims=True)
    return shares


def _write(
    axes: Axes,
    name: str,
    rows: NDArray[np.int64],
    left: NDArray[np.float64],
    width: NDArray[np.float64],
    colour: str,
) -> None:
    """Write a genre into the parts that are wide enough."""
    light = float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114)))
    for row, start, room in zip(rows, left, width, strict=True):
        if room > _PERCENT_A_LETTER * (len(name) + 1):
            axes.text(
                start + room / 2, row, name, ha="center", va="center", fontsize="x-small",
                color="black" if light > 0.5 else "white",
            )  # fmt: skip


def _name_clusters(axes: Axes, clusters: Groups, inches: float) -> None:
    names = [f"{name} ({counted(clusters.counts[name], 'track')})" for name in clusters.order]
    size = min(9.0, 60 * inches / len(names))
    axes.set_yticks(range(len(names)), names, fontsize=size)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of the cluster's tracks (%)")
    axes.set_ylabel("cluster")
    axes.tick_params(axis="y", length=0)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
