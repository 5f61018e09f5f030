"""Colours and markers of groups: genres along a colour map, clusters each for itself.

The colours of genres run along viridis, whose lightness rises evenly: colour-blind readers
and black-and-white print resolve it too, and what is near in it looks alike. Numbers of
clusters say nothing of what is near, so their colours are as far apart as can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import matplotlib as mpl
from matplotlib.colors import to_hex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


NO_GROUP_COLOUR = "#bbbbbb"
MARKERS = "osD^v"
_MOST = 0.96  # of the map, whose end is too light on white

# The first ten are Petroff's (2021, arXiv:2107.02270; matplotlib's "petroff10"). The others are
# each the farthest from all before, as Glasbey et al. (2007) continue a palette, to normal and
# to colour-blind eyes: benchmarks/colours.py, docs/colours.md.
CLUSTER_COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59",
    "#e76300", "#b9ac70", "#717581", "#92dadd", "#843c48", "#3c546c",
    "#6c54fc", "#e4a8fc", "#9c84a8", "#84609c", "#a8d86c", "#78b4cc",
    "#d87884", "#9c2424", "#6c9c3c", "#a84860", "#3024f0", "#f0c0a8",
    "#e460fc", "#3c78c0", "#d83c18", "#d8a89c", "#54783c", "#3c6c60",
    "#e418c0", "#a81878", "#24d830", "#fc84cc", "#009c78", "#900c90",
)  # fmt: skip
"""Colours of clusters by their numbers, from 1 on."""


class Look(NamedTuple):
    """How a genre is to look, on whatever page."""

    place: float  # along the colour map, 0 dark to 1 light
    marker: str  # one of MARKERS


class Style(NamedTuple):
    """How a group is drawn."""

    colour: str
    marker: str


NO_GROUP = Style(NO_GROUP_COLOUR, MARKERS[0])
"""The style of samples without a group."""


def genre_styles(looks: Mapping[str, Look]) -> dict[str, Style]:
    """Return the style of each genre."""
    colour_map = mpl.colormaps["viridis"]
    return {
        name: Style(to_hex(colour_map(_MOST * look.place)), look.marker)
        for name, look in looks.items()
    }


def cluster_styles(ids: Iterable[int]) -> dict[str, Style]:
    """Return the style of each cluster by its number, from 1 on: always the same.

    As many as colours times markers differ in one of both.
    """
    return {str(id_): _style_of(id_ - 1) for id_ in ids}


def _style_of(index: int) -> Style:
    # The number of colours is none of the markers' multiples: both repeat, but not together.
    colour = CLUSTER_COLOURS[index % len(CLUSTER_COLOURS)]
    return Style(colour, MARKERS[index % len(MARKERS)])
