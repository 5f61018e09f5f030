"""All families over one sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import rhythm, separation, spectral, temporal
from .framing import frame_length, pad_to_frame, spectrogram
from .summary import summarise_all

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def series(y: NDArray[np.float32], sr: float) -> dict[str, NDArray[np.float64]]:
    """Return every series of :data:`names.SERIES` for mono samples at *sr* Hz."""
    n_fft = frame_length(sr)
    y = pad_to_frame(y, n_fft)
    S = spectrogram(y, n_fft)
    onsets = rhythm.onset_strength(S, sr)
    return {
        **spectral.shape(S, sr),
        **spectral.bands(S, sr),
        "zcr": temporal.zero_crossing_rate(y, n_fft),
        "tempo_flatness": rhythm.tempo_flatness(onsets, 2 * sr / n_fft),
        "hpss": separation.harmonic_balance(S),
    }


def extract(y: NDArray[np.float32], sr: float) -> dict[str, float]:
    """Return the summaries named in :data:`names.VECTOR`, all finite, for any sound."""
    return summarise_all(series(y, sr))
