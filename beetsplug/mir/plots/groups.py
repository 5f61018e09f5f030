"""Samples in groups (genres, clusters), in an order that gives them their colours."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from ..ground.grouping import split
from .labels import counted, plain
from .palette import MARKERS, NO_GROUP, Look, Style, cluster_styles, genre_styles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.artist import Artist
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.legend import Legend
    from numpy.typing import NDArray

MOST_VECTOR_POINTS = 2000
"""More points than this are drawn as one picture inside the figure: an SVG stays small."""

MOST_IN_LEGEND = 24
_MOST_LARGE = 18  # names; more are written small


class Groups:
    """The group of each sample; the empty name is none."""

    def __init__(self, names: Sequence[str], styles: Mapping[str, Style], kind: str) -> None:
        self.names = names
        self.order = list(styles)
        self.kind = kind  # "genre" or "cluster"
        self.counts = Counter(names)
        self._styles = styles

    @cached_property
    def styles(self) -> dict[str, Style]:
        """The style of each group; of very many points none shows its shape."""
        found = {**self._styles, "": NO_GROUP}
        if len(self.names) <= MOST_VECTOR_POINTS:
            return found
        return {name: style._replace(marker=MARKERS[0]) for name, style in found.items()}

    def as_points(self) -> Groups:
        """Return the groups as samples themselves, each in its own style, in order."""
        return Groups(self.order, self._styles, self.kind)

    def only(self, rows: NDArray[np.int64]) -> Groups:
        """Return some of the samples, in this order, in groups of the same styles."""
        return Groups([self.names[row] for row in rows.tolist()], self._styles, self.kind)

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """The place of each sample's group in the order, none last, shape (n_samples,)."""
        of_samples = (self.place_of[name] for name in self.names)
        return np.fromiter(of_samples, np.int64, len(self.names))

    @cached_property
    def place_of(self) -> dict[str, int]:
        """The place of each group in the order, none last."""
        return {name: place for place, name in enumerate([*self.order, ""])}

    @cached_property
    def _members(self) -> list[NDArray[np.int64]]:
        return split(self.places, len(self.place_of))

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """The place of each sample's group in the order, -1 for none, shape (n_samples,)."""
        return np.where(self.places < len(self.order), self.places, -1)

    @cached_property
    def colours(self) -> NDArray[np.str_]:
        """The colour of each sample, shape (n_samples,)."""
        return self.palette[self.places]

    @cached_property
    def palette(self) -> NDArray[np.str_]:
        """The colour of each group in the order, none last."""
        return np.array([self.styles[name].colour for name in [*self.order, ""]])

    @cached_property
    def markers(self) -> NDArray[np.str_]:
        """The marker of each sample, shape (n_samples,)."""
        of_groups = np.array([self.styles[name].marker for name in [*self.order, ""]])
        return of_groups[self.places]

    def present(self) -> list[str]:
        """Return the groups that have samples, in order, none last."""
        return [name for name in [*self.order, ""] if self.counts[name]]

    def largest(self, most: int = MOST_IN_LEGEND) -> list[str]:
        """Return the largest groups in order, none last."""
        shown = {name for name, _ in self.counts.most_common(most)}
        return [name for name in self.present() if name in shown]

    def rest(self, most: int = MOST_IN_LEGEND) -> int:
        """Return how many groups there are beside the largest."""
        return max(0, len(self.counts) - most)

    def members(self, name: str) -> NDArray[np.int64]:
        """Return the indices of a group's samples."""
        return self._members[self.place_of[name]]


def by_number(ids: NDArray[np.int64]) -> Groups:
    """Return clusters as groups, in the order of their numbers; 0 is none."""
    styles = cluster_styles(np.unique(ids[ids > 0]).tolist())
    return Groups([str(number or "") for number in ids.tolist()], styles, "cluster")


def by_look(genres: Sequence[str], looks: Mapping[str, Look]) -> Groups:
    """Return genres as groups, in the order of their places along the colour map."""
    order = sorted({*genres} - {""}, key=lambda name: looks[name].place)
    return Groups(genres, genre_styles({name: looks[name] for name in order}), "genre")


def add_legend(
    figure: Figure | SubFigure, groups: Groups, *, with_sizes: bool = True
) -> Legend:
    """Name the groups beside the plots; of very many, the largest."""
    shown = groups.largest()
    handles = [
        Line2D([], [], linestyle="", marker=style.marker, color=style.colour)
        for style in (groups.styles[name] for name in shown)
    ]
    texts = [plain(name) for name in shown]
    if with_sizes:
        texts = [
            f"{text} ({groups.counts[name]:,})" for text, name in zip(texts, shown, strict=True)
        ]
    if more := groups.rest():
        handles.append(Line2D([], [], linestyle=""))
        texts.append(f"and {counted(more, groups.kind)} more")
    return legend_beside(figure, handles, texts, groups.kind)


def legend_beside(
    figure: Figure | SubFigure, handles: Sequence[Artist], texts: Sequence[str], title: str
) -> Legend:
    """Put a legend to the right of all plots."""
    # A label that starts with _ is left out of a legend, so names are written afterwards.
    stand_ins = ["name"] * len(texts)
    legend = figure.legend(
        handles, stand_ins, loc="outside right center", title=title, frameon=False,
        **({"fontsize": "small", "labelspacing": 0.35} if len(texts) > _MOST_LARGE else {}),
    )  # fmt: skip
    for written, text in zip(legend.get_texts(), texts, strict=True):
        written.set_text(text)
    return legend
