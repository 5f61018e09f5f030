"""The whole library at one look: every feature of every track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import ListedColormap

from ..names import FEATURES
from .canvas import name_groups, new
from .labels import counted
from .plot import plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from .groups import Groups
    from .material import Material


@plot(
    "Sixteen features of every track",
    "Each column is a track and each row a feature, bright where its value is large.",
)
def features_by_genre(material: Material) -> Figure:
    """Draw normalised features (rows) of the tracks (columns), sorted by genre.

    The genres come in their order, tracks without one last; within a genre by
    the mean of their features.
    """
    X, genres = material.normalised, material.by_genre
    columns = np.lexsort((X.mean(axis=1), genres.places))
    figure = new("Sixteen features of every track, by genre", 12, 6)
    strip, axes = figure.subplots(2, 1, height_ratios=[1, 22], sharex=True)
    image = axes.imshow(
        X[columns].T, aspect="auto", interpolation="nearest", cmap="magma", vmin=0, vmax=1
    )
    axes.set_yticks(range(len(FEATURES)), [feature.label for feature in FEATURES])
    axes.set_xlabel(f"{counted(len(X), 'track')}, sorted by genre")
    figure.colorbar(image, ax=[strip, axes], label="normalised value", pad=0.01)
    _draw_strip(strip, genres, columns)
    name_groups(axes, genres, columns)
    return figure


def _draw_strip(axes: Axes, groups: Groups, columns: NDArray[np.int64]) -> None:
    """Draw a thin line of the samples' colours, in the order of *columns*."""
    axes.imshow(
        groups.places[columns][None], aspect="auto", interpolation="nearest",
        cmap=ListedColormap(groups.palette.tolist()),
        vmin=-0.5, vmax=len(groups.palette) - 0.5,
    )  # fmt: skip
    axes.set_axis_off()
