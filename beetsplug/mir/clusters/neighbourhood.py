"""How good are neighbours: how often of the same label, and how often the same few.

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
D : distances from some samples to all, shape (n_rows, n_samples)
truth : a label for each sample; the empty one is none, and the sample is left out
artists : an artist for each sample, in any case of letters; the empty one is none
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from ..ground.grouping import factorize
from ..ground.magnitude import moderate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

DEPTHS = (1, 5, 10)
"""How many of the nearest are looked at."""

_VALUES_AT_A_TIME = 4_000_000  # 32 MB of distances


class Neighbourhood(NamedTuple):
    """The scores of a space; None where there is nothing to compare.

    Precision at k is the share of samples of the same label among the k nearest, mean over
    the samples; chance is that share among all. Those of the same artist are left out,
    since an album sounds like itself whatever its label (Flexer and Schnitzer 2010).
    Hubness is the skewness of how often a sample is among the ten nearest of others
    (Radovanović et al. 2010), 0 where all are
    equally often.
    """

    precision_at_1: float | None
    precision_at_5: float | None
    precision_at_10: float | None
    chance: float | None
    hubness: float | None


def of_space(
    Z: NDArray[np.float64],
    truth: Sequence[str],
    artists: Sequence[str],
    on_rows: Callable[[int], None] = lambda n_rows: None,
) -> Neighbourhood:
    """Score the Euclidean neighbours in a space; *on_rows* is told how many are done."""
    return of_distances(blocks(Z), truth, artists, on_rows)


def blocks(Z: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Yield the distances from all samples in turn, from as many as memory should hold.

    Of coordinates of any magnitude they are those of moderate ones.
    """
    Z = moderate(Z)
    n_rows = max(1, _VALUES_AT_A_TIME // len(Z))
    for start in range(0, len(Z), n_rows):
        yield cdist(Z[start : start + n_rows], Z)


def of_distances(
    blocks: Iterable[NDArray[np.float64]],
    truth: Sequence[str],
    artists: Sequence[str],
    on_rows: Callable[[int], None] = lambda n_rows: None,
) -> Neighbourhood:
    """Score any distances, given as blocks of rows, which together are those of all samples."""
    labels, known = factorize(truth)
    by = factorize([artist.strip().casefold() for artist in artists])[0]
    times_near = np.zeros(len(labels), np.int64)
    shares = [np.empty((0, len(DEPTHS) + 1))]
    start = 0
    for D in blocks:
        rows = np.arange(start, start + len(D))
        D = _without(D, rows[:, None] == np.arange(len(labels)))
        near = nearest(D, DEPTHS[-1])
        times_near += np.bincount(near.ravel(), minlength=len(labels))
        if len(known) > 1:
            shares.append(_shares(D, rows, labels, by))
        start += len(D)
        on_rows(len(D))
    return Neighbourhood(*[*_means(np.concatenate(shares)), skewness(times_near)])


def nearest(D: NDArray[np.float64], n_nearest: int) -> NDArray[np.int64]:
    """Return the nearest of each row, nearest first, shape (n_rows, n_nearest or all)."""
    n_nearest = min(n_nearest, D.shape[1])
    found = np.argpartition(D, n_nearest - 1, axis=1)[:, :n_nearest]
    order = np.argsort(np.take_along_axis(D, found, axis=1), axis=1)
    return np.take_along_axis(found, order, axis=1)


def skewness(counts: NDArray[np.int64]) -> float | None:
    """Return the third standardised moment; None if all are equal."""
    away = counts - counts.mean()
    deviation = away.std()
    return float((away**3).mean() / deviation**3) if deviation else None


def _shares(
    D: NDArray[np.float64],
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    by: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the share of the same label among the nearest, and among all, of each that asks.

    A sample asks if it has a label and there is another to compare it with; where there are
    fewer than there should be, these count.
    """
    same_artist = (by[rows, None] == by) & (by >= 0)
    D = _without(D, same_artist | (labels < 0))
    asks = (labels[rows] >= 0) & np.isfinite(D).any(axis=1)
    D, rows = D[asks], rows[asks]
    near = nearest(D, DEPTHS[-1])
    there = np.isfinite(np.take_along_axis(D, near, axis=1))
    same = there & (labels[near] == labels[rows, None])
    of_nearest = [same[:, :k].sum(axis=1) / there[:, :k].sum(axis=1) for k in DEPTHS]
    there = np.isfinite(D)
    same = there & (labels == labels[rows, None])
    return np.column_stack([*of_nearest, same.sum(axis=1) / there.sum(axis=1)])


def _without(D: NDArray[np.float64], out: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return distances in which what is left out is infinitely far."""
    return np.where(out, np.inf, D)


def _means(shares: NDArray[np.float64]) -> Sequence[float | None]:
    return shares.mean(axis=0).tolist() if len(shares) else [None] * shares.shape[1]
