"""Tracks in clusters, as one value: to be shown, stored, or held against another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..ground.grouping import factorize, means, split
from . import contraction
from .clustering import distances_to_centre
from .model import Model
from .order.path import smooth_path

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from numpy.typing import NDArray

    from ..space.encodings import Encoded

    Rows = dict[int, NDArray[np.int64]]  # of the tracks of each cluster, by its id


@dataclass(frozen=True)
class Clustering:
    """A fitted clustering of tracks; what costs time is computed when it is asked for."""

    encoded: Encoded  # Z has the shape (n_tracks, n_components)
    ids: NDArray[np.int64]  # (n_tracks,)
    names: Mapping[int, str]  # of each id
    genres: Sequence[str]  # of each track
    genre_bias: float  # by which distances were contracted

    @cached_property
    def typical(self) -> Rows:
        """The tracks of each cluster, the nearest to its centre first."""
        distances = distances_to_centre(self.encoded.Z, self.ids)
        return {
            id_: rows[distances[rows].argsort(kind="stable")]
            for id_, rows in self._rows.items()
        }

    def order(self, artists: Sequence[str], without: Container[int] = ()) -> Rows:
        """Return the tracks of each cluster along a smooth path, an artist's apart.

        Those of the clusters *without* which it is to be are left out.
        """
        numbers, _ = factorize(artists)
        return {
            id_: rows[smooth_path(self.encoded.Z[rows], numbers[rows])]
            for id_, rows in self._rows.items()
            if id_ not in without
        }

    def model(self, mir_version: str) -> Model:
        """Return what places new tracks; *mir_version* is that of the features."""
        clusters, members = np.unique(self.ids, return_inverse=True)
        return Model(
            self.encoded.encoder,
            means(self.encoded.Z, members),
            clusters,
            [self.names[id_] for id_ in clusters.tolist()],
            contraction.to_clusters(self.ids, self.genres, self.genre_bias),
            mir_version,
        )

    @cached_property
    def _rows(self) -> Rows:
        clusters, members = np.unique(self.ids, return_inverse=True)
        return dict(zip(clusters.tolist(), split(members, len(clusters)), strict=True))
