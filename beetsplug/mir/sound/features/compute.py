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
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Series = dict[str, NDArray[np.float32]]


def extract(blocks: Iterable[NDArray[np.float32]], sr: float) -> dict[str, float]:
    """Return the summaries named in :data:`names.VECTOR` of a track, all finite.

    The track comes as a stream of mono samples, of which only the series are kept.
    """
    n_fft = frame_length(sr)
    # Arrays that grow in place: pieces and their sum at once would be too much of 10 hours.
    grown: defaultdict[str, array[float]] = defaultdict(lambda: array("f"))
    for y, new in segments(blocks, n_fft, separation.REACH):
        S = spectrogram(y, n_fft)
        for name, values in {
            **_series(S, y, sr),
            "onsets": rhythm.onset_strength(S, sr),
        }.items():
            grown[name].frombytes(values[new].tobytes())
    series = {name: np.frombuffer(values, np.float32) for name, values in grown.items()}
    series["tempo_flatness"] = rhythm.tempo_flatness(series.pop("onsets"), 2 * sr / n_fft)
    return _summaries(series)


def extract_windows(
    windows: Sequence[NDArray[np.float32]], sr: float, heard: float
) -> dict[str, float]:
    """Return the same of some windows of a track, by the frames of all of them together.

    Only *heard* seconds in the middle of a window count, but for the beat all of those
    that are long enough for it. ValueError if none is.
    """
    n_fft = frame_length(sr)
    parts: list[Series] = []
    beats: list[NDArray[np.float32]] = []
    for y in windows:
        S = spectrogram(y, n_fft)
        if len(y) >= rhythm.WINDOW_SECONDS * sr:
            beats.append(rhythm.tempo_flatness(rhythm.onset_strength(S, sr), 2 * sr / n_fft))
        middle = _middle(len(S), round(heard * 2 * sr / n_fft))
        parts.append(_series(S[middle], y[middle.start * n_fft // 2 :], sr))
    if not beats:
        raise ValueError("no window is long enough for the beat")
    series = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return _summaries({**series, "tempo_flatness": np.concatenate(beats)})


def _series(S: NDArray[np.float32], y: NDArray[np.float32], sr: float) -> Series:
    """Return every series but that of the beat; *y* may go on after the last frame."""
    return {
        **spectral.shape(S, sr),
        **spectral.bands(S, sr),
        "zcr": temporal.zero_crossing_rate(y, len(S), 2 * (S.shape[1] - 1)),
        "hpss": separation.harmonic_balance(S),
    }


def _middle(n_frames: int, n_wanted: int) -> slice:
    start = max(0, (n_frames - n_wanted) // 2)
    return slice(start, start + n_wanted)


def _summaries(series: Series) -> dict[str, float]:
    return {
        f"{name}_{summary}": value
        for name in SERIES
        for summary, value in summarise(series[name]).items()
    }
