"""The encodings by their names, and the spaces that an evaluation compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..ground.threads import one_thread
from ..names import CLASSIC, NETWORK
from . import autoencoder, linear
from .encoders import Encoder, prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from .autoencoder import Training
    from .encoders import Linear, Values

SPACES = {
    CLASSIC: {
        "pca 3": ("pca", 3),
        "autoencoder 3": ("autoencoder", 3),
        "pca 8": ("pca", 8),
        "autoencoder 8": ("autoencoder", 8),
        "normalised 16": ("none", 16),
        "scaled 16": ("scaled", 16),
    },
    NETWORK: {
        "pca 3": ("pca", 3),
        "autoencoder 3": ("autoencoder", 3),
        "pca 16": ("pca", 16),
        "autoencoder 8": ("autoencoder", 8),
        "normalised 200": ("none", 200),
        "scaled 200": ("scaled", 200),
    },
}
"""The spaces that are compared, by feature set: name -> encoding and dimensions."""


def spaces_at_hand(features: str = CLASSIC) -> dict[str, tuple[str, int]]:
    """Return those of ``SPACES`` that can be had: without TensorFlow no autoencoder's."""
    with_autoencoder = autoencoder.available()
    return {
        space: (name, dims)
        for space, (name, dims) in SPACES[features].items()
        if name != "autoencoder" or with_autoencoder
    }


MOST_FITTED = 4_000_000
"""Values that an encoder is fitted to: 20,000 tracks of 200, or 250,000 of sixteen."""


class Encoded(NamedTuple):
    """A fitted encoder and what it makes of the tracks it was fitted to."""

    encoder: Encoder
    Z: NDArray[np.float64]  # (n_samples, n_components)
    training: Training | None  # of an autoencoder


@one_thread
def fit(
    X: Values,
    genres: Sequence[str],
    name: str,
    dims: int,
    *,
    bias: float = 0.0,
    epochs: int = 2000,
    random_state: int = 0,
    features: str = CLASSIC,
    on_epoch: Callable[[int, float], None] = lambda epoch, loss: None,
) -> Encoded:
    """Fit an encoding to a set of *features* as they are stored, shape (n_samples, 16 or 200).

    *genres* count only for an autoencoder with a genre *bias* above 0. Raises
    ImportError for an autoencoder without TensorFlow.
    """
    rows = fitted_rows(len(X), X.shape[1], random_state)
    start = linear.fit_start(X[rows], features, within=name == "autoencoder")
    inputs = prepared(start, X[rows])
    if name != "autoencoder":
        fits: dict[str, Callable[[], Linear]] = {
            "pca": lambda: linear.pca(inputs, dims, scaled=features == CLASSIC),
            "scaled": lambda: linear.standard(inputs),
            "none": lambda: linear.identity(inputs),
        }
        encoder = Encoder(start, fits[name]())
        return Encoded(encoder, _transformed(encoder, X, genres), None)
    genres_of_rows = [genres[row] for row in rows]
    means = linear.genre_means(inputs, genres_of_rows, bias) if bias else None
    training = autoencoder.train(
        means.inputs(inputs, genres_of_rows) if means else inputs,
        dims, epochs=epochs, random_state=random_state, on_epoch=on_epoch,
    )  # fmt: skip
    encoder = Encoder(start, training.network, means)
    return Encoded(encoder, _transformed(encoder, X, genres), training)


def fitted_rows(n_samples: int, n_features: int, random_state: int) -> NDArray[np.int64]:
    """Return the samples that an encoder is fitted to: all, or so many drawn by lot."""
    n_fitted = min(n_samples, max(1, MOST_FITTED // n_features))
    if n_fitted == n_samples:
        return np.arange(n_samples)
    drawn = np.random.default_rng(random_state).choice(n_samples, n_fitted, replace=False)
    return np.sort(drawn)


def _transformed(encoder: Encoder, X: Values, genres: Sequence[str]) -> NDArray[np.float64]:
    """Return the coordinates of all samples; equal ones are equal to the last bit."""
    if encoder.genres:
        inputs = encoder.genres.inputs(prepared(encoder.start, X), genres)
        return linear.each_once(
            lambda x: encoder.layers.transform(x.astype(np.float64)), inputs
        )
    return linear.each_once(lambda x: encoder.layers.transform(prepared(encoder.start, x)), X)
