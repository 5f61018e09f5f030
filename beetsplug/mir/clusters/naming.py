"""A few words on each cluster: what its sound has more or less of than the library's.

Tags come first, where a network has heard the tracks, then words for the sixteen features.

Conventions
-----------
X : stored features, shape (n_samples, 16), in their units
scores : what a network says for each of its tags, shape (n_samples, n_tags), 0 to 1, NaN for
    tracks that it has not heard
ids : shape (n_samples,), the cluster of each sample
"""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.preprocessing import StandardScaler

from ..ground.grouping import means, split
from ..ground.text import printable
from ..names import FEATURES, FLOOR_DB, TAGS
from ..space.linear import normalise

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

N_WORDS = 3
N_TAGS = 2  # of these words
STRIKING = 0.35  # deviations of the library from its mean, from which on a word is used
LIKELY = 0.1  # score that a cluster needs on average for a tag to be named
COMMON = 0.3  # share of the tracks that a genre needs to be named
MOST_GENRES = 2
PLAIN = "balanced"  # a cluster in the middle of everything
SILENT = "silent"  # a cluster of tracks without a sound
# By so much a word that a cluster has may be less striking than another (in deviations), a
# genre less common (in shares). When a library of real music grew by a ninth and no track
# moved, 36 % of the clusters got another name, without slack 26 %, with it 11 %.
SLACK = 0.1
GENRE_SLACK = 0.05
_STEM = 5  # letters by which words are alike: electronic, electronica, electro


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


BEYOND_TAGS = ("loud", "bassy", "bright", "free")
"""What the network cannot say: the qualities that follow tags, by their word for more."""


def describe(
    X: NDArray[np.float64],
    ids: NDArray[np.int64],
    genres: Sequence[str],
    old: Mapping[int, str] | None = None,
    scores: NDArray[np.float64] | None = None,
    kept: Mapping[int, str] | None = None,
) -> dict[int, str]:
    """Return a short description of each cluster, "chillout, soft, steady · Ambient".

    Tags come first, then the most striking qualities, then the genres that are common in
    it. No two clusters have the same: they get more words, and if that does not help a
    number. Silent tracks have no part in what the words of the others are measured by. An
    *old* name, by id, stays as it is until its words change. Those that are *kept*, by id,
    are theirs and no other's, be there samples of these clusters or not.
    """
    old, kept = old or {}, kept or {}
    sounding = ~is_silent(X)
    labels, members = np.unique(ids, return_inverse=True)
    words = {label: [SILENT] for label in labels.tolist()}
    if sounding.any():
        levels = _levels(X[sounding], ids[sounding])
        tags = _striking_tags(ids[sounding], scores, sounding, old)
        for label, row in zip(np.unique(ids[sounding]).tolist(), levels, strict=True):
            words[label] = _words(row, old.get(label, ""), tags.get(label, []))
    common = {
        label: _common_genres([genres[index] for index in rows.tolist()], old.get(label, ""))
        for label, rows in zip(words, split(members, len(words)), strict=True)
    }
    names = {label: _name(words[label][:N_WORDS], common[label]) for label in words}
    stay = {**_that_stay({**old, **kept}, words, common), **kept}
    names |= stay
    for n_words in range(N_WORDS + 1, N_TAGS + len(QUALITIES) + 1):
        for label in _ambiguous(names, stay):
            names[label] = _name(words[label][:n_words], common[label])
    while ambiguous := list(_ambiguous(names, stay)):
        for label in ambiguous:
            names[label] += f" ({label})"
    return names


def is_silent(X: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say of each sample whether nothing is to be heard in it: all bands are at the floor.

    What is measured in silence says nothing of music: its flatness is 1 by definition.
    """
    bands = [i for i, feature in enumerate(FEATURES) if feature.name.startswith("bark")]
    silent: NDArray[np.bool_] = np.all(X[:, bands] < FLOOR_DB + 0.01, axis=1)
    return silent


def changes(old: Mapping[int, str], names: Mapping[int, str]) -> list[str]:
    """Return a line for each cluster that has another name than before."""
    return [
        f'cluster {label} was "{before}", is now "{name}"'
        for label, name in names.items()
        if (before := old.get(label)) and before != name
    ]


def _that_stay(
    old: Mapping[int, str], words: Mapping[int, list[str]], common: Mapping[int, list[str]]
) -> dict[int, str]:
    """Return the old names that say what there is to say, in whatever order."""
    counts = Counter(name.casefold() for name in old.values())
    return {
        label: old[label]
        for label in words.keys() & old.keys()
        if counts[old[label].casefold()] == 1
        and _says(old[label].removesuffix(f" ({label})"), words[label], common[label])
    }


def _says(name: str, words: Sequence[str], common: Sequence[str]) -> bool:
    said, genres = _parts(name)
    most = max(N_WORDS, len(said))  # more than usual, if once it had to be told from others
    return set(said) == set(words[:most] or [PLAIN]) and genres in map(
        " / ".join, permutations(common)
    )


def _parts(name: str) -> tuple[list[str], str]:
    """Return the words of a name, and its genres as they stand in it."""
    sound, _, genres = name.partition(" · ")
    return sound.split(", "), genres


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


def _striking_tags(
    ids: NDArray[np.int64],
    scores: NDArray[np.float64] | None,
    sounding: NDArray[np.bool_],
    old: Mapping[int, str],
) -> dict[int, list[str]]:
    """Return the tags in which each cluster stands out from the library, the most first.

    A score counts by its logarithmic odds: from 1 to 2 % is as far as from 10 to 20 %.
    """
    if scores is None:
        return {}
    known = np.isfinite(scores[sounding]).all(axis=1)
    if not known.any():
        return {}
    of_tracks = scores[sounding][known]
    labels, members = np.unique(ids[known], return_inverse=True)
    levels = means(StandardScaler().fit_transform(log_odds(of_tracks)), members)
    likely = means(of_tracks, members) >= LIKELY
    found = {}
    for label, row, mask in zip(labels.tolist(), levels, likely, strict=True):
        said, _ = _parts(old.get(label, ""))
        strength = row + [SLACK * (tag in said) for tag in TAGS]
        order = [i for i in np.argsort(-strength, kind="stable") if mask[i]]
        found[label] = unlike([TAGS[i] for i in order if strength[i] >= STRIKING])[:N_TAGS]
    return found


def log_odds(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores so that from 1 to 2 % is as far as from 10 to 20 %."""
    within = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.log(within / (1 - within))


def unlike(tags: Sequence[str]) -> list[str]:
    """Return the tags that say another thing than those before: of two sorts of rock one."""
    kept: list[str] = []
    stems: set[str] = set()
    for tag in tags:
        of_tag = {word[:_STEM] for word in tag.split()}
        if not of_tag & stems:
            kept.append(tag)
            stems |= of_tag
    return kept


def _words(levels: NDArray[np.float64], old: str, tags: Sequence[str]) -> list[str]:
    """Return the words for what is striking: tags, then qualities, the most striking first.

    After tags those come first that no tag can say. Those of the *old* name count for a
    little more than they are: two that are nearly equal do not take turns.
    """
    said, _ = _parts(old)
    words = [
        quality.more if level > 0 else quality.less
        for quality, level in zip(QUALITIES, levels, strict=True)
    ]
    strength = np.abs(levels) + [SLACK * (word in said) for word in words]
    order = [i for i in np.argsort(-strength, kind="stable") if strength[i] >= STRIKING]
    if tags:
        order.sort(key=lambda i: QUALITIES[i].more not in BEYOND_TAGS)
    return [*tags, *(words[i] for i in order)]


def _common_genres(genres: Sequence[str], old: str) -> list[str]:
    """Return what many of a cluster's tracks are; as with words, what was named may stay."""
    counts = Counter(printable(genre) for genre in genres if genre)
    said = _parts(old)[1].split(" / ")
    shares = {
        genre: n / len(genres) + GENRE_SLACK * (genre in said) for genre, n in counts.items()
    }
    most = sorted(shares, key=lambda genre: (-shares[genre], genre))[:MOST_GENRES]
    return [genre for genre in most if shares[genre] >= COMMON]


def _name(words: Sequence[str], genres: Sequence[str]) -> str:
    sound = ", ".join(words) or PLAIN
    return f"{sound} · {' / '.join(genres)}" if genres else sound


def _ambiguous(names: Mapping[int, str], stay: Container[int]) -> Iterator[int]:
    """Yield the clusters that share their name with another and may have another name."""
    counts = Counter(name.casefold() for name in names.values())
    yield from [
        label
        for label, name in names.items()
        if counts[name.casefold()] > 1 and label not in stay
    ]
