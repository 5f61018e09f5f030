"""An order of tracks in which each sounds like the one before.

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
artists : a number for each sample, equal for the same artist; negative matches none
path : the samples' indices in the order of their playing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

from .compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

_N_CANDIDATES = 7  # nearest neighbours between which the path is improved
_MOST_ROUNDS = 50  # of improvement; most paths take ten


def smooth_path(Z: NDArray[np.float64], artists: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a short open path through all samples, neighbours by different artists.

    From the sample farthest from the mean always on to the nearest by another artist; then
    parts are turned round while that makes it shorter (2-opt, Croes 1958, among near
    neighbours). At last a sample beside one of its own artist moves to the cheapest place
    where it is not: if no artist has more than half of the samples, none stay together.
    """
    if len(Z) < 3:
        return np.arange(len(Z))
    start = int(np.linalg.norm(Z - Z.mean(axis=0), axis=1).argmax())
    # Being together costs more than any way round.
    penalty = 2.0 * float(np.linalg.norm(np.ptp(Z, axis=0)))
    path = _nearest_first(Z, artists, start)
    _shorten(path, Z, artists, penalty, _candidates(Z))
    spaced: NDArray[np.int64] = _spaced(path, Z, artists)
    return spaced


def insert(
    path: NDArray[np.int64], Z: NDArray[np.float64], artists: NDArray[np.int64], sample: int
) -> NDArray[np.int64]:
    """Put one more sample into a path where it is the shortest way round."""
    place = int(_cheapest(path, len(path), Z, artists, sample))
    longer: NDArray[np.int64] = np.insert(path, place, sample)
    return longer


def _candidates(Z: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the nearest neighbours of each sample, nearest first, without itself."""
    n_candidates = min(_N_CANDIDATES, len(Z) - 1)
    _, found = KDTree(Z).query(Z, k=n_candidates + 1)
    nearest: NDArray[np.int64] = found[:, 1:]  # of equal samples, one may find itself here
    return nearest


@compiled
def _distance(Z: NDArray[np.float64], i: int, j: int) -> float:
    total = 0.0
    for k in range(Z.shape[1]):
        total += (Z[i, k] - Z[j, k]) ** 2
    root: float = np.sqrt(total)
    return root


@compiled
def _together(artists: NDArray[np.int64], i: int, j: int) -> bool:
    return bool(artists[i] >= 0 and artists[i] == artists[j])


@compiled
def _cost(
    Z: NDArray[np.float64], artists: NDArray[np.int64], penalty: float, i: int, j: int
) -> float:
    """Return the cost of playing *j* after *i*; before the first, after the last (-1): 0."""
    if i < 0 or j < 0:
        return 0.0
    cost: float = _distance(Z, i, j) + (penalty if _together(artists, i, j) else 0.0)
    return cost


@compiled
def _nearest_first(
    Z: NDArray[np.float64], artists: NDArray[np.int64], start: int
) -> NDArray[np.int64]:
    path = np.arange(len(Z))
    path[0], path[start] = path[start], path[0]
    for place in range(1, len(Z)):
        best, least = place, np.inf
        for other in range(place, len(Z)):
            cost = _distance(Z, path[place - 1], path[other])
            if _together(artists, path[place - 1], path[other]):
                cost += 1e300
            if cost < least:
                best, least = other, cost
        path[place], path[best] = path[best], path[place]
    return path


@compiled
def _shorten(
    path: NDArray[np.int64], Z: NDArray[np.float64], artists: NDArray[np.int64],
    penalty: float, candidates: NDArray[np.int64],
) -> None:  # fmt: skip
    """Turn parts of the path round, in place, while that makes it shorter."""
    place_of = np.empty(len(path), dtype=np.int64)
    place_of[path] = np.arange(len(path))
    for _ in range(_MOST_ROUNDS):
        improved = False
        for here in range(len(path)):
            for there in candidates[here]:
                # Bring one beside the other, by turning round what starts with either.
                for offset in range(2):
                    i, j = place_of[here], place_of[there]
                    first, last = min(i, j) + offset, max(i, j) - 1 + offset
                    if first < last and _gain(path, first, last, Z, artists, penalty) > 1e-12:
                        path[first : last + 1] = path[first : last + 1][::-1].copy()
                        place_of[path[first : last + 1]] = np.arange(first, last + 1)
                        improved = True
        if not improved:
            break


@compiled
def _gain(
    path: NDArray[np.int64], first: int, last: int, Z: NDArray[np.float64],
    artists: NDArray[np.int64], penalty: float,
) -> float:  # fmt: skip
    """Return by how much the path gets shorter if a part is turned round."""
    before = path[first - 1] if first > 0 else -1
    after = path[last + 1] if last + 1 < len(path) else -1
    gain: float = (
        _cost(Z, artists, penalty, before, path[first])
        + _cost(Z, artists, penalty, path[last], after)
        - _cost(Z, artists, penalty, before, path[last])
        - _cost(Z, artists, penalty, path[first], after)
    )
    return gain


@compiled
def _cheapest(
    path: NDArray[np.int64], length: int, Z: NDArray[np.float64],
    artists: NDArray[np.int64], sample: int,
) -> int:  # fmt: skip
    """Return before which place of the path a sample costs least, away from its artist."""
    best, least = length, np.inf
    for place in range(length + 1):
        before = path[place - 1] if place > 0 else -1
        after = path[place] if place < length else -1
        cost = (
            _cost(Z, artists, 1e100, before, sample)
            + _cost(Z, artists, 1e100, sample, after)
            - _cost(Z, artists, 0.0, before, after)
        )
        if cost < least:
            best, least = place, cost
    return best


@compiled
def _spaced(
    path: NDArray[np.int64], Z: NDArray[np.float64], artists: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Move samples that are beside one of their own artist to where they are not.

    If an artist has at most every other sample, there is a gap between two samples of
    others (or one and an end) for each that is too near, so one pass is enough.
    """
    path = path.copy()
    n_samples = len(path)
    place = 1
    while place < n_samples:
        sample = path[place]
        if _together(artists, path[place - 1], sample):
            rest = np.concatenate((path[:place], path[place + 1 :]))
            best = _cheapest(rest, n_samples - 1, Z, artists, sample)
            if _is_apart(rest, best, artists, sample):
                path[:best] = rest[:best]
                path[best] = sample
                path[best + 1 :] = rest[best:]
                if best > place:  # another one has come here, to be looked at
                    continue
        place += 1
    return path


@compiled
def _is_apart(
    path: NDArray[np.int64], place: int, artists: NDArray[np.int64], sample: int
) -> bool:
    """Say whether a sample put before a place of the path is away from its artist."""
    before_it = place > 0 and _together(artists, path[place - 1], sample)
    after_it = place < len(path) and _together(artists, path[place], sample)
    return not (before_it or after_it)
