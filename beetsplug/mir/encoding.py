"""Features become coordinates: normalise, then encode.

Conventions
-----------
X : features, shape (n_samples, n_features), finite
Z : coordinates, shape (n_samples, n_components); near means alike
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from .names import FEATURES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

OUTLIER_PERCENTILES = (1.0, 99.0)


class Encoding(NamedTuple):
    """Coordinates, and the share of the variance (0 to 1) that each one explains."""

    Z: NDArray[np.float64]
    explained: NDArray[np.float64]


def signed(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each of the sixteen columns its fixed sign (see :data:`names.FEATURES`)."""
    signs: NDArray[np.float64] = np.array([float(feature.sign) for feature in FEATURES])
    return X * signs


def normalise(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring each column to [0, 1], the outermost percents clipped; a constant one to 0."""
    low, high = np.percentile(X, OUTLIER_PERCENTILES, axis=0)
    span = high - low
    scaled = np.divide(X - low, span, out=np.zeros_like(X), where=span > 0)
    clipped: NDArray[np.float64] = np.clip(scaled, 0.0, 1.0)
    return clipped


def pca(X: NDArray[np.float64], n_components: int) -> Encoding:
    """Project normalised features, each at unit variance, on their principal components.

    There are never more components than samples or features. Each axis points to
    where the features are larger on the whole.
    """
    scaled = StandardScaler().fit_transform(X)
    n_components = min(n_components, *X.shape)
    if not scaled.any():  # all samples alike: there is no variance to explain
        return Encoding(scaled[:, :n_components], np.zeros(n_components))
    model = PCA(n_components, svd_solver="full")
    Z = model.fit_transform(scaled)
    direction = np.where(model.components_.sum(axis=1) < 0, -1.0, 1.0)
    return Encoding(Z * direction, model.explained_variance_ratio_)


def none(X: NDArray[np.float64], n_components: int) -> Encoding:
    """Take normalised features as they are; *n_components* is ignored."""
    variance = X.var(axis=0)
    total = variance.sum()
    return Encoding(X, variance / total if total else variance)


ENCODERS: dict[str, Callable[[NDArray[np.float64], int], Encoding]] = {"pca": pca, "none": none}
