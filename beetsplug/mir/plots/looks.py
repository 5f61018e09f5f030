"""How genres are to look: near genres in near colours, and what is known stays as it is.

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
centres : mean coordinates of genres, shape (n_genres, n_components)
place : where a genre is along the colour map, above 0 and below 1
"""

from __future__ import annotations

from bisect import bisect, insort
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..clusters.genres import order
from ..ground.grouping import factorize, means
from .palette import MARKERS, Look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_MARGIN = 0.05  # left free at both ends, for genres that are yet to come
_LEAST_ROOM = 1e-6  # between two places


def looks(
    Z: NDArray[np.float64],
    genres: Sequence[str],
    brightness: NDArray[np.float64],
    known: Mapping[str, Look] | None = None,
) -> dict[str, Look]:
    """Return the look of each genre, and of those that are *known* as they are.

    *genres* has a name for each sample, the empty one is none; *brightness*, shape
    (n_samples,), decides at which end of a first order the dark colours are. A new genre
    comes between those from one to the other of which it is the least detour; if no known
    one is left, all are new.
    """
    members, names = factorize(genres)
    if known is None or not known.keys() & set(names):
        brightness_of = dict(zip(names, means(brightness[:, None], members)[:, 0], strict=True))
        path = _from_dark(order(Z, genres), brightness_of)
        return _marked(dict(zip(path, spread(len(path)), strict=True)), {})
    centre_of = dict(zip(names, means(Z, members), strict=True))
    return {**known, **_marked(_new_places(centre_of, known), known)}


def _from_dark(path: list[str], brightness_of: Mapping[str, float]) -> list[str]:
    """Return a path in the direction in which it gets brighter."""
    ranks = np.arange(len(path)) - (len(path) - 1) / 2
    rise = float(ranks @ [brightness_of[name] for name in path]) if path else 0.0
    forward = rise > 0 if rise else path == sorted([path, path[::-1]])[0]
    return path if forward else path[::-1]


def spread(n: int) -> list[float]:
    """Return as many places that are spread evenly, with room at both ends."""
    margin = min(_MARGIN, 0.5 / max(n, 1))
    return [0.5] if n == 1 else np.linspace(margin, 1 - margin, n).tolist()


def _new_places(
    centre_of: Mapping[str, NDArray[np.float64]], known: Mapping[str, Look]
) -> dict[str, float]:
    """Return places of the genres that are not known, between those that are.

    What comes between the same two known genres shares the room there evenly, and leaves
    that of genres which are gone.
    """
    taken = sorted(look.place for look in known.values())
    there = sorted(known.keys() & centre_of.keys(), key=lambda name: known[name].place)
    edges = [0.0, *(known[name].place for name in there), 1.0]
    spans = [_Span([low, *_inside(taken, low, high), high]) for low, high in pairwise(edges)]
    order, span_of = there, list(range(len(spans)))  # of each gap in the order
    for name in sorted(centre_of.keys() - known.keys()):
        detours = _detours(np.array([centre_of[other] for other in order]), centre_of[name])
        full = [not spans[span].has_room() for span in span_of]
        gap = int(np.where(full, np.inf, detours).argmin())
        order = [*order[:gap], name, *order[gap:]]
        span_of = [*span_of[:gap], span_of[gap], *span_of[gap:]]
        spans[span_of[gap]].n_new += 1
    new = [name for name in order if name not in known]
    return dict(zip(new, (place for span in spans for place in span.places()), strict=True))


class _Span:
    """What lies between two genres that are known and there."""

    def __init__(self, edges: list[float]) -> None:
        self.edges = edges  # its ends, and between them the places of those that are gone
        self.n_new = 0

    def has_room(self) -> bool:
        """Say whether one more finds a place."""
        room = (self.edges[-1] - self.edges[0]) / (len(self.edges) + self.n_new)
        return room > _LEAST_ROOM

    def places(self) -> list[float]:
        """Return places for the new genres, as far as can be from all others."""
        low, widths = np.array(self.edges[:-1]), np.diff(self.edges)
        counts = np.zeros(len(widths), dtype=np.int64)
        for _ in range(self.n_new):
            counts[(widths / (counts + 1)).argmax()] += 1
        return [
            float(start + width * step / (count + 1))
            for start, width, count in zip(low, widths, counts.tolist(), strict=True)
            for step in range(1, count + 1)
        ]


def _inside(places: list[float], low: float, high: float) -> list[float]:
    """Return of sorted places those between two others."""
    return [place for place in places[bisect(places, low) :] if place < high]


def _detours(centres: NDArray[np.float64], new: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much longer the path through all centres gets by one more in each gap.

    The gaps are those before each centre and the one after the last, shape (n_centres + 1,).
    """
    steps = np.linalg.norm(np.diff(centres, axis=0), axis=1)
    away = np.linalg.norm(centres - new, axis=1)
    return np.concatenate([away[:1], away[:-1] + away[1:] - steps, away[-1:]])


def _marked(places: Mapping[str, float], known: Mapping[str, Look]) -> dict[str, Look]:
    """Give each genre the marker that is farthest from its place."""
    placed: dict[str, list[float]] = {marker: [] for marker in MARKERS}
    for look in sorted(known.values()):
        placed[look.marker].append(look.place)
    found: dict[str, Look] = {}
    for name, place in places.items():
        distances = [_distance(place, placed[marker]) for marker in MARKERS]
        marker = MARKERS[distances.index(max(distances))]
        insort(placed[marker], place)
        found[name] = Look(place, marker)
    return found


def _distance(place: float, others: Sequence[float]) -> float:
    """Return how far the nearest of some sorted places is, 1 if there are none."""
    at = bisect(others, place)
    return min((abs(other - place) for other in others[max(0, at - 1) : at + 1]), default=1.0)
