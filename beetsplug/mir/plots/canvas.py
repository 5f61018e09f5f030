"""What all figures share: an empty one with its title, and points on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from .groups import MOST_VECTOR_POINTS
from .labels import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure
    from numpy.typing import NDArray

    from .groups import Groups

_LEAST_LABELLED = 0.022  # share of the width that a label needs


class Space(NamedTuple):
    """Tracks placed by an encoding."""

    name: str
    Z: NDArray[np.float64]  # (n_samples, n_components)
    axes: tuple[str, ...]  # what each axis is, with its unit


def new(title: str, width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches."""
    figure = Figure(
        figsize=(width, height),
        layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08, wspace=0.04),
    )
    figure.suptitle(title)
    return figure


def parts(figure: Figure | SubFigure, n_rows: int, n_columns: int) -> list[SubFigure]:
    """Cut a figure into parts, row by row."""
    return list(np.ravel(figure.subfigures(n_rows, n_columns, squeeze=False)))


def draw_points(axes: Axes, Z: NDArray[np.float64], groups: Groups, **options: Any) -> None:
    """Draw samples in 2-D or 3-D in the colours of their groups.

    They come in no order, so that no group lies on top of all others.
    """
    mixed = np.random.default_rng(0).permutation(len(Z))
    for marker in dict.fromkeys(groups.markers.tolist()):
        chosen = mixed[groups.markers[mixed] == marker]
        look = {"c": groups.colours[chosen], "marker": marker, **_look(len(Z)), **options}
        axes.scatter(*Z[chosen].T, **look)


def _look(n_points: int) -> dict[str, Any]:
    """Return smaller and more transparent points the more there are."""
    return {
        "s": float(np.clip(20000 / n_points, 4, 60)),
        "alpha": float(np.clip(3000 / n_points, 0.6, 0.9)),
        "linewidths": 0.3 if n_points <= MOST_VECTOR_POINTS else 0,
        "edgecolors": "white" if n_points <= MOST_VECTOR_POINTS else "none",
        "rasterized": n_points > MOST_VECTOR_POINTS,
    }


def add_grid(axes: Axes) -> None:
    """Draw thin lines behind what is shown."""
    axes.grid(visible=True, linewidth=0.4, alpha=0.5)
    axes.set_axisbelow(True)


def name_groups(axes: Axes, groups: Groups, columns: NDArray[np.int64]) -> None:
    """Write the names of wide groups below tracks that are sorted by group, with borders."""
    places = groups.places[columns]
    edges = np.flatnonzero(np.diff(places)) + 0.5
    axes.vlines(edges, 0, 1, transform=axes.get_xaxis_transform(), color="white", linewidth=0.6)
    ticks, names = [], []
    for name in groups.present():
        first = np.searchsorted(places, groups.place_of[name])
        if groups.counts[name] >= _LEAST_LABELLED * len(places):
            ticks.append(first + (groups.counts[name] - 1) / 2)
            names.append(plain(name))
    axes.set_xticks(ticks, names, rotation=40, ha="right", rotation_mode="anchor")
    axes.tick_params(axis="x", length=0)
