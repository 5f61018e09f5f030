"""Who sounds the same, of many tracks at once: what :mod:`similarity` says of one and others.

A track is held against those only that are about as long and lie about there: a tree finds
them among a million in some microseconds, where each against each would take days.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

from .similarity import SAME_SECONDS, SAME_SOUND, pairs_sound_the_same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .similarity import Space

_AT_A_TIME = 500  # rows: of many that are all alike, each brings all others
_REACH = 1.11 * SAME_SOUND
"""Of a track, in its breadths: a breadth is at most another one and the way between, so what
is nearer than 0.2 of the geometric mean of both is nearer than 0.2211 of the one."""


def twins(
    space: Space,
    rows: NDArray[np.int64],
    seconds: NDArray[np.float64],
    among: NDArray[np.int64] | None = None,
) -> Iterator[NDArray[np.int64]]:
    """Yield of each track those that are as long and sound just so, *among* some or the same.

    Each is its own twin if it is among them. One without features has none.
    """
    among = rows if among is None else among
    known = among[np.isfinite(space.Z[among]).all(axis=1)]
    reaches = _REACH * space.breadths_of(rows)
    reaches = reaches[np.isfinite(reaches)]
    # Seconds are one more coordinate, in which what is too much is as far as the reach of most.
    scale = float(np.median(reaches)) / SAME_SECONDS if len(reaches) else 1.0
    tree = KDTree(_places(space, known, seconds, scale))
    for start in range(0, len(rows), _AT_A_TIME):
        some = rows[start : start + _AT_A_TIME]
        yield from _found(tree, space, some, seconds, known, scale)


def _places(
    space: Space, rows: NDArray[np.int64], seconds: NDArray[np.float64], scale: float
) -> NDArray[np.float64]:
    return np.column_stack([space.Z[rows], scale * seconds[rows]])


def _found(
    tree: KDTree,
    space: Space,
    rows: NDArray[np.int64],
    seconds: NDArray[np.float64],
    among: NDArray[np.int64],
    scale: float,
) -> Iterator[NDArray[np.int64]]:
    places = _places(space, rows, seconds, scale)
    there = np.flatnonzero(np.isfinite(places).all(axis=1))
    reaches = 1.001 * np.hypot(_REACH * space.breadths_of(rows), scale * SAME_SECONDS)
    near = tree.query_ball_point(places[there], reaches[there], workers=-1)
    n_near = [len(each) for each in near]
    numbers = np.repeat(there, n_near)
    others = among[np.fromiter(chain.from_iterable(near), np.int64, sum(n_near))]
    are_same = pairs_sound_the_same(space, rows[numbers], others, seconds)
    ends = np.searchsorted(numbers[are_same], np.arange(1, len(rows)))
    yield from np.split(others[are_same], ends)
