"""Steadiness of the beat, by the autocorrelation of the onset strength."""

from __future__ import annotations

from typing import TYPE_CHECKING

import librosa
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_SECONDS = 8.9
LAG_SECONDS = (0.2, 2.5)
_FLOOR = 1e-6


def onset_strength(S: NDArray[np.float32], sr: float) -> NDArray[np.float32]:
    """Return the mean rise of the log-mel spectrum from frame to frame, in dB."""
    n_fft = 2 * (len(S) - 1)
    n_mels = min(128, max(1, n_fft // 16))  # no band narrower than a bin
    mel = librosa.feature.melspectrogram(S=S**2, sr=sr, n_fft=n_fft, n_mels=n_mels)
    log_mel = librosa.power_to_db(mel, amin=1e-10, top_db=None)
    rise: NDArray[np.float32] = librosa.onset.onset_strength(
        S=log_mel, sr=sr, hop_length=n_fft // 2, center=False
    )
    return rise


def tempo_flatness(onsets: NDArray[np.float32], frame_rate: float) -> NDArray[np.float64]:
    """Return the flatness (0 to 1) of each local autocorrelation of the onset strength.

    *frame_rate* is in frames a second. Geometric over arithmetic mean across lags of
    0.2 to 2.5 s in windows of 8.9 s: low where a beat repeats, near 1 where none does.
    Silence reads 1. A shorter sound is padded with silence to one window.
    """
    window = round(WINDOW_SECONDS * frame_rate)
    onsets = np.pad(onsets, (0, max(0, window - len(onsets))))
    tempogram = librosa.feature.tempogram(
        onset_envelope=onsets, win_length=window, center=False
    )
    first, last = (round(seconds * frame_rate) for seconds in LAG_SECONDS)
    lags = np.maximum(tempogram[first : last + 1], _FLOOR)
    flatness: NDArray[np.float64] = np.exp(np.log(lags).mean(axis=0)) / lags.mean(axis=0)
    return flatness
