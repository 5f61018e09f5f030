"""Why two tracks sound alike, and in what they do not: in words.

Conventions
-----------
scores : how much each of :data:`names.TAGS` fits a track, shape (n_tags,), 0 to 1
ranks : where a track is in the library in each of :data:`naming.QUALITIES`, shape
    (n_qualities,), from -0.5 (the least) to 0.5
a, b : the two tracks, or what several have on average
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from ..names import FEATURES, LEAST_SCORE, TAGS
from .naming import QUALITIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_REASONS = 3
"""Of a kind that are told at most."""

STANDS_OUT = 0.2  # rank from the middle, of 0.5
AGREES = 0.15  # difference of ranks
DIFFERS = 0.3
TELLS_APART = 0.2  # difference of scores


def ranks_of(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ranks of all tracks by the features X, shape (n_tracks, n_qualities).

    X is of shape (n_tracks, 16). Equal values share their rank.
    """
    column = {feature.name: index for index, feature in enumerate(FEATURES)}
    signs = np.array([feature.sign for feature in FEATURES])
    of_features = (rankdata(X * signs, axis=0) - 0.5) / len(X) - 0.5
    of_qualities = [
        of_features[:, [column[name] for name in quality.features]].mean(axis=1)
        for quality in QUALITIES
    ]
    return np.transpose(of_qualities)


def alike(
    ranks_a: NDArray[np.float64],
    ranks_b: NDArray[np.float64],
    scores_a: NDArray[np.float64] | None,
    scores_b: NDArray[np.float64] | None,
) -> str:
    """Return what two tracks have in common, and what one has more of: a line.

    Without *scores* (None) there are no tags in it.
    """
    tags_of_both, tags_apart = _tags(scores_a, scores_b)
    # Two that stand out to different sides are farther apart than that.
    agree = np.abs(ranks_a - ranks_b) <= AGREES
    least = np.where(agree, np.minimum(np.abs(ranks_a), np.abs(ranks_b)), 0)
    both = [*tags_of_both, *(_word(i, ranks_a[i]) for i in _most(least, STANDS_OUT, N_REASONS))]
    apart = np.abs(ranks_b - ranks_a)
    more = [*tags_apart, *(_word(i, ranks_b[i] - ranks_a[i]) for i in _most(apart, DIFFERS, 1))]
    told = [f"both {', '.join(both)}" if both else "alike in nothing that stands out"]
    told += [f"more {', '.join(more)}"] if more else []
    return "; ".join(told)


def _tags(
    a: NDArray[np.float64] | None, b: NDArray[np.float64] | None
) -> tuple[list[str], list[str]]:
    """Return the tags of both, and the one that tells the second most from the first."""
    if a is None or b is None:
        return [], []
    more = _most(b - a, TELLS_APART, 1)
    least = np.minimum(a, b)
    least[more] = 0
    both = _most(least, LEAST_SCORE, N_REASONS)
    return [TAGS[i] for i in both], [TAGS[i] for i in more]


def _most(values: NDArray[np.float64], least: float, n: int) -> list[int]:
    order = np.argsort(-values, kind="stable")[:n]
    return [int(i) for i in order if values[i] >= least]


def _word(quality: int, level: float) -> str:
    return QUALITIES[quality].more if level > 0 else QUALITIES[quality].less
