"""The checkpoint of MusiCNN becomes weights: without the filters that learnt nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .layers import Dense, Filters, Weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Tensors = Mapping[str, NDArray[np.float32]]

N_FRONT, N_MIDDLE = 5, 3
"""Convolutions of the front end and of the middle."""
_ZERO = 1e-6  # a filter of which no weight is larger has decayed to nothing
_EPSILON = 1e-3  # TensorFlow's, in batch normalisation


def prune(tensors: Tensors) -> Weights:
    """Return the weights that count (KeyError, ValueError if they are another network's).

    Without the zero filters of the front end the values differ by less than 1e-5.
    """
    scale, shift = _normalisation(tensors, 0)
    front = [_filters(tensors, layer) for layer in range(N_FRONT)]
    alive = [np.abs(filters.kernel).max(axis=(0, 1)) > _ZERO for filters in front]
    n_front = sum(len(each) for each in alive)
    middle = [_filters(tensors, N_FRONT + layer) for layer in range(N_MIDDLE)]
    kept = np.concatenate(
        [
            np.flatnonzero(np.concatenate(alive)),
            np.arange(n_front, n_front + sum(len(f.bias) for f in middle)),
        ]
    )
    middle[0] = middle[0]._replace(kernel=middle[0].kernel[:, np.concatenate(alive)])
    return Weights(
        scale,
        shift,
        tuple(_only(filters, each) for filters, each in zip(front, alive, strict=True)),
        tuple(middle),
        _values(tensors, kept),
        Dense(tensors["dense_1/kernel"], tensors["dense_1/bias"]),
    )


def _filters(tensors: Tensors, layer: int) -> Filters:
    name = f"conv2d_{layer}" if layer else "conv2d"
    kernel = tensors[f"{name}/kernel"][:, :, 0]
    return Filters(kernel, tensors[f"{name}/bias"], *_normalisation(tensors, layer + 1))


def _only(filters: Filters, which: NDArray[np.bool_]) -> Filters:
    return Filters(*(array[..., which] for array in filters))


def _values(tensors: Tensors, kept: NDArray[np.int64]) -> Filters:
    """Return the dense layer, with the normalisation before it as part of it.

    Its inputs are the largest and the mean of each filter, side by side.
    """
    scale, shift = _normalisation(tensors, N_FRONT + N_MIDDLE + 1)
    weight, bias = tensors["dense/kernel"], tensors["dense/bias"]
    rows = np.stack([2 * kept, 2 * kept + 1], axis=1).ravel()
    kernel = (scale[:, None] * weight)[rows][None]
    return Filters(
        kernel, bias + shift @ weight, *_normalisation(tensors, N_FRONT + N_MIDDLE + 2)
    )


def _normalisation(
    tensors: Tensors, number: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return scale and shift of a batch normalisation as it is after training."""
    name = f"batch_normalization_{number}" if number else "batch_normalization"
    beta, gamma, mean, variance = (
        tensors[f"{name}/{part}"]
        for part in ("beta", "gamma", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + np.float32(_EPSILON))
    return scale, beta - mean * scale
