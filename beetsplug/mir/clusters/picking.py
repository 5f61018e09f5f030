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


def pick_more(
    listed: NDArray[np.int64], new: NDArray[np.int64], space: Space, same: Recordings
) -> NDArray[np.int64]:
    """Return what a playlist without limits has with some *new* rows: each recording once."""
    rows = listed
    for row in new.tolist():
        if not are_same(space, row, rows, same).any():
            rows = np.append(rows, row)
    return rows
