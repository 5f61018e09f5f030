"""The mel scale (Slaney's): linear up to 1 kHz, logarithmic above.

librosa has the same, but to import its part of it takes a worker half a second and 50 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HZ_PER_MEL = 200 / 3
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27


def hz_to_mel(frequencies: NDArray[np.float64]) -> NDArray[np.float32]:
    """Convert Hz to mel (Slaney, Auditory Toolbox 1998; as librosa.hz_to_mel)."""
    linear = frequencies / _HZ_PER_MEL
    above = np.log(np.maximum(frequencies, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP + _BREAK_MEL
    return np.where(frequencies < _BREAK_HZ, linear, above).astype(np.float32)


def mel_to_hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert mel (Slaney) to Hz."""
    above = _BREAK_HZ * np.exp(_LOG_STEP * (mels - _BREAK_MEL))
    return np.where(mels < _BREAK_MEL, _HZ_PER_MEL * mels, above)


def mel_filters(sr: float, n_fft: int, n_mels: int) -> NDArray[np.float32]:
    """Return triangular filters of equal area, shape (n_mels, 1 + n_fft / 2).

    They lie evenly on the mel scale up to half of *sr* (as librosa.filters.mel).
    """
    top = float(hz_to_mel(np.array([sr / 2]))[0])
    edges = mel_to_hz(np.linspace(0, top, n_mels + 2))
    bins = np.arange(1 + n_fft // 2) * sr / n_fft
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    return (np.maximum(0, triangles) * 2 / (high - low)).astype(np.float32)
