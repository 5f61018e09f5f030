"""What the network is given: log-mel patches of three seconds, as in its training.

16 kHz, Hann windows of 32 ms, half overlapping, 96 mel bands of the power, log10(1 +
10000 x): musicnn's own configuration.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import soxr

from ..features.framing import spectrogram
from ..features.scales import mel_filters
from .layers import N_BANDS, N_FRAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 16000
"""Hz."""

_N_FFT = 512
_LOUDNESS = np.float32(10_000)
N_SAMPLES = (N_FRAMES + 1) * _N_FFT // 2
"""Of a patch."""

PATCH_SECONDS = N_SAMPLES / RATE

_EDGE = 0.02  # seconds on either side that the resampling may blur


def patch(y: NDArray[np.float32], sr: float) -> NDArray[np.float32]:
    """Return the patch of the samples in the middle, shape (N_FRAMES, N_BANDS).

    What is shorter than a patch is repeated, as it was in the training.
    """
    y = soxr.resample(middle(y, round((PATCH_SECONDS + 2 * _EDGE) * sr)), sr, RATE)
    return log_mel(np.resize(middle(y, N_SAMPLES), N_SAMPLES))


def middle(y: NDArray[np.float32], n_samples: int) -> NDArray[np.float32]:
    """Return so many samples in the middle, or all that there are."""
    start = max(0, len(y) - n_samples) // 2
    return y[start : start + n_samples]


def log_mel(y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the spectrogram that the network knows, shape (n_frames, N_BANDS)."""
    power = np.square(spectrogram(y, _N_FFT) * np.float32(_N_FFT / 4))
    scaled: NDArray[np.float32] = np.log10(1 + _LOUDNESS * (power @ _filters().T))
    return scaled


@cache
def _filters() -> NDArray[np.float32]:
    return mel_filters(RATE, _N_FFT, N_BANDS)
