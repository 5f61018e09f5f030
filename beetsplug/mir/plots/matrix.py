"""The whole library at one look: every feature of every track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import ListedColormap

from ..names import FEATURES
from .canvas import name_groups, new
from .groups import Groups
from .labels import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


def feature_matrix(
    X: NDArray[np.float64], groups: Sequence[str], order: Sequence[str]
) -> Figure:
    """Draw normalised features (rows) of the tracks (columns), sorted by group.

    The groups come in the given order, samples without one last; within a group by
    the mean of their features.
    """
    grouped = Groups(groups, order, "genre")
    columns = np.lexsort((X.mean(axis=1), grouped.places))
    figure = new("Sixteen features of every track, by genre", 12, 6)
    strip, axes = figure.subplots(2, 1, height_ratios=[1, 22], sharex=True)
    image = axes.imshow(
        X[columns].T, aspect="auto", interpolation="nearest", cmap="magma", vmin=0, vmax=1
    )
    axes.set_yticks(range(len(FEATURES)), [feature.label for feature in FEATURES])
    axes.set_xlabel(f"{counted(len(X), 'track')}, sorted by genre")
    figure.colorbar(image, ax=[strip, axes], label="normalised value", pad=0.01)
    draw_strip(strip, grouped, columns)
    name_groups(axes, grouped, columns)
    return figure


def draw_strip(axes: Axes, groups: Groups, columns: NDArray[np.int64]) -> None:
    """Draw a thin line of the samples' colours, in the order of *columns*."""
    axes.imshow(
        groups.places[columns][None], aspect="auto", interpolation="nearest",
        cmap=ListedColormap(groups.palette.tolist()),
        vmin=-0.5, vmax=len(groups.palette) - 0.5,
    )  # fmt: skip
    axes.set_axis_off()
