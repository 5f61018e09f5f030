"""Which recordings are there more than once, by what :mod:`similarity` says is the same.

Conventions
-----------
pairs : rows of tracks that are one recording, shape (n_pairs, 2)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..ground.grouping import split
from ..ground.threads import one_thread
from .similarity import distances_to
from .twins import twins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from .similarity import Recordings, Space

SOUND, ID, NAME = "sound", "id", "name"
"""What can tell that two tracks are one recording."""


class Copies(NamedTuple):
    """A recording that is there more than once."""

    rows: NDArray[np.int64]  # in ascending order
    by: tuple[str, ...]  # SOUND, ID, NAME: what tells it of some of them
    apart: float  # distance of the two that are farthest


def copies(
    space: Space, same: Recordings, on_rows: Callable[[int], None] = lambda n_rows: None
) -> list[Copies]:
    """Return all recordings that are there more than once, those most alike first.

    What is the same as the same is the same. *on_rows* is told how many tracks are done.
    """
    found = {
        SOUND: pairs_by_sound(space, same.seconds, on_rows),
        ID: pairs_by_number(same.by_id),
        NAME: pairs_by_number(same.by_name),
    }
    members, n_groups = _groups(found, len(space.Z))
    by = {rule: set(members[pairs[:, 0]].tolist()) for rule, pairs in found.items()}
    groups = [
        Copies(
            rows,
            tuple(rule for rule, those in by.items() if group in those),
            max(float(distances_to(space, row, rows).max()) for row in rows.tolist()),
        )
        for group, rows in enumerate(split(members, n_groups))
    ]
    return sorted(groups, key=lambda group: (group.apart, group.rows[0]))


def first_of_each(
    space: Space, same: Recordings, on_rows: Callable[[int], None] = lambda n_rows: None
) -> NDArray[np.int64]:
    """Return the rows of all recordings, each once: the first that is none of those before.

    *on_rows* is told how many tracks are done.
    """
    pairs = pairs_by_sound(space, same.seconds, on_rows)
    before: dict[int, list[int]] = {}
    for first, second in pairs.tolist():
        before.setdefault(second, []).append(first)
    is_new = np.zeros(len(space.Z), np.bool_)
    seen: tuple[set[int], set[int]] = (set(), set())
    numbers = zip(same.by_id.tolist(), same.by_name.tolist(), strict=True)
    for row, own in enumerate(numbers):
        known = any(number in of for number, of in zip(own, seen, strict=True))
        if known or is_new[before.get(row, [])].any():
            continue
        is_new[row] = True
        for number, of in zip(own, seen, strict=True):
            of.update({number} - {-1})
    return np.flatnonzero(is_new)


@one_thread
def pairs_by_sound(
    space: Space,
    seconds: NDArray[np.float64],
    on_rows: Callable[[int], None] = lambda n_rows: None,
) -> NDArray[np.int64]:
    """Return the pairs that are equally long and sound just so, the lower row first."""
    pairs = [np.empty((0, 2), np.int64)]
    for row, alike in enumerate(twins(space, np.arange(len(space.Z)), seconds)):
        others = alike[alike > row]
        pairs.append(np.column_stack([np.full(len(others), row), others]))
        on_rows(1)
    return np.concatenate(pairs)


def pairs_by_number(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each track with the next of the same number; a negative one is none."""
    order = np.argsort(numbers, kind="stable")
    pairs = np.column_stack([order[:-1], order[1:]])
    first, second = numbers[pairs.T]
    alike: NDArray[np.int64] = pairs[(first == second) & (first >= 0)]
    return alike


def _groups(
    found: Mapping[str, NDArray[np.int64]], n_tracks: int
) -> tuple[NDArray[np.int64], int]:
    """Return the group of each track that is in a pair, -1 of the others, and how many."""
    pairs = np.concatenate([*found.values()])
    graph = coo_array((np.ones(len(pairs), np.bool_), pairs.T), (n_tracks, n_tracks))
    labels = connected_components(graph, directed=False)[1]
    members = np.full(n_tracks, -1)
    paired = np.unique(pairs)
    known, members[paired] = np.unique(labels[paired], return_inverse=True)
    return members, len(known)
