"""Which parts of a track are heard: short windows spread evenly over it, or all of it.

Many short windows tell more than a few long ones, but the beat needs 9 s on end. So
one window in four is long: all of it is listened to for the beat, and only its middle
for everything else. ``docs/performance.md`` has the table behind the numbers here.
"""

from __future__ import annotations

from typing import NamedTuple

HEARD = 1.6
"""Seconds in the middle of each window that everything is measured in."""

_BEAT = 9.0  # seconds of a long window
_SECONDS_A_WINDOW = 2.5  # of the excerpt's nominal length
_WINDOWS_A_LONG_ONE = 4
_WORTH_IT = 2.0  # below twice its excerpt a track is heard whole,
_SPREAD = 1.4  # as it is below so many times all that is read for its windows


class Window(NamedTuple):
    """A stretch of a track, in seconds."""

    start: float
    seconds: float

    @property
    def is_long(self) -> bool:
        """Say whether it is listened to for the beat."""
        return self.seconds == _BEAT


def windows(length: float | None, excerpt: float) -> list[Window]:
    """Return the windows of a track of *length* seconds in order, each in an equal share.

    *excerpt* is their nominal length in all: 60 s are 24 windows of which 6 are long.
    None at all stands for the whole track: when the excerpt is 0, the track is short,
    or nobody knows how long it is.
    """
    if not excerpt or not length:
        return []
    n_windows = max(_WINDOWS_A_LONG_ONE, round(excerpt / _SECONDS_A_WINDOW))
    lengths = [
        _BEAT if index % _WINDOWS_A_LONG_ONE == _WINDOWS_A_LONG_ONE // 2 else HEARD
        for index in range(n_windows)
    ]
    if length < max(_WORTH_IT * excerpt, _SPREAD * sum(lengths)):
        return []
    # A long one at the end may have been moved to before the one that it follows.
    return sorted(
        _around((index + 0.5) * length / n_windows, seconds, length)
        for index, seconds in enumerate(lengths)
    )


def _around(middle: float, seconds: float, length: float) -> Window:
    """Return a window around a place, moved so that it lies within the track."""
    return Window(min(max(0.0, middle - seconds / 2), length - seconds), seconds)
