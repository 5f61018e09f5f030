"""A few words on each cluster: what its sound has more or less of than the library's.

Conventions
-----------
X : stored features, shape (n_samples, 16), in their units
ids : shape (n_samples,), the cluster of each sample
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.preprocessing import StandardScaler

from .clustering import means
from .encoding import normalise
from .names import FEATURES
from .text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

N_WORDS = 3
STRIKING = 0.35  # deviations of the library from its mean, from which on a word is used
COMMON = 0.3  # share of the tracks that a genre needs to be named
MOST_GENRES = 2
PLAIN = "balanced"  # a cluster in the middle of everything


class Quality(NamedTuple):
    """What features say together, and the words for more and less of it."""

    more: str
    less: str
    features: tuple[str, ...]


QUALITIES = (
    Quality("loud", "soft", ("bark510", "bark1080", "bark2000")),
    Quality("bright", "dark", ("centroid", "rolloff")),
    Quality("bassy", "light", ("bark100",)),
    Quality("noisy", "clear", ("flatness",)),
    Quality("free", "steady", ("tempo_flatness",)),
    Quality("sustained", "percussive", ("hpss",)),
    Quality("shifting", "even", ("centroid_std", "bandwidth_std")),
    Quality("wide", "narrow", ("bandwidth",)),
    Quality("airy", "muffled", ("bark15500", "bark3700")),
    Quality("buzzing", "smooth", ("zcr",)),
    Quality("lean", "full", ("rollon",)),
)


def describe(
    X: NDArray[np.float64], ids: NDArray[np.int64], genres: Sequence[str]
) -> dict[int, str]:
    """Return a short description of each cluster, "soft, steady, dark · Ambient".

    The most striking qualities come first, then the genres that are common in it. No two
    clusters have the same: they get more words, and if that does not help a number.
    """
    labels = np.unique(ids)
    words = {
        int(label): _words(row) for label, row in zip(labels, _levels(X, ids), strict=True)
    }
    tags = {label: _common_genres(ids, genres, label) for label in words}
    names = {label: _name(words[label][:N_WORDS], tags[label]) for label in words}
    for n_words in range(N_WORDS + 1, len(QUALITIES) + 1):
        for label in _ambiguous(names):
            names[label] = _name(words[label][:n_words], tags[label])
    for label in _ambiguous(names):
        names[label] += f" ({label})"
    return names


def _levels(X: NDArray[np.float64], ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each cluster's qualities in deviations of the library.

    The shape is (n_clusters, n_qualities); 0 is the library's mean.
    """
    column = {feature.name: index for index, feature in enumerate(FEATURES)}
    x = normalise(X)
    levels = np.transpose(
        [
            x[:, [column[name] for name in quality.features]].mean(axis=1)
            for quality in QUALITIES
        ]
    )
    _, members = np.unique(ids, return_inverse=True)
    scaled = StandardScaler().fit_transform(levels)
    return means(scaled, members)


def _words(levels: NDArray[np.float64]) -> list[str]:
    """Return the words for what is striking, the most striking first."""
    order = np.argsort(-np.abs(levels), kind="stable")
    return [
        QUALITIES[index].more if levels[index] > 0 else QUALITIES[index].less
        for index in order
        if abs(levels[index]) >= STRIKING
    ]


def _common_genres(ids: NDArray[np.int64], genres: Sequence[str], label: int) -> list[str]:
    members = [genres[index] for index in np.flatnonzero(ids == label).tolist()]
    counts = Counter(genre for genre in members if genre)
    most = sorted(counts, key=lambda genre: (-counts[genre], genre))[:MOST_GENRES]
    return [printable(genre) for genre in most if counts[genre] >= COMMON * len(members)]


def _name(words: Sequence[str], genres: Sequence[str]) -> str:
    sound = ", ".join(words) or PLAIN
    return f"{sound} · {' / '.join(genres)}" if genres else sound


def _ambiguous(names: dict[int, str]) -> Iterator[int]:
    """Yield the clusters that share their name with another."""
    counts = Counter(name.casefold() for name in names.values())
    yield from [label for label, name in names.items() if counts[name.casefold()] > 1]
