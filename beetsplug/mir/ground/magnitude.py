"""Numbers of any magnitude, brought to where squares and sums of them are finite.

By powers of two, which change no digit: what comes of it is the same, at another scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = TypeVar("Array", bound=NDArray[np.floating[Any]])

MOST = 6
"""Power of two, up to which, and down to whose inverse, coordinates stay as they are."""


def moderate(Z: Array) -> Array:
    """Return coordinates of which none is larger than 64, and some are larger than 1/64.

    Of finite numbers only. Distances between them are as before, but for a factor; those
    that are less than a rounding error of the largest may become 0.
    """
    return lowered(Z, power_of(Z))


def power_of(*arrays: NDArray[np.floating[Any]]) -> int:
    """Return the power of two by which :func:`moderate` lowers; 0 where it need not.

    Of several arrays it is that of the largest number of all.
    """
    both = ((float(Z.max(initial=0)), -float(Z.min(initial=0))) for Z in arrays)
    power = int(_power(max(map(max, both))))
    return power if abs(power) > MOST else 0


def lowered(Z: Array, power: int) -> Array:
    """Return coordinates divided by that power of two."""
    return np.ldexp(Z, -power) if power else Z


def raised(values: NDArray[np.float64], power: int) -> NDArray[np.float64]:
    """Return what was lowered as it was; what no number can hold is the largest one."""
    if not power:
        return values
    with np.errstate(over="ignore"):
        return np.nan_to_num(np.ldexp(values, power))


def powers_of_columns(X: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
    """Return the power of two of the largest number of each column, shape (n_columns,)."""
    return _power(np.abs(X).max(axis=0, initial=0))


def columns_moderate(X: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return columns within [-1, 1], each at a scale of its own."""
    columns: NDArray[np.float64] = np.ldexp(X.astype(np.float64), -powers_of_columns(X))
    return columns


def _power(largest: Any) -> NDArray[np.int32]:
    powers: NDArray[np.int32] = np.frexp(largest)[1]
    return powers
