"""All families over one track: a spectrogram a segment, and every series from it."""

from __future__ import annotations

from array import array
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from ...names import SERIES
from . import rhythm, separation, spectral, temporal
from .framing import frame_length, segments, spectrogram
from .summary import summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Series = dict[str, NDArray[np.float32]]
    More = Callable[[NDArray[np.float32], float], Series]


def extract(blocks: Iterable[NDArray[np.float32]], sr: float) -> dict[str, float]:
    """Return the summaries named in :data:`names.VECTOR` of a track, all finite.

    The track comes as a stream of mono samples, of which only the series are kept.
    """
    return summaries([series(blocks, sr)])


def series(
    blocks: Iterable[NDArray[np.float32]], sr: float, more: More = lambda S, sr: {}
) -> Series:
    """Return every series of a stream, by those names, and "onsets", the onset strength.

    That of the beat has a value for each of its windows (:func:`rhythm.times_of_windows`), all
    others one a frame. *more* gives others of a spectrogram, with :data:`separation.REACH`
    frames beside those that count.
    """
    n_fft = frame_length(sr)
    # Arrays that grow in place: pieces and their sum at once would be too much of 10 hours.
    grown: defaultdict[str, array[float]] = defaultdict(lambda: array("f"))
    for y, new in segments(blocks, n_fft, separation.REACH):
        S = spectrogram(y, n_fft)
        for name, values in {
            **_series(S, y, sr),
            "onsets": rhythm.onset_strength(S, sr),
            **more(S, sr),
        }.items():
            grown[name].frombytes(values[new].tobytes())
    found = {name: np.frombuffer(values, np.float32) for name, values in grown.items()}
    found["tempo_flatness"] = rhythm.tempo_flatness(found["onsets"], 2 * sr / n_fft)
    return found


def extract_windows(
    windows: Sequence[NDArray[np.float32]], sr: float, heard: float
) -> dict[str, float]:
    """Return the same of some windows of a track, by the frames of all of them together.

    Only *heard* seconds in the middle of a window count, but for the beat all of those
    that are long enough for it. ValueError if none is.
    """
    return summaries(series_of_windows(windows, sr, heard))


def series_of_windows(
    windows: Sequence[NDArray[np.float32]], sr: float, heard: float
) -> list[Series]:
    """Return the series of each window; that of the beat only of those long enough for it.

    The first frame of all others is that of :func:`first_heard`.
    """
    n_fft = frame_length(sr)
    parts: list[Series] = []
    for y in windows:
        S = spectrogram(y, n_fft)
        beat: Series = {}
        if len(y) >= rhythm.WINDOW_SECONDS * sr:
            onsets = rhythm.onset_strength(S, sr)
            beat["tempo_flatness"] = rhythm.tempo_flatness(onsets, 2 * sr / n_fft)
        first = first_heard(len(S), sr, heard)
        middle = slice(first, first + _n_heard(sr, heard))
        parts.append({**_series(S[middle], y[first * n_fft // 2 :], sr), **beat})
    return parts


def first_heard(n_frames: int, sr: float, heard: float) -> int:
    """Return the first frame of a window that lies in the seconds in its middle that count."""
    return max(0, (n_frames - _n_heard(sr, heard)) // 2)


def summaries(parts: Sequence[Series]) -> dict[str, float]:
    """Return the summaries of the series of one or more stretches, all of them together.

    ValueError if a series is in none of them.
    """
    return {
        f"{name}_{summary}": value
        for name in SERIES
        for summary, value in summarise(_joined(name, parts)).items()
    }


def _joined(name: str, parts: Sequence[Series]) -> NDArray[np.float32]:
    there = [part[name] for part in parts if name in part]
    if not there:
        raise ValueError("no window is long enough for the beat")
    return there[0] if len(there) == 1 else np.concatenate(there)


def _n_heard(sr: float, heard: float) -> int:
    return round(heard * 2 * sr / frame_length(sr))


def _series(S: NDArray[np.float32], y: NDArray[np.float32], sr: float) -> Series:
    """Return every series but that of the beat; *y* may go on after the last frame."""
    return {
        **spectral.shape(S, sr),
        **spectral.bands(S, sr),
        "zcr": temporal.zero_crossing_rate(y, len(S), 2 * (S.shape[1] - 1)),
        "hpss": separation.harmonic_balance(S),
    }
