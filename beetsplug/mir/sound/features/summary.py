"""Series become numbers: clamp the outliers, then mean, median and standard deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ground.magnitude import power_of
from ...names import SUMMARIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLAMP_PERCENTILES = (0.5, 99.5)
_LARGE = 100  # power of two


def summarise(series: NDArray[np.float32]) -> dict[str, float]:
    """Return mean, median and standard deviation of a clamped series of at least one value."""
    percentiles = [CLAMP_PERCENTILES[0], 50, CLAMP_PERCENTILES[1]]
    # Between the largest numbers of single precision there is more than it can hold.
    wide = series.astype(np.float64) if power_of(series) > _LARGE else series
    low, median, high = np.percentile(wide, percentiles)
    clamped = np.clip(series, low, high, dtype=np.float64)
    numbers = clamped.mean(), median, clamped.std()  # clamping leaves the median where it is
    return dict(zip(SUMMARIES, map(float, numbers), strict=True))
