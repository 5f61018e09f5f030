"""Clusters of the size of a playlist: small ones join their nearest, large ones are divided.

What cannot be had together gives way in this order: the number of clusters, then the most
that one may have, then the fewest.

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
labels : shape (n_samples,), a cluster from 1 for each sample, as in :mod:`.clustering`
members : so, too, from 0, in any order, none without samples
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from ..ground.grouping import means
from ..ground.magnitude import moderate
from ..ground.threads import one_thread
from ..space.linear import at_most_distinct
from .clustering import fitted, numbered

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 8
"""Tracks that a cluster should have in a library that is not small."""

_AROUND_MEAN = 3  # from a third of the mean size to three times that
_PART_OF_ALL = 0.4  # from which on a cluster is no playlist
_ROOM = 1.5  # times the mean size: two or three clusters are larger parts of all
_STARTS = 4


class Bounds(NamedTuple):
    """How many tracks a cluster may have."""

    fewest: int
    most: int


class Shaped(NamedTuple):
    """Clusters of the right size, and how many were changed to have them."""

    labels: NDArray[np.int64]
    n_joined: int
    n_divided: int

    @property
    def were_right(self) -> bool:
        """Say whether there was nothing to change."""
        return not self.n_joined and not self.n_divided

    def __str__(self) -> str:
        joined, divided = self.n_joined, self.n_divided
        said = ["1 small cluster joined its nearest"] if joined == 1 else []
        said += [f"{joined} small clusters joined their nearest"] if joined > 1 else []
        said += ["1 large one was divided"] if divided == 1 else []
        said += [f"{divided} large ones were divided"] if divided > 1 else []
        return ", ".join(said)


def bounds(
    Z: NDArray[np.float64],
    n_clusters: int,
    min_size: int | None = None,
    max_size: int | None = None,
) -> Bounds:
    """Return the sizes that so many clusters may have: as given, 0 any, None what suits.

    What suits is at least a third of the mean size, but never more than ``FEWEST``, and two
    if the mean is four (equal samples count once in this); and at most three times the mean,
    but no more than 40 % of all, unless two or three clusters need 1.5 times the mean.
    If one size is given, the mean is that of as many clusters as it allows.
    """
    n_samples = len(Z)
    if min_size:
        n_clusters = max(1, min(n_clusters, n_samples // min_size))
    if max_size:
        n_clusters = max(n_clusters, math.ceil(n_samples / max_size))
    if min_size is None:
        n_distinct = at_most_distinct(Z, _AROUND_MEAN * FEWEST * n_clusters)
        third = max(2, n_distinct // (_AROUND_MEAN * n_clusters))
        half_of_most = (max_size or n_samples) // 2  # or none could be divided
        min_size = min(FEWEST, third, n_distinct // n_clusters // 2, half_of_most)
    if max_size is None:
        mean = n_samples / n_clusters
        max_size = int(max(min(_AROUND_MEAN * mean, _PART_OF_ALL * n_samples), _ROOM * mean))
    return Bounds(max(1, min_size), max_size or n_samples)


@one_thread
def shape(
    Z: NDArray[np.float64],
    labels: NDArray[np.int64],
    n_clusters: int,
    sizes: Bounds,
    *,
    random_state: int = 0,
) -> Shaped:
    """Return clusters of the right size, as many as asked for where there can be.

    Each track of a small one joins the cluster whose centre is nearest to it, of those that
    have room for them all, as it would be placed if it came later. Then the largest is
    divided in two as long as it is too large, or there are too few clusters; and the
    smallest joins others as long as there are too many, and these have room. What comes of
    it would not be changed again.
    """
    Z = moderate(Z)
    _, members = np.unique(labels, return_inverse=True)
    members, n_small = _without_small(Z, members, sizes)
    members, n_divided = _divided(Z, members, n_clusters, sizes, random_state)
    members, n_spare = _without_spare(Z, members, n_clusters, sizes.most)
    return Shaped(numbered(Z, members), n_small + n_spare, n_divided)


def _without_small(
    Z: NDArray[np.float64], members: NDArray[np.int64], sizes: Bounds
) -> tuple[NDArray[np.int64], int]:
    """Return members of which no cluster is too small, and how many have joined others."""
    n_joined = 0
    while (counts := np.bincount(members)).min() < sizes.fewest and len(counts) > 1:
        members = _without_smallest(Z, members, _with_room(counts, sizes.most))
        n_joined += 1
    return members, n_joined


def _without_spare(
    Z: NDArray[np.float64], members: NDArray[np.int64], n_clusters: int, most: int
) -> tuple[NDArray[np.int64], int]:
    """Return members of no more clusters than asked for, and how many have joined others.

    There stay more where one would become too large.
    """
    n_joined = 0
    while len(counts := np.bincount(members)) > n_clusters:
        room = _with_room(counts, most)
        if not room.any():
            break
        members = _without_smallest(Z, members, room)
        n_joined += 1
    return members, n_joined


def _with_room(counts: NDArray[np.int64], most: int) -> NDArray[np.bool_]:
    """Say of each cluster whether the smallest may join it."""
    room: NDArray[np.bool_] = counts + counts.min() <= most
    room[counts.argmin()] = False
    return room


def _without_smallest(
    Z: NDArray[np.float64], members: NDArray[np.int64], room: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return members without the smallest cluster: its samples have joined those with *room*.

    If none has room, it may be any other.
    """
    smallest = int(np.bincount(members).argmin())
    leaving = members == smallest
    far = cdist(Z[leaving], means(Z, members))
    far[:, ~room if room.any() else smallest] = np.inf
    members = members.copy()
    members[leaving] = far.argmin(axis=1)
    return members - (members > smallest)


def _divided(
    Z: NDArray[np.float64],
    members: NDArray[np.int64],
    n_clusters: int,
    sizes: Bounds,
    random_state: int,
) -> tuple[NDArray[np.int64], int]:
    """Return members of enough clusters, none of them too large, and how many were divided.

    A cluster that cannot be divided stays as it is.
    """
    n_before = n_now = int(members.max()) + 1
    members = members.copy()
    whole: list[int] = []
    while True:
        counts = np.bincount(members)
        counts[whole] = 0
        largest = int(counts.argmax())
        if not counts[largest] or (counts[largest] <= sizes.most and n_now >= n_clusters):
            return members, n_now - n_before
        rows = np.flatnonzero(members == largest)
        half = _half(Z[rows], sizes.fewest, random_state)
        if half is None:
            whole.append(largest)
        else:
            members[rows[half]] = n_now
            n_now += 1


def _half(Z: NDArray[np.float64], fewest: int, random_state: int) -> NDArray[np.bool_] | None:
    """Say of each sample whether it is in the second of two halves; None if there are none.

    They are those of 2-means. Where it finds a few that are far from all others, the others
    are divided, and those few join the half that is nearer. If that leaves too few, all are
    divided by a plane across the line between the last two centres.
    """
    core, along = np.arange(len(Z)), np.zeros(len(Z))
    while len(core) >= 2 * fewest and at_most_distinct(Z[core], 2) == 2:
        model = fitted(Z[core], 2, n_init=_STARTS, random_state=random_state)
        along = np.diff(-(cdist(Z, model.cluster_centers_) ** 2)).ravel()
        smaller, larger = sorted((core[model.labels_ == half] for half in (0, 1)), key=len)
        if len(smaller) >= fewest:
            second: NDArray[np.bool_] = along > 0
            second[core] = model.labels_ == 1
            return second
        if not len(smaller):  # they differ by too little to be told apart
            break
        core = larger
    return _cut(along, fewest)


def _cut(along: NDArray[np.float64], fewest: int) -> NDArray[np.bool_] | None:
    """Say which samples lie behind the widest gap that leaves enough on both sides.

    None if there is no gap between equal places.
    """
    order = np.argsort(along, kind="stable")
    gaps = np.diff(along[order])[fewest - 1 : len(along) - fewest]
    if not np.any(gaps > 0):
        return None
    second = np.zeros(len(along), dtype=np.bool_)
    second[order[fewest + int(gaps.argmax()) :]] = True
    return second
