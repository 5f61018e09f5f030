"""What a genre bias does: without and with it, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sklearn.metrics import adjusted_rand_score

from .canvas import draw_points, new, parts
from .groups import add_legend
from .plot import GENRES, plot
from .scene import lay_out_scenes
from .space import ANGLES, view, write_numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

    from .canvas import Space
    from .groups import Groups
    from .material import Material
    from .scene import Scene


class Side(NamedTuple):
    """One strength of the bias, and what comes of it."""

    bias: float
    space: Space
    clusters: Groups


@plot(
    "Genre bias off and on",
    "Left sound alone, right with genres drawing tracks together: the clusters below"
    " then follow the genres above.",
    GENRES,
)
def genre_bias(material: Material) -> Figure:
    """Draw the tracks by genre (above) and by cluster (below), a column a strength."""
    genres, sides = material.by_genre, [_side(material, bias) for bias in (0.0, material.bias)]
    figure = new(
        "Genre bias off and on: tracks by genre (above) and by cluster (below)", 13, 11
    )
    rows = parts(figure, 2, 1)
    below = []
    for side, upper, lower in zip(sides, *(parts(row, 1, 2) for row in rows), strict=True):
        upper.suptitle(f"bias {side.bias:g}: {side.space.name}", fontsize="medium")
        lower.suptitle(_agreement(side, genres), fontsize="medium")
        _draw(upper, side.space, genres)
        below.append(_draw(lower, side.space, side.clusters))
    add_legend(rows[0], genres)
    most = max((side.clusters for side in sides), key=lambda found: len(found.order))
    add_legend(rows[1], most, with_sizes=False)
    lay_out_scenes(figure)
    for side, axes in zip(sides, below, strict=True):
        write_numbers(axes, side.space, side.clusters)
    return figure


def _draw(part: SubFigure, space: Space, groups: Groups) -> Scene:
    axes = view(part, space, ANGLES[0], (1, 1, 1))
    draw_points(axes, space.Z[:, :3], groups, depthshade=False)
    return axes


def _side(material: Material, bias: float) -> Side:
    space = material.spaces_3d(bias)[-1]
    return Side(bias, space, material.agglomerative(space, bias))


def _agreement(side: Side, genres: Groups) -> str:
    known = genres.places < len(genres.order)
    score = adjusted_rand_score(genres.places[known], side.clusters.places[known])
    return f"bias {side.bias:g}: agglomerative, adjusted Rand index {score:.2f} against genre"
