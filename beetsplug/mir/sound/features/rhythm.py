"""Steadiness of the beat, by the autocorrelation of the onset strength."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from ...ground.compiled import compiled
from .description import Description
from .framing import hann
from .scales import mel_filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

DESCRIPTIONS = (
    Description(
        ("tempo_flatness",),
        "Of the onset strength (the mean rise of a log-mel spectrogram of 128 bands from"
        " frame to frame), autocorrelated in Hann windows of 8.9 s: the geometric over the"
        " arithmetic mean across lags of 0.2 to 2.5 s (300 to 24 beats a minute), each at"
        " least 1e-6 of lag 0; the median over windows. Onsets and autocorrelation as in"
        " `librosa.onset.onset_strength` and `librosa.feature.tempogram` (Grosche, Müller and"
        " Kurth 2010); its flatness is the plugin's own.",
        "How little of a beat there is: low where something repeats strictly and dryly, as in"
        " techno, high for drones, ambient music and free time.",
        "It knows nothing of the tempo. What sounds between the beats hides them: steady hits"
        " read 0, the same over quiet noise 0.94, a beat of soft attacks 0.9. A held tone,"
        " which has no onsets, reads 0.8.",
        "0 (steady clicks) to 1 (silence); white noise 0.99; usually 0.78 to 0.98.",
    ),
)

WINDOW_SECONDS = 8.9
LAG_SECONDS = (0.2, 2.5)
STEP_SECONDS = 0.3
"""A window every frame would say nothing more."""

_BATCH = 500  # windows at a time: a track of 10 hours has 120,000
_FLOOR = 1e-6
_DECIBELS = np.float32(10 / np.log(10))  # of a natural logarithm
_LEAST_POWER = np.float32(1e-10)


def onset_strength(S: NDArray[np.float32], sr: float) -> NDArray[np.float32]:
    """Return the mean rise of the log-mel spectrum from frame to frame, in dB.

    The first frame, which has none before it, reads 0.
    """
    weights, starts = _mel_filters(sr, 2 * (S.shape[1] - 1))
    strength: NDArray[np.float32] = _onset_strength(S, weights, starts)
    return strength


def tempo_flatness(onsets: NDArray[np.float32], frame_rate: float) -> NDArray[np.float32]:
    """Return the flatness (0 to 1) of each local autocorrelation of the onset strength.

    *frame_rate* is in frames a second. A shorter sound is padded with silence to one window.
    """
    return np.concatenate([_flatness(batch) for batch in _correlations(onsets, frame_rate)])


def tempogram(onsets: NDArray[np.float32], frame_rate: float) -> NDArray[np.float32]:
    """Return what :func:`tempo_flatness` is the flatness of, shape (n_windows, n_lags), 0 to 1.

    The lags are those of :func:`lags`.
    """
    found = [batch.astype(np.float32) for batch in _correlations(onsets, frame_rate)]
    return np.concatenate(found)


def lags(frame_rate: float) -> NDArray[np.float64]:
    """Return the lags that count, in seconds."""
    first, last = _lags(frame_rate)
    seconds: NDArray[np.float64] = np.arange(first, last + 1) / frame_rate
    return seconds


def times_of_windows(n_windows: int, frame_rate: float) -> NDArray[np.float64]:
    """Return the middle of each window in seconds from the first frame's start."""
    length, step = _length_and_step(frame_rate)
    middles = step * np.arange(n_windows, dtype=np.float64) + (length / 2 + 0.5)
    times: NDArray[np.float64] = middles / frame_rate
    return times


def _length_and_step(frame_rate: float) -> tuple[int, int]:
    return round(WINDOW_SECONDS * frame_rate), max(1, round(STEP_SECONDS * frame_rate))


def _lags(frame_rate: float) -> tuple[int, int]:
    """Return the first and the last lag that count, in frames."""
    first, last = (round(seconds * frame_rate) for seconds in LAG_SECONDS)
    return first, last


def _correlations(
    onsets: NDArray[np.float32], frame_rate: float
) -> Iterator[NDArray[np.float64]]:
    """Yield the autocorrelations of some windows at a time, each at the lags that count."""
    length, step = _length_and_step(frame_rate)
    onsets = np.pad(onsets, (0, max(0, length - len(onsets))))
    windows = np.lib.stride_tricks.sliding_window_view(onsets, length)[::step]
    first, last = _lags(frame_rate)
    for start in range(0, len(windows), _BATCH):
        yield _correlation(windows[start : start + _BATCH], slice(first, last + 1))


def _correlation(windows: NDArray[np.float32], lags: slice) -> NDArray[np.float64]:
    """Return the autocorrelation of each window as a share of that at lag 0, at least 1e-6."""
    length = windows.shape[1]
    n_fft = next_fast_len(2 * length)
    spectra = rfft(windows * hann(length).astype(np.float64), n_fft, axis=1)
    correlation = irfft(np.abs(spectra) ** 2, n_fft, axis=1)
    peak = np.maximum(correlation[:, :1], np.finfo(np.float32).tiny)
    values: NDArray[np.float64] = np.maximum(correlation[:, lags] / peak, _FLOOR)
    return values


def _flatness(values: NDArray[np.float64]) -> NDArray[np.float32]:
    flatness: NDArray[np.float64] = np.exp(np.log(values).mean(axis=1)) / values.mean(axis=1)
    return np.minimum(flatness, 1.0).astype(np.float32)


@cache
def _mel_filters(sr: float, n_fft: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the mel filters without their zeros.

    They come as all weights in a row, and for each filter the place of its first weight
    among them and the bin of it, shape (n_mels + 1, 2).
    """
    filters = mel_filters(sr, n_fft, min(128, max(1, n_fft // 16)))  # none narrower than a bin
    starts = [(0, 0)]
    weights = []
    for row in filters:
        (bins,) = np.nonzero(row)
        weights.append(row[bins])
        starts[-1] = (starts[-1][0], int(bins[0]) if len(bins) else 0)
        starts.append((starts[-1][0] + len(bins), 0))
    return np.concatenate(weights).astype(np.float32), np.array(starts)


@compiled
def _onset_strength(
    S: NDArray[np.float32], weights: NDArray[np.float32], starts: NDArray[np.int64]
) -> NDArray[np.float32]:
    n_frames, n_bins = S.shape
    n_mels = len(starts) - 1
    out = np.zeros(n_frames, np.float32)
    before = np.zeros(n_mels, np.float32)
    power = np.empty(n_bins, np.float32)
    for t in range(n_frames):
        for k in range(n_bins):
            power[k] = S[t, k] * S[t, k]
        rise = np.float32(0)
        for m in range(n_mels):
            band = np.float32(0)
            shift = starts[m, 1] - starts[m, 0]
            for place in range(starts[m, 0], starts[m + 1, 0]):
                band += weights[place] * power[place + shift]
            level = _DECIBELS * np.log(max(band, _LEAST_POWER))
            rise += max(np.float32(0), level - before[m])
            before[m] = level
        if t:
            out[t] = rise / np.float32(n_mels)
    return out
