"""Any finite matrix: columns without variance, equal rows, numbers as far apart as can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_ROWS = 60

LEVELS = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 5e-324, -1e-320, 2.3e-308, 1e-200, -1e-160, 1e-30),
    *(1e-12, 1e-6, -40.0, 1e3, 1e9, 1e17, -1e19, 1e20, 1e30, 1e38, -3.4e38, 1e77, 1e150),
    *(-1e154, 1e160, 1e300, 1e308, -1e308, 1.7976931348623157e308, -1.7976931348623157e308),
)
"""Numbers at which something could give way; a type takes those that it can hold."""

SHAPES: tuple[Callable[[np.random.Generator, int], np.ndarray], ...] = (
    lambda random, n: np.zeros(n),
    lambda random, n: random.uniform(-1, 1, n),
    lambda random, n: random.normal(0, 0.2, n).clip(-1, 1),
    lambda random, n: random.integers(-1, 2, n) * 0.9 + random.uniform(0, 1e-3, n),
    lambda random, n: random.integers(-1, 2, n).astype(np.float64),
    lambda random, n: 10.0 ** random.uniform(-300, 0, n) * random.choice([-1, 1], n),
    lambda random, n: np.where(np.arange(n) == random.integers(n), 1.0, 0.0),
)
"""How the numbers of a column lie around their level, from -1 to 1."""


def matrices(
    n_columns: Sequence[int] = (1, 2, 3, 8), *, dtype: type = np.float64, least: int = 1
) -> st.SearchStrategy[np.ndarray]:
    """Any finite matrix, of one column type after the other or each number by itself."""
    few = st.tuples(st.integers(least, max(5, least)), st.sampled_from(n_columns))
    by_numbers = few.flatmap(lambda shape: hnp.arrays(dtype, shape, elements=_numbers(dtype)))
    by_columns = st.builds(
        by_lot,
        st.integers(0, 2**32 - 1),
        st.integers(least, MOST_ROWS),
        st.sampled_from(n_columns),
        st.just(dtype),
    )
    return st.one_of(by_columns, by_numbers) if min(n_columns) < 9 else by_columns


def by_lot(seed: int, n_rows: int, n_columns: int, dtype: type) -> np.ndarray:
    """A few kinds of columns, and rows that are others' copies or larger than all of them."""
    random = np.random.default_rng(seed)
    levels = _levels(dtype)
    n_kinds = random.integers(1, 4)
    kinds = [(random.choice(levels), random.choice(levels)) for _ in range(n_kinds)]
    columns = [
        _column(random, n_rows, *kinds[random.integers(n_kinds)]) for _ in range(n_columns)
    ]
    X = np.column_stack(columns)
    for row in random.integers(n_rows, size=random.integers(3)):
        X[row] = random.choice(levels) * random.uniform(0, 1, n_columns)
    if random.integers(2):
        X = X[random.integers(random.integers(1, n_rows + 1), size=n_rows)]
    most = float(np.finfo(dtype).max)
    return np.ascontiguousarray(X.clip(-most, most).astype(dtype))


def _column(random: np.random.Generator, n: int, level: float, spread: float) -> np.ndarray:
    return level / 2 + SHAPES[random.integers(len(SHAPES))](random, n) * (spread / 2)


def _numbers(dtype: type) -> st.SearchStrategy[float]:
    anywhere = st.floats(
        width=8 * np.dtype(dtype).itemsize, allow_nan=False, allow_infinity=False
    )
    return st.one_of(st.sampled_from(_levels(dtype)), anywhere)


def _levels(dtype: type) -> list[float]:
    return [float(dtype(x)) for x in LEVELS if abs(x) <= float(np.finfo(dtype).max)]
