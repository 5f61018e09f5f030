"""Which tracks of a cluster its playlist has: not all, if it is to be short or varied.

Conventions
-----------
typical : rows of one cluster's tracks, the nearest to its centre first
artists : a number for each track, equal for the same; negative matches none
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..space.twins import twins

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..space.similarity import Recordings, Space


class Limits(NamedTuple):
    """What a playlist has at most; None is no limit."""

    per_artist: int | None = None
    seconds: float | None = None


def pick(
    typical: NDArray[np.int64],
    space: Space,
    same: Recordings,
    artists: NDArray[np.int64],
    limits: Limits,
) -> NDArray[np.int64]:
    """Return the rows that a playlist has, the most typical first; of some there is one.

    No recording comes twice, and no artist more often than the limits say. They end with
    the track that fills the time; one of unknown length takes none.
    """
    taken, filled = _Taken(same), 0.0
    times: Counter[int] = Counter()
    sounding = twins(space, typical, same.seconds)
    for row, alike in zip(typical.tolist(), sounding, strict=False):  # only as far as needed
        if limits.seconds is not None and filled >= limits.seconds:
            break
        artist = int(artists[row])
        if artist >= 0 and times[artist] == limits.per_artist:
            continue
        if taken.has(row, alike):
            continue
        taken.add(row)
        times[artist] += 1
        filled += float(same.seconds[row])
    return np.array(taken.rows, np.int64)


class _Taken:
    """The rows that are taken, and which recordings these are."""

    def __init__(self, same: Recordings) -> None:
        self.rows: list[int] = []
        self._same = same
        self._is_taken = np.zeros(len(same.seconds), np.bool_)
        self._known: tuple[set[int], set[int]] = (set(), set())  # by id, and by name

    def add(self, row: int) -> None:
        self.rows.append(row)
        self._is_taken[row] = True
        for numbers, known in zip(self._same[:2], self._known, strict=True):
            known.update({int(numbers[row])} - {-1})

    def has(self, row: int, alike: NDArray[np.int64]) -> bool:
        """Say whether a row's recording is there, by what it is called or one *alike*."""
        pairs = zip(self._same[:2], self._known, strict=True)
        is_called_so = any(int(numbers[row]) in known for numbers, known in pairs)
        return is_called_so or bool(self._is_taken[alike].any())


def pick_evenly(
    line: NDArray[np.int64],
    artists: NDArray[np.int64],
    seconds: NDArray[np.float64],
    limits: Limits,
) -> NDArray[np.int64]:
    """Return of rows in an order so many as the limits allow, from one end to the other.

    Of an artist who has too many, and of all of them if they are too long, they are those
    that lie evenly along the order. One of unknown length counts as long as most are. They
    last as long as they are to, but for a part of a track.
    """
    if limits.per_artist is not None:
        line = line[_even_of_each(artists[line], limits.per_artist)]
    known = seconds[line] > 0
    if limits.seconds is None or not known.any():
        return line
    lengths = np.where(known, seconds[line], np.median(seconds[line][known]))
    share = limits.seconds / float(lengths.sum())
    if share >= 1:
        return line
    # As many as whole shares of the time have gone by, at the middle of each.
    taken = np.zeros(len(line), np.bool_)
    due = filled = 0.0
    for place, length in enumerate(lengths.tolist()):
        due += share * length
        if due - filled >= length / 2:
            taken[place] = True
            filled += length
    return line[taken]


def _even_of_each(artists: NDArray[np.int64], most: int) -> NDArray[np.bool_]:
    """Say of each place whether it is one of its artist's, of whom *most* lie evenly."""
    chosen = artists < 0
    for artist in np.unique(artists[artists >= 0]).tolist():
        places = np.flatnonzero(artists == artist)
        n = min(most, len(places))
        chosen[places[((np.arange(n) + 0.5) * len(places) / n).astype(np.int64)]] = True
    return chosen


def pick_more(
    listed: NDArray[np.int64], new: NDArray[np.int64], space: Space, same: Recordings
) -> NDArray[np.int64]:
    """Return what a playlist without limits has with some *new* rows: each recording once."""
    taken = _Taken(same)
    for row in listed.tolist():
        taken.add(row)
    sounding = twins(space, new, same.seconds, np.concatenate([listed, new]))
    for row, alike in zip(new.tolist(), sounding, strict=True):
        if not taken.has(row, alike):
            taken.add(row)
    return np.array(taken.rows, np.int64)
