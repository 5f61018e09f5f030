"""An order of tracks in which each sounds like the one before.

Conventions
-----------
Z : coordinates, shape (n_samples, n_components)
artists : a number for each sample, equal for the same artist; negative matches none
path : the samples' indices in the order of their playing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ground.magnitude import moderate
from .joining import greedy_path, near
from .shortening import shorten
from .spacing import spaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

_N_NEAREST = 12  # samples beside which each is tried


def smooth_path(Z: NDArray[np.float64], artists: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a short open path through all samples, neighbours by different artists.

    The shortest links between samples are joined, and the path is made shorter by turning
    and moving parts of it. At last a sample beside one of its own artist moves to where it
    is not: if no artist has more than half of the samples, none stay together.
    """
    if len(Z) < 3:
        return np.arange(len(Z))
    Z = moderate(Z)  # gains are compared with what rounding makes of such coordinates
    nearest = near(Z, _N_NEAREST)
    path = shorten(greedy_path(Z, artists, nearest), Z, artists, nearest)
    return spaced(path, Z, artists)
