"""An evening of music: what was heard, how it went, and what goes on from it.

Conventions are those of :mod:`similarity` and :mod:`ways`, and

id : a track by a number that stays when rows change
now : seconds of any clock that goes on when nothing runs
times : how often the distance of each track counts, shape (n_tracks,); above 1 it is as if
    it lay farther off, below as if nearer
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..ground.threads import one_thread
from .similarity import nearest
from .ways import by_others

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .similarity import Recordings, Space

LASTS = 8 * 3600.0
"""Seconds for which an evening remembers how a track went."""

SKIPS_COUNT = 4
"""Tracks played to their end that weigh as much as one skip: nobody may have been there."""

NEAREST, FARTHEST = -1.0, 2.0
"""Powers of two: a distance counts at least half, and at most four times."""


@dataclass
class Evening:
    """What was heard, and how it went, by ids."""

    heard: dict[int, float] = field(default_factory=dict)  # when it was, or will be, last
    went: dict[int, tuple[float, bool]] = field(default_factory=dict)  # when; to its end?

    def hear(self, id_: int, now: float) -> None:
        """Take down that a track is played, or is going to be."""
        self.heard[id_] = now

    def judge(self, id_: int, now: float, *, finished: bool) -> None:
        """Take down that a track was played to its end, or was skipped."""
        self.went[id_] = now, finished

    def since(self, when: float) -> list[int]:
        """Return what was heard since then."""
        return [id_ for id_, heard in self.heard.items() if heard > when]

    def judged(self, now: float, *, finished: bool) -> list[int]:
        """Return what was played to its end, or was skipped, this evening."""
        return [
            id_ for id_, (when, to_end) in self.went.items()
            if to_end == finished and now - when < LASTS
        ]  # fmt: skip


def taste(
    space: Space, skipped: NDArray[np.int64], finished: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how often each distance counts for what was *skipped* and *finished* (rows).

    That is 2 ** min(max(S - F / 4, -1), 2). S sums over what was skipped, and F over what
    was played to its end, how much of its region a track shares: 2 ** -(2 d) ** 2, where d is
    the distance in breadths of the one judged. It is 1 there, a half at half its breadth, a
    sixteenth at its breadth. So one skip makes its region count as twice as far off, and no
    number of them more than four times: what is skipped fades, it is not silenced.
    """
    power = _shares(space, skipped) - _shares(space, finished) / SKIPS_COUNT
    times: NDArray[np.float64] = np.exp2(np.clip(power, NEAREST, FARTHEST))
    return times


def habit(plays: NDArray[np.int64], skips: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how often a distance counts for how often the track itself was played and skipped.

    That is 2 ** (1/2 - r), with the share of plays r = (plays + 1) / (plays + skips + 2), as
    mpdstats rates: 1 for what was never heard, and from .71 (played only) to 1.41 (skipped
    only).
    """
    times: NDArray[np.float64] = np.exp2(0.5 - (plays + 1) / (plays + skips + 2))
    return times


@one_thread
def following(
    space: Space,
    before: Sequence[int],
    home: NDArray[np.float64],
    same: Recordings,
    artists: NDArray[np.int64],
    *,
    drift: float = 0.0,
    spacing: int = 5,
    without: NDArray[np.int64] | None = None,
    among: NDArray[np.bool_] | None = None,
    times: NDArray[np.float64] | None = None,
) -> int | None:
    """Return the row that goes on from those *before*; None if none fits.

    It is the nearest to a place between *home* (with a *drift* of 0) and the last one (with
    1), of an artist that was not among the last *spacing*, if there are others. The rows
    before and *without* are left out, as are their recordings.
    """
    target = home + drift * (space.Z[before[-1]] - home) if before else home
    free = np.ones(len(space.Z), np.bool_) if among is None else among
    heard = np.array(before, np.int64)
    heard = heard if without is None else np.append(without, heard)
    for those in (by_others(artists, before, spacing, free), free):
        found, _ = nearest(space, target, 1, same, without=heard, among=those, times=times)
        if len(found):
            return int(found[0])
    return None


def _shares(space: Space, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how much each track shares of the regions of some, shape (n_tracks,)."""
    total = np.zeros(len(space.Z))
    for row, breadth in zip(rows, space.breadths_of(rows), strict=True):
        away = np.linalg.norm(space.Z - space.Z[row], axis=1) / breadth
        total += np.exp2(-np.square(2 * away))
    return total
