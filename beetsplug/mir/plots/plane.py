"""Tracks as points in 2-D, with histograms beside the axes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator

from .canvas import add_grid, draw_points, new, parts
from .groups import add_legend
from .plot import TENSORFLOW, plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from .canvas import Space
    from .groups import Groups
    from .material import Material

N_BINS = 30
_MOST_VECTOR_STACKS = 60  # groups; the shapes of more make large files
BOTH_WAYS = ((0, 1), (1, 0))
"""The components on the axes of each aspect: x and y, then flipped."""


@plot(
    "PCA in two dimensions",
    "Points near each other sound alike; the right half is the left one turned over,"
    " and the histograms count tracks along each axis.",
)
def pca_2d(material: Material) -> Figure:
    """Draw the tracks in the first two principal components."""
    title = "The first two principal components (share of the variance), both ways, by genre"
    return both_aspects(title, material.pca(2), material.by_genre)


@plot(
    "Autoencoder in two dimensions",
    "As PCA in two dimensions, with codes that can follow curves.",
    TENSORFLOW,
    follows=("epochs",),
)
def autoencoder_2d(material: Material) -> Figure:
    """Draw the tracks in the two codes of an autoencoder."""
    title = "The codes of a two-dimensional autoencoder, both ways, by genre"
    return both_aspects(title, material.codes(2), material.by_genre)


def both_aspects(title: str, space: Space, groups: Groups) -> Figure:
    """Draw the first two components twice, with flipped axes, and their histograms."""
    figure = new(title, 15, 6.8)
    for part, components in zip(parts(figure, 1, len(BOTH_WAYS)), BOTH_WAYS, strict=True):
        _aspect(part, space, groups, components)
    add_legend(figure, groups)
    return figure


def _aspect(part: SubFigure, space: Space, groups: Groups, shown: tuple[int, int]) -> None:
    (above, corner), (axes, right) = part.subplots(
        2, 2, sharex="col", sharey="row", width_ratios=[6, 1], height_ratios=[1, 6]
    )
    corner.set_axis_off()
    draw_points(axes, space.Z[:, shown], groups)
    axes.set_xlabel(space.axes[shown[0]])
    axes.set_ylabel(space.axes[shown[1]])
    add_grid(axes)
    _histogram(above, space, groups, shown[0], "vertical")
    _histogram(right, space, groups, shown[1], "horizontal")
    above.set_ylabel("tracks")
    right.set_xlabel("tracks")


def _histogram(
    axes: Axes,
    space: Space,
    groups: Groups,
    component: int,
    orientation: Literal["vertical", "horizontal"],
) -> None:
    """Stack the groups' tracks over a component."""
    present = groups.present()
    values = space.Z[:, component]
    edges = np.histogram_bin_edges(values, bins=N_BINS)
    of_groups = [np.histogram(values[groups.members(name)], edges)[0] for name in present]
    tops = np.cumsum(of_groups, axis=0)
    # All in one collection: forty groups as forty artists take a second to lay out.
    shapes = [_step(edges, *ends) for ends in pairwise([np.zeros(N_BINS), *tops])]
    if orientation == "horizontal":
        shapes = [shape[:, ::-1] for shape in shapes]
    axes.add_collection(
        PolyCollection(
            shapes,
            facecolors=[groups.styles[name].colour for name in present],
            linewidths=0,
            rasterized=len(present) > _MOST_VECTOR_STACKS,
        )
    )
    axes.autoscale_view()
    if orientation == "vertical":
        axes.set_ylim(bottom=0)
    else:
        axes.set_xlim(left=0)
    axis = axes.yaxis if orientation == "vertical" else axes.xaxis
    axis.set_major_locator(MaxNLocator(2, integer=True))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _step(
    edges: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the outline of bars between two heights a bin, shape (4 * n_bins, 2)."""
    x = np.repeat(edges, 2)[1:-1]
    there, back = np.repeat(high, 2), np.repeat(low, 2)
    return np.column_stack([[*x, *x[::-1]], [*there, *back[::-1]]])
