"""The genre bias of clustering: by how much it contracts distances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ground.grouping import cross_table, factorize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST = 1e-6
"""A full bias leaves this much of a distance, so that near and far stay apart."""


def between_tracks(bias: float) -> float:
    """Return the factor of distances between tracks of one genre, ``LEAST`` to 1."""
    return max(1.0 - bias, LEAST)


def to_clusters(
    ids: NDArray[np.int64], genres: Sequence[str], bias: float
) -> dict[str, NDArray[np.float64]]:
    """Return by genre how much a bias contracts its distances to each cluster's tracks."""
    if not bias:
        return {}
    members, names = factorize(genres)
    clusters, places = np.unique(ids, return_inverse=True)
    counts = cross_table(members, places, (len(names), len(clusters)))
    factors = 1 - bias * counts / np.bincount(places)
    return dict(zip(names, factors, strict=True))
