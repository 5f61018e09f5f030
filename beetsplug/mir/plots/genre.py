"""The genres themselves: where they are, in what order, in which colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ground.grouping import means
from .beside import write_names
from .canvas import draw_points, new
from .groups import MOST_IN_LEGEND
from .labels import counted, plain
from .plot import GENRES, plot
from .scene import lay_out_scenes
from .space import views

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .material import Material

MOST_IN_ORDER = 400
_ROWS = 30
_ANGLES = ((22, -60), (22, 30))


@plot(
    "Genres on average",
    "The line joins the genres' mean places by a short path, which gives their order.",
    GENRES,
)
def genres_on_average(material: Material) -> Figure:
    """Draw the mean of each genre in 3-D, and the path that gives their order.

    The largest genres are named, where there is room.
    """
    space, genres = material.pca(3), material.by_genre
    places = means(space.Z[:, :3], genres.numbers)
    figure = new("Genres on average, and the short path that orders them", 14, 6.4)
    both = views(figure, space, _ANGLES)
    for axes in both:
        axes.plot(*places.T, color="#888888", linewidth=1)
        draw_points(axes, places, genres.as_points(), depthshade=False)
    lay_out_scenes(figure)
    common = [genres.place_of[name] for name, _ in genres.counts.most_common() if name]
    named = common[:MOST_IN_LEGEND]
    for axes in both:
        names = [plain(genres.order[place]) for place in named]
        write_names(axes, places[named], names, fontsize=8)
    return figure


@plot(
    "Order and colours of the genres",
    "Genres beside each other sound alike on average, and have colours that are alike.",
    GENRES,
)
def genre_order(material: Material) -> Figure:
    """Write the genres in their order, each beside its colour and marker."""
    genres = material.by_genre
    shown = genres.order[:MOST_IN_ORDER]
    n_columns = -(-len(shown) // _ROWS)
    n_rows = -(-len(shown) // n_columns)
    figure = new(
        "The order of the genres and their colours", 3 * n_columns + 2, 1.5 + 0.24 * n_rows
    )
    axes = figure.add_subplot()
    axes.set_axis_off()
    for index, name in enumerate(shown):
        column, row = divmod(index, n_rows)
        style = genres.styles[name]
        axes.barh(row, 0.12, left=column, height=1.0, color=style.colour)
        axes.plot(column + 0.17, row, style.marker, color=style.colour, markersize=7)
        text = f"{index + 1}  {plain(name)} ({genres.counts[name]:,})"
        axes.text(column + 0.22, row, text, va="center", fontsize="small")
    axes.set_xlim(-0.05, n_columns)
    axes.set_ylim(n_rows + 0.6, -0.6)
    if more := len(genres.order) - len(shown):
        axes.text(n_columns, n_rows, f"and {counted(more, 'genre')} more", ha="right")
    return figure
