"""A path made shorter by turning and moving parts of it, as long as that helps.

Turning is 2-opt (Croes 1958), moving a few samples is Or's exchange (1976). The open path
becomes a ring by one sample more, that is at distance 0 from all: in a ring, the shorter
side of what is to be turned can be turned (Bentley 1992).

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
artists : a number for each sample, equal for the same artist; negative matches none
step : 1 to go on along the ring, -1 to go back
a, b, c, d : samples, or ``n_samples`` for the one that closes the ring
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...ground.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Touched = tuple[int, int, int, int, int, int]

_LONGEST_MOVED = 3  # samples
_LONGEST_TURNED = 50_000  # of a million in a quarter of the time, to .4 % more
_LEAST_GAIN = 1e-12


class _Ring(NamedTuple):
    order: NDArray[np.int64]  # the samples and the one that closes the ring
    place_of: NDArray[np.int64]  # of each in that order
    Z: NDArray[np.float64]
    artists: NDArray[np.int64]
    penalty: float  # of two samples of one artist side by side
    nearest: NDArray[np.int64]  # of each sample the near ones, the nearest first


def shorten(
    path: NDArray[np.int64],
    Z: NDArray[np.float64],
    artists: NDArray[np.int64],
    nearest: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the path made shorter by links between near samples.

    *nearest* are those of each sample, the nearest first, shape (n_samples, n_nearest).
    To play one artist twice in a row costs more than any way round.
    """
    order = np.append(path, len(path))
    penalty = 2.0 * float(np.linalg.norm(np.ptp(Z, axis=0)))
    _shorten(_Ring(order, order.argsort(), Z, artists, penalty, nearest))
    start = int(order.argmax()) + 1
    return np.concatenate((order[start:], order[: start - 1]))


@compiled
def cost(
    Z: NDArray[np.float64], artists: NDArray[np.int64], penalty: float, i: int, j: int
) -> float:
    """Return the cost of playing *j* after *i*: 0 beside ``n_samples``, which is none."""
    if i >= len(Z) or j >= len(Z):
        return 0.0
    total = 0.0
    for k in range(Z.shape[1]):
        total += (Z[i, k] - Z[j, k]) ** 2
    distance: float = np.sqrt(total)
    return distance + penalty if artists[i] >= 0 and artists[i] == artists[j] else distance


@compiled
def _shorten(ring: _Ring) -> None:
    """Improve the ring in place, sample by sample, until none finds a better neighbour."""
    n_samples = len(ring.Z)
    waiting = ring.order[ring.order < n_samples]  # a ring, too: head and n_waiting
    is_waiting = np.ones(n_samples, dtype=np.bool_)
    head, n_waiting = 0, n_samples
    while n_waiting:
        sample = waiting[head]
        head = (head + 1) % n_samples
        n_waiting -= 1
        is_waiting[sample] = False
        for other in _improve(ring, sample):
            if other < n_samples and not is_waiting[other]:
                waiting[(head + n_waiting) % n_samples] = other
                is_waiting[other] = True
                n_waiting += 1


@compiled
def _improve(ring: _Ring, a: int) -> _Touched:
    """Bring a sample beside a near one where that makes the ring shorter.

    Return the samples that have other neighbours now, filled up with ``n_samples``.
    """
    for step in (1, -1):
        touched: _Touched = _turned(ring, a, step)
        if touched[0] < len(ring.Z):
            return touched
    for step in (1, -1):
        end = a
        for _ in range(_LONGEST_MOVED):
            touched = _moved(ring, a, end, step)
            if touched[0] < len(ring.Z):
                return touched
            end = _beside(ring, end, step)
            if end == len(ring.Z):
                break
    return touched


@compiled
def _turned(ring: _Ring, a: int, step: int) -> _Touched:
    """Replace the links ab and cd by ac and bd if that is shorter; *step* leads from a to b."""
    n_samples = len(ring.Z)
    b = _beside(ring, a, step)
    of_ab = _cost(ring, a, b)
    for c in ring.nearest[a]:
        d = _beside(ring, c, step)
        gain = of_ab - _cost(ring, a, c)
        if gain <= _LEAST_GAIN or d == a or _is_far(ring, a, c):
            continue
        if gain + _cost(ring, c, d) - _cost(ring, b, d) > _LEAST_GAIN:
            _exchange(ring, a, b, c, d)
            return a, b, c, d, n_samples, n_samples
    return n_samples, n_samples, n_samples, n_samples, n_samples, n_samples


@compiled
def _moved(ring: _Ring, a: int, end: int, step: int) -> _Touched:
    """Put the part from *a* to *end* between c and d, a beside c, if that is shorter."""
    n_samples = len(ring.Z)
    before, after = _beside(ring, a, -step), _beside(ring, end, step)
    saved = _cost(ring, before, a) + _cost(ring, end, after) - _cost(ring, before, after)
    for c in ring.nearest[a]:
        gain = saved - _cost(ring, a, c)
        if gain <= _LEAST_GAIN or before == after or _is_far(ring, a, c):
            continue
        if _is_between(ring, a, c, end, step):
            continue
        for side in (step, -step):
            d = _beside(ring, c, side)
            if d in (a, end):
                continue
            if gain + _cost(ring, c, d) - _cost(ring, end, d) > _LEAST_GAIN:
                _move(ring, before, a, end, after, c, d, side == step)
                return a, end, before, after, c, d
    return n_samples, n_samples, n_samples, n_samples, n_samples, n_samples


@compiled
def _cost(ring: _Ring, i: int, j: int) -> float:
    of_both: float = cost(ring.Z, ring.artists, ring.penalty, i, j)
    return of_both


@compiled
def _beside(ring: _Ring, sample: int, step: int) -> int:
    place = ring.place_of[sample] + step
    if place == len(ring.order):
        place = 0
    return int(ring.order[place])  # place -1 is the last


@compiled
def _is_between(ring: _Ring, a: int, sample: int, end: int, step: int) -> bool:
    """Say whether a sample is in the part that goes from *a* to *end*."""
    size = len(ring.order)
    n_steps = step * (ring.place_of[end] - ring.place_of[a]) % size
    return bool(step * (ring.place_of[sample] - ring.place_of[a]) % size <= n_steps)


@compiled
def _is_far(ring: _Ring, a: int, c: int) -> bool:
    """Say whether more lies between two samples than is to be turned round."""
    n_between = abs(ring.place_of[a] - ring.place_of[c])
    return bool(min(n_between, len(ring.order) - n_between) > _LONGEST_TURNED)


@compiled
def _move(
    ring: _Ring, before: int, a: int, end: int, after: int, c: int, d: int, straight: bool
) -> None:
    """Take the part from *a* to *end* away from its neighbours and put it between c and d.

    a comes beside c. *straight* if d is on that side of c on which *after* is of *end*.
    """
    first, second = (c, d) if straight else (d, c)
    _exchange(ring, before, a, first, second)
    _exchange(ring, before, first, after, end)
    if straight:
        _exchange(ring, first, end, a, second)


@compiled
def _exchange(ring: _Ring, a: int, b: int, c: int, d: int) -> None:
    """Replace the links ab and cd by ac and bd: b and d come after a and c, or both before."""
    if _beside(ring, a, 1) == b:
        _turn(ring, ring.place_of[b], ring.place_of[c])
    else:
        _turn(ring, ring.place_of[c], ring.place_of[b])


@compiled
def _turn(ring: _Ring, first: int, last: int) -> None:
    """Turn round what is from one place on to another, or all the rest if that is less."""
    size = len(ring.order)
    n_inside = (last - first) % size + 1
    if 2 * n_inside > size:
        first, last = (last + 1) % size, (first - 1) % size
        n_inside = size - n_inside
    for _ in range(n_inside // 2):
        one, other = ring.order[first], ring.order[last]
        ring.order[first], ring.place_of[other] = other, first
        ring.order[last], ring.place_of[one] = one, last
        first = first + 1 if first + 1 < size else 0
        last = last - 1 if last > 0 else size - 1
