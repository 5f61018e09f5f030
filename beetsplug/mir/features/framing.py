"""Windows and spectrogram: the one view of the sound that all families share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import librosa
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def frame_length(sr: float) -> int:
    """Return the window's length in samples: the power of two nearest to 46 ms."""
    return int(2 ** round(np.log2(2048 * sr / 44100)))


def pad_to_frame(y: NDArray[np.float32], n_fft: int) -> NDArray[np.float32]:
    """Append silence to a sound that is shorter than one window."""
    return np.pad(y, (0, max(0, n_fft - len(y))))


def spectrogram(y: NDArray[np.float32], n_fft: int) -> NDArray[np.float32]:
    """Return ``S`` of shape (1 + n_fft / 2, n_frames) for at least *n_fft* samples."""
    spectrum = librosa.stft(y, n_fft=n_fft, hop_length=n_fft // 2, center=False)
    S: NDArray[np.float32] = np.abs(spectrum) * np.float32(4 / n_fft)
    return S  # a Hann window sums to n_fft / 2, half of which is at the negative frequency
