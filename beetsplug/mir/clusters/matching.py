"""Clusters keep their ids from run to run, and what changed is said.

Conventions
-----------
old, labels, ids : shape (n_samples,), a cluster from 1 for each track; in *old*, 0 is none
"""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics.cluster import contingency_matrix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


class Changes(NamedTuple):
    """What a new clustering does to the tracks of the old one."""

    n_moved: int  # tracks that had another id
    n_new: int  # tracks that had none
    split: dict[
        int, list[int]
    ]  # an old cluster -> clusters that now have most of theirs from it
    merged: dict[int, list[int]]  # a cluster -> old ones, now gone, that went mostly into it

    def __str__(self) -> str:
        parts = [f"{self.n_moved} tracks moved"] if self.n_moved else []
        parts += [f"{self.n_new} are new"] if self.n_new else []
        parts += [f"cluster {a} split into {_list([a, *b])}" for a, b in self.split.items()]
        parts += [
            f"cluster{'s' * (len(b) > 1)} {_list(b)} merged into {a}"
            for a, b in self.merged.items()
        ]
        return ", ".join(parts) or "no track moved"


def match(
    labels: NDArray[np.int64], old: NDArray[np.int64], taken: Iterable[int] = ()
) -> NDArray[np.int64]:
    """Return *labels* renumbered, so that as many tracks as possible keep their id.

    A cluster that takes over no id gets the lowest that nobody had, neither these tracks
    nor others (*taken*): the id of a cluster that is gone must not mean other music at once.
    """
    id_of = _taken_over(labels, old)
    had = {*old.tolist(), *taken}
    free = (id_ for id_ in count(1) if id_ not in had)
    kept = {int(label): id_of.get(int(label)) for label in np.unique(labels)}
    new = {label: id_ if id_ is not None else next(free) for label, id_ in kept.items()}
    return np.array([new[label] for label in labels.tolist()], dtype=np.int64)


def _taken_over(labels: NDArray[np.int64], old: NDArray[np.int64]) -> dict[int, int]:
    """Return the old id of each label that shares tracks with it, by linear assignment."""
    shared = old > 0
    if not shared.any():
        return {}
    counts = contingency_matrix(labels[shared], old[shared])
    new_names, old_names = np.unique(labels[shared]), np.unique(old[shared])
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return {
        int(new_names[row]): int(old_names[column])
        for row, column in zip(rows, columns, strict=True)
        if counts[row, column]
    }


def changes(ids: NDArray[np.int64], old: NDArray[np.int64]) -> Changes:
    """Say what became of the old clusters."""
    pairs = Counter(zip(old.tolist(), ids.tolist(), strict=True))
    gone, come = (
        set(old.tolist()) - set(ids.tolist()) - {0},
        set(ids.tolist()) - set(old.tolist()),
    )
    alive = set(ids.tolist()) - come
    split: dict[int, list[int]] = {}
    for new in sorted(come):
        source = _largest({a: n for (a, b), n in pairs.items() if b == new and a})
        if source in alive:
            split.setdefault(source, []).append(new)
    merged: dict[int, list[int]] = {}
    for lost in sorted(gone):
        target = _largest({b: n for (a, b), n in pairs.items() if a == lost})
        if target in alive:
            merged.setdefault(target, []).append(lost)
    moved = int(((old > 0) & (ids != old)).sum())
    return Changes(moved, int((old == 0).sum()), split, merged)


def _largest(counts: dict[int, int]) -> int:
    """Return the name with the most; of equals the lowest; 0 if there is none."""
    return min(counts, key=lambda name: (-counts[name], name), default=0)


def _list(ids: list[int]) -> str:
    *some, last = map(str, ids)
    return f"{', '.join(some)} and {last}" if some else last
