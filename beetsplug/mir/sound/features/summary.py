"""Series become numbers: clamp the outliers, then mean, median and standard deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ground.magnitude import lowered, power_of, raised
from ...names import SUMMARIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLAMP_PERCENTILES = (0.5, 99.5)


def summarise(series: NDArray[np.float32]) -> dict[str, float]:
    """Return mean, median and standard deviation of a clamped series of at least one value."""
    power = power_of(series)
    percentiles = [CLAMP_PERCENTILES[0], 50, CLAMP_PERCENTILES[1]]
    low, median, high = raised(np.percentile(lowered(series, power), percentiles), power)
    clamped = np.clip(series, low, high, dtype=np.float64)
    numbers = clamped.mean(), median, clamped.std()  # clamping leaves the median where it is
    return dict(zip(SUMMARIES, map(float, numbers), strict=True))
