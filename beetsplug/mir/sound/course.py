"""The course of one track: the series that its features are made of, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .analysis import analyse_file
from .audio import open_sound
from .errors import AudioError
from .excerpt import HEARD, windows
from .features import compute, rhythm, separation
from .features.framing import frame_length

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from .excerpt import Window
    from .features.compute import Series

_BEAT = "tempo_flatness"  # which has not a value for each frame
_LEVELS = ("harmonic", "percussive")


class Stretch(NamedTuple):
    """Series of a part of a track that follow one another, and the times of their values."""

    series: Series  # by their names in :data:`names.SERIES`
    start: float  # seconds from the start of the track to that of the first frame
    beat_start: float  # the same for what is listened to for the beat
    frame_rate: float  # frames a second

    def times(self, name: str) -> NDArray[np.float64]:
        """Return the middle of what each value of a series is of, in seconds."""
        n = len(self.series[name])
        if name == _BEAT:
            return self.beat_start + rhythm.times_of_windows(n, self.frame_rate)
        return self.start + (np.arange(n) + 1) / self.frame_rate


class Course(NamedTuple):
    """A track as it is heard."""

    seconds: float  # that could be decoded
    windows: list[Window]  # that were heard for the features; none if it was all
    heard: list[Stretch]  # what the features are made of
    whole: Stretch  # all of it, with "onsets" and the levels "harmonic" and "percussive"
    tempogram: NDArray[np.float32]  # (n_windows, n_lags), of all of it
    lags: NDArray[np.float64]  # (n_lags,), seconds
    values: dict[str, float]  # what an analysis stores: :data:`names.VECTOR`

    def spans(self, *, beat: bool) -> list[tuple[float, float]]:
        """Return from when to when it was heard in windows, for the beat or all else (s)."""
        if beat:
            return [(start, start + s) for start, s in self.windows if s > HEARD]
        return [(start + (s - HEARD) / 2, start + (s + HEARD) / 2) for start, s in self.windows]


def course(path: bytes, excerpt: int) -> Course:
    """Return the course of a file of which an analysis hears an *excerpt*, 0 for all.

    Raises :class:`container.AudioError` if nothing can be decoded, or what can is shorter
    than one frame or silent.
    """
    notes = _Notes()
    analysis = analyse_file(path, excerpt, notes)
    with open_sound(path) as sound:
        wanted = windows(sound.seconds, excerpt) if notes.n_windows else []
        whole = compute.series(sound.blocks(), sound.sr, _more)
        seconds, sr = sound.n_samples / sound.sr, sound.sr
    if sound.n_samples < frame_length(sr):
        raise AudioError(f"there is too little to draw in {seconds:.3f} s of sound")
    if not (whole["harmonic"].any() or whole["percussive"].any()):
        raise AudioError("there is only silence in it")
    rate = 2 * sr / frame_length(sr)
    return Course(
        seconds,
        wanted,
        _heard(notes, wanted, rate),
        Stretch(whole, 0.0, 0.0, rate),
        rhythm.tempogram(whole["onsets"], rate),
        rhythm.lags(rate),
        analysis.values or {},
    )


class _Notes:
    """Measures as :mod:`compute` does, and keeps the series."""

    def __init__(self) -> None:
        self.parts: list[Series] = []
        self.n_windows = 0
        self.first: list[int] = []  # frame of each window that counts

    def extract(self, blocks: Iterable[NDArray[np.float32]], sr: float) -> dict[str, float]:
        self.parts = [compute.series(blocks, sr)]
        return compute.summaries(self.parts)

    def extract_windows(
        self, windows: Sequence[NDArray[np.float32]], sr: float, heard: float
    ) -> dict[str, float]:
        self.parts = compute.series_of_windows(windows, sr, heard)
        self.n_windows = len(windows)
        hop = frame_length(sr) // 2
        n_frames = (len(y) // hop - 1 for y in windows)
        self.first = [compute.first_heard(n, sr, heard) for n in n_frames]
        return compute.summaries(self.parts)


def _heard(notes: _Notes, wanted: Sequence[Window], rate: float) -> list[Stretch]:
    if not wanted:
        return [Stretch(notes.parts[0], 0.0, 0.0, rate)]
    return [
        Stretch(series, window.start + first / rate, window.start, rate)
        for series, window, first in zip(notes.parts, wanted, notes.first, strict=True)
    ]


def _more(S: NDArray[np.float32], sr: float) -> Series:
    """Return what is drawn beside the features' series."""
    return dict(zip(_LEVELS, separation.levels(S), strict=True))
