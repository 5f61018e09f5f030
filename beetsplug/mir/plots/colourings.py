"""Orders of the genres, and what colours along them tell of the tracks."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from ..ground.grouping import factorize, means
from .canvas import add_grid, draw_points, new, parts
from .groups import by_look
from .looks import spread
from .palette import Look
from .plot import GENRES, plot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from .groups import Groups
    from .material import Material

_MOST_VECTOR_BARS = 400


@plot(
    "Three ways to colour genres",
    "Where near points have near colours, the order of the colours follows the sound; bars"
    " below are its steps from genre to genre.",
    GENRES,
)
def colourings(material: Material) -> Figure:
    """Draw the tracks thrice, by genre in colours of three orders, and how long these are.

    The length of an order is the sum of the distances of genres that follow each other, from
    mean to mean in the first three principal components.
    """
    names = factorize(material.genres)[1]
    looks = {name: material.looks[name] for name in names}
    ways = {
        "by a hash of the name": _at(looks, {name: _hashed(name) for name in names}),
        "sorted by name": _at(looks, dict(zip(names, spread(len(names)), strict=True))),
        "by distance": looks,
    }
    groups = [by_look(material.genres, of_way) for of_way in ways.values()]
    steps = [_steps(material, order) for order in groups]
    title = "Genres in colours of three orders, and how long each is (in the components' unit)"
    figure = new(title, 15, 6.6)
    for part, way, order, of_order in zip(
        parts(figure, 1, len(ways)), ways, groups, steps, strict=True
    ):
        part.suptitle(f"{way}: {_length(of_order, steps[0])}", fontsize="medium")
        _draw(part, material, order, of_order, float(max(map(np.max, steps))))
    return figure


def _at(looks: Mapping[str, Look], places: Mapping[str, float]) -> dict[str, Look]:
    """Return genres with their markers at other places."""
    return {name: Look(places[name], look.marker) for name, look in looks.items()}


def _hashed(name: str) -> float:
    """Return a number of a name that is the same on any day, from 0 to 1."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def _steps(material: Material, groups: Groups) -> NDArray[np.float64]:
    """Return the distance from each genre to the next, and 0 for the last."""
    centres = means(material.pca(3).Z, groups.numbers)
    steps = np.linalg.norm(np.diff(centres, axis=0), axis=1)
    return np.append(steps, 0.0)


def _length(steps: NDArray[np.float64], of_hash: NDArray[np.float64]) -> str:
    """Return the sum of steps in words, and its share of that of the hashed order."""
    length, whole = float(steps.sum()), float(of_hash.sum())
    return f"{length:.2f}" + (f" ({length / whole:.0%})" if whole else "")


def _draw(
    part: SubFigure,
    material: Material,
    groups: Groups,
    steps: NDArray[np.float64],
    highest: float,
) -> None:
    space = material.pca(2)
    axes, below = part.subplots(2, 1, height_ratios=[5, 1])
    draw_points(axes, space.Z, groups)
    axes.set_xlabel(space.axes[0])
    axes.set_ylabel(space.axes[1])
    add_grid(axes)
    _draw_steps(below, steps, groups, highest)


def _draw_steps(axes: Axes, steps: NDArray[np.float64], groups: Groups, highest: float) -> None:
    rasterised = len(steps) > _MOST_VECTOR_BARS
    axes.bar(
        np.arange(len(steps)) + 1, steps, width=1.0, color=groups.palette[:-1],
        rasterized=rasterised,
    )  # fmt: skip
    axes.set_ylim(0, 1.05 * highest or 1)
    axes.set_xlim(0.5, len(steps) + 0.5)
    axes.set_xlabel("genres in this order")
    axes.set_ylabel("step")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
