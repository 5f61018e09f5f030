"""The features as librosa states them: slow, plain, the oracle of the fast code.

This follows the descriptions of each family line by line and shares no code with the
families, but for the names. Only ``beet mirextract --check`` and the tests load it; it
measures what :mod:`.compute` measures, by functions of the same names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import librosa
import numpy as np

from ...names import BARK_EDGES, SERIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.floating]

MOST_SECONDS = 900
"""Longest sound at a time: its spectrogram is held several times over, in 2.5 GB."""

BEAT_SECONDS = 8.9


class TooLongError(ValueError):
    """There is more sound than can be held in memory."""


def extract(blocks: Iterable[NDArray[np.float32]], sr: float) -> dict[str, float]:
    """Return mean, median and standard deviation of every series of mono samples.

    Raises TooLongError for more than :data:`MOST_SECONDS`.
    """
    parts = [np.empty(0, np.float32)]
    n_samples = 0
    for block in blocks:
        n_samples += len(block)
        if n_samples > MOST_SECONDS * sr:
            raise TooLongError(
                f"more than {MOST_SECONDS // 60} minutes are too long for librosa"
            )
        parts.append(block)
    y = np.concatenate(parts)
    return _summaries({**series(y, sr), "tempo_flatness": tempo_flatness(y, sr)})


def extract_windows(
    windows: Sequence[NDArray[np.float32]], sr: float, heard: float
) -> dict[str, float]:
    """Return the same of windows of a track, their frames pooled.

    Only the *heard* seconds in the middle of a window count, but for the beat all of each
    window that is long enough for it.
    """
    hop = _frame_length(sr) // 2
    n_heard = round(heard * sr / hop)
    parts = []
    for y in windows:
        first = max(0, (len(y) // hop - 1 - n_heard) // 2)
        parts.append(series(y[first * hop : (first + n_heard + 1) * hop], sr))
    beats = [tempo_flatness(y, sr) for y in windows if len(y) >= BEAT_SECONDS * sr]
    pooled = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return _summaries({**pooled, "tempo_flatness": np.concatenate(beats)})


def summarise(values: Array) -> dict[str, float]:
    """Return mean, median and standard deviation of a series without its outliers."""
    clamped = np.clip(values, *np.percentile(values, [0.5, 99.5]))
    return {
        "mean": float(clamped.mean()),
        "median": float(np.median(clamped)),
        "std": float(clamped.std()),
    }


def series(y: Array, sr: float) -> dict[str, Array]:
    """Return every series but that of the beat, by name."""
    n_fft = _frame_length(sr)
    y, S = _spectrogram(y, sr)
    centroid = librosa.feature.spectral_centroid(S=S, sr=sr)
    return {
        "centroid": librosa.hz_to_mel(centroid[0]),
        "bandwidth": librosa.feature.spectral_bandwidth(S=S, sr=sr, centroid=centroid)[0],
        "flatness": librosa.feature.spectral_flatness(S=S)[0],
        "rollon": rolloff(S, sr, 0.1),
        "rolloff": rolloff(S, sr, 0.9),
        **bands(S, sr),
        "zcr": librosa.feature.zero_crossing_rate(
            y, frame_length=n_fft, hop_length=n_fft // 2, center=False
        )[0],
        "hpss": harmonic_balance(S),
    }


def rolloff(S: Array, sr: float, share: float) -> Array:
    """Return the frequency (mel) below which this share of the magnitude lies."""
    frequency = librosa.feature.spectral_rolloff(S=S, sr=sr, roll_percent=share)
    mel: Array = librosa.hz_to_mel(frequency[0])
    return mel


def bands(S: Array, sr: float) -> dict[str, Array]:
    """Return the level (dB) of each band."""
    frequencies = librosa.fft_frequencies(sr=sr, n_fft=2 * (len(S) - 1))
    levels = {}
    for low, high in zip((0, *BARK_EDGES), BARK_EDGES, strict=False):
        inside = S[(frequencies > low) & (frequencies <= high)]
        mean = inside.mean(axis=0) if len(inside) else np.zeros(S.shape[1])
        levels[f"bark{high}"] = 20 * np.log10(np.maximum(mean, 1e-4))
    return levels


def tempo_flatness(y: Array, sr: float) -> Array:
    """Return the flatness of the autocorrelation of the onset strength."""
    _, S = _spectrogram(y, sr)
    hop = len(S) - 1
    n_mels = min(128, max(1, hop // 8))
    mel = librosa.feature.melspectrogram(S=S**2, sr=sr, n_fft=2 * hop, n_mels=n_mels)
    log_mel = librosa.power_to_db(mel, top_db=None)
    onsets = librosa.onset.onset_strength(S=log_mel, sr=sr, hop_length=hop, center=False)
    window = round(BEAT_SECONDS * sr / hop)
    onsets = np.pad(onsets, (0, max(0, window - len(onsets))))
    tempogram = librosa.feature.tempogram(
        onset_envelope=onsets, win_length=window, center=False
    )
    lags = np.maximum(tempogram[round(0.2 * sr / hop) : round(2.5 * sr / hop) + 1], 1e-6)
    flatness: Array = np.exp(np.log(lags).mean(axis=0)) / lags.mean(axis=0)
    return flatness


def harmonic_balance(S: Array) -> Array:
    """Return how much louder the harmonic part is than the percussive one, -1 to 1."""
    harmonic, percussive = librosa.decompose.hpss(S, kernel_size=31, power=2.0)
    rms_h, rms_p = (np.sqrt(np.mean(part**2, axis=0)) for part in (harmonic, percussive))
    total = rms_h + rms_p
    balance: Array = np.divide(rms_h - rms_p, total, out=np.zeros_like(total), where=total > 0)
    return balance


def _frame_length(sr: float) -> int:
    return int(2 ** round(np.log2(2048 * sr / 44100)))


def _spectrogram(y: Array, sr: float) -> tuple[Array, Array]:
    """Return the samples, one frame at least, and ``S``, librosa's way: one column a frame."""
    n_fft = _frame_length(sr)
    y = np.pad(y, (0, max(0, n_fft - len(y))))
    spectrum = librosa.stft(y, n_fft=n_fft, hop_length=n_fft // 2, center=False)
    return y, np.abs(spectrum) * (4 / n_fft)


def _summaries(series: dict[str, Array]) -> dict[str, float]:
    return {
        f"{name}_{summary}": value
        for name in SERIES
        for summary, value in summarise(series[name]).items()
    }
