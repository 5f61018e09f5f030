"""One feature of every track with its spread within the track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .canvas import add_grid, name_groups, new
from .groups import MOST_VECTOR_POINTS, add_legend
from .labels import counted
from .plot import GENRES, plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from .material import Material

_MOST_COLOURED = 300  # dots; more are too small, and become a black line


@plot(
    "Spectral centroids, sorted by median",
    "Each column is a track: the dot is its typical centroid, the bar how far it moves.",
)
def centroids_by_median(material: Material) -> Figure:
    """Draw the spectral centroids of the tracks in mel, the lowest median first."""
    columns = np.argsort(material.series("centroid"), kind="stable")
    figure, axes = _spreads("sorted by median", material, columns)
    axes.set_xlabel(f"{counted(len(columns), 'track')}, sorted by median")
    add_legend(figure, material.by_genre)
    return figure


@plot(
    "Spectral centroids, sorted by genre",
    "The same columns put together by genre: steps between genres are what sound tells.",
    GENRES,
)
def centroids_by_genre(material: Material) -> Figure:
    """Draw the spectral centroids genre by genre, within each the lowest median first."""
    columns = np.lexsort((material.series("centroid"), material.by_genre.places))
    figure, axes = _spreads("sorted by genre", material, columns)
    axes.set_xlabel(f"{counted(len(columns), 'track')}, sorted by genre, then by median")
    name_groups(axes, material.by_genre, columns)
    return figure


def _spreads(how: str, material: Material, columns: NDArray[np.int64]) -> tuple[Figure, Axes]:
    """Draw a bar of a deviation to both sides of each median, in the given order."""
    medians, deviations = material.series("centroid"), material.series("centroid_std")
    colours = material.by_genre.colours[columns]
    n_tracks = len(columns)
    figure = new(f"Spectral centroid of every track, {how}: median ± deviation", 13, 5.5)
    axes = figure.add_subplot()
    low, high = (medians - deviations)[columns], (medians + deviations)[columns]
    rasterized = n_tracks > MOST_VECTOR_POINTS
    few = n_tracks <= _MOST_COLOURED
    width = float(np.clip(550 / n_tracks, 0.5, 8))
    axes.vlines(
        np.arange(n_tracks), low, high, colors=colours.tolist(),
        linewidth=width, alpha=float(np.clip(600 / n_tracks, 0.45, 0.6)), rasterized=rasterized,
    )  # fmt: skip
    axes.scatter(
        np.arange(n_tracks), medians[columns], c=colours if few else "black",
        s=float(np.clip(2000 / n_tracks, 1.5, 25)), edgecolors="black",
        linewidths=0.3 if few else 0, zorder=3, rasterized=rasterized,
    )  # fmt: skip
    axes.set_ylabel("spectral centroid (mel)")
    axes.set_xlim(-0.5, n_tracks - 0.5)
    axes.set_xticks([])
    add_grid(axes)
    return figure, axes
