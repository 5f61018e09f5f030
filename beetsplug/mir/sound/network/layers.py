"""The layers of MusiCNN in numpy: a patch of a spectrogram becomes 200 values.

Pons and Serra 2019, "musicnn: Pre-trained convolutional neural networks for music audio
tagging"; the shapes of the layers are those in its checkpoint. Each convolution is a
matrix product with a few neighbouring outputs at once, which copies its input a tenth as
often as one output at a time would, for some products with zeros more.

Conventions
-----------
x : a patch, log-mel, shape (N_FRAMES, N_BANDS), float32
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

N_FRAMES = 187
"""Of a patch: three seconds."""

N_BANDS = 96
_BANDS_AT_ONCE = 10
_FRAMES_AT_ONCE = 17  # a divisor of N_FRAMES


class Filters(NamedTuple):
    """A convolution, its activation (relu) and its normalisation, which is an affine map."""

    kernel: Floats  # (n_frames, n_bands, n_filters)
    bias: Floats  # (n_filters,)
    scale: Floats  # (n_filters,)
    shift: Floats  # (n_filters,)

    def activate(self, convolved: Floats) -> Floats:
        """Return the outputs from what the kernel gives, filters last."""
        out: Floats = np.maximum(convolved + self.bias, 0) * self.scale + self.shift
        return out


class Dense(NamedTuple):
    """A matrix and a bias."""

    weight: Floats  # (n_inputs, n_outputs)
    bias: Floats  # (n_outputs,)

    def __call__(self, x: Floats) -> Floats:
        """Return the outputs, shape (..., n_outputs)."""
        out: Floats = x @ self.weight + self.bias
        return out


class Weights(NamedTuple):
    """What was learnt, without the filters that are zero."""

    scale: Floats  # (1,), of the patch
    shift: Floats  # (1,)
    front: tuple[Filters, ...]  # two across bands and frames, three along frames
    middle: tuple[Filters, ...]  # three, over all filters before
    values: Filters  # the kernel is (1, 2 * (n_front + 3 * n_middle), 200)
    tags: Dense  # values -> logit of each tag


class MusiCNN:
    """The network, laid out for matrix products."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.tags = weights.tags
        self._front = [
            _Timbre(filters) if filters.kernel.shape[1] > 1 else _Rhythm(filters)
            for filters in weights.front
        ]

    def __call__(self, x: Floats) -> Floats:
        """Return the values of a patch, shape (200,)."""
        weights = self._weights
        x = x * weights.scale + weights.shift
        front = np.hstack([layer(x) for layer in self._front])
        maps = [front]
        before: Floats | None = None
        for filters in weights.middle:
            found = _convolved(front if before is None else before, filters)
            before = found if before is None else found + before
            maps.append(before)
        all_maps = np.hstack(maps)
        pooled = np.stack([all_maps.max(axis=0), all_maps.mean(axis=0)], axis=1).ravel()
        return weights.values.activate(pooled @ weights.values.kernel[0])


class _Timbre:
    """Filters across bands and frames, of which the loudest place across bands counts."""

    def __init__(self, filters: Filters) -> None:
        self._filters = filters
        n_frames, n_bands, n_filters = filters.kernel.shape
        self._width = n_bands + _BANDS_AT_ONCE - 1
        kernel = np.zeros((_BANDS_AT_ONCE, n_filters, n_frames, self._width), np.float32)
        for place in range(_BANDS_AT_ONCE):
            kernel[place, :, :, place : place + n_bands] = _signed(filters).transpose(2, 0, 1)
        self._kernel = kernel.reshape(_BANDS_AT_ONCE * n_filters, -1)

    def __call__(self, x: Floats) -> Floats:
        n_frames, _, n_filters = self._filters.kernel.shape
        last = N_BANDS - self._width
        starts = [*range(0, last, _BANDS_AT_ONCE), last]
        patches = sliding_window_view(_padded(x, n_frames), (n_frames, self._width))
        columns = patches[:, starts].transpose(1, 0, 2, 3).reshape(-1, self._kernel.shape[1])
        found = self._kernel @ columns.T
        shape = (_BANDS_AT_ONCE, n_filters, len(starts), N_FRAMES)
        loudest = found.reshape(shape).max(axis=(0, 2))
        return self._filters.activate(loudest.T * np.sign(self._filters.scale))


class _Rhythm:
    """Filters along the frames of a band, of which the loudest band counts."""

    def __init__(self, filters: Filters) -> None:
        self._filters = filters
        n_frames, _, n_filters = filters.kernel.shape
        self._width = n_frames + _FRAMES_AT_ONCE - 1
        kernel = np.zeros((self._width, _FRAMES_AT_ONCE, n_filters), np.float32)
        for place in range(_FRAMES_AT_ONCE):
            kernel[place : place + n_frames, place] = _signed(filters)[:, 0]
        self._kernel = kernel.reshape(self._width, -1)

    def __call__(self, x: Floats) -> Floats:
        n_frames = len(self._filters.kernel)
        padded = np.ascontiguousarray(_padded(x, n_frames).T)
        columns = sliding_window_view(padded, self._width, axis=1)[:, ::_FRAMES_AT_ONCE]
        found = columns.reshape(-1, self._width) @ self._kernel
        loudest = found.reshape(N_BANDS, -1).max(axis=0).reshape(N_FRAMES, -1)
        return self._filters.activate(loudest * np.sign(self._filters.scale))


def _signed(filters: Filters) -> Floats:
    """Return the kernel such that the largest output comes of the largest product."""
    signed: Floats = filters.kernel * np.sign(filters.scale)
    return signed


def _padded(x: Floats, n_frames: int) -> Floats:
    """Return frames with zeros around them, so that a filter gives as many as there were."""
    padded = np.zeros((len(x) + n_frames - 1, x.shape[1]), np.float32)
    before = (n_frames - 1) // 2
    padded[before : before + len(x)] = x
    return padded


def _convolved(x: Floats, filters: Filters) -> Floats:
    """Return what filters along the frames make of all columns, shape (N_FRAMES, n_filters)."""
    n_frames, n_columns, n_filters = filters.kernel.shape
    padded = _padded(x, n_frames)
    columns = sliding_window_view(padded, (n_frames, n_columns)).reshape(N_FRAMES, -1)
    return filters.activate(columns @ filters.kernel.reshape(-1, n_filters))
