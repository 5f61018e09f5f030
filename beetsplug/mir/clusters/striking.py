"""The most striking tracks of a library: in something one can hear, each is the outermost.

Conventions
-----------
X : stored features, shape (n_samples, 16), in their units
scores : what a network says for each of its tags, shape (n_samples, n_tags), 0 to 1
away : distance of each sample to its nearest, shape (n_samples,), infinite where there is none
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.preprocessing import StandardScaler

from ..ground.magnitude import columns_moderate
from ..names import FEATURES, LEAST_SCORE, TAGS
from .naming import QUALITIES, STRIKING, is_silent, log_odds, unlike

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

MOST = 8  # tracks that are named
N_QUALITIES = 4  # words that come before those for tags; the others fill up what is left
N_TAGS = 3
ALONE = "most alone"
_NAMES = [feature.name for feature in FEATURES]
# What English has no ending for.
_LONG = ("sustained", "percussive", "shifting", "even", "muffled", "buzzing")


class Striking(NamedTuple):
    """A track, and that of which it has more than all others."""

    row: int
    word: str  # a superlative: "brightest"


class _Peak(NamedTuple):
    strength: float  # deviations from the library's mean
    row: int
    word: str


def most_striking(
    X: NDArray[np.float64],
    artists: Sequence[str],
    away: NDArray[np.float64],
    scores: NDArray[np.floating] | None = None,
) -> list[Striking]:
    """Return the outermost tracks, each once, at most :data:`MOST`.

    They are by different *artists*, as long as there are such. What does not differ among
    the tracks names nobody; of equal ones the first is named. Silent tracks have no sound
    that could be striking.
    """
    qualities, tags, alone = _of_qualities(X), _of_tags(scores), _of_distances(away)
    first, rest = qualities[:N_QUALITIES], qualities[N_QUALITIES:]
    picked = _distinct([*first, *tags[:N_TAGS], *alone, *rest], artists)
    return [Striking(peak.row, peak.word) for peak in picked]


def superlative(word: str) -> str:
    """Return what of all is most so: "brightest", "most even"."""
    if word in _LONG:
        return f"most {word}"
    if word.endswith("y"):
        return f"{word[:-1]}iest"
    return f"{word.removesuffix('e')}est"


def _of_qualities(X: NDArray[np.float64]) -> list[_Peak]:
    """Return the outermost tracks of each quality to both sides, the most striking first."""
    rows = np.flatnonzero(np.isfinite(X).all(axis=1) & ~is_silent(X))
    if not len(rows):
        return []
    x = dict(
        zip(_NAMES, StandardScaler().fit_transform(columns_moderate(X[rows])).T, strict=True)
    )
    levels = [np.mean([x[name] for name in of.features], axis=0) for of in QUALITIES]
    words = [superlative(word) for of in QUALITIES for word in (of.more, of.less)]
    both = np.repeat(np.transpose(levels), 2, axis=1) * np.tile([1, -1], len(QUALITIES))
    return _by_strength(_peaks(both, rows, words))


def _of_tags(scores: NDArray[np.floating] | None) -> list[_Peak]:
    """Return the track that each tag fits best, if it does; of two sorts of rock one."""
    if scores is None:
        return []
    rows = np.flatnonzero(np.isfinite(scores).all(axis=1))
    if not len(rows):
        return []
    words = [f"most {tag}" for tag in TAGS]
    odds = log_odds(scores[rows].astype(np.float64))
    peaks = zip(TAGS, scores[rows].max(axis=0), _peaks(odds, rows, words), strict=True)
    heard = {tag: peak for tag, score, peak in peaks if score >= LEAST_SCORE and peak}
    order = sorted(heard, key=lambda tag: -heard[tag].strength)
    return [heard[tag] for tag in unlike(order)]


def _of_distances(away: NDArray[np.float64]) -> list[_Peak]:
    rows = np.flatnonzero(np.isfinite(away))
    return _by_strength(_peaks(away[rows, None], rows, [ALONE])) if len(rows) else []


def _peaks(
    values: NDArray[np.float64], rows: NDArray[np.int64], words: Sequence[str]
) -> Iterator[_Peak | None]:
    """Yield for each column the row that has most, None if it does not stand out."""
    scaled = StandardScaler().fit_transform(columns_moderate(values))
    for level, word in zip(scaled.T, words, strict=True):
        at = int(level.argmax())
        yield _Peak(float(level[at]), int(rows[at]), word) if level[at] >= STRIKING else None


def _by_strength(peaks: Iterator[_Peak | None]) -> list[_Peak]:
    return sorted(filter(None, peaks), key=lambda peak: -peak.strength)


def _distinct(peaks: Sequence[_Peak], artists: Sequence[str]) -> list[_Peak]:
    """Return peaks of distinct tracks in their order, by others first than those there are."""
    taken: dict[int, _Peak] = {}
    heard: set[str] = set()
    for each_artist_once in (True, False):
        for peak in peaks:
            artist = artists[peak.row]
            again = each_artist_once and artist in heard
            if len(taken) < MOST and peak.row not in taken and not again:
                taken[peak.row] = peak
                heard |= {artist} - {""}
    return [peak for peak in peaks if taken.get(peak.row) is peak]
