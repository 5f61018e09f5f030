"""What sounds most like a place: neighbours without hubs and without the same recording twice.

Conventions
-----------
Z : coordinates, shape (n_tracks, n_components); near (Euclid) means alike
row : a track by its row in Z
place : coordinates of one point, shape (n_components,)
breadth : how wide a place's neighbourhood is, the mean distance to the nearest tenth of all
distance : that in Z over the geometric mean of both breadths; 1 is as far as that tenth
    usually is, 0 the same. Some tracks are near everything; their neighbourhoods are narrow,
    and so they count as farther (local scaling, Zelnik-Manor and Perona 2004, which against
    hubs is NICDM, Schnitzer et al. 2012). docs/quality.md has what it does.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..ground.magnitude import lowered, power_of
from ..ground.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

N_SAMPLE = 2000
"""Tracks, drawn by lot, by which breadths are measured in a library of more."""

NEAR_SHARE = 0.1
"""Of them, that make a neighbourhood."""

SAME_SOUND = 0.2
"""Distance below which two tracks of one length are one recording: docs/quality.md."""

SAME_SECONDS = 3.5
"""What the lengths of one recording differ by at most, as by a gap before it."""

MOST_COMPARED = 2_500_000_000
"""Pairs of tracks of which all distances are looked at, as of 50,000 tracks and each other."""

_N_NEAR = 150  # tracks that are looked at of so many, about the nearest: as in _nearest
_VALUES_AT_A_TIME = 4_000_000
_LEAST_BREADTH = 1e-6
_AT_A_TIME = 2000  # tracks
_NONE = np.empty(0, np.int64)


@dataclass(frozen=True)
class Space:
    """Where all tracks lie, and how wide their neighbourhoods are."""

    Z: NDArray[np.float32]
    squares: NDArray[np.float32]  # (n_tracks,), of the lengths
    sample: NDArray[np.float32]  # (n_drawn, n_components), what breadths are measured by
    breadths: NDArray[np.float64]  # (n_tracks,), NaN until it is asked for

    def breadths_of(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the breadths of some tracks, each measured once."""
        new = np.unique(rows[np.isnan(self.breadths[rows])])
        self.breadths[new] = breadth(self, self.Z[new])
        return self.breadths[rows]


class Recordings(NamedTuple):
    """What tells that two tracks are one recording; all of shape (n_tracks,)."""

    by_id: NDArray[np.int64]  # equal numbers are one; negative matches none
    by_name: NDArray[np.int64]  # so, too
    seconds: NDArray[np.float64]


class Others(NamedTuple):
    """Whose tracks may be neighbours of a track: those of others, and not too many of one."""

    makers: NDArray[np.int64]  # (n_tracks,), equal numbers are one; negative is nobody known
    most: int  # of one maker


def space_of(
    Z: NDArray[np.floating[Any]],
    random_state: int = 0,
    sample: NDArray[np.floating[Any]] | None = None,
) -> Space:
    """Return the space of at least one track; *sample*: of the library, if they are not all.

    Coordinates that are not moderate are made so: places of it are in terms of its own Z.
    """
    if sample is None:
        drawn = np.random.default_rng(random_state).permutation(len(Z))[:N_SAMPLE]
        sample = Z[np.sort(drawn)]
    power = power_of(Z, sample)
    Z, sample = (lowered(of, power).astype(np.float32) for of in (Z, sample))
    return Space(Z, _squares(Z), sample, np.full(len(Z), np.nan))


@one_thread
def breadth(space: Space, places: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the breadth of each place, shape (n_places,), never 0."""
    n_near = min(max(1, round(NEAR_SHARE * len(space.sample))), len(space.sample) - 1)
    squares = _squares(space.sample)
    n_rows = max(1, _VALUES_AT_A_TIME // len(space.sample))
    widths = [np.empty(0)]
    for start in range(0, len(places), n_rows):
        D = _squared_distances(places[start : start + n_rows], space.sample, squares)
        near = np.sqrt(np.sort(np.partition(D, n_near, axis=1)[:, : n_near + 1], axis=1))
        # The very nearest may be the track itself.
        widths.append(near[:, min(1, n_near) :].mean(axis=1, dtype=np.float64))
    return np.maximum(np.concatenate(widths), _LEAST_BREADTH)


@one_thread
def nearest(
    space: Space,
    place: NDArray[np.floating[Any]],
    n: int,
    same: Recordings,
    *,
    without: NDArray[np.int64] | None = None,
    among: NDArray[np.bool_] | None = None,
    times: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the rows of the *n* nearest to a place, nearest first, and their distances.

    The rows in *without* and the same recordings are left out, and none comes twice. *among*
    says of each track whether it may be taken. There are fewer where there are no more.
    *times*, shape (n_tracks,), is how often each distance counts.
    """
    D = _squared_distances(place[None], space.Z, space.squares)[0]
    without = _NONE if without is None else without
    return _nearest(space, place, D, n, same, without, among, times=times)


def distance(space: Space, row: int, other: int) -> float:
    """Return the distance of two tracks."""
    breadths = space.breadths_of(np.array([row, other]))
    return float(_exact(space.Z[[row]], space.Z[other])[0] / np.sqrt(breadths.prod()))


@one_thread
def neighbours_of_all(
    space: Space,
    n: int,
    same: Recordings,
    *,
    among: NDArray[np.bool_] | None = None,
    asked: NDArray[np.bool_] | None = None,
    others: Others | None = None,
    on_rows: Callable[[int], None] = lambda n_rows: None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return what :func:`nearest` gives of each track without itself.

    Of those that are *asked*, or else of each *among* which neighbours are. Rows and distances
    are of shape (n_tracks, n), filled up with -1 and infinity. *on_rows* is told how many are
    done. Of very many tracks, some neighbours are nearly, not exactly, the nearest.
    """
    rows = np.full((len(space.Z), n), -1)
    distances = np.full((len(space.Z), n), np.inf)
    asked = among if asked is None else asked
    wanted = np.arange(len(space.Z)) if asked is None else np.flatnonzero(asked)
    space.breadths_of(wanted)
    if len(wanted) * len(space.Z) > MOST_COMPARED and others is None:
        for row, near in _near_of_all(space, wanted, among):
            ranked, far = _ranked(space, space.Z[row], near, None)
            kept = _each_once(space, ranked, n, same, np.array([row]), None)
            rows[row, : len(kept)], distances[row, : len(kept)] = ranked[kept], far[kept]
            on_rows(1)
        return rows, distances
    n_rows = max(1, _VALUES_AT_A_TIME // len(space.Z))
    for start in range(0, len(wanted), n_rows):
        block = wanted[start : start + n_rows]
        blocks = _squared_distances(space.Z[block], space.Z, space.squares)
        for row, D in zip(block, blocks, strict=True):
            own = np.array([row])
            found, far = _nearest(space, space.Z[row], D, n, same, own, among, others)
            rows[row, : len(found)], distances[row, : len(found)] = found, far
        on_rows(len(block))
    return rows, distances


def _near_of_all(
    space: Space, wanted: NDArray[np.int64], among: NDArray[np.bool_] | None
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield each row with near ones without itself; docs/performance.md says how near."""
    from scipy.spatial import KDTree

    others = np.arange(len(space.Z)) if among is None else np.flatnonzero(among)
    tree, k = KDTree(space.Z[others]), np.arange(1, min(_N_NEAR, len(others)) + 1)
    for start in range(0, len(wanted), _AT_A_TIME):
        block = wanted[start : start + _AT_A_TIME]
        _, near = tree.query(space.Z[block], k=k, eps=1.0)
        for row, of_row in zip(block.tolist(), others[near], strict=True):
            yield row, of_row[of_row != row]


def away_from(
    place: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Return the place that lies as far beyond *place* as *other* is before it, by half."""
    moved: NDArray[np.float64] = place + (place - other) / 2
    return moved


def nearer_to(
    space: Space, place: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]
) -> NDArray[np.bool_]:
    """Say of each track whether it is nearer to *place* than to *other*."""
    D = _squared_distances(np.stack([place, other]).astype(np.float32), space.Z, space.squares)
    nearer: NDArray[np.bool_] = D[0] < D[1]
    return nearer


def _nearest(
    space: Space,
    place: NDArray[np.floating[Any]],
    D: NDArray[np.float32],
    n: int,
    same: Recordings,
    without: NDArray[np.int64],
    among: NDArray[np.bool_] | None,
    others: Others | None = None,
    times: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return what :func:`nearest` does, by distances in Z that are not needed any more."""
    if times is not None:
        D *= np.square(times, dtype=np.float32)
    D[without] = np.inf
    if among is not None:
        D[~among] = np.inf
    if others is not None:
        makers = others.makers[without]
        D[np.isin(others.makers, makers[makers >= 0])] = np.inf
    n_there = int(np.isfinite(D).sum())
    # So many by Z hold those by distance: of 10,000 on real music none was missed.
    n_candidates = 4 * n + 100
    while True:
        near = _smallest(D, min(n_candidates, n_there))
        rows, distances = _ranked(space, place, near, times)
        kept = _each_once(space, rows, n, same, without, others)
        if len(kept) == n or n_candidates >= n_there:
            return rows[kept], distances[kept]
        n_candidates *= 4


def _smallest(D: NDArray[np.float32], n: int) -> NDArray[np.int64]:
    found: NDArray[np.int64] = (
        np.argpartition(D, n - 1)[:n] if 0 < n < len(D) else np.arange(min(n, len(D)))
    )
    return found


def _ranked(
    space: Space,
    place: NDArray[np.floating[Any]],
    rows: NDArray[np.int64],
    times: NDArray[np.float64] | None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return rows in the order of their distances to a place, and these."""
    breadths = space.breadths_of(rows) * breadth(space, place[None])
    distances = _exact(space.Z[rows], place) / np.sqrt(breadths)
    if times is not None:
        distances *= times[rows]
    order = np.lexsort((rows, distances))
    return rows[order], distances[order]


def _each_once(
    space: Space,
    rows: NDArray[np.int64],
    n: int,
    same: Recordings,
    without: NDArray[np.int64],
    others: Others | None,
) -> list[int]:
    """Return the places of the rows that stay, *n* at most: the first of each recording."""
    taken = without
    ids, names = (set(of[without].tolist()) - {-1} for of in (same.by_id, same.by_name))
    kept: list[int] = []
    of_maker: Counter[int] = Counter()
    for number, row in enumerate(rows.tolist()):
        if len(kept) == n:
            break
        id_, name = int(same.by_id[row]), int(same.by_name[row])
        if id_ in ids or name in names:
            continue
        maker = -1 if others is None else int(others.makers[row])
        if others is not None and of_maker[maker] >= others.most:
            continue
        if sounds_the_same(space, row, taken, same.seconds).any():
            continue
        kept.append(number)
        taken = np.append(taken, row)
        of_maker[maker] += maker >= 0
        ids |= {id_} - {-1}
        names |= {name} - {-1}
    return kept


def sounds_the_same(
    space: Space, row: int, others: NDArray[np.int64], seconds: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Say of each other track whether it is as long as one track, and sounds just so."""
    same = np.abs(seconds[others] - seconds[row]) <= SAME_SECONDS
    near = others[same]
    if len(near):
        own = space.breadths_of(np.array([row]))
        distances = _exact(space.Z[near], space.Z[row])
        # A breadth is at most another one and the way between: whoever is farther is not the
        # same, and need not be measured.
        close = distances < 2 * SAME_SOUND * own
        breadths = space.breadths_of(near[close]) * own
        close[close] = distances[close] < SAME_SOUND * np.sqrt(breadths)
        same[same] = close
    found: NDArray[np.bool_] = same
    return found


def pairs_sound_the_same(
    space: Space,
    rows: NDArray[np.int64],
    others: NDArray[np.int64],
    seconds: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Say of each pair of tracks what :func:`sounds_the_same` says; shapes (n_pairs,)."""
    same: NDArray[np.bool_] = np.abs(seconds[others] - seconds[rows]) <= SAME_SECONDS
    rows, others = rows[same], others[same]
    distances = _exact(space.Z[others], space.Z[rows])
    breadths = space.breadths_of(others) * space.breadths_of(rows)
    same[same] = distances < SAME_SOUND * np.sqrt(breadths)
    return same


def distances_to(space: Space, row: int, others: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how far other tracks are from one."""
    breadths = space.breadths_of(others) * space.breadths_of(np.array([row]))
    far: NDArray[np.float64] = _exact(space.Z[others], space.Z[row]) / np.sqrt(breadths)
    return far


def are_same(
    space: Space, row: int, others: NDArray[np.int64], same: Recordings
) -> NDArray[np.bool_]:
    """Say of each other track whether it is the same recording as one, or just that track."""
    found: NDArray[np.bool_] = others == row
    found |= sounds_the_same(space, row, others, same.seconds)
    for numbers in (same.by_id, same.by_name):
        if numbers[row] >= 0:
            found |= numbers[others] == numbers[row]
    return found


def _squared_distances(
    places: NDArray[np.floating[Any]], Z: NDArray[np.float32], squares: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return them as shape (n_places, n_tracks), quick and not exact near 0."""
    places = places.astype(np.float32)
    # Of one place the product of a vector is twice as quick.
    D = (Z @ places[0])[None] if len(places) == 1 else places @ Z.T
    D *= -2
    D += squares
    D += _squares(places)[:, None]
    positive: NDArray[np.float32] = np.maximum(D, 0, out=D)
    return positive


def _exact(Z: NDArray[np.float32], place: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    distances: NDArray[np.float64] = np.linalg.norm(Z.astype(np.float64) - place, axis=1)
    return distances


def _squares(Z: NDArray[np.float32]) -> NDArray[np.float32]:
    squares: NDArray[np.float32] = np.einsum("ij,ij->i", Z, Z)
    return squares
