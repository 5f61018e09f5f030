"""Which genre the neighbours of a track vote for, and how often such a vote is right.

Conventions
-----------
votes : genres, as numbers, of the neighbours of each track that is asked, shape
    (n_asked, n_voters), the nearest first; -1 where there is none
distances : to them, as in :mod:`space.similarity`
share : of the votes of a track, by their weights, those for the genre that has most
confidence : how often, 0 to 1, the genre that has most is the one that is known
"""

from __future__ import annotations

from operator import contains
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from ..ground.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

N_VOTERS = 10
"""The nearest that vote: docs/quality.md has what others would do."""

OF_ONE_MAKER = 2
"""Voters by one artist at most: an album is not ten witnesses."""

LEAST_VOTERS = 8
"""Of fewer nothing is said."""

LEAST_KNOWN = 100
"""Tracks of known genre that tell how often voters are right: docs/quality.md."""

MOST_KNOWN = 2000
"""Of more, so many are drawn: the error of a share is a hundredth then."""

_NEAREST = 0.1  # whoever is nearer has no more weight


class Poll(NamedTuple):
    """What comes of the votes; all of shape (n_asked,)."""

    genres: NDArray[np.int64]  # that has most; -1 if fewer than LEAST_VOTERS vote
    shares: NDArray[np.float64]
    n_for: NDArray[np.int64]  # voters that bear it
    n_voters: NDArray[np.int64]
    examples: NDArray[np.int64]  # which voter is the nearest of them, from 0


class Calibration(NamedTuple):
    """How often votes are right, by their shares: the logistic function of a line."""

    slope: float  # never negative: more votes never make it less likely
    intercept: float

    def confidence(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the confidence of each share."""
        found: NDArray[np.float64] = expit(self.intercept + self.slope * shares)
        return found


def poll(votes: NDArray[np.int64], distances: NDArray[np.float64]) -> Poll:
    """Count the votes, each by one over its distance; of equals the nearest's wins."""
    there = votes >= 0
    weights = np.where(there, 1 / np.maximum(distances, _NEAREST), 0)
    alike = (votes[:, :, None] == votes[:, None, :]) & there[:, None, :]
    of_each = np.einsum("ijk,ik->ij", alike, weights)
    best = np.where(there, of_each, -1).argmax(axis=1)
    asked = np.arange(len(votes))
    n_voters = there.sum(axis=1)
    return Poll(
        np.where(n_voters >= LEAST_VOTERS, votes[asked, best], -1),
        of_each[asked, best] / np.maximum(weights.sum(axis=1), np.finfo(float).tiny),
        alike[asked, best].sum(axis=1),
        n_voters,
        best,
    )


@one_thread
def calibrate(shares: NDArray[np.float64], right: NDArray[np.bool_]) -> Calibration:
    """Fit how often votes are right to those that are known to be, or not (Platt 1999).

    Each of these tracks has to be without a vote in its own case. As if one vote more had
    been wrong though all agreed, and one right though nobody did: few tracks make nothing
    certain, and of many these two are nothing.
    """
    shares, right = np.append(shares, [1, 0]), np.append(right, [False, True])
    fitted = LogisticRegression(C=1000).fit(shares[:, None], right)
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    return Calibration(slope, intercept) if slope > 0 else Calibration(0, logit(right.mean()))


def bears(genres: NDArray[np.int64], own: Sequence[Collection[int]]) -> NDArray[np.bool_]:
    """Say of each track whether a genre is one of its *own*."""
    return np.fromiter(map(contains, own, genres.tolist()), np.bool_, len(own))


def stands_alone(votes: NDArray[np.int64], own: Sequence[Collection[int]]) -> NDArray[np.bool_]:
    """Say of each track whether it has genres of its *own*, and no voter one of these.

    *votes* are the genres of its voters, shape (n_asked, n_voters), -1 for none.
    """
    pairs = zip(own, votes.tolist(), strict=True)
    return np.array([bool(genres) and not {*genres} & {*votes} for genres, votes in pairs])
