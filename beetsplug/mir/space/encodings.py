"""The encodings by their names, and the spaces that an evaluation compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..ground.threads import one_thread
from ..names import CLASSIC, NETWORK
from . import autoencoder, linear
from .encoders import Encoder, prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from .autoencoder import Training
    from .encoders import Linear

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


class Encoded(NamedTuple):
    """A fitted encoder and what it makes of the tracks it was fitted to."""

    encoder: Encoder
    Z: NDArray[np.float64]  # (n_samples, n_components)
    training: Training | None  # of an autoencoder


@one_thread
def fit(
    X: NDArray[np.float64],
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
    start = linear.fit_start(X, features, within=name == "autoencoder")
    inputs = prepared(start, X)
    if name != "autoencoder":
        fits: dict[str, Callable[[], Linear]] = {
            "pca": lambda: linear.pca(inputs, dims, scaled=features == CLASSIC),
            "scaled": lambda: linear.standard(inputs),
            "none": lambda: linear.identity(inputs),
        }
        fitted = fits[name]()
        Z = linear.each_once(fitted.transform, inputs)
        return Encoded(Encoder(start, fitted), Z, None)
    means = linear.genre_means(inputs, genres, bias) if bias else None
    inputs = means.inputs(inputs, genres) if means else inputs
    training = autoencoder.train(
        inputs, dims, epochs=epochs, random_state=random_state, on_epoch=on_epoch
    )
    network = training.network
    Z = linear.each_once(network.transform, inputs)
    return Encoded(Encoder(start, network, means), Z, training)
