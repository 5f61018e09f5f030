"""Ways through a space: a path from track to track, a walk from one, an order of small steps.

Conventions are those of :mod:`similarity`, and

artists : a number for each track, equal for the same artist; negative matches none
spacing : how many tracks are to stand between two of one artist
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..ground.threads import one_thread
from .similarity import are_same, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from .similarity import Recordings, Space

_WIDTH = 40  # tracks to choose from at each step of a path
_DRAWN_FROM = 5  # nearest, of which a walk goes to one by lot
_AT_A_TIME = 150  # tracks that are put in order together
_MOST_TRIED = 50  # turns, before no better one is looked for
_LEAST_GAIN = 1e-9


@one_thread
def path(
    space: Space,
    stops: Sequence[int],
    n: int,
    same: Recordings,
    artists: NDArray[np.int64],
    *,
    spacing: int = 5,
    among: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Return *n* rows from the first stop through the others to the last, in even steps.

    What lies between two stops is nearer to each than they are to each other. From one to
    the other these tracks are dealt into as many groups as there are steps, and of each
    group one is taken such that the squares of all steps are least. No recording comes
    twice; artists are spaced as far as the groups allow. There are fewer rows where fewer
    tracks lie between the stops, and never fewer than the stops.
    """
    layers = _layers(space, stops, n, same, among)
    while True:
        rows = _evenest(space.Z, layers)
        if not _mended(layers, space, rows, same, artists, spacing):
            return rows


def wander(
    space: Space,
    start: int,
    home: NDArray[np.float64],
    same: Recordings,
    artists: NDArray[np.int64],
    *,
    drift: float = 0.0,
    spacing: int = 5,
    among: NDArray[np.bool_] | None = None,
    random_state: int = 0,
) -> Iterator[int]:
    """Yield rows without end from *start* on, each near to what came before, none twice.

    With a *drift* of 0 each is one of the nearest to the place *home*, with 1 to the last
    one, in between to a place between both. Artists are spaced as long as there are others.
    """
    random = np.random.default_rng(random_state)
    free = np.ones(len(space.Z), np.bool_) if among is None else among.copy()
    rows = [start]
    while True:
        yield rows[-1]
        free[rows[-1]] = False
        target = home + drift * (space.Z[rows[-1]] - home)
        found = _near_others(space, target, rows, same, artists, spacing, free)
        if not len(found):
            return
        rows.append(int(random.choice(found)))


@one_thread
def spaced_order(
    space: Space, rows: Sequence[int], artists: NDArray[np.int64], spacing: int = 5
) -> NDArray[np.int64]:
    """Return the rows in an order of smaller steps that begins with the same one.

    Parts are turned round (2-opt, Croes 1958) as long as that makes the way shorter and
    brings no two of one artist nearer together than *spacing*, if they were not before.
    """
    order = np.array(rows, dtype=np.int64)
    for begin in range(0, len(order), _AT_A_TIME // 2):
        part = order[begin : begin + _AT_A_TIME]
        end = begin + _AT_A_TIME
        around = order[max(0, begin - spacing) : begin], order[end : end + spacing]
        order[begin:end] = _turned(space, part, around, artists, spacing)
    return order


def by_others(
    artists: NDArray[np.int64], rows: Sequence[int], spacing: int, free: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return *free* without the tracks of artists that the last *spacing* rows are by."""
    others = free.copy()
    for artist in set(artists[rows[len(rows) - min(spacing, len(rows)) :]].tolist()) - {-1}:
        others &= artists != artist
    return others


def _near_others(
    space: Space,
    target: NDArray[np.float64],
    rows: list[int],
    same: Recordings,
    artists: NDArray[np.int64],
    spacing: int,
    free: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return those that a walk may go to: by artists that were not heard just now, if any."""
    without = np.array(rows)
    for among in (by_others(artists, rows, spacing, free), free):
        if among.any():
            found, _ = nearest(space, target, _DRAWN_FROM, same, without=without, among=among)
            if len(found):
                return found
    return np.empty(0, np.int64)


def _layers(
    space: Space,
    stops: Sequence[int],
    n: int,
    same: Recordings,
    among: NDArray[np.bool_] | None,
) -> list[NDArray[np.int64]]:
    """Return the tracks that each step of a path may go to; of a stop it is the stop."""
    free = np.ones(len(space.Z), np.bool_) if among is None else among.copy()
    for stop in stops:
        free &= ~are_same(space, stop, np.arange(len(free)), same)
    layers = [np.array(stops[:1])]
    for (a, b), n_steps in zip(pairwise(stops), _shared_out(space.Z, stops, n), strict=True):
        pool = _between(space.Z, a, b, free)[: _WIDTH * n_steps]
        layers += _dealt(space.Z, a, b, pool, min(n_steps, len(pool)))
        layers.append(np.array([b]))
    return layers


def _shared_out(Z: NDArray[np.float32], stops: Sequence[int], n: int) -> list[int]:
    """Return how many of *n* tracks come between each two stops, by their distances."""
    lengths = np.array([_distance(Z, a, b) for a, b in pairwise(stops)])
    shares = lengths / lengths.sum() if lengths.sum() else np.full(len(lengths), 1.0)
    ends = np.rint(np.cumsum(shares / shares.sum()) * max(0, n - len(stops)))
    return [int(n_steps) for n_steps in np.diff(ends, prepend=0)]


def _between(
    Z: NDArray[np.float32], a: int, b: int, free: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return what is nearer to both of two tracks than these are to each other.

    The shortest way round comes first.
    """
    to_a, to_b = (np.linalg.norm(Z - Z[row], axis=1) for row in (a, b))
    rows = np.flatnonzero(free & (np.maximum(to_a, to_b) < _distance(Z, a, b)))
    return rows[np.argsort((to_a + to_b)[rows], kind="stable")]


def _dealt(
    Z: NDArray[np.float32], a: int, b: int, pool: NDArray[np.int64], n_groups: int
) -> list[NDArray[np.int64]]:
    """Return equal groups of tracks, in the order of how far they are from *a* to *b*."""
    if not n_groups:
        return []
    along = (Z[pool] @ (Z[b] - Z[a])).argsort(kind="stable")
    return np.array_split(pool[along], n_groups)


def _evenest(Z: NDArray[np.float32], layers: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return one row of each layer, such that the squares of the steps are least (Viterbi)."""
    costs = np.zeros(len(layers[0]))
    came_from = []
    for before, here in pairwise(layers):
        steps = Z[before][:, None].astype(np.float64) - Z[here][None]
        all_costs = costs[:, None] + (steps**2).sum(axis=2)
        came_from.append(all_costs.argmin(axis=0))
        costs = all_costs.min(axis=0)
    chosen = [int(costs.argmin())]
    for of_layer in reversed(came_from):
        chosen.append(int(of_layer[chosen[-1]]))
    return np.array([layer[i] for layer, i in zip(layers, reversed(chosen), strict=True)])


def _mended(
    layers: list[NDArray[np.int64]],
    space: Space,
    rows: NDArray[np.int64],
    same: Recordings,
    artists: NDArray[np.int64],
    spacing: int,
) -> bool:
    """Take out of the layers what clashes on a path through them; say whether that can be.

    Of two tracks that clash, the layer with more to choose from loses all that would clash
    likewise, if others are left in it. A recording that comes again all the same costs its
    step; artists that nobody can replace stay.
    """
    changed: set[int] = set()
    gone: set[int] = set()
    for later in range(1, len(rows)):
        are_one = are_same(space, int(rows[later]), rows[:later], same)
        for earlier in np.flatnonzero(are_one | _near_artist(rows, artists, later, spacing)):
            pair = (int(earlier), later)
            if changed.isdisjoint(pair) and (place := _thinned(layers, rows, artists, pair)):
                changed.add(place)
            elif changed.isdisjoint(pair) and are_one[earlier] and later < len(rows) - 1:
                changed.add(later)
                gone.add(later)
    layers[:] = [layer for place, layer in enumerate(layers) if place not in gone]
    return bool(changed)


def _near_artist(
    rows: NDArray[np.int64], artists: NDArray[np.int64], later: int, spacing: int
) -> NDArray[np.bool_]:
    """Say of all rows before one whether they are by its artist, and too near to it."""
    artist = artists[rows[later]]
    found: NDArray[np.bool_] = (artists[rows[:later]] == artist) & (artist >= 0)
    found[: max(0, later - spacing)] = False
    return found


def _thinned(
    layers: list[NDArray[np.int64]],
    rows: NDArray[np.int64],
    artists: NDArray[np.int64],
    pair: tuple[int, int],
) -> int:
    """Take the row of one of two places, and its artist, out of its layer; return which.

    0, which is the place of the first stop, if there are no others in either layer.
    """
    for place in sorted(pair, key=lambda place: -len(layers[place])):
        layer, row = layers[place], rows[place]
        others = (layer != row) & ((artists[layer] != artists[row]) | (artists[row] < 0))
        if others.any():
            layers[place] = layer[others]
            return place
    return 0


def _turned(
    space: Space,
    part: NDArray[np.int64],
    around: tuple[NDArray[np.int64], NDArray[np.int64]],
    artists: NDArray[np.int64],
    spacing: int,
) -> NDArray[np.int64]:
    """Return a part of an order, from its first on, with smaller steps.

    What comes before and after it, *around*, stays.
    """

    def close(order: NDArray[np.int64]) -> int:
        whole = np.concatenate([around[0], part[order], around[1]])
        return _n_close(artists[whole], spacing)

    Z = space.Z[part].astype(np.float64)
    D = np.linalg.norm(Z[:, None] - Z[None], axis=2)
    order = np.arange(len(part))
    n_close = close(order)
    while True:
        for turned in _shorter(D, order):
            if (now := close(turned)) <= n_close:
                order, n_close = turned, now
                break
        else:
            return part[order]


def _shorter(D: NDArray[np.float64], order: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield orders in which one part is turned round, that which makes it shortest first."""
    steps = D[order[:, None], order[None]]
    along = np.append(steps.diagonal(1), 0.0)  # from each to the next; after the last nothing
    # From i, the part from i + 1 to j is turned: i comes before j, and i + 1 before j + 1.
    gains = along[:-1, None] + along[None, 1:] - steps[:-1, 1:]
    gains[:, :-1] -= steps[1:, 2:] if len(order) > 2 else 0.0
    befores, lasts = np.nonzero(np.triu(gains, 1) > _LEAST_GAIN)
    best = np.argsort(-gains[befores, lasts], kind="stable")[:_MOST_TRIED]
    for before, last in zip(befores[best], lasts[best] + 1, strict=True):
        turned = order.copy()
        turned[before + 1 : last + 1] = turned[before + 1 : last + 1][::-1]
        yield turned


def _n_close(artists: NDArray[np.int64], spacing: int) -> int:
    """Count the pairs of one artist with fewer than *spacing* others between them."""
    pairs = (
        (artists[:-gap], artists[gap:]) for gap in range(1, min(spacing + 1, len(artists)))
    )
    return sum(int(((a == b) & (a >= 0)).sum()) for a, b in pairs)


def _distance(Z: NDArray[np.float32], a: int, b: int) -> float:
    return float(np.linalg.norm(Z[a] - Z[b]))
