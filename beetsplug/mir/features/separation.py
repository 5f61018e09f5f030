"""Harmonic against percussive sound (Fitzgerald 2010; soft masks after Driedger 2014)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import librosa
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def harmonic_balance(S: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return ``(rms_h - rms_p) / (rms_h + rms_p)`` of each frame.

    1 is a steady tone, -1 a click; silence reads 0.
    """
    harmonic, percussive = librosa.decompose.hpss(S, kernel_size=31, power=2.0)
    rms_h, rms_p = _rms(harmonic), _rms(percussive)
    total = rms_h + rms_p
    return np.divide(rms_h - rms_p, total, out=np.zeros_like(total), where=total > 0)


def _rms(S: NDArray[np.float32]) -> NDArray[np.float64]:
    rms: NDArray[np.float64] = np.sqrt(np.mean(np.square(S, dtype=np.float64), axis=0))
    return rms
