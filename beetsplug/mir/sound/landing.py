"""Where windows of a track really came from: what was read, against what was claimed.

A file is entered by a header's word: an index, a table, a length. The bytes that are
read do not come from there. Between windows there must lie as many of them as the
windows' own rates let expect, and the track must end where it is said to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .decoding import Stretch
    from .excerpt import Window

_MOST_OFF = 0.05  # of the track, between where a window is and where it should be; music: 0.03
_MOST_TIMES = 1.15  # as many bytes as expected, or as few; music: 1.07


def as_claimed(
    windows: Sequence[Window], stretches: Sequence[Stretch], track: range, length: float
) -> bool:
    """Say whether windows come from where they should in a track of *length* seconds.

    *stretches* are their packets and *track* the bytes of all its packets. The rate of a
    window stands for the part of the track around it.
    """
    if any(s.first < 0 or not s.n_bytes or not s.seconds for s in stretches) or not track:
        return False
    starts = np.array([window.start for window in windows])
    places = np.array([stretch.first - track.start for stretch in stretches])
    rates = np.array([stretch.n_bytes / stretch.seconds for stretch in stretches])
    expected = _bytes_up_to(starts, rates, length)
    times = expected[-1] / len(track)
    off = np.abs(places / len(track) - expected[:-1] / expected[-1]).max()
    apart = bool((np.diff(places) > 0).all())
    return apart and 1 / _MOST_TIMES <= times <= _MOST_TIMES and bool(off <= _MOST_OFF)


def _bytes_up_to(
    starts: NDArray[np.float64], rates: NDArray[np.float64], length: float
) -> NDArray[np.float64]:
    """Return how many bytes lie before each start, and in all, at rates that change evenly."""
    times = np.concatenate(([0.0], starts, [length]))
    at = np.concatenate((rates[:1], rates, rates[-1:]))
    parts = (at[1:] + at[:-1]) / 2 * np.diff(times)
    total: NDArray[np.float64] = np.cumsum(parts)
    return total
