"""Where MPD's queue leads as it is now, and what goes on from it, one track after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...space.evening import following
from ...space.similarity import distance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...queries.alike import Surroundings


class Wishes(NamedTuple):
    """What is asked for."""

    ahead: int  # tracks that are to be left
    fresh: float  # seconds; 0 for whatever is not in the queue
    drift: float
    spacing: int


@dataclass
class Course:
    """Rows of tracks: those before, and what decides on the next."""

    found: Surroundings
    before: list[int]  # in the order of playing
    home: NDArray[np.int64]  # those it goes on from, one at least
    without: NDArray[np.int64]  # not to come again, beside those before
    free: NDArray[np.bool_]  # (n_tracks,), what may come
    times: NDArray[np.float64]  # (n_tracks,), how often distances count
    is_random: bool  # nobody knows the order of what comes: all goes on from the last before

    def next(self, wishes: Wishes) -> int | None:
        """Return the row that fits best; None if there is none.

        Where nothing is before, that is one of the home itself, if it may come.
        """
        if not self.before:
            at_home = np.zeros(len(self.free), np.bool_)
            at_home[self.home] = True
            if (row := self._nearest(wishes, self.free & at_home)) is not None:
                return row
        return self._nearest(wishes, self.free)

    def go(self, row: int) -> None:
        """Take a row, and go on from there."""
        self.before.insert(len(self.before) - self.is_random, row)

    def step(self, row: int) -> float:
        """Return the distance from the last one."""
        return distance(self.found.space, self.before[-1], row)

    def _nearest(self, wishes: Wishes, among: NDArray[np.bool_]) -> int | None:
        found = self.found
        return following(
            found.space, self.before, found.place_of(self.home), found.same,
            found.sounds.artists, drift=wishes.drift, spacing=wishes.spacing,
            without=self.without, among=among, times=self.times,
        )  # fmt: skip
