"""One file becomes values: what is heard of it, and what is measured in that."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

from .audio import Sound, open_sound
from .excerpt import HEARD, windows
from .features import compute
from .landing import as_claimed
from .network.hearing import Spread, hear

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from .decoding import Stretch
    from .excerpt import Window
    from .network.hearing import Heard
    from .network.layers import MusiCNN

_COMPLETE = 0.99  # of a window's samples, which leaves a long one long enough for the beat
_REST = 1.2, 5.0  # times as much and seconds more than claimed after the last window, at most
_CUT_SHORT = 0.95, 1.0  # of the claimed length, and seconds less, from which on it is told


class Analysis(NamedTuple):
    """What is measured and heard in a file, and what is odd about it, if anything."""

    values: dict[str, float] | None  # the summaries, if they were asked for
    heard: Heard | None = None  # by the network, if there was one
    warning: str | None = None


class Measures(Protocol):
    """What is measured in samples: by the fast code, or as :mod:`.features.plain` states it."""

    def extract(self, blocks: Iterable[NDArray[np.float32]], sr: float) -> dict[str, float]:
        """Return the summaries of a stream of samples."""

    def extract_windows(
        self, windows: Sequence[NDArray[np.float32]], sr: float, heard: float
    ) -> dict[str, float]:
        """Return the summaries of the middles of windows."""


def analyse_file(
    path: bytes,
    excerpt: int,
    measures: Measures | None = compute,
    network: MusiCNN | None = None,
) -> Analysis:
    """Return the summaries named in :data:`names.VECTOR` of a file, and what a network hears.

    *excerpt* is the seconds to hear of it, 0 for all. A file that cannot be entered in
    the middle, or not where its headers say, is heard whole. Raises
    :class:`container.AudioError` if nothing can be decoded.
    """
    with open_sound(path) as sound:
        wanted = windows(sound.seconds, excerpt)
        if not measures:
            wanted = [window for window in wanted if window.is_long]
        if heard := _heard(sound, wanted):
            long_ones = [y for y, window in zip(heard, wanted, strict=True) if window.is_long]
            return Analysis(
                measures.extract_windows(heard, sound.sr, HEARD) if measures else None,
                hear(network, long_ones, sound.sr) if network else None,
            )
    with open_sound(path) as sound:
        return _of_all(sound, measures, network)


def _of_all(sound: Sound, measures: Measures | None, network: MusiCNN | None) -> Analysis:
    spread = Spread(sound.sr)
    blocks = spread.passing(sound.blocks()) if network else sound.blocks()
    values = measures.extract(blocks, sound.sr) if measures else None
    deque(blocks, 0)  # what nobody has measured is still to be heard
    heard = hear(network, spread.stretches(), sound.sr) if network else None
    return Analysis(values, heard, _shortfall(sound))


def _heard(sound: Sound, wanted: Sequence[Window]) -> list[NDArray[np.float32]]:
    """Return the samples of each window; none for a track that is to be heard whole."""
    heard = []
    stretches: list[Stretch] = []
    for window in wanted:
        y, stretch = sound.window(*window)
        if len(y) < _COMPLETE * window.seconds * sound.sr:
            return []
        heard.append(y)
        stretches.append(stretch)
    return heard if wanted and _landed(sound, wanted, stretches) else []


def _landed(sound: Sound, wanted: Sequence[Window], stretches: Sequence[Stretch]) -> bool:
    """Say whether the windows come from where they should, and the track ends in time."""
    length = sound.seconds or 0.0
    left = length - wanted[-1].start - wanted[-1].seconds
    times, more = _REST
    rest = sound.rest(times * left + more)
    track = range(sound.first_byte, max(rest.end, stretches[-1].end))
    return rest.seconds <= times * left + more and as_claimed(wanted, stretches, track, length)


def _shortfall(sound: Sound) -> str | None:
    """Return what there is to be told of a file that ended before its time."""
    times, less = _CUT_SHORT
    heard, claimed = sound.n_samples / sound.sr, sound.claimed
    if claimed is None or heard >= min(times * claimed, claimed - less):
        return None
    return f"cut short: only {heard:.1f} s of the {claimed:.1f} s that it claims can be heard"
