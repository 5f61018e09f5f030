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

from ..space.similarity import are_same

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
    space.breadths_of(typical)  # all at once is quicker than one by one
    taken = np.empty(len(typical), np.int64)
    n_taken, filled = 0, 0.0
    times: Counter[int] = Counter()
    for row in typical.tolist():
        if limits.seconds is not None and filled >= limits.seconds:
            break
        artist = int(artists[row])
        if artist >= 0 and times[artist] == limits.per_artist:
            continue
        if are_same(space, row, taken[:n_taken], same).any():
            continue
        taken[n_taken] = row
        n_taken += 1
        times[artist] += 1
        filled += float(same.seconds[row])
    return taken[:n_taken]


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
    rows = listed
    for row in new.tolist():
        if not are_same(space, row, rows, same).any():
            rows = np.append(rows, row)
    return rows
