"""Who sounds the same, of many tracks at once: what :mod:`similarity` says of one and others.

A track is held against those only that are about as long and lie about there: a tree of the
places of those of one length finds them among a million in some microseconds, where each
against each would take days.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import KDTree

from ..ground.grouping import split
from .similarity import SAME_SECONDS, SAME_SOUND, pairs_sound_the_same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .similarity import Space

_LONGEST = 1e9  # seconds, of which a second is still told
_LEAF = 64  # rows of a leaf of a tree
_FEW = 500  # rows at first, then twice as many: of some that are all alike each brings all
_WIDTH = SAME_SECONDS / 2  # of lengths that are looked for in one tree
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

    Each is its own twin if it is among them. One without features has none. They are found
    as far as they are asked for, more at a time the further that is.
    """
    trees = _Trees(space, rows if among is None else among, seconds)
    start, n_rows = 0, _FEW
    while start < len(rows):
        yield from _twins(space, rows[start : start + n_rows], seconds, trees)
        start, n_rows = start + n_rows, 2 * n_rows


class _Tree(NamedTuple):
    """Where some tracks lie."""

    places: KDTree
    rows: NDArray[np.int64]


class _Trees:
    """Where tracks lie, in a tree for each length that is asked for and all that is near it."""

    def __init__(
        self, space: Space, rows: NDArray[np.int64], seconds: NDArray[np.float64]
    ) -> None:
        self._space, self._seconds = space, np.minimum(seconds, _LONGEST)
        known = rows[np.isfinite(space.Z[rows]).all(axis=1)]
        self._rows = known[self._seconds[known].argsort(kind="stable")]
        self._lengths = self._seconds[self._rows]
        self._trees: dict[float, _Tree] = {}

    def near(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return places in *rows*, and a row that is near that one and nearly as long."""
        numbers, of = np.unique(self._seconds[rows] // _WIDTH, return_inverse=True)
        reaches = 1.001 * _REACH * self._space.breadths_of(rows)
        found = [(np.empty(0, np.int64), np.empty(0, np.int64))]
        for number, places in zip(numbers.tolist(), split(of, len(numbers)), strict=True):
            tree = self._of(number)
            near = tree.places.query_ball_point(self._space.Z[rows[places]], reaches[places])
            n_near = [len(each) for each in near]
            others = np.fromiter(chain.from_iterable(near), np.int64, sum(n_near))
            found.append((np.repeat(places, n_near), tree.rows[others]))
        of_rows, near_rows = zip(*found, strict=True)
        return np.concatenate(of_rows), np.concatenate(near_rows)

    def _of(self, number: float) -> _Tree:
        if number not in self._trees:
            least = number * _WIDTH - SAME_SECONDS
            ends = np.searchsorted(self._lengths, [least, least + _WIDTH + 2 * SAME_SECONDS])
            some = self._rows[slice(*ends)]
            self._trees[number] = _Tree(KDTree(self._space.Z[some], _LEAF), some)
        return self._trees[number]


def _twins(
    space: Space, rows: NDArray[np.int64], seconds: NDArray[np.float64], trees: _Trees
) -> Iterator[NDArray[np.int64]]:
    there = np.flatnonzero(np.isfinite(space.Z[rows]).all(axis=1))
    places, others = trees.near(rows[there])
    are_same = pairs_sound_the_same(space, rows[there][places], others, seconds)
    places, others = places[are_same], others[are_same]
    order = places.argsort(kind="stable")
    ends = np.searchsorted(there[places[order]], np.arange(1, len(rows)))
    yield from np.split(others[order], ends)
