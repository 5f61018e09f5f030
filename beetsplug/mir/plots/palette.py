"""Colours and markers of groups: near in the given order, near in colour.

The colours run along viridis, whose lightness rises evenly: colour-blind readers and
black-and-white print resolve it too. Markers alternate, since neighbours look alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex

if TYPE_CHECKING:
    from collections.abc import Sequence


NO_GROUP_COLOUR = "#bbbbbb"
MARKERS = "osD^v"
_RANGE = (0.0, 0.92)  # the end of the map is too light on white


class Style(NamedTuple):
    """How a group is drawn."""

    colour: str
    marker: str


def styles(order: Sequence[str]) -> dict[str, Style]:
    """Return a style for each group of *order*, and one for samples without a group."""
    colour_map = mpl.colormaps["viridis"]
    places = np.linspace(*_RANGE, len(order))
    found = {
        group: Style(to_hex(colour_map(place)), MARKERS[index % len(MARKERS)])
        for index, (group, place) in enumerate(zip(order, places, strict=True))
    }
    return {**found, "": Style(NO_GROUP_COLOUR, "o")}
