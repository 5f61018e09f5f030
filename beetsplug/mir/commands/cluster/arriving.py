"""New tracks go where the saved model puts them, and into the playlists there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...ground.stages import stage
from . import filling, writing

if TYPE_CHECKING:
    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...clusters.model import Model
    from ...clusters.result import Rows
    from ...library.items import Analysed, Track

_MOST_SAMPLED = 2000


@dataclass(frozen=True)
class Arrival:
    """New tracks, and all tracks of the clusters that they come to."""

    model: Model
    tracks: list[Track]  # those that were there, cluster by cluster in order; then the new
    X: NDArray[np.float64]  # (n_tracks, 16 or 200), NaN without features
    Z: NDArray[np.float64]  # (n_tracks, n_components), so, too
    labels: NDArray[np.int64]  # (n_tracks,), the cluster of each
    n_new: int

    @property
    def new(self) -> list[Track]:
        """The new tracks."""
        return self.tracks[-self.n_new :]

    @cached_property
    def rows(self) -> Rows:
        """The rows of the tracks of each cluster."""
        import numpy as np

        return {id_: np.flatnonzero(self.labels == id_) for id_ in set(self.labels.tolist())}

    @cached_property
    def was_listed(self) -> NDArray[np.bool_]:
        """Say of each track whether it was in the playlist already."""
        import numpy as np

        there = self.tracks[: -self.n_new]
        listed = [track.order > 0 for track in there] + [False] * self.n_new
        return np.array(listed, dtype=np.bool_)

    @property
    def names(self) -> dict[int, str]:
        """The names of all clusters of the model, as the library has them if it does."""
        names = dict(zip(self.model.ids.tolist(), self.model.names, strict=True))
        there = self.tracks[: -self.n_new]
        return names | {track.cluster: track.cluster_name for track in reversed(there)}

    def neighbour(self, row: int) -> Track | None:
        """Return the track of the same cluster that sounds most like one of them."""
        import numpy as np

        others = np.flatnonzero((self.labels == self.labels[row]) & np.isfinite(self.Z[:, 0]))
        others = others[others != row]
        if not len(others):
            return None
        distances = np.linalg.norm(self.Z[others] - self.Z[row], axis=1)
        return self.tracks[int(others[distances.argmin()])]


def place(
    lib: Library, found: Analysed, model: Model, log: BeetsLogger, *, cached: bool = False
) -> Arrival:
    """Return where the model puts these tracks; nothing is stored.

    If *cached*, values of any version will do of those that are there.
    """
    import numpy as np

    from ...library.items import features_of, read_clusters

    features = model.encoder.features
    with stage(log, "placing"):
        genres = [track.genre for track in found.tracks]
        X = found.values(features)
        placed, Z = model.place(X, genres)
        clusters = read_clusters(lib, set(placed.tolist()))
        there = [track for tracks in clusters.values() for track in tracks]
        X_there = features_of(lib, [track.id for track in there], features, cached=cached)
        Z_there = model.encoder.transform(X_there, [track.genre for track in there])
    labels = [np.array([track.cluster for track in there], dtype=np.int64), placed]
    return Arrival(
        model, [*there, *found.tracks], np.vstack([X_there, X]), np.vstack([Z_there, Z]),
        np.concatenate(labels), len(found),
    )  # fmt: skip


def store(lib: Library, arrival: Arrival, config: confuse.ConfigView, log: BeetsLogger) -> int:
    """Store where the new tracks are, in playlists where they fit best.

    Returns how many tracks changed; storing.OvertakenError if another command has meanwhile
    changed the clusters that they come to.
    """
    with stage(log, "filling playlists"):
        picked = _picked(lib, arrival, config)
    with stage(log, "ordering"):
        order = {id_: _ordered(arrival, rows) for id_, rows in picked.items()}
    clusters, listed = _tracks(arrival, arrival.rows), _tracks(arrival, order)
    known = {track.id: (track.cluster, track.order) for track in arrival.tracks}
    return writing.store(lib, clusters, listed, arrival.names, log, known=known)


def _tracks(arrival: Arrival, rows: Rows) -> dict[int, list[Track]]:
    return {id_: [arrival.tracks[row] for row in of.tolist()] for id_, of in rows.items()}


def _picked(lib: Library, arrival: Arrival, config: confuse.ConfigView) -> Rows:
    """Return the rows that the playlists of these clusters have.

    Without limits that is what they had, and what is new.
    """
    import numpy as np

    from ...clusters.picking import Limits, pick_more

    encoder = arrival.model.encoder
    sample = _sample(lib, encoder.features)
    space = filling.space(encoder, arrival.X, arrival.Z, sample)
    limits = filling.limits(config)
    if limits != Limits():
        return filling.fill(_typical(arrival), space, arrival.tracks, limits)
    same = filling.recordings(arrival.tracks)
    is_new = np.arange(len(arrival.tracks)) >= len(arrival.tracks) - arrival.n_new
    return {
        id_: pick_more(rows[arrival.was_listed[rows]], rows[is_new[rows]], space, same)
        for id_, rows in arrival.rows.items()
    }


def _typical(arrival: Arrival) -> Rows:
    """Return the rows of each cluster, the nearest to its centre first."""
    import numpy as np

    centres = dict(zip(arrival.model.ids.tolist(), arrival.model.centres, strict=True))
    typical = {}
    for id_, rows in arrival.rows.items():
        distances = np.linalg.norm(arrival.Z[rows] - centres[id_], axis=1)
        typical[id_] = rows[distances.argsort(kind="stable")]  # without features: the last
    return typical


def _sample(lib: Library, features: str) -> NDArray[np.float64]:
    """Return the values of some tracks of the library: what neighbourhoods are measured by."""
    import numpy as np

    from ...library.items import all_ids, features_of

    ids = np.array(all_ids(lib))
    drawn = np.random.default_rng(0).permutation(len(ids))[:_MOST_SAMPLED]
    X = features_of(lib, ids[np.sort(drawn)].tolist(), features)
    known: NDArray[np.float64] = X[np.isfinite(X).all(axis=1)]
    return known


def _ordered(arrival: Arrival, picked: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of a playlist in order: what was there, and the rest where it fits.

    A track of the list whose features are gone keeps its place; nothing is put beside it
    for its sound.
    """
    import numpy as np

    from ...clusters.order.inserting import insert_each
    from ...ground.grouping import factorize

    chosen = np.sort(picked)  # those that were listed come first, in their order
    Z = arrival.Z[chosen]
    known = np.isfinite(Z).all(axis=1)
    Z[~known] = Z[known].mean(axis=0) if known.any() else 0.0
    tracks = [arrival.tracks[row] for row in chosen.tolist()]
    artists, _ = factorize([track.artist for track in tracks])
    was_listed = arrival.was_listed[chosen]
    path = insert_each(np.flatnonzero(was_listed), Z, artists, np.flatnonzero(~was_listed))
    ordered: NDArray[np.int64] = chosen[path]
    return ordered
