"""All tracks in one order: what the playlist of a line goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..clusters.order.line import at_random, line
from ..names import DIMS
from ..space import autoencoder
from .canvas import add_grid, new
from .groups import MOST_VECTOR_POINTS, add_legend
from .labels import counted
from .plot import plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from .groups import Groups
    from .material import Material

_MOST_DOTS = 20_000
"""Of more steps so many are drawn, by lot."""


class _Way(NamedTuple):
    name: str
    order: NDArray[np.int64]
    steps: NDArray[np.float64]  # (n_tracks - 1,), from each track to the next


@plot(
    "The line through all tracks",
    "Each order from its first track to its last, in the colours of genres, above how far it"
    " is from each to the next: the lower, the smoother it plays.",
)
def line_of_tracks(material: Material) -> Figure:
    """Draw the orders along a component, a code and a smooth path; say how long each is."""
    Z = material.pca(DIMS[material.features]).Z
    ways = _ways(material, Z)
    random = at_random(Z)
    figure = new(
        f"{counted(len(Z), 'track')} in one line: how far it is from each to the next"
        f" (in all at random {random:,.0f})",
        13, 0.8 + 2.4 * len(ways),
    )  # fmt: skip
    rows = figure.subplots(
        2 * len(ways), 1, sharex=True, height_ratios=[1, 3] * len(ways), squeeze=False
    )[:, 0]
    most = max((float(way.steps.max()) for way in ways if len(way.steps)), default=0.0) or 1.0
    for way, strip, steps in zip(ways, rows[::2], rows[1::2], strict=True):
        strip.set_title(_told(way, random), fontsize="medium", loc="left")
        _draw_strip(strip, material.by_genre, way.order)
        _draw_steps(steps, way, most)
    rows[-1].set_xlabel("place in the line")
    add_legend(figure, material.by_genre)
    return figure


def _ways(material: Material, Z: NDArray[np.float64]) -> list[_Way]:
    """Return each order with its steps through the same space *Z*."""
    orders = {"along the first component": line(material.pca(1).Z)}
    if autoencoder.available():
        orders["along the code of an autoencoder"] = line(material.codes(1).Z)
    orders["along a smooth path"] = line(Z)
    return [
        _Way(name, order, np.linalg.norm(np.diff(Z[order], axis=0), axis=1))
        for name, order in orders.items()
    ]


def _told(way: _Way, random: float) -> str:
    """Return how long an order is, beside a random one."""
    total = float(way.steps.sum())
    share = f", {total / random:.0%} of random" if random else ""
    return f"{way.name}: {total:,.0f} in all{share}"


def _draw_strip(axes: Axes, groups: Groups, order: NDArray[np.int64]) -> None:
    """Draw each track as a column in the colour of its genre."""
    from matplotlib.colors import ListedColormap

    colours: Colormap = ListedColormap(groups.palette.tolist())
    n_tracks = len(order)
    axes.imshow(
        groups.places[order][None], cmap=colours, vmin=-0.5, vmax=len(groups.palette) - 0.5,
        aspect="auto", interpolation="nearest", extent=(0.5, n_tracks + 0.5, 0, 1),
    )  # fmt: skip
    axes.set_yticks([])
    axes.set_ylabel("genre", rotation=0, ha="right", va="center")
    axes.tick_params(axis="x", length=0)


def _draw_steps(axes: Axes, way: _Way, most: float) -> None:
    """Draw the step to each track from the one before, and the usual one hereabouts."""
    n_steps = len(way.steps)
    places = np.arange(n_steps) + 2
    shown = np.random.default_rng(0).permutation(n_steps)[:_MOST_DOTS]
    axes.scatter(
        places[shown], way.steps[shown], c="#888888", linewidths=0,
        s=float(np.clip(4000 / max(1, n_steps), 0.6, 14)),
        alpha=float(np.clip(4000 / max(1, n_steps), 0.25, 0.8)),
        rasterized=n_steps > MOST_VECTOR_POINTS,
    )  # fmt: skip
    if n_steps:
        axes.plot(places, _running_mean(way.steps), color="black", linewidth=1.4)
    axes.set_ylim(0, 1.04 * most)
    axes.set_ylabel("distance")
    add_grid(axes)


def _running_mean(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each step and those around it, a twentieth of all."""
    reach = max(1, len(steps) // 40)
    sums = np.concatenate([[0.0], np.cumsum(steps)])
    places = np.arange(len(steps))
    low, high = np.maximum(0, places - reach), np.minimum(len(steps), places + reach + 1)
    means: NDArray[np.float64] = (sums[high] - sums[low]) / (high - low)
    return means
