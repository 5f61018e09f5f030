"""The mel scale (Slaney's): linear up to 1 kHz, logarithmic above."""

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
