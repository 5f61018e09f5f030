"""Tracks as points in 3-D, seen from several sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from matplotlib.ticker import MaxNLocator

from ..ground.grouping import means
from .beside import OVER, write_names
from .canvas import draw_points, new, parts
from .groups import add_legend
from .plot import CLUSTERS, TENSORFLOW, plot
from .scene import Scene, lay_out_scenes, scenes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure, SubFigure

    from .canvas import Space
    from .groups import Groups
    from .material import Material

Row: TypeAlias = "tuple[Space, Groups]"

ANGLES = ((22, -60), (22, 30), (28, 120))
"""Elevation and azimuth in degrees of the views: three sides, the last from higher up."""

_WIDTH, _HEIGHT = 5.1, 4.5  # inches of a view


@plot(
    "PCA in three dimensions",
    "The same cloud of tracks from three sides: what is near in all of them is near.",
)
def pca_3d(material: Material) -> Figure:
    """Draw the tracks in the first three principal components."""
    title = "The first three principal components (share of the variance), by genre"
    return _from_sides(title, [(material.pca(3), material.by_genre)])


@plot(
    "Autoencoder in three dimensions",
    "As PCA in three dimensions, with codes that can follow curves.",
    TENSORFLOW,
)
def autoencoder_3d(material: Material) -> Figure:
    """Draw the tracks in the three codes of an autoencoder."""
    title = "The codes of a three-dimensional autoencoder, by genre"
    return _from_sides(title, [(material.codes(3), material.by_genre)])


@plot(
    "k-means clusters",
    "Each colour and number is a cluster; numbers stand at the clusters' centres.",
)
def kmeans_3d(material: Material) -> Figure:
    """Draw clusters by k-means, a row a space."""
    return _clusters("k-means", material.spaces_3d(), material.kmeans)


@plot(
    "Agglomerative clusters",
    "The same points as for k-means, coloured by the clusters that Ward's method finds.",
)
def agglomerative_3d(material: Material) -> Figure:
    """Draw clusters by Ward's method, a row a space."""
    return _clusters("Agglomerative", material.spaces_3d(), material.agglomerative)


def _clusters(
    method: str, spaces: Sequence[Space], clusters_of: Callable[[Space], Groups]
) -> Figure:
    title = f"{method} clusters on {' and '.join(space.name for space in spaces)}"
    return _from_sides(title, [(space, clusters_of(space)) for space in spaces])


@plot(
    "The clusters of the library",
    "Where the playlists lie that `beet mircluster` has made, by their numbers.",
    CLUSTERS,
)
def library_clusters(material: Material) -> Figure:
    """Draw the library's clusters in the first three principal components."""
    title = "The library's clusters in the first three principal components"
    return _from_sides(title, [(material.pca(3), material.by_id)])


def _from_sides(title: str, rows: Sequence[Row]) -> Figure:
    """Draw each space in a row of views, in the colours of its groups."""
    figure = new(title, len(ANGLES) * _WIDTH + 1.6, len(rows) * _HEIGHT + 0.4)
    bands = parts(figure, len(rows), 1)
    for part, (space, groups) in zip(bands, rows, strict=True):
        if len(rows) > 1:
            part.suptitle(space.name, fontsize="medium")
        for axes in views(part, space):
            draw_points(axes, space.Z[:, :3], groups, depthshade=False)
        add_legend(part, groups)
    lay_out_scenes(figure)
    for part, (space, groups) in zip(bands, rows, strict=True):
        if groups.kind == "cluster":
            for axes in scenes(part):
                write_numbers(axes, space, groups)
    return figure


def views(
    figure: Figure | SubFigure, space: Space, angles: Sequence[tuple[int, int]] = ANGLES
) -> list[Scene]:
    """Return empty views of a space beside each other."""
    return [
        view(figure, space, angle, (1, len(angles), number))
        for number, angle in enumerate(angles, 1)
    ]


def view(
    figure: Figure | SubFigure,
    space: Space,
    angle: tuple[int, int],
    place: tuple[int, int, int],
) -> Scene:
    """Return an empty view of a space at a place of a grid (rows, columns, number)."""
    axes = cast("Scene", figure.add_subplot(*place, axes_class=Scene))
    axes.view_init(*angle)
    axes.set_xlabel(space.axes[0])
    axes.set_ylabel(space.axes[1])
    axes.set_zlabel(space.axes[2])
    axes.tick_params(labelsize="x-small", pad=0)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_locator(MaxNLocator(5))
    return axes


def write_numbers(axes: Scene, space: Space, groups: Groups) -> None:
    """Write each group's name at its mean, the largest groups first."""
    names = [name for name, _ in groups.counts.most_common() if name]
    if names:
        places = means(space.Z[:, :3], groups.numbers)
        found = places[[groups.place_of[name] for name in names]]
        write_names(axes, found, names, OVER, fontsize=8, weight="bold")
