"""An order of genres in which neighbours sound alike, for colours and sorted plots."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from python_tsp.heuristics import solve_tsp_local_search

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_MOST_SEARCHED = 100  # genres; the local search takes a second here and grows as the cube


def order(Z: NDArray[np.float64], genres: Sequence[str]) -> list[str]:
    """Return the distinct genres along a short open path through their mean coordinates.

    *Z* has the shape (n_samples, n_components) and *genres* a name for each sample;
    the empty name is no genre and is left out.
    """
    labels = np.asarray(genres, dtype=str)
    known = sorted(set(genres) - {""})
    if len(known) < 3:
        return known
    means = np.array([Z[labels == genre].mean(axis=0) for genre in known])
    distances = np.linalg.norm(means[:, None] - means[None], axis=-1)
    return [known[index] for index in short_path(distances)]


def short_path(distances: NDArray[np.float64]) -> list[int]:
    """Return a short open path through all points of a symmetric distance matrix.

    It starts at the point farthest from all others, goes on to the nearest, and is then
    improved by python-tsp's local search (2-opt). The same matrix gives the same path.
    """
    start = _nearest_neighbour_path(distances)
    if len(start) > _MOST_SEARCHED:
        return start
    # An open path is a round trip through one more point at distance 0 from all.
    trip = np.pad(distances, ((1, 0), (1, 0)))
    with _seeded():
        found, _ = solve_tsp_local_search(trip, x0=[0, *(index + 1 for index in start)])
    return [index - 1 for index in found[1:]]


@contextmanager
def _seeded() -> Iterator[None]:
    """Make python-tsp repeatable: it draws from the global generator of `random`."""
    state = random.getstate()
    random.seed(0)
    try:
        yield
    finally:
        random.setstate(state)


def _nearest_neighbour_path(distances: NDArray[np.float64]) -> list[int]:
    path = [int(distances.sum(axis=1).argmax())]
    left = set(range(len(distances))) - set(path)
    while left:
        nearest = min(left, key=lambda index: (distances[path[-1], index], index))
        path.append(nearest)
        left.remove(nearest)
    return path
