"""A path in which no artist is played twice in a row, if there are enough others.

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
artists : a number for each sample, equal for the same artist; negative matches none
ring : of each sample the next one of the path, and after the last one ``n_samples``, whose
    next is the first: an array of n_samples + 1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ground.compiled import compiled
from .shortening import cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LONGEST_WALK = 300  # along the path, for the cheapest gap


def spaced(
    path: NDArray[np.int64], Z: NDArray[np.float64], artists: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Move samples that come after one of their own artist to where they do not.

    Each goes to a cheap gap that is near on the path. If an artist has no more than one
    sample above half of all, there is a gap for each. Of one who has more, some stay
    together.
    """
    if not len(path):
        return path
    found: NDArray[np.int64] = _spaced(path, Z, artists)
    return found


@compiled
def _spaced(
    path: NDArray[np.int64], Z: NDArray[np.float64], artists: NDArray[np.int64]
) -> NDArray[np.int64]:
    ring, taken, kept = _taken_out(path, artists)
    start_of = np.arange(len(ring))  # where the search for a gap goes on, of each one kept
    far_of = np.full(max(artists.max(), 0) + 1, len(path))  # and of each artist
    while len(taken):
        n_waiting = 0
        is_full = np.zeros(len(far_of), dtype=np.bool_)
        for number in range(len(taken)):
            sample, start = taken[number], kept[number]
            artist = artists[sample]
            place = -1
            if not is_full[artist]:
                place, start_of[start] = _gap(
                    ring, Z, artists, sample, start_of[start], _LONGEST_WALK
                )
                if place < 0:
                    place, far_of[artist] = _gap(
                        ring, Z, artists, sample, far_of[artist], len(ring)
                    )
            if place >= 0:
                ring[sample], ring[place] = ring[place], sample
            else:  # until others have been put between
                is_full[artist] = True
                taken[n_waiting], kept[n_waiting] = sample, start
                n_waiting += 1
        if n_waiting == len(taken):
            _put_back(ring, taken, kept)
            break
        taken = taken[:n_waiting]
    unrolled: NDArray[np.int64] = _unrolled(ring)
    return unrolled


@compiled
def _taken_out(
    path: NDArray[np.int64], artists: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return a ring without the samples that come after one of their artist, those, and it."""
    ring = np.empty(len(path) + 1, dtype=np.int64)
    taken, start = np.empty_like(path), np.empty_like(path)
    n_taken, last = 0, len(path)
    for sample in path:
        if _is_together(artists, last, sample):
            taken[n_taken], start[n_taken] = sample, last
            n_taken += 1
        else:
            ring[last] = sample
            last = sample
    ring[last] = len(path)
    return ring, taken[:n_taken], start[:n_taken]


@compiled
def _is_together(artists: NDArray[np.int64], i: int, j: int) -> bool:
    if i == len(artists) or j == len(artists):
        return False
    return bool(artists[i] >= 0 and artists[i] == artists[j])


@compiled
def _gap(
    ring: NDArray[np.int64], Z: NDArray[np.float64], artists: NDArray[np.int64],
    sample: int, start: int, longest: int,
) -> tuple[int, int]:  # fmt: skip
    """Return after which one of the ring a sample costs least, and the first that will do.

    -1 and *start* if none of the *longest* next ones will do.
    """
    best, least, first = -1, np.inf, start
    here, n_steps = start, 0
    while n_steps < longest:
        after = ring[here]
        if not _is_together(artists, here, sample) and not _is_together(artists, sample, after):
            if best < 0:
                first, longest = here, min(longest, n_steps + _LONGEST_WALK)
            added = (
                cost(Z, artists, 0.0, here, sample) + cost(Z, artists, 0.0, sample, after)
                - cost(Z, artists, 0.0, here, after)
            )  # fmt: skip
            if added < least:
                best, least = here, added
        here = after
        n_steps += 1
    return best, first


@compiled
def _put_back(
    ring: NDArray[np.int64], taken: NDArray[np.int64], kept: NDArray[np.int64]
) -> None:
    last_of = np.arange(len(ring))
    for number in range(len(taken)):
        sample, last = taken[number], last_of[kept[number]]
        ring[sample], ring[last] = ring[last], sample
        last_of[kept[number]] = sample


@compiled
def _unrolled(ring: NDArray[np.int64]) -> NDArray[np.int64]:
    path = np.empty(len(ring) - 1, dtype=np.int64)
    sample = len(path)
    for place in range(len(path)):
        sample = ring[sample]
        path[place] = sample
    return path
