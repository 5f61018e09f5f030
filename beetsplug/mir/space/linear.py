"""Features become coordinates: encoders are fitted to a library.

Conventions
-----------
X : features, shape (n_samples, n_features), finite
Z : coordinates, shape (n_samples, n_components); near means alike

Equal tracks count once in what is fitted: a thousand copies of one are no reason to
see less of all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ground.grouping import factorize, means
from ..ground.magnitude import MOST, powers_of_columns
from ..ground.threads import one_thread
from ..names import CLASSIC, FEATURES
from .encoders import GenreMeans, Linear, Range, Sphere, bounded, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from .encoders import Values

OUTLIER_PERCENTILES = (1.0, 99.0)

_AT_A_TIME = 10_000  # rows
_EPSILON = float(np.finfo(np.float64).eps)


def fit_range(X: Values) -> Range:
    """Return what brings each column to [0, 1], with the outermost percents clipped."""
    low, high = np.percentile(distinct(bounded(X)), OUTLIER_PERCENTILES, axis=0)
    return Range(low, high - low)


def fit_start(X: Values, features: str, *, within: bool = False) -> Range | Sphere:
    """Return what prepares a set of stored features for the layers of an encoder.

    *within*: the layers need them in [0, 1], as the sixteen always are.
    """
    if features == CLASSIC:
        return fit_range(signed(X))
    mean, scale, _ = _standardised(X)
    sphere = Sphere(mean, scale)
    return sphere._replace(range=fit_range(sphere.normalise(X))) if within else sphere


def normalise(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring each column to [0, 1], the outermost percents clipped; a constant one to 0."""
    return fit_range(X).normalise(X)


@one_thread
def pca(X: NDArray[np.float64], n_components: int, *, scaled: bool = True) -> Linear:
    """Fit the principal components of normalised features, each at unit variance if *scaled*.

    There are never more components than distinct samples or features. Each axis points
    to where the features are larger on the whole.
    """
    mean, scale, rows = _standardised(X)
    if not scaled:
        rows, scale = rows * scale, np.ones_like(scale)
    n_components = min(n_components, *rows.shape)
    if not rows.any():  # all samples alike: there is no variance to explain
        axes = np.eye(n_components, X.shape[1])
        return Linear(mean, scale, axes, np.zeros(n_components))
    _, lengths, axes = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    axes = axes[:n_components]
    direction = np.where(axes.sum(axis=1) < 0, -1.0, 1.0)
    return Linear(mean, scale, axes * direction[:, None], _shares(lengths**2)[:n_components])


def standard(X: NDArray[np.float64]) -> Linear:
    """Centre each column and divide it by its deviation: the input of the PCA."""
    mean, scale, scaled = _standardised(X)
    return Linear(mean, scale, np.eye(X.shape[1]), _shares(scaled.var(axis=0)))


def identity(X: NDArray[np.float64]) -> Linear:
    """Take normalised features as they are: the input of the autoencoder."""
    n_features = X.shape[1]
    shares = _shares(X.var(axis=0))
    return Linear(np.zeros(n_features), np.ones(n_features), np.eye(n_features), shares)


def genre_means(X: NDArray[np.float64], genres: Sequence[str], bias: float) -> GenreMeans:
    """Average the 3-D PCA of normalised features over each genre; no genre has no mean.

    The means are spread over [0, 1], as the features are; what lies outside is clipped.
    """
    projection = pca(X, 3)
    Z = projection.transform(X)
    members, names = factorize(genres)
    places = means(Z, members)
    range_ = fit_range(places if names else Z)
    return GenreMeans(projection, range_, tuple(names), range_.normalise(places), bias)


def strongest(projection: Linear, component: int, n_features: int = 4) -> list[str]:
    """Return the features that weigh most in a component, signed as they count in it."""
    axis = projection.components[component]
    order = np.argsort(-np.abs(axis), kind="stable")[:n_features]
    return [f"{'+' if axis[i] >= 0 else '-'}{FEATURES[i].name}" for i in order if axis[i]]


def distinct(X: Values) -> Values:
    """Return the distinct rows, in the order of their first appearance."""
    _, first = np.unique(_keys(X), return_index=True)
    return X if len(first) == len(X) else X[np.sort(first)]


def at_most_distinct(X: Values, n_rows: int) -> int:
    """Return *n_rows*, or how many distinct rows there are if these are fewer."""
    for n_looked_at in (10 * n_rows, len(X)):  # mostly a look at few is enough
        n_distinct = len(distinct(X[:n_looked_at]))
        if n_distinct >= n_rows:
            return n_rows
    return n_distinct


def each_once(
    encode: Callable[[Values], NDArray[np.float64]], X: Values
) -> NDArray[np.float64]:
    """Encode each distinct row once, some at a time.

    Equal rows could come out a last bit apart, by their place in a product of matrices.
    """
    _, first, inverse = np.unique(_keys(X), return_index=True, return_inverse=True)
    starts = range(0, len(first), _AT_A_TIME)
    parts = [encode(X[first[start : start + _AT_A_TIME]]) for start in starts]
    return np.concatenate(parts)[inverse]


def alike(X: Values, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels in which equal rows have that of the first of them.

    As in :func:`each_once`, rounding could part them, where all others are hardly further.
    """
    _, first, inverse = np.unique(_keys(X), return_index=True, return_inverse=True)
    return labels[first][inverse]


def _keys(X: Values) -> NDArray[np.void]:
    """Return each row as one value, to be compared byte by byte."""
    rows = np.ascontiguousarray(X + X.dtype.type(0))  # -0.0 equals 0.0
    return rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()


def _standardised(
    X: Values,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and deviation of each column, and what they give.

    Where there is no deviation it is 1, or of large numbers their power of two.
    """
    rows = distinct(bounded(X)).astype(np.float64, copy=False)
    powers = powers_of_columns(rows)  # of two: no digit of what follows depends on them
    rows = np.ldexp(rows, -powers)
    mean, variance = rows.mean(axis=0), rows.var(axis=0)
    # What rounding makes of a column without any variance (as scikit-learn has it, whose
    # own scaler and PCA give the same, but take a second to load).
    rounding = len(rows) * _EPSILON
    constant = variance <= rounding * variance + (rounding * mean) ** 2
    deviation = np.sqrt(variance)
    constant |= np.ldexp(deviation, powers) == 0  # less than the least number
    standardised = (rows - mean) / np.where(constant, 1.0, deviation)
    none = np.ldexp(1.0, np.where(powers > MOST, powers, 0))  # or rounding were a deviation
    scale = np.where(constant, none, np.ldexp(deviation, powers))
    return np.ldexp(mean, powers), scale, standardised


def _shares(variance: NDArray[np.float64]) -> NDArray[np.float64]:
    total = variance.sum()
    return variance / total if total else variance
