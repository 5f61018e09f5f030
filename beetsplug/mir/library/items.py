"""The library as arrays: features and clusters, read in SQL and not as items."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from beets.library import Item

from .. import fields, names
from .rows import BY_ID, count_of, path_of, rows, seconds_of, text_of
from .selection import items
from .source import first_genre
from .values import KEYS, array_of, classic_values, network_values, packed_in

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator, Sequence

    from beets.library import Library
    from numpy.typing import NDArray

_SHOWN = ("id", "path", "artist", "title", "length", "mb_trackid", "genres")
_PLACE = (
    fields.VERSION,
    fields.NETWORK_VERSION,
    fields.GENRE,
    fields.CLUSTER,
    fields.ORDER,
    fields.NAME,
    fields.KEPT,
)
_AT_A_TIME = 5000  # tracks with their values, which stay in the processor's cache
_N_SHOWN = len(_SHOWN) + len(_PLACE)


class Track(NamedTuple):
    """What is shown of an analysed item, beside its features."""

    id: int
    path: bytes
    artist: str
    title: str
    seconds: float  # 0 if nobody knows
    recording: str  # MusicBrainz' id of it, empty if there is none
    genre: str  # empty if there is none
    version: str  # empty if it is not analysed
    network_version: str  # empty if the network has not heard it
    cluster: int  # 0 if there is none
    order: int  # in the cluster's playlist; 0 if it is not in it
    cluster_name: str
    kept: str  # the name of the cluster that was kept with it; empty if none was

    def version_of(self, features: str) -> str:
        """Return the version of its values of a feature set, empty if it has none."""
        return self.version if features == names.CLASSIC else self.network_version

    def __str__(self) -> str:
        return _name(self.path, self.artist, self.title)


@dataclass(frozen=True)
class Analysed:
    """Tracks with what is known of their sound."""

    tracks: list[Track]
    X: NDArray[np.float64]  # (n_tracks, 16), columns as in :data:`names.FEATURES`
    heard: NDArray[
        np.float32
    ]  # (n_tracks, 200), the network's values, NaN where there are none

    def __len__(self) -> int:
        return len(self.tracks)

    @property
    def genres(self) -> list[str]:
        """The genre of each track, empty if it has none."""
        return [track.genre for track in self.tracks]

    @property
    def clusters(self) -> NDArray[np.int64]:
        """The cluster of each track, 0 if it has none."""
        return np.array([track.cluster for track in self.tracks], dtype=np.int64)

    @property
    def has_network(self) -> NDArray[np.bool_]:
        """Say of each track whether the network has heard it."""
        return ~np.isnan(self.heard[:, 0])

    def values(self, features: str) -> NDArray[np.floating[Any]]:
        """Return the values of a feature set, shape (n_tracks, 16 or 200)."""
        return self.X if features == names.CLASSIC else self.heard

    def and_more(self, others: Analysed) -> Analysed:
        """Return them with others behind."""
        return Analysed(
            [*self.tracks, *others.tracks],
            np.concatenate([self.X, others.X]),
            np.concatenate([self.heard, others.heard]),
        )

    def only(self, rows: NDArray[np.int64]) -> Analysed:
        """Return some of them, in this order."""
        return Analysed([self.tracks[row] for row in rows], self.X[rows], self.heard[rows])


def read_tracks(
    lib: Library, ids: Sequence[int] | None = None, *, cached: bool = False
) -> Analysed:
    """Return the tracks that have features of this version, and what is known of them.

    If *cached*, features of any version will do, as long as there are so many; and of the
    network's values those of one kind (:func:`one_kind`). Of these items only, in this order,
    or of all by id. A track without a genre in the library has that which :mod:`source`
    found in its file.
    """
    ids = all_ids(lib) if ids is None else ids
    music = os.path.join(lib.directory, b"")
    tracks: list[Track] = []
    vectors: list[bytes] = []
    heard: list[bytes | None] = []
    for row in rows(lib, _SHOWN, (*_PLACE, fields.VECTOR, fields.NETWORK), ids):
        vector = packed_in(row, names.CLASSIC)
        version = text_of(row[fields.VERSION])
        if vector is not None and names.counts(version, cached=cached):
            tracks.append(_track(music, row))
            vectors.append(vector)
            heard.append(packed_in(row, names.NETWORK, cached=cached))
    found = Analysed(tracks, classic_values(vectors), network_values(heard))
    return one_kind(found) if cached else found


def one_kind(found: Analysed) -> Analysed:
    """Return the tracks with what one network heard: that which has heard most of them.

    What another one made of a track lies in a space of its own. Of two it is today's.
    """
    kinds = [_kind(track.network_version) for track in found.tracks]
    there = Counter(kind for kind, has in zip(kinds, found.has_network, strict=True) if has)
    if len(there) < 2:
        return found
    kept = max(there, key=lambda kind: (there[kind], kind == names.NETWORK_VERSION))
    others = np.array([kind != kept for kind in kinds])
    heard = np.where(others[:, None], np.float32(np.nan), found.heard)
    return Analysed(found.tracks, found.X, heard)


def _kind(version: str) -> str:
    """Return what of a version says how values were made, but not of how much of a track."""
    return version.partition("-")[0]


def read_clusters(lib: Library, only: Collection[int] | None = None) -> dict[int, list[Track]]:
    """Return the tracks of all clusters, or of some, analysed or not, by the clusters' ids.

    They are in the order of playlists; those that are in none follow.
    """
    clusters: dict[int, list[Track]] = {}
    all_rows = rows(lib, _SHOWN, _PLACE, _in_clusters(lib, only))
    music = os.path.join(lib.directory, b"")
    tracks = [track for row in all_rows if (track := _track(music, row)).cluster]
    for track in sorted(tracks, key=in_playlists):
        clusters.setdefault(track.cluster, []).append(track)
    return clusters


def each_member(
    lib: Library, only: Collection[int], features: str, *, cached: bool = False
) -> Iterator[tuple[list[Track], NDArray[np.floating[Any]]]]:
    """Yield the tracks of some clusters, many at a time, by id, with a feature set of each.

    That is as :func:`values.features_of` has it.
    """
    music = os.path.join(lib.directory, b"")
    keys = [*dict.fromkeys((*_PLACE, *KEYS[features]))]
    ids = _in_clusters(lib, only)
    for start in range(0, len(ids), _AT_A_TIME):
        found = [
            (track, packed_in(row, features, cached=cached))
            for row in rows(lib, _SHOWN, keys, ids[start : start + _AT_A_TIME])
            if (track := _track(music, row)).cluster
        ]
        packed = [values for _, values in found]
        yield [track for track, _ in found], array_of(packed, features)


def _in_clusters(lib: Library, only: Collection[int] | None) -> list[int]:
    """Return the items that are in clusters, or in some."""
    sql, asked = (
        f"SELECT items.id FROM {BY_ID} CROSS JOIN item_attributes AS cluster"  # nosec B608
        " ON cluster.entity_id = items.id AND cluster.key = ?",
        [fields.CLUSTER],
    )
    if only is not None:
        sql += " WHERE CAST(cluster.value AS INTEGER) IN (SELECT value FROM json_each(?))"
        asked.append(json.dumps([*only]))
    with lib.transaction() as tx:
        return [row[0] for row in tx.query(sql, asked)]


def in_playlists(track: Track) -> tuple[int, bool, int, int]:
    """Return what sorts tracks as :func:`read_clusters` does."""
    return track.cluster, not track.order, track.order, track.id


def clusters(lib: Library) -> dict[int, int]:
    """Return the cluster of each item that has one, analysed or not, by its id."""
    with lib.transaction() as tx:
        rows = tx.query(
            "SELECT entity_id, value FROM item_attributes WHERE key = ?", (fields.CLUSTER,)
        )
    return {row["entity_id"]: id_ for row in rows if (id_ := count_of(row["value"]))}


def any_with(lib: Library, key: str) -> bool:
    """Say whether there is a track that has an attribute."""
    with lib.transaction() as tx:
        return bool(tx.query("SELECT 1 FROM item_attributes WHERE key = ? LIMIT 1", (key,)))


def unplaced(lib: Library, *, cached: bool = False) -> list[int]:
    """Return the items that have features of this version, or of any, but no cluster."""
    with lib.transaction() as tx:
        found = tx.query(
            f"SELECT items.id, cluster.value FROM {BY_ID}"  # nosec B608
            " CROSS JOIN item_attributes AS version"
            "  ON version.entity_id = items.id AND version.key = ? AND version.value LIKE ?"
            " LEFT JOIN item_attributes AS cluster"
            "  ON cluster.entity_id = items.id AND cluster.key = ?"
            # Whatever somebody has put there: what is no plain number is looked at below.
            " WHERE cluster.value IS NULL OR cluster.value GLOB '*[^0-9]*'"
            "  OR length(cluster.value) > 9 OR CAST(cluster.value AS INTEGER) = 0",
            (fields.VERSION, _like(cached), fields.CLUSTER),
        )
    return [id_ for id_, cluster in found if not count_of(cluster)]


def n_measured(lib: Library, ids: Sequence[int], *, cached: bool = False) -> int:
    """Return how many of these items have features of this version, or of any."""
    with lib.transaction() as tx:
        found = tx.query(
            "SELECT count(*) FROM json_each(?) AS wanted"
            " CROSS JOIN item_attributes AS version ON version.entity_id = wanted.value"
            "  AND version.key = ? AND version.value LIKE ?",
            (json.dumps([*ids]), fields.VERSION, _like(cached)),
        )
    return int(found[0][0])


def _like(cached: bool) -> str:
    """Return the pattern in SQL of the versions that count (:func:`names.counts`)."""
    return "_%" if cached else f"{names.VERSION}-%"


def n_albums(lib: Library, ids: Sequence[int]) -> int:
    """Return how many albums these items are of."""
    with lib.transaction() as tx:
        found = tx.query(
            "SELECT count(DISTINCT items.album_id) FROM json_each(?) AS wanted"
            " CROSS JOIN items ON items.id = wanted.value",
            (json.dumps([*ids]),),
        )
    return int(found[0][0])


def models(lib: Library) -> set[str]:
    """Return the prints of the models that the clusters in the library belong to."""
    with lib.transaction() as tx:
        found = tx.query(
            "SELECT DISTINCT value FROM item_attributes AS model WHERE key = ? AND EXISTS"
            " (SELECT 1 FROM item_attributes AS cluster"
            " WHERE cluster.entity_id = model.entity_id AND cluster.key = ?)",
            (fields.MODEL, fields.CLUSTER),
        )
    return {text_of(row[0]) for row in found}


def read_paths(lib: Library, ids: Sequence[int]) -> dict[int, bytes]:
    """Return the path of each of these items."""
    music = os.path.join(lib.directory, b"")
    return {id_: path_of(music, path) for id_, path in rows(lib, ("id", "path"), (), ids)}


def read_tags(lib: Library, ids: Sequence[int]) -> list[tuple[str, ...]]:
    """Return what the network says of each of these items, the strongest first."""
    found = {id_: text_of(tags) for id_, tags in rows(lib, ("id",), (fields.TAGS,), ids)}
    told = [found.get(id_, "").split(fields.BETWEEN_TAGS) for id_ in ids]
    return [tuple(filter(None, tags)) for tags in told]


def names_of(lib: Library, ids: Sequence[int]) -> dict[int, str]:
    """Return how items are called in a line: by artist and title, or else by the file."""
    return {
        row["id"]: _name(
            path_of(b"", row["path"]), text_of(row["artist"]), text_of(row["title"])
        )
        for row in rows(lib, ("id", "path", "artist", "title"), (), ids)
    }


def _name(path: bytes, artist: str, title: str) -> str:
    name = title or os.path.basename(os.fsdecode(path))
    return f"{artist} - {name}" if artist else name


def all_ids(lib: Library) -> list[int]:
    """Return the ids of all items, in ascending order."""
    with lib.transaction() as tx:
        return [row[0] for row in tx.query("SELECT id FROM items ORDER BY id")]


def _track(music: bytes, row: sqlite3.Row) -> Track:
    """Return what is shown of an item: a row that begins with _SHOWN and _PLACE."""
    id_, path, artist, title, length, recording, genres, *place = row[:_N_SHOWN]
    version, network_version, genre, cluster, order, name, kept = place
    return Track(
        id_,
        path_of(music, path),
        text_of(artist),
        text_of(title),
        seconds_of(length),
        text_of(recording).strip(),
        first_genre(text_of(genres)) or text_of(genre),
        text_of(version),
        text_of(network_version),
        count_of(cluster),
        count_of(order),
        text_of(name),
        text_of(kept),
    )


def labels_by(lib: Library, ids: Sequence[int], field: str) -> list[str]:
    """Return the value of a field of each item as a text, empty if it says nothing.

    Of a field with several values the first counts. KeyError if no item has the field.
    """
    labels: dict[int, str] = {}
    known = field in Item.all_keys()
    for item in items(lib, ids):
        known = known or field in item
        labels[int(item.id or 0)] = _label(item.get(field))
    if not known:
        raise KeyError(field)
    return [labels.get(id_, "") for id_ in ids]


def _label(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return next((text for text in map(_label, value) if text), "")
    return str(value or "").strip()  # of a number, 0 is what beets has for unknown
