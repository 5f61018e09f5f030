"""Harmonic against percussive sound, by medians along time and along frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ground.compiled import compiled
from .description import Description

if TYPE_CHECKING:
    from numpy.typing import NDArray

DESCRIPTIONS = (
    Description(
        ("hpss",),
        "A tone is a line along time, a click a line along frequency: of each bin's"
        " neighbours, 31 frames and 31 bins, the medians say how much of it is either. Soft"
        " masks of power 2 share `|S|` between the two; then `(rms_h - rms_p) / (rms_h +"
        " rms_p)` of each frame: the median. Fitzgerald 2010; Driedger, Müller and Disch 2014;"
        " `librosa.decompose.hpss`.",
        "Tones against hits: high for pads, strings, organs and singing, low for drums and"
        " plucked or staccato sounds.",
        "Noise is neither, and reads 0 as an even mixture does. The median over frames passes"
        " over sparse hits. A drum that rings is a tone; a fast glide is a hit.",
        "-1 (clicks) to 1 (a steady tone); silence and white noise 0; usually 0.28 to 0.74.",
    ),
)

REACH = 15
"""Frames and bins that a median sees on either side."""

_LANES = 128  # columns whose medians run side by side: their windows fit the first cache
_TILE = 32
_LARGEST = np.int16(32767)


def harmonic_balance(S: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the balance (-1 to 1) of each frame; silence reads 0."""
    found: NDArray[np.float32] = balance(levels(S))
    return found


def levels(S: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the level of the harmonic and of the percussive part, shape (2, n_frames).

    It is the root of the sum of squares over bins: about that of all bins together, as ``S``
    is scaled.
    """
    Q = _halved(S)
    along_time = running_median(Q, REACH)
    along_frequency = _transposed(running_median(_transposed(Q), REACH))
    found: NDArray[np.float32] = _levels(S, along_time, along_frequency)
    return found


@compiled
def balance(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compare the levels of both parts: 1 is all harmonic, -1 all percussive."""
    out = np.zeros(levels.shape[1], np.float32)
    for t in range(levels.shape[1]):
        rms_h, rms_p = levels[0, t], levels[1, t]
        if rms_h + rms_p > 0:
            out[t] = (rms_h - rms_p) / (rms_h + rms_p)
    return out


@compiled
def _halved(S: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return the upper half of each float's bits, rounded: 8 bits of precision, same order.

    Half the width is twice the lanes of a vector register, and a median knows no more
    of a value than its order.
    """
    bits = S.view(np.int32)
    out = np.empty(S.shape, np.int16)
    for t in range(S.shape[0]):
        for k in range(S.shape[1]):
            out[t, k] = (bits[t, k] + np.int32(0x8000)) >> np.int32(16)
    return out


@compiled
def running_median(A: NDArray[np.int16], reach: int) -> NDArray[np.int16]:
    """Return the medians of 2 * *reach* + 1 rows around each row, the ends mirrored.

    The same as ``scipy.ndimage.median_filter(A, (2 * reach + 1, 1))`` for values below
    32767, by windows that are kept sorted: a step takes one value out and one in, by the
    same few minima and maxima for every column, so that columns run side by side in
    vector registers.
    """
    n_rows, n_columns = A.shape
    size = 2 * reach + 1
    out = np.empty_like(A)
    window = np.empty((size + 1, _LANES), np.int16)  # sorted; the last row is the largest
    leaving = np.zeros(_LANES, np.int16)
    coming = np.zeros(_LANES, np.int16)
    below = np.empty(_LANES, np.int16)
    for first in range(0, n_columns, _LANES):
        last = min(first + _LANES, n_columns)
        window[:] = _LARGEST
        for row in range(-reach, reach + 1):
            for lane in range(last - first):
                coming[lane] = A[_mirrored(row, n_rows), first + lane]
            _insert(window, coming, row + reach)
        for lane in range(last - first):
            out[0, first + lane] = window[reach, lane]
        for row in range(1, n_rows):
            old = _mirrored(row - 1 - reach, n_rows)
            new = _mirrored(row + reach, n_rows)
            for lane in range(last - first):
                leaving[lane] = A[old, first + lane]
                coming[lane] = A[new, first + lane]
            below[:] = -_LARGEST
            for i in range(size):
                for lane in range(_LANES):
                    # The i-th value without the leaving one ...
                    value = window[i, lane]
                    rest = value if value < leaving[lane] else window[i + 1, lane]
                    # ... and with the coming one: the middle of it and its neighbours.
                    upper = coming[lane] if coming[lane] < rest else rest
                    window[i, lane] = below[lane] if below[lane] > upper else upper
                    below[lane] = rest
            for lane in range(last - first):
                out[row, first + lane] = window[reach, lane]
    return out


@compiled
def _insert(window: NDArray[np.int16], coming: NDArray[np.int16], n_sorted: int) -> None:
    """Sort one more value of each lane into the window; *coming* is used up."""
    for i in range(n_sorted + 1):
        for lane in range(_LANES):
            value = window[i, lane]
            window[i, lane] = coming[lane] if coming[lane] < value else value
            coming[lane] = value if coming[lane] < value else coming[lane]


@compiled
def _mirrored(row: int, n_rows: int) -> int:
    """Return the row that stands for one beyond an end: ... 1 0 | 0 1 2 ..."""
    while row < 0 or row >= n_rows:
        row = -row - 1 if row < 0 else 2 * n_rows - 1 - row
    return row


@compiled
def _transposed(A: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the transpose in its own memory, by tiles that fit the cache."""
    n_rows, n_columns = A.shape
    out = np.empty((n_columns, n_rows), A.dtype)
    for top in range(0, n_rows, _TILE):
        for left in range(0, n_columns, _TILE):
            for column in range(left, min(left + _TILE, n_columns)):
                for row in range(top, min(top + _TILE, n_rows)):
                    out[column, row] = A[row, column]
    return out


@compiled
def _levels(
    S: NDArray[np.float32],
    along_time: NDArray[np.int16],
    along_frequency: NDArray[np.int16],
) -> NDArray[np.float32]:
    """Share the power of each bin between the two by soft masks; return their levels.

    The medians come as the upper halves of floats.
    """
    n_frames, n_bins = S.shape
    out = np.zeros((2, n_frames), np.float32)
    tiny = np.float32(1e-15)  # its square is still a float
    half = np.float32(0.5)
    one = np.float32(1)
    bits = np.empty((2, n_bins), np.int32)
    medians = bits.view(np.float32)
    for t in range(n_frames):
        for k in range(n_bins):
            bits[0, k] = np.int32(along_time[t, k]) << np.int32(16)
            bits[1, k] = np.int32(along_frequency[t, k]) << np.int32(16)
        harmonic = percussive = np.float32(0)
        for k in range(n_bins):
            h, p = medians[0, k], medians[1, k]
            h, p = h * h, p * p
            share = h / (h + p) if h + p > tiny * tiny else half
            part = S[t, k] * share
            rest = S[t, k] * (one - share)
            harmonic += part * part
            percussive += rest * rest
        out[0, t], out[1, t] = np.sqrt(harmonic), np.sqrt(percussive)
    return out
