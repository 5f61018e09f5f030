"""Fitted encoders: arrays, and how a track is placed by them. Needs numpy only.

Conventions
-----------
X : features, shape (n_samples, n_features), finite
Z : coordinates, shape (n_samples, n_components); near means alike
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..ground.threads import one_thread
from ..names import CLASSIC, FEATURES, NETWORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.floating[Any]]  # as they are stored: half of the memory in float32


MOST = 1e300
"""A value beyond counts as this one; nothing that is measured comes near."""

_FARTHEST = 1e150  # in deviations: its square is finite
_AT_A_TIME = 5_000  # rows, which stay in the processor's cache: half of the time of 100,000


class Range(NamedTuple):
    """What each feature is brought to [0, 1] by; both of shape (n_features,)."""

    low: NDArray[np.float64]
    span: NDArray[np.float64]  # 0 for a constant feature, which then reads 0

    def normalise(self, X: Values) -> NDArray[np.float64]:
        """Bring each column to [0, 1]; what lies outside is clipped."""
        moved = bounded(X) - self.low
        with np.errstate(over="ignore"):  # infinite is clipped, too
            scaled = np.divide(moved, self.span, out=np.zeros_like(moved), where=self.span > 0)
        clipped: NDArray[np.float64] = np.clip(scaled, 0.0, 1.0)
        return clipped


class Sphere(NamedTuple):
    """What the network's values are brought to: directions, all of the same length."""

    mean: NDArray[np.float64]  # (n_features,)
    scale: NDArray[np.float64]  # (n_features,), never 0
    range: Range | None = None  # of what has to lie in [0, 1]

    def normalise(self, X: Values) -> NDArray[np.float64]:
        """Centre and scale each column, then bring each row to length 1.

        Distances of rows rank them by the angle between them; the mean itself stays 0.
        """
        with np.errstate(over="ignore"):  # of what is far from all that it was fitted to
            rows = ((bounded(X) - self.mean) / self.scale).clip(-_FARTHEST, _FARTHEST)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        np.divide(rows, lengths, out=rows, where=lengths > 0)
        return self.range.normalise(rows) if self.range else rows


class Linear(NamedTuple):
    """A projection of shifted and scaled features."""

    mean: NDArray[np.float64]  # (n_features,)
    scale: NDArray[np.float64]  # (n_features,), never 0
    components: NDArray[np.float64]  # (n_components, n_features)
    explained: NDArray[np.float64]  # (n_components,), shares of the variance, 0 to 1

    def transform(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the coordinates of normalised features."""
        Z: NDArray[np.float64] = (X - self.mean) / self.scale @ self.components.T
        return Z


class Network(NamedTuple):
    """Dense layers with sigmoid activation, from the inputs to the code."""

    weights: tuple[NDArray[np.float64], ...]  # each (n_inputs, n_outputs)
    biases: tuple[NDArray[np.float64], ...]  # each (n_outputs,)
    explained: NDArray[np.float64]  # (1,), share of the variance that the code brings back

    def transform(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the code of normalised inputs, in [0, 1]."""
        for weight, bias in zip(self.weights, self.biases, strict=True):
            X = sigmoid(X @ weight + bias)
        return X


class GenreMeans(NamedTuple):
    """Where each genre lies on average: what a genre bias adds to a network's inputs."""

    projection: Linear  # normalised features -> 3-D PCA
    range: Range  # 3-D PCA -> [0, 1]
    names: tuple[str, ...]
    means: NDArray[np.float64]  # (n_genres, 3), in [0, 1]
    bias: float  # 0 to 1

    def inputs(self, X: NDArray[np.float64], genres: Sequence[str]) -> NDArray[np.float64]:
        """Return *X* with its genre's mean as three more columns, weighted by the bias.

        A track of no genre, or of one never seen, stands for itself: it gets its own
        place, as far as the genres reach. A bias of 0 adds no columns.
        """
        if not self.bias:
            return X
        place_of = dict(zip(self.names, self.means, strict=True))
        own = self.range.normalise(self.projection.transform(X))
        places = [place_of.get(genre, here) for genre, here in zip(genres, own, strict=True)]
        return np.hstack([X, self.bias * np.reshape(places, own.shape)])


class Encoder(NamedTuple):
    """All the way from stored features to coordinates."""

    start: Range | Sphere  # of the sixteen, or of the network's values
    layers: Linear | Network
    genres: GenreMeans | None = None  # only of a network with a genre bias

    @property
    def features(self) -> str:
        """The name of the feature set that it is made for."""
        return NETWORK if isinstance(self.start, Sphere) else CLASSIC

    @one_thread
    def transform(self, X: Values, genres: Sequence[str]) -> NDArray[np.float64]:
        """Return the coordinates of features as they are stored."""
        starts = range(0, max(len(X), 1), _AT_A_TIME)
        blocks = (slice(start, start + _AT_A_TIME) for start in starts)
        return np.concatenate([self._transform(X[some], genres[some]) for some in blocks])

    def _transform(self, X: Values, genres: Sequence[str]) -> NDArray[np.float64]:
        inputs = prepared(self.start, X)
        if self.genres:
            inputs = self.genres.inputs(inputs, genres)
        return self.layers.transform(inputs)


def bounded(X: Values) -> Values:
    """Return values whose differences are finite: beyond 1e300 nothing is told apart."""
    return X if X.dtype.itemsize < np.float64().itemsize else X.clip(-MOST, MOST)


def prepared(start: Range | Sphere, X: Values) -> NDArray[np.float64]:
    """Return what the layers of an encoder are given of stored features."""
    return start.normalise(X if isinstance(start, Sphere) else signed(X))


def signed(X: Values) -> NDArray[np.float64]:
    """Give each of the sixteen columns its fixed sign (see :data:`names.FEATURES`)."""
    signs: NDArray[np.float64] = np.array([float(feature.sign) for feature in FEATURES])
    return X * signs


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-x)), without overflow."""
    half: NDArray[np.float64] = 0.5 * (np.tanh(0.5 * x) + 1.0)
    return half
