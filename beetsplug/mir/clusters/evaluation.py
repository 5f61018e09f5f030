"""How good are clusters: beside a label such as genre, and by themselves.

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
truth : a label for each sample; the empty one is none, and the sample is left out
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial.distance import pdist, squareform
from sklearn import metrics

from ..ground.grouping import cross_table, factorize
from ..ground.magnitude import moderate
from ..ground.threads import one_thread
from ..names import METHODS
from ..space.linear import distinct
from . import hierarchy
from .clustering import kmeans, numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    _Outer = tuple[float | None, float | None, float | None, float | None, float | None]
    Labels = dict[int, NDArray[np.int64]]  # by number of clusters

N_CLUSTERS = range(2, 21)
MOST_EVALUATED = 3000
"""Of more tracks, so many are drawn: silhouettes need all pairwise distances."""

N_BOOTSTRAPS = 6
_STARTS_OF_BOOTSTRAP = 3


class Row(NamedTuple):
    """One clustering and its scores; None where there are no labels, or not two clusters.

    All are at most 1, the best. 0 is chance for the adjusted ones and for stability. The
    gains are left to :mod:`.gains`.
    """

    space: str
    method: str
    n_clusters: int
    adjusted_rand: float | None  # Hubert and Arabie (1985)
    adjusted_mutual_info: float | None  # Vinh et al. (2010)
    homogeneity: float | None  # Rosenberg and Hirschberg (2007), as the next
    completeness: float | None
    fowlkes_mallows: float | None  # Fowlkes and Mallows (1983)
    silhouette: float | None  # Rousseeuw (1987)
    stability: float | None  # adjusted Rand index between bootstrap samples
    silhouette_gain: float | None = None  # over clouds without clusters
    stability_gain: float | None = None


SCORES = Row._fields[3:10]


@one_thread
def evaluate(
    spaces: Mapping[str, NDArray[np.float64]],
    truth: Sequence[str],
    *,
    genres: Sequence[str] = (),
    bias: float = 0.0,
    methods: Sequence[str] = METHODS,
    n_clusters: Sequence[int] = N_CLUSTERS,
    random_state: int = 0,
    on_step: Callable[[], None] = lambda: None,
) -> list[Row]:
    """Score each method in each space (coordinates by name) for each number of clusters.

    A genre *bias* contracts distances of agglomerative clustering where *genres* match.
    *on_step* is called after each space and method. There are never more clusters than
    different tracks.
    """
    rows = []
    of_truth, _ = factorize(truth)
    for space, Z in zip(spaces, map(moderate, spaces.values()), strict=True):
        counts = [k for k in n_clusters if k <= len(distinct(Z))]
        D = squareform(pdist(Z))
        for method in methods:
            labels_of = _Clusterer(method, genres, bias)
            labels = labels_of(Z, np.arange(len(Z)), counts, random_state)
            steady = stability(labels_of, Z, counts, random_state)
            for k in counts:
                inner = _silhouette(D, labels[k]), steady[k]
                rows.append(Row(space, method, k, *_against(of_truth, labels[k]), *inner))
            on_step()
    return rows


def clustered(
    Z: NDArray[np.float64], method: str, n_clusters: int, random_state: int
) -> NDArray[np.int64]:
    """Return the clusters that :func:`evaluate` scores, shape (n_samples,), from 1."""
    labels = _Clusterer(method, (), 0.0)(Z, np.arange(len(Z)), [n_clusters], random_state)
    return numbered(Z, labels[n_clusters])


class _Clusterer:
    """A method, applied to some of the samples for many numbers of clusters at once."""

    def __init__(self, method: str, genres: Sequence[str], bias: float) -> None:
        self._method = method
        self._genres = factorize(genres)[0] if bias else None
        self._bias = bias

    def __call__(
        self,
        Z: NDArray[np.float64],
        chosen: NDArray[np.int64],
        counts: Sequence[int],
        random_state: int,
        n_init: int | None = None,
    ) -> Labels:
        if self._method == "kmeans":
            return {
                k: kmeans(Z[chosen], k, random_state=random_state, n_init=n_init)
                for k in counts
            }
        groups = None if self._genres is None else self._genres[chosen]
        merges = hierarchy.tree(Z[chosen], groups=groups, bias=self._bias)
        return {k: hierarchy.cut(merges, k) for k in counts}


def stability(
    labels_of: Callable[..., Labels],
    Z: NDArray[np.float64],
    counts: Sequence[int],
    random_state: int,
) -> dict[int, float | None]:
    """Return by number of clusters how alike bootstrap samples are clustered.

    The mean adjusted Rand index over all pairs of samples, on the tracks in both (after
    Ben-Hur et al. 2002).
    """
    random = np.random.default_rng(random_state)
    samples = [np.unique(random.integers(len(Z), size=len(Z))) for _ in range(N_BOOTSTRAPS)]
    fitted = [
        labels_of(Z, chosen, [k for k in counts if k <= len(chosen)], random_state + number,
                  _STARTS_OF_BOOTSTRAP)
        for number, chosen in enumerate(samples)
    ]  # fmt: skip
    return {k: _mean_agreement(samples, [labels.get(k) for labels in fitted]) for k in counts}


def _mean_agreement(
    samples: Sequence[NDArray[np.int64]], labels: Sequence[NDArray[np.int64] | None]
) -> float | None:
    scores = []
    for (a, in_a), (b, in_b) in combinations(zip(samples, labels, strict=True), 2):
        if in_a is None or in_b is None:
            return None
        common, of_a, of_b = np.intersect1d(a, b, assume_unique=True, return_indices=True)
        if len(common) > in_a.max():  # or nearly every track is a cluster of its own
            scores.append(adjusted_rand(in_a[of_a], in_b[of_b]))
    return float(np.mean(scores)) if scores else None


def adjusted_rand(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Return the adjusted Rand index of two groupings by numbers from 0 (Hubert and Arabie).

    scikit-learn's takes many times as long, most of it to find out what its labels are.
    """
    table = cross_table(a, b, (int(a.max(initial=0)) + 1, int(b.max(initial=0)) + 1))
    together, in_a, in_b = (
        _pairs(counts) for counts in (table, table.sum(axis=1), table.sum(axis=0))
    )
    by_chance = in_a * in_b / (_pairs(np.array([len(a)])) or 1.0)
    most = (in_a + in_b) / 2
    return 1.0 if most == by_chance else float((together - by_chance) / (most - by_chance))


def _pairs(counts: NDArray[np.int64]) -> float:
    return float((counts * (counts - 1.0) / 2).sum())


def _against(truth: NDArray[np.int64], labels: NDArray[np.int64]) -> _Outer:
    """Return the five scores beside labels; None if they do not tell tracks apart."""
    known = truth >= 0
    if len(np.unique(truth[known])) < 2:
        return None, None, None, None, None
    pair = truth[known], labels[known]
    homogeneity, completeness, _ = metrics.homogeneity_completeness_v_measure(*pair)
    return (
        float(metrics.adjusted_rand_score(*pair)),
        float(metrics.adjusted_mutual_info_score(*pair)),
        float(homogeneity),
        float(completeness),
        float(metrics.fowlkes_mallows_score(*pair)),
    )


def _silhouette(D: NDArray[np.float64], labels: NDArray[np.int64]) -> float | None:
    if not 1 < len(np.unique(labels)) < len(labels):
        return None
    return float(metrics.silhouette_score(D, labels, metric="precomputed"))


def sample(n_samples: int, random_state: int, most: int | None = None) -> NDArray[np.int64]:
    """Return the samples to evaluate: all, or of too many a random part, in order."""
    most = most or MOST_EVALUATED
    if n_samples <= most:
        return np.arange(n_samples)
    random = np.random.default_rng(random_state)
    return np.sort(random.choice(n_samples, most, replace=False))
