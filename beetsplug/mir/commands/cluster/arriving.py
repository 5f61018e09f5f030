"""New tracks go where the saved model puts them, and into the playlists there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ...ground.stages import stage
from . import filling, writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...clusters.model import Model
    from ...clusters.result import Rows
    from ...library.formats import Playlist
    from ...library.items import Analysed, Track
    from ...library.storing import Place
    from ...space.encoders import Encoder, Values
    from ...space.similarity import Space

_MOST_SAMPLED = 2000


@dataclass(frozen=True)
class Arrival:
    """New tracks, and all tracks of the clusters that they come to."""

    model: Model
    tracks: list[Track]  # those that were there, cluster by cluster in order; then the new
    Z: NDArray[np.float64]  # (n_tracks, n_components), NaN without features
    space: Space  # where they lie by what tells that recordings are the same
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

    from ...library.items import each_member, in_playlists

    features = model.encoder.features
    with stage(log, "placing"):
        X, genres = found.values(features), found.genres
        placed, _ = model.place(X, genres)
        spaces = _spaces(lib, model.encoder)
        there: list[Track] = []
        Z = []
        # Some at a time, of which nothing stays but where they lie.
        for tracks, values in each_member(lib, set(placed.tolist()), features, cached=cached):
            there += tracks
            Z.append(spaces.transform(values, [track.genre for track in tracks]))
        order = sorted(range(len(there)), key=lambda row: in_playlists(there[row]))
        there = [there[row] for row in order]
        both = np.concatenate([*Z, spaces.transform(X, genres)])
        both[: len(order)] = both[order]
    labels = np.array([track.cluster for track in there], dtype=np.int64)
    return Arrival(
        model, [*there, *found.tracks], *spaces.split(both),
        np.concatenate([labels, placed]), len(found),
    )  # fmt: skip


class _Spaces(NamedTuple):
    """The space of a clustering, and the one by which recordings are the same."""

    encoder: Encoder
    judge: Encoder | None  # None if both are the same
    sample: NDArray[np.float64]  # where some tracks of the library lie in the latter

    def transform(self, X: Values, genres: Sequence[str]) -> NDArray[np.float64]:
        """Return the coordinates in both, side by side."""
        import numpy as np

        Z = self.encoder.transform(X, genres)
        return np.hstack([Z, self.judge.transform(X, genres)]) if self.judge else Z

    def split(self, both: NDArray[np.float64]) -> tuple[NDArray[np.float64], Space]:
        """Return what :func:`transform` has put side by side."""
        from ...space.similarity import space_of

        n_judged = self.sample.shape[1]
        Z = both[:, :-n_judged] if self.judge else both
        return Z, space_of(both[:, -n_judged:], sample=self.sample)


def _spaces(lib: Library, encoder: Encoder) -> _Spaces:
    sample = _sample(lib, encoder.features)
    if filling.is_of_neighbours(encoder):
        return _Spaces(encoder, None, encoder.transform(sample, [""] * len(sample)))
    fitted = filling.fit(encoder.features, sample)
    return _Spaces(encoder, fitted.encoder, fitted.Z)


def store(
    lib: Library,
    arrival: Arrival,
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    writes: int | None = None,
) -> tuple[int, dict[int, Playlist]]:
    """Store where the new tracks are, in playlists where they fit best.

    Returns how many tracks changed, and the playlists by the ids of the clusters;
    storing.OvertakenError if another command has meanwhile changed the clusters that they
    come to. *writes*: rows.writes_of_others before the tracks were read.
    """
    from ...library.storing import AsRead

    with stage(log, "filling playlists"):
        picked = _picked(arrival, config)
    with stage(log, "ordering"):
        order = {id_: _ordered(arrival, rows) for id_, rows in picked.items()}
    clusters, listed = _tracks(arrival, arrival.rows), _tracks(arrival, order)
    known = AsRead({track.id: _place(track) for track in arrival.tracks}, writes)
    names = arrival.names
    n_changed = writing.store(lib, clusters, listed, names, log, known=known)
    return n_changed, {id_: _playlist(names[id_], of) for id_, of in listed.items()}


def _place(track: Track) -> Place | None:
    from ...library.storing import Place

    there = track.cluster, track.order, track.cluster_name
    return Place(*there) if track.cluster else None


def _playlist(title: str, tracks: Sequence[Track]) -> Playlist:
    from ...library.formats import Listed, Playlist

    return Playlist(title, [Listed(of.path, of.artist, of.title, of.seconds) for of in tracks])


def _tracks(arrival: Arrival, rows: Rows) -> dict[int, list[Track]]:
    return {id_: [arrival.tracks[row] for row in of.tolist()] for id_, of in rows.items()}


def _picked(arrival: Arrival, config: confuse.ConfigView) -> Rows:
    """Return the rows that the playlists of these clusters have.

    Without limits that is what they had, and what is new.
    """
    import numpy as np

    from ...clusters.picking import Limits, pick_more

    limits = filling.limits(config)
    if limits != Limits():
        return filling.fill(_typical(arrival), arrival.space, arrival.tracks, limits)
    same = filling.recordings(arrival.tracks)
    is_new = np.arange(len(arrival.tracks)) >= len(arrival.tracks) - arrival.n_new
    return {
        id_: pick_more(rows[arrival.was_listed[rows]], rows[is_new[rows]], arrival.space, same)
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

    from ...library.items import all_ids
    from ...library.values import features_of

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
