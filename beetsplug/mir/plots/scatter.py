"""Tracks as points in the encoded space."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .palette import NO_GROUP, Style, styles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from mpl_toolkits.mplot3d import Axes3D
    from numpy.typing import NDArray

MOST_VECTOR_POINTS = 2000
"""More points than this are drawn as one picture inside the figure: an SVG stays small."""

MOST_IN_LEGEND = 24
ANGLES = ((22, -60), (22, 30))
"""Elevation and azimuth in degrees of the views in 3-D."""


def scatter_2d(
    Z: NDArray[np.float64],
    explained: NDArray[np.float64],
    groups: Sequence[str],
    order: Sequence[str],
) -> Figure:
    """Draw the first two coordinates, coloured by group.

    *explained* has the share of the variance of each coordinate, for the axes' labels.
    """
    figure = Figure(figsize=(10, 7), layout="constrained")
    axes = figure.add_subplot()
    style = styles(order)
    for group, members in _members(groups, order):
        axes.scatter(*Z[members, :2].T, **_look(style[group], len(Z)))
    axes.set_xlabel(_component(0, explained))
    axes.set_ylabel(_component(1, explained))
    axes.grid(visible=True, linewidth=0.4, alpha=0.5)
    axes.set_axisbelow(True)
    axes.set_title("The first two principal components (share of the variance), by genre")
    _add_legend(figure, axes, groups, order, "genre")
    return figure


def scatter_3d(
    Z: NDArray[np.float64],
    explained: NDArray[np.float64],
    groups: Sequence[str],
    order: Sequence[str],
) -> Figure:
    """Draw the first three coordinates from two sides, coloured and numbered by cluster."""
    figure = Figure(figsize=(14, 6), layout="constrained")
    style = styles(order)
    for index, (elevation, azimuth) in enumerate(ANGLES):
        axes: Axes3D = figure.add_subplot(1, len(ANGLES), index + 1, projection="3d")
        for group, members in _members(groups, order):
            axes.scatter(*Z[members, :3].T, **_look(style[group], len(Z)), depthshade=False)
            if group:
                _write_number(axes, Z[members, :3].mean(axis=0), group)
        axes.view_init(elevation, azimuth)
        axes.set_xlabel(_component(0, explained))
        axes.set_ylabel(_component(1, explained))
        axes.set_zlabel(_component(2, explained))
        axes.set_box_aspect(None, zoom=0.88)  # room for the labels of the axes
    figure.suptitle("The first three principal components (share of the variance), by cluster")
    _add_legend(figure, axes, groups, order, "cluster")
    return figure


def _members(
    groups: Sequence[str], order: Sequence[str]
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return each group with the mask of its samples; those without a group first, below."""
    names = np.asarray(groups, dtype=str)
    return [(group, names == group) for group in ["", *order] if group in set(groups)]


def _look(style: Style, n_points: int) -> dict[str, Any]:
    """Return smaller and more transparent points the more there are."""
    return {
        "color": style.colour,
        "marker": style.marker,
        "s": float(np.clip(20000 / n_points, 9, 60)),
        "alpha": float(np.clip(3000 / n_points, 0.6, 0.9)),
        "linewidths": 0.3 if n_points <= MOST_VECTOR_POINTS else 0,
        "edgecolors": "white",
        "rasterized": n_points > MOST_VECTOR_POINTS,
    }


def _component(index: int, explained: NDArray[np.float64]) -> str:
    return f"component {index + 1} ({explained[index]:.0%})"


def _write_number(axes: Axes3D, centre: NDArray[np.float64], text: str) -> None:
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.85, "linewidth": 0}
    axes.text(
        *centre, text, fontsize=9, weight="bold", ha="center", va="center", bbox=box, zorder=10
    )


def _add_legend(
    figure: Figure, axes: Axes, groups: Sequence[str], order: Sequence[str], title: str
) -> None:
    """Name the groups beside the plot with their sizes; of very many, the largest."""
    counts = Counter(groups)
    shown = {group for group, _ in counts.most_common(MOST_IN_LEGEND)}
    style = styles(order)
    handles = [
        Line2D([], [], linestyle="", marker=style[group].marker, color=style[group].colour,
               label=f"{group or NO_GROUP} ({counts[group]})")
        for group in [*order, ""]
        if group in shown
    ]  # fmt: skip
    if more := len(counts) - len(shown):
        handles.append(Line2D([], [], linestyle="", label=f"and {more} more"))
    figure.legend(handles=handles, loc="outside right center", title=title, frameon=False)
