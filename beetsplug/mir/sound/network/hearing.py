"""What the network hears in a track: values, and the tags that they stand for.

Conventions
-----------
y : mono samples, float32 in [-1, 1], shape (n_samples,)
values : the mean over patches of what goes into the last layer, shape (200,)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...names import FLOOR_DB, LEAST_SCORE, TAGS
from .patches import PATCH_SECONDS, middle, patch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from .layers import MusiCNN

    Samples = NDArray[np.float32]

N_PATCHES = 12
"""Heard of a track that is decoded as a whole; docs/performance.md has the table."""

MOST_TAGS = 5

_SILENT = 10 ** (FLOOR_DB / 20)
_NARROWED = 3  # of the stretches that are kept, one stays; odd, so that it is the middle one


class Heard(NamedTuple):
    """What the network makes of a track."""

    values: NDArray[np.float32]  # (200,)
    tags: tuple[str, ...]  # the strongest first


def hear(network: MusiCNN, stretches: Sequence[Samples], sr: float) -> Heard:
    """Return what the network hears in the middles of some stretches of a track.

    Silent ones count only if there is nothing else, and have no tags.
    """
    length = int(np.ceil(PATCH_SECONDS * sr))
    loud = [y for y in stretches if not _is_silent(middle(y, length))]
    values = np.mean([network(patch(y, sr)) for y in loud or stretches], axis=0)
    return Heard(values, tags_of(scores(network, values)) if loud else ())


def _is_silent(y: Samples) -> bool:
    return bool(np.abs(y).max(initial=0) <= _SILENT)


def scores(network: MusiCNN, values: Samples) -> Samples:
    """Return what the network says for each tag, 0 to 1, shape (..., n_tags)."""
    score: Samples = np.reciprocal(1 + np.exp(-network.tags(values)))
    return score


def tags_of(tag_scores: Samples) -> tuple[str, ...]:
    """Return the strongest tags that are strong enough, the strongest first."""
    order = np.argsort(-tag_scores, kind="stable")[:MOST_TAGS]
    return tuple(TAGS[i] for i in order if tag_scores[i] >= LEAST_SCORE)


class Spread:
    """Stretches of a patch's length, evenly spread over a stream while it passes by.

    However long it turns out to be, they are few and do not depend on what its headers
    claim: when there are too many, the middle one of each three stays.
    """

    def __init__(self, sr: float, n_stretches: int = N_PATCHES) -> None:
        self._length = int(np.ceil(PATCH_SECONDS * sr))
        self._n_stretches = n_stretches
        self._step = 1
        self._kept: list[Samples] = []
        self._pieces: list[Samples] = []  # of the stretch that goes on

    def passing(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Yield the blocks, and keep what is wanted of them."""
        start = 0
        for block in blocks:
            self._take(block, start)
            start += len(block)
            yield block

    def _take(self, block: Samples, start: int) -> None:
        """Take the parts of wanted stretches; *start* is the block's place in the stream."""
        end = start + len(block)
        for index in range(start // self._length, -(-end // self._length)):
            if index % self._step == self._step // 2:
                first, last = index * self._length, (index + 1) * self._length
                self._pieces.append(block[max(0, first - start) : last - start].copy())
                if end >= last:
                    self._keep(np.concatenate(self._pieces))
                    self._pieces = []

    def stretches(self) -> list[Samples]:
        """Return them; where they are silent, or there is none, what comes after the last."""
        rest = np.concatenate([np.empty(0, np.float32), *self._pieces])
        if not self._kept or (all(map(_is_silent, self._kept)) and not _is_silent(rest)):
            return [rest]
        n_kept = len(self._kept)
        n_wanted = min(n_kept, self._n_stretches)
        return [self._kept[(2 * i + 1) * n_kept // (2 * n_wanted)] for i in range(n_wanted)]

    def _keep(self, y: Samples) -> None:
        self._kept.append(y)
        if len(self._kept) > _NARROWED * self._n_stretches:
            self._step *= _NARROWED
            self._kept = self._kept[_NARROWED // 2 :: _NARROWED]
