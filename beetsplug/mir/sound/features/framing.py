"""Windows and spectrogram: the one view of the sound that all families share."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import rfft

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

SEGMENT = 512
"""Frames analysed at a time: 12 s, so that all arrays of a segment stay in the cache."""

_BATCH = 32  # frames transformed at a time, for the cache's sake


def frame_length(sr: float) -> int:
    """Return the window's length in samples: the power of two nearest to 46 ms."""
    return int(2 ** round(np.log2(2048 * sr / 44100)))


def segments(
    blocks: Iterable[NDArray[np.float32]], n_fft: int, context: int
) -> Iterator[tuple[NDArray[np.float32], slice]]:
    """Cut a stream of samples into overlapping segments, at least one.

    Yield the samples of each segment and the slice of its frames that are new; the
    others, at most *context* on either side, are there for what looks around itself.
    The new frames of all segments are those of the whole stream, each once; silence
    makes a frame of a stream that is shorter than one.
    """
    hop = n_fft // 2
    buffer = np.empty(0, np.float32)
    lead = 0  # frames at the start of the buffer that have been new before
    for block in blocks:
        buffer = np.concatenate([buffer, block])
        while len(buffer) >= (lead + SEGMENT + context + 1) * hop:
            yield buffer[: (lead + SEGMENT + context + 1) * hop], slice(lead, lead + SEGMENT)
            keep = max(0, lead + SEGMENT - context)
            buffer = buffer[keep * hop :]
            lead += SEGMENT - keep
    if len(buffer) >= (lead + 2) * hop or not lead:
        yield np.pad(buffer, (0, max(0, n_fft - len(buffer)))), slice(lead, None)


@cache
def hann(length: int) -> NDArray[np.float32]:
    """Return a periodic Hann window, of which overlapping halves add up to a constant."""
    return np.hanning(length + 1)[:-1].astype(np.float32)


def spectrogram(y: NDArray[np.float32], n_fft: int) -> NDArray[np.float32]:
    """Return ``S`` of shape (n_frames, 1 + n_fft / 2) for at least *n_fft* samples."""
    frames = np.lib.stride_tricks.sliding_window_view(y, n_fft)[:: n_fft // 2]
    # The window sums to n_fft / 2, and half of a sine is at its negative frequency.
    window = hann(n_fft) * np.float32(4 / n_fft)
    S = np.empty((len(frames), 1 + n_fft // 2), np.float32)
    for start in range(0, len(frames), _BATCH):
        few = slice(start, start + _BATCH)
        np.abs(rfft(frames[few] * window, axis=1, overwrite_x=True), out=S[few])
    return S
