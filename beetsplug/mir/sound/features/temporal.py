"""Zero crossings: how often the signal changes its sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ground.compiled import compiled
from .description import Description

if TYPE_CHECKING:
    from numpy.typing import NDArray

DESCRIPTIONS = (
    Description(
        ("zcr",),
        "The share of samples whose sign differs from that of the one before: the mean over"
        " frames. Kedem 1986; Gouyon, Pachet and Delerue 2000;"
        " `librosa.feature.zero_crossing_rate`.",
        "Noisiness and pitch of what is loudest: low for bass and pads, high for hi-hats,"
        " sibilants and distortion. A tone of 440 Hz reads 0.02 at 44.1 kHz.",
        "It follows the strongest partial: a loud bass hides everything above it. It is per"
        " sample, so a lower sampling rate raises it; a constant offset lowers it.",
        "0 (silence) to 1; white noise 0.5; usually 0.014 to 0.082.",
    ),
)

_ZERO = np.float32(-1e-10)  # from here on a sample is not negative


@compiled
def zero_crossing_rate(
    y: NDArray[np.float32], n_frames: int, n_fft: int
) -> NDArray[np.float32]:
    """Return the crossings per sample (0 to 1) of the first frames."""
    hop = n_fft // 2
    counts = np.zeros(n_frames + 1, np.int32)  # within each half of a frame
    for half in range(n_frames + 1):
        count = np.int32(0)
        for i in range(half * hop + 1, (half + 1) * hop):
            count += np.int32((y[i] < _ZERO) != (y[i - 1] < _ZERO))
        counts[half] = count
    out = np.empty(n_frames, np.float32)
    for t in range(n_frames):
        middle = (t + 1) * hop
        between = (y[middle] < _ZERO) != (y[middle - 1] < _ZERO)
        out[t] = (counts[t] + counts[t + 1] + between) / n_fft
    return out
