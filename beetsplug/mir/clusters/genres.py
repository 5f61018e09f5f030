"""An order of genres in which neighbours sound alike, for colours and sorted plots."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from python_tsp.heuristics import solve_tsp_local_search

from ..ground.grouping import factorize, means
from ..ground.magnitude import moderate
from .order.path import smooth_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_MOST_WORK = 50_000  # squared places times searches; with fifty places that is half a second
_MOST_SECONDS = 3.0


def order(Z: NDArray[np.float64], genres: Sequence[str]) -> list[str]:
    """Return the distinct genres along a short open path through their mean coordinates.

    *Z* has the shape (n_samples, n_components) and *genres* a name for each sample;
    the empty name is no genre and is left out.
    """
    members, known = factorize(genres)
    return [known[index] for index in short_path(means(Z, members))]


def short_path(places: NDArray[np.float64], *, seconds: float = _MOST_SECONDS) -> list[int]:
    """Return a short open path through all places, shape (n_places, n_components).

    python-tsp's local search improves the path that orders playlists, and again what comes
    of exchanging two of its parts, as long as there is work left to spend. It is never
    longer than the order in which the places come, and the same places give the same path,
    unless the *seconds* are over before (they are with more than some 250 places).
    """
    if len(places) < 3:
        return list(range(len(places)))
    places = moderate(places)
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1)
    path = smooth_path(places, np.full(len(places), -1)).tolist()
    path = _searched(path, distances, seconds)
    return min(path, list(range(len(path))), key=lambda path: _length(path, distances))


def _searched(
    start: Sequence[int], distances: NDArray[np.float64], seconds: float
) -> list[int]:
    # An open path is a round trip through one more point at distance 0 from all.
    trip = np.pad(distances, ((1, 0), (1, 0)))
    draw = np.random.default_rng(0)
    deadline = time.monotonic() + seconds
    best, least = [0, *(index + 1 for index in start)], np.inf
    candidate = best
    with _seeded():
        for _ in range(1 + _MOST_WORK // len(trip) ** 2):
            if (left := deadline - time.monotonic()) <= 0:
                break
            found, length = solve_tsp_local_search(trip, x0=candidate, max_processing_time=left)
            if length < least:
                best, least = found, length
            candidate = _exchanged(best, draw)
    return [index - 1 for index in best[1:]]


def _exchanged(trip: Sequence[int], draw: np.random.Generator) -> list[int]:
    """Return the trip with two neighbouring parts in exchange (the double bridge).

    It leaves a local optimum without losing what is good in it (Martin, Otto and Felten
    1991).
    """
    first, middle, last = np.sort(draw.choice(np.arange(1, len(trip)), 3, replace=False))
    return [*trip[:first], *trip[middle:last], *trip[first:middle], *trip[last:]]


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
