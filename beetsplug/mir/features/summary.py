"""Series become numbers: clamp the outliers, then mean, median and standard deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..names import SUMMARIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

CLAMP_PERCENTILES = (0.5, 99.5)


def summarise(series: NDArray[np.float64]) -> dict[str, float]:
    """Return mean, median and standard deviation of a clamped series of at least one value."""
    values = np.asarray(series, dtype=np.float64)
    clamped = np.clip(values, *np.percentile(values, CLAMP_PERCENTILES))
    numbers = clamped.mean(), np.median(clamped), clamped.std()
    return dict(zip(SUMMARIES, map(float, numbers), strict=True))


def summarise_all(series: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    """Return every summary of every series, named as in :data:`names.VECTOR`."""
    return {
        f"{name}_{summary}": value
        for name, values in series.items()
        for summary, value in summarise(values).items()
    }
