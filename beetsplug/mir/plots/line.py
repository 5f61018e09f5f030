"""Tracks along one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .canvas import add_grid, draw_points, new
from .groups import MOST_VECTOR_POINTS
from .labels import counted, plain
from .plot import TENSORFLOW, plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from .canvas import Space
    from .groups import Groups
    from .material import Material


@plot(
    "PCA in one dimension",
    "Left every track by rank, right the same values genre by genre: where ticks are"
    " dense, a genre has its place on the axis.",
)
def pca_1d(material: Material) -> Figure:
    """Draw the tracks along the first principal component."""
    title = "The first principal component (share of the variance), by genre"
    return sorted_and_by_group(title, material.pca(1), material.by_genre)


@plot(
    "Autoencoder in one dimension",
    "As PCA in one dimension, with the only code of the smallest network.",
    TENSORFLOW,
    follows=("epochs",),
)
def autoencoder_1d(material: Material) -> Figure:
    """Draw the tracks along the code of an autoencoder."""
    title = "The code of a one-dimensional autoencoder, by genre"
    return sorted_and_by_group(title, material.codes(1), material.by_genre)


def sorted_and_by_group(title: str, space: Space, groups: Groups) -> Figure:
    """Draw the first component over the tracks' ranks, and beside it group by group."""
    figure = new(title, 13, 6)
    ranked, strips = figure.subplots(1, 2, width_ratios=[5, 6])
    values = space.Z[:, 0]
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable") + 1
    draw_points(ranked, np.transpose([ranks, values]), groups)
    ranked.set_xlabel("rank of the track")
    ranked.set_ylabel(space.axes[0])
    add_grid(ranked)
    _draw_strips(strips, values, groups)
    strips.set_xlabel(space.axes[0])
    return figure


def _draw_strips(axes: Axes, values: NDArray[np.float64], groups: Groups) -> None:
    """Draw a row of ticks for each group, of many the largest, and one for all others."""
    rows = [(plain(name), groups.members(name)) for name in groups.largest()]
    if more := groups.rest():
        shown = np.concatenate([members for _, members in rows])
        others = np.setdiff1d(np.arange(len(values)), shown)
        rows.append((f"{counted(more, groups.kind)} more", others))
    for row, (_, members) in enumerate(rows):
        axes.vlines(
            values[members], row - 0.36, row + 0.36, colors=groups.colours[members].tolist(),
            linewidth=float(np.clip(900 / len(values), 0.5, 1.6)),
            rasterized=len(values) > MOST_VECTOR_POINTS,
        )  # fmt: skip
    names = [f"{name} ({len(members):,})" for name, members in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    add_grid(axes)
