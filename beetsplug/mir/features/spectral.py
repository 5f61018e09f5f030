"""Shape of the spectrum: where the sound lies and how wide, how noisy, how loud by band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import librosa
import numpy as np

from ..names import BARK_EDGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOOR_DB = -80.0


def shape(S: NDArray[np.float32], sr: float) -> dict[str, NDArray[np.float64]]:
    """Return centroid (mel), bandwidth (Hz), flatness (0 to 1), roll-on and roll-off (mel).

    *Centroid* is the magnitude-weighted mean frequency: brightness. *Bandwidth* is
    the spread around it. *Flatness* is the geometric over the arithmetic mean of
    the power: 0 for a tone, about 0.56 for white noise. *Roll-on* and *roll-off* hold a
    tenth of the magnitude below and above. A silent frame reads 0, its flatness 1.
    """
    centroid = librosa.feature.spectral_centroid(S=S, sr=sr)
    bandwidth = librosa.feature.spectral_bandwidth(S=S, sr=sr, centroid=centroid)
    rollon = librosa.feature.spectral_rolloff(S=S, sr=sr, roll_percent=0.1)
    rolloff = librosa.feature.spectral_rolloff(S=S, sr=sr, roll_percent=0.9)
    return {
        "centroid": librosa.hz_to_mel(centroid[0]),
        "bandwidth": bandwidth[0],
        "flatness": np.minimum(librosa.feature.spectral_flatness(S=S)[0], 1.0),
        "rollon": librosa.hz_to_mel(rollon[0]),
        "rolloff": librosa.hz_to_mel(rolloff[0]),
    }


def bands(S: NDArray[np.float32], sr: float) -> dict[str, NDArray[np.float64]]:
    """Return the mean magnitude (dB, floor -80) of each band between two bark edges.

    A band wholly above the Nyquist frequency reads the floor.
    """
    frequencies = librosa.fft_frequencies(sr=sr, n_fft=2 * (len(S) - 1))
    edges = zip((0, *BARK_EDGES[:-1]), BARK_EDGES, strict=True)
    return {
        f"bark{high}": _decibels(S[(frequencies > low) & (frequencies <= high)])
        for low, high in edges
    }


def _decibels(S: NDArray[np.float32]) -> NDArray[np.float64]:
    if not len(S):
        return np.full(S.shape[1], FLOOR_DB)
    floor = 10 ** (FLOOR_DB / 20)
    mean: NDArray[np.float64] = S.mean(axis=0, dtype=np.float64)
    return 20 * np.log10(np.maximum(mean, floor))
