"""An order of genres in which neighbours sound alike, for colours and sorted plots."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from python_tsp.heuristics import solve_tsp_local_search

from .grouping import factorize, means
from .ordering import smooth_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_MOST_SEARCHED = 100  # genres; the local search takes a second here and grows as the cube


def order(Z: NDArray[np.float64], genres: Sequence[str]) -> list[str]:
    """Return the distinct genres along a short open path through their mean coordinates.

    *Z* has the shape (n_samples, n_components) and *genres* a name for each sample;
    the empty name is no genre and is left out.
    """
    members, known = factorize(genres)
    return [known[index] for index in short_path(means(Z, members))]


def short_path(places: NDArray[np.float64]) -> list[int]:
    """Return a short open path through all places, shape (n_places, n_components).

    The path that orders playlists is improved by python-tsp's local search, except through
    very many places. It is never longer than the order in which the places come, and the
    same places give the same path.
    """
    if len(places) < 3:
        return list(range(len(places)))
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1)
    path = smooth_path(places, np.full(len(places), -1)).tolist()
    if len(path) <= _MOST_SEARCHED:
        path = _searched(path, distances)
    return min(path, list(range(len(path))), key=lambda path: _length(path, distances))


def _searched(start: Sequence[int], distances: NDArray[np.float64]) -> list[int]:
    # An open path is a round trip through one more point at distance 0 from all.
    trip = np.pad(distances, ((1, 0), (1, 0)))
    with _seeded():
        found, _ = solve_tsp_local_search(trip, x0=[0, *(index + 1 for index in start)])
    return [index - 1 for index in found[1:]]


def _length(path: Sequence[int], distances: NDArray[np.float64]) -> float:
    return float(distances[path[:-1], path[1:]].sum())


@contextmanager
def _seeded() -> Iterator[None]:
    """Make python-tsp repeatable: it draws from the global generator of `random`."""
    state = random.getstate()
    random.seed(0)
    try:
        yield
    finally:
        random.setstate(state)
