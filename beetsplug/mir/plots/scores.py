"""The evaluation as small multiples: a panel a score, a line a space and method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ..names import METHODS
from .canvas import add_grid, new
from .groups import legend_beside
from .labels import METHOD_NAMES
from .plot import THREE, plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..clusters.evaluation import Row
    from .material import Material

_COLUMNS = 4
_TITLES = {
    "adjusted_rand": "Adjusted Rand index, against genre",
    "adjusted_mutual_info": "Adjusted mutual information, against genre",
    "homogeneity": "Homogeneity, against genre",
    "completeness": "Completeness, against genre",
    "fowlkes_mallows": "Fowlkes-Mallows index, against genre",
    "silhouette": "Silhouette",
    "stability": "Stability over bootstrap samples",
}
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Apart for colour-blind readers (Okabe and Ito 2008): spaces have no order."""

_MARKERS = "os^Dv*"
_LINES: tuple[Literal["-", "--"], ...] = ("-", "--")


@plot(
    "Metrics of the evaluation",
    "Each panel is a score over the number of clusters, each line a space and method,"
    " and higher is better.",
    THREE,
    follows=("epochs",),
)
def metrics(material: Material) -> Figure:
    """Draw each score that there is over the number of clusters."""
    rows = material.rows
    scores = [name for name in _TITLES if any(getattr(row, name) is not None for row in rows)]
    spaces = list(dict.fromkeys(row.space for row in rows))
    n_rows = -(-len(scores) // _COLUMNS)
    n_columns = min(len(scores), _COLUMNS)
    title = f"How good the clusters are{material.of_how_many}: 1 is best"
    figure = new(title, 4.1 * n_columns + 2, 3.6 * n_rows + 0.6)
    for index, score in enumerate(scores):
        axes = figure.add_subplot(n_rows, n_columns, index + 1)
        _panel(axes, rows, spaces, score)
    handles, texts = _entries(spaces)
    legend_beside(figure, handles, texts, "space and method")
    return figure


def _panel(axes: Axes, rows: Sequence[Row], spaces: Sequence[str], score: str) -> None:
    for index, space in enumerate(spaces):
        for method, linestyle in zip(METHODS, _LINES, strict=True):
            chosen = [row for row in rows if (row.space, row.method) == (space, method)]
            points = [(row.n_clusters, getattr(row, score)) for row in chosen]
            points = [point for point in points if point[1] is not None]
            axes.plot(
                [k for k, _ in points], [value for _, value in points], linestyle,
                color=_colour(index), marker=_marker(index), markersize=3, linewidth=1.1,
            )  # fmt: skip
    axes.set_title(_TITLES[score], fontsize="medium")
    axes.set_xlabel("number of clusters")
    axes.set_ylabel("score")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    add_grid(axes)


def _entries(spaces: Sequence[str]) -> tuple[list[Line2D], list[str]]:
    """Return the legend: a colour and marker a space, a kind of line a method."""
    handles = [
        Line2D([], [], color=_colour(index), marker=_marker(index), markersize=5)
        for index in range(len(spaces))
    ]
    handles += [Line2D([], [], color="black", linestyle=line) for line in _LINES]
    return handles, [*spaces, *(METHOD_NAMES[method] for method in METHODS)]


def _colour(index: int) -> str:
    return _COLOURS[index % len(_COLOURS)]


def _marker(index: int) -> str:
    return _MARKERS[index % len(_MARKERS)]
