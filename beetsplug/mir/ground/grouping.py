"""Names become numbers, once; what is counted and averaged by group needs one pass.

Conventions
-----------
names : a name for each sample; the empty one is none
members : shape (n_samples,), the group 0..n_groups-1 of each sample; negative is none
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .magnitude import lowered, power_of, raised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def factorize(names: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Return each sample's group, and the distinct names of the groups, sorted.

    An array of the names themselves would give each the room of the longest.
    """
    known = sorted(set(names) - {""})
    number_of = {name: number for number, name in enumerate(known)} | {"": -1}
    return np.fromiter((number_of[name] for name in names), np.int64, len(names)), known


def means(Z: NDArray[np.float64], members: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of each group, none of them empty, shape (n_groups, n_components)."""
    had = members >= 0
    members = members[had]
    power = power_of(Z)
    sums = [np.bincount(members, weights=column[had]) for column in lowered(Z, power).T]
    return raised(np.transpose(sums) / np.bincount(members)[:, None], power)


def split(members: NDArray[np.int64], n_groups: int) -> list[NDArray[np.int64]]:
    """Return the samples of each group, in order."""
    order = np.argsort(members, kind="stable")
    ends = np.searchsorted(members[order], np.arange(n_groups + 1))
    return [order[start:end] for start, end in pairwise(ends)]


def cross_table(
    rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> NDArray[np.int64]:
    """Return how many samples are in each pair of a row and a column; none is left out."""
    both = (rows >= 0) & (columns >= 0)
    places = rows[both] * shape[1] + columns[both]
    counts: NDArray[np.int64] = np.bincount(places, minlength=shape[0] * shape[1])
    return counts.reshape(shape)
