"""The autoencoder: what it is made of, and how it was trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from ..names import FEATURES
from .canvas import add_grid, new
from .groups import legend_beside
from .linear import SIGNED
from .plot import TENSORFLOW, plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from .material import Material

_LAYERS = ("features", "hidden", "code", "hidden", "features again")
_THICKEST = 3.5  # points
_NEGATIVE, _POSITIVE = (colormaps[SIGNED](place) for place in (0.12, 0.88))


@plot(
    "Layout of the autoencoder",
    "Features enter at the left, are squeezed through the code in the middle and come"
    " out again at the right; thick lines are strong weights.",
    TENSORFLOW,
    follows=("epochs",),
)
def layout(material: Material) -> Figure:
    """Draw the nodes in columns and their weights as lines: the thicker the stronger."""
    training = material.of_the_sixteen.training(3)
    weights = [*training.network.weights, *training.decoder.weights]
    sizes = [len(weights[0]), *(weight.shape[1] for weight in weights)]
    figure = new("The autoencoder: nodes, and the weights between them", 12, 7)
    axes = figure.add_subplot()
    axes.set_axis_off()
    places = [_places(size) for size in sizes]
    for column, weight in enumerate(weights):
        _draw_weights(axes, column, weight, places[column], places[column + 1])
    for column, heights in enumerate(places):
        axes.scatter(
            np.full(len(heights), column), heights, s=90, c="white", edgecolors="black",
            zorder=3,
        )  # fmt: skip
        axes.text(
            column, 1.04, f"{_LAYERS[column]}\n{len(heights)} nodes", ha="center", va="bottom"
        )
    _name_ends(axes, places[0], places[-1])
    axes.set_xlim(-0.7, len(sizes) - 0.3)
    axes.set_ylim(-0.03, 1.14)
    lines = [Line2D([], [], color=colour, linewidth=3) for colour in (_POSITIVE, _NEGATIVE)]
    legend_beside(figure, lines, ["positive", "negative"], "weight")
    return figure


def _places(size: int) -> NDArray[np.float64]:
    """Return the heights of a column's nodes, from 1 down to 0 for the longest."""
    reach = min(1.0, 0.068 * (size - 1))
    return np.linspace(0.5 + reach / 2, 0.5 - reach / 2, size)


def _draw_weights(
    axes: Axes,
    column: int,
    weight: NDArray[np.float64],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
) -> None:
    """Draw a layer's weights, shape (n_left, n_right), the strongest last, on top."""
    order = np.argsort(np.abs(weight), axis=None)
    strengths = weight.ravel()[order] / (np.abs(weight).max() or 1.0)
    rows, columns = np.unravel_index(order, weight.shape)
    ends = [
        ((column, left[i]), (column + 1, right[j])) for i, j in zip(rows, columns, strict=True)
    ]
    axes.add_collection(
        LineCollection(
            ends,
            colors=[_POSITIVE if strength > 0 else _NEGATIVE for strength in strengths],
            linewidths=_THICKEST * np.abs(strengths),
            alpha=0.15 + 0.75 * np.abs(strengths),
        )
    )


def _name_ends(axes: Axes, left: NDArray[np.float64], right: NDArray[np.float64]) -> None:
    for feature, height, back in zip(FEATURES, left, right, strict=False):
        axes.text(-0.08, height, feature.label, ha="right", va="center", fontsize="small")
        axes.text(4.08, back, feature.label, ha="left", va="center", fontsize="small")


@plot(
    "Training of the autoencoder",
    "Both lines should fall together: tracks kept aside that get worse would mean that"
    " the network learns by heart.",
    TENSORFLOW,
    follows=("epochs",),
)
def training_curve(material: Material) -> Figure:
    """Draw the loss over the epochs, on the trained tracks and on those kept aside."""
    figure = new("Training of the autoencoder", 10, 5.5)
    axes = figure.add_subplot()
    history = np.reshape(material.training(3).history, (-1, 2))
    epochs = np.arange(1, len(history) + 1)
    kinds = (("trained tracks", "#414487", "-"), ("tracks kept aside", "#e6802a", "--"))
    lines = [
        axes.plot(epochs, losses, linestyle, color=colour)[0]
        for losses, (_, colour, linestyle) in zip(history.T, kinds, strict=True)
    ]
    if (history > 0).any():
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss (mean squared error of values in 0 to 1)")
    add_grid(axes)
    legend_beside(figure, lines, [name for name, *_ in kinds], "loss on")
    return figure
