"""What belongs together among the features: correlations and principal components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..names import FEATURES
from .canvas import add_grid, new
from .plot import plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from .material import Material

SIGNED = "PuOr"
"""Two colours that colour-blind readers tell apart, white at 0."""

_N_LOADINGS = 8  # components; the others say little
_NAMES = [feature.label for feature in FEATURES]
_DARK = 0.6  # share of the range beyond which black is not readable


@plot(
    "Correlations of the features",
    "Strong colours mark pairs of features that say nearly the same, or the opposite.",
)
def correlations(material: Material) -> Figure:
    """Draw the correlation of each feature with each other; none of a constant one."""
    X = material.normalised
    varying = np.ptp(X, axis=0) > 0
    R = np.full((X.shape[1], X.shape[1]), np.nan)
    if varying.any():
        R[np.ix_(varying, varying)] = np.corrcoef(X[:, varying], rowvar=False)
    figure = new("Correlation of the features", 10, 8.6)
    axes = figure.add_subplot()
    _signed_matrix(axes, R, 1.0, "Pearson correlation", _NAMES)
    axes.set_xticks(range(len(_NAMES)), _NAMES, rotation=45, ha="right", rotation_mode="anchor")
    return figure


@plot(
    "Loadings of the principal components",
    "Each column is a component of the sixteen: strong colours mark what it is made of.",
)
def loadings(material: Material) -> Figure:
    """Draw the weight of each feature (rows) in each principal component (columns)."""
    found = material.of_the_sixteen.components
    components, explained = found.components[:_N_LOADINGS], found.explained[:_N_LOADINGS]
    figure = new("How much each feature weighs in each principal component", 10, 7)
    axes = figure.add_subplot()
    most = float(np.abs(components).max()) or 1.0
    _signed_matrix(axes, components.T, most, "weight (length 1 a component)", _NAMES)
    names = [f"{number}\n{share:.0%}" for number, share in enumerate(explained, 1)]
    axes.set_xticks(range(len(names)), names)
    axes.set_xlabel("principal component, and its share of the variance")
    return figure


def _signed_matrix(
    axes: Axes, values: NDArray[np.float64], most: float, what: str, rows: Sequence[str]
) -> None:
    """Draw signed numbers as colours, and write them."""
    image = axes.imshow(values, cmap=SIGNED, vmin=-most, vmax=most, aspect="auto")
    axes.set_facecolor("#dddddd")
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.figure.colorbar(image, ax=axes, label=what, pad=0.02)
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "white" if abs(value) > _DARK * most else "black"
            axes.text(
                column,
                row,
                f"{round(value, 2) + 0.0:.2f}",
                ha="center",
                va="center",
                fontsize="x-small",
                color=colour,
            )


@plot(
    "Explained variance",
    "The line says how much of what differs between tracks so many components keep.",
)
def explained_variance(material: Material) -> Figure:
    """Draw the share of the variance in each component, and in all up to it."""
    explained = material.components.explained
    figure = new("How much of the features' variance the principal components hold", 9, 5.5)
    axes = figure.add_subplot()
    numbers = np.arange(1, len(explained) + 1)
    axes.bar(numbers, 100 * explained, color="#414487", label="of the component")
    total = 100 * np.cumsum(explained)
    axes.plot(numbers, total, "o-", color="#22a884", label="of all up to it")
    for number, share in zip(numbers, total, strict=True):
        axes.annotate(
            f"{share:.0f}", (number, share), (0, 6), textcoords="offset points",
            ha="center", fontsize="small",
        )  # fmt: skip
    axes.set_xticks(numbers)
    axes.set_ylim(0, 110)
    axes.set_xlabel("principal component")
    axes.set_ylabel("share of the variance (%)")
    add_grid(axes)
    figure.legend(loc="outside right center", frameon=False)
    return figure
