"""The map as a small picture without text, and where the page writes names on it.

Text of the page stays readable on a phone and in the dark, where that of a picture does not.

Conventions
-----------
plane : places of tracks, shape (n_samples, 2)
spots : the same within the picture, shape (n_samples, 2); x from 0 at the left to WIDTH, y
    from 0 at the bottom to HEIGHT, in inches
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from ..canvas import draw_points
from ..groups import MOST_VECTOR_POINTS
from .wording import line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ..groups import Groups

    _Box = tuple[float, float, float]  # middle and half the width, in shares of the picture

WIDTH, HEIGHT = 8.0, 6.0
MOST_LABELS = 24
MOST_LETTERS = 32
_MARGIN = 0.35  # inches at each side
# What a label takes on the page, in shares of the picture's width and height.
_LETTER, _LINE, _NUMBER = 0.0125, 0.045, 0.045
_MOVES = (0.8, -0.8, 1.8, -1.8, 0, 2.8)  # lines from a cluster's middle, which it would hide


class Label(NamedTuple):
    """A cluster's number and a word or two on it, at a place in the picture."""

    number: int
    text: str
    colour: str
    x: float  # per cent from the left
    y: float  # per cent from the top


def spots(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return places that fill the picture, as near each other as on the plane."""
    low, high = plane.min(axis=0), plane.max(axis=0)
    room = np.array([WIDTH, HEIGHT]) - 2 * _MARGIN
    span = high - low
    scale = min((room[span > 0] / span[span > 0]).tolist(), default=1.0)
    filled: NDArray[np.float64] = (plane - (low + high) / 2) * scale
    return filled + np.array([WIDTH, HEIGHT]) / 2


def draw(of_tracks: NDArray[np.float64], groups: Groups) -> Figure:
    """Draw tracks at their spots, on nothing: the page's ground shows through."""
    figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="none")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, HEIGHT))
    axes.set_axis_off()
    area = float(np.clip(20000 / len(of_tracks), 5, 110))
    rim = 0.5 if len(of_tracks) <= MOST_VECTOR_POINTS else 0.15  # seen in the dark alone
    draw_points(axes, of_tracks, groups, s=area, edgecolors="white", linewidths=rim)
    return figure


def labels(
    of_tracks: NDArray[np.float64], groups: Groups, names: Mapping[str, str]
) -> list[Label]:
    """Return a label for each of the largest clusters, in the middle of its tracks.

    Where there is no room for words, the number stands alone; or nothing, if there is none
    for that.
    """
    words = short(names)
    largest = [name for name, _ in groups.counts.most_common() if name in names]
    placed: list[_Box] = []
    found = []
    for name in largest[:MOST_LABELS]:
        x, y = np.median(of_tracks[groups.members(name)], axis=0) / (WIDTH, HEIGHT)
        room = _with_room(line(words[name], MOST_LETTERS), float(x), float(y), placed)
        if room is None:
            continue
        text, box = room
        placed.append(box)
        left, top = round(100 * box[0], 2), round(100 * (1 - box[1]), 2)
        found.append(Label(int(name), text, groups.styles[name].colour, left, top))
    return found


def _with_room(
    text: str, x: float, y: float, placed: Sequence[_Box]
) -> tuple[str, _Box] | None:
    """Return what of a label has room near a place, and where."""
    for words in (text, ""):
        half = (_NUMBER + _LETTER * len(words)) / 2
        within = min(max(x, half), 1 - half)
        for move in _MOVES:
            box = (within, y + move * _LINE, half)
            if _LINE < box[1] < 1 - _LINE and not any(_overlap(box, other) for other in placed):
                return words, box
    return None


def _overlap(one: _Box, other: _Box) -> bool:
    return abs(one[0] - other[0]) < one[2] + other[2] and abs(one[1] - other[1]) < _LINE


def short(names: Mapping[str, str]) -> dict[str, str]:
    """Return the first words of each name, as many as tell it from all others."""
    words = {key: name.split(" · ")[0].split(", ") for key, name in names.items()}
    starts = Counter(start for of in words.values() for start in _starts(of))
    return {
        key: next((start for start in _starts(of) if starts[start] == 1), ", ".join(of))
        for key, of in words.items()
    }


def _starts(words: Sequence[str]) -> list[str]:
    return [", ".join(words[:n]) for n in range(1, len(words) + 1)]
