"""Zero crossings: how often the signal changes its sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import librosa

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def zero_crossing_rate(y: NDArray[np.float32], n_fft: int) -> NDArray[np.float64]:
    """Return the crossings per sample (0 to 1) of each frame."""
    rate = librosa.feature.zero_crossing_rate(
        y, frame_length=n_fft, hop_length=n_fft // 2, center=False
    )
    rates: NDArray[np.float64] = rate[0]
    return rates
