"""The library as storage: features and cluster ids in, arrays out. All SQL is here."""

from __future__ import annotations

import base64
import math
import os
import struct
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from beets import plugins
from beets.library import Item

from . import fields, names
from .source import file_genre, first_genre

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from beets.library import Library
    from numpy.typing import NDArray


class Track(NamedTuple):
    """What is shown of an analysed item, beside its features."""

    id: int
    path: bytes
    artist: str
    title: str
    genre: str  # empty if there is none
    version: str  # empty if it is not analysed
    cluster: int  # 0 if there is none
    order: int  # in the cluster's playlist; 0 if there is none
    cluster_name: str

    def __str__(self) -> str:
        name = self.title or os.path.basename(os.fsdecode(self.path))
        return f"{self.artist} - {name}" if self.artist else name


def store_features(item: Item, values: Mapping[str, float], version: str, source: str) -> None:
    """Store summaries named as in :data:`names.VECTOR`; ValueError if one is not finite."""
    vector = [float(values[name]) for name in names.VECTOR]
    if not all(map(math.isfinite, vector)):
        raise ValueError(f"features that are no finite numbers: {values}")
    for feature in names.FEATURES:
        item[f"mir_{feature.name}"] = float(values[f"{feature.series}_{feature.summary}"])
    packed = struct.pack(f"<{len(vector)}f", *vector)
    item[fields.VECTOR] = base64.b64encode(packed).decode("ascii")
    item[fields.VERSION] = version
    item[fields.SOURCE] = source
    _forget(item, fields.ERROR)
    item.store()


def store_error(item: Item, reason: str, source: str | None) -> None:
    """Store why the file could not be analysed.

    Features of an earlier file no longer count, unless the file is only missing
    (*source* None): it may come back.
    """
    item[fields.ERROR] = reason
    if source is not None:
        item[fields.SOURCE] = source
        _forget(item, fields.VERSION)
    item.store()


def _forget(item: Item, field: str) -> None:
    if item.get(field, with_album=False) is not None:
        del item[field]


def read_tracks(
    lib: Library, query: Sequence[str] = (), *, ask_files: bool = True
) -> tuple[list[Track], NDArray[np.float64]]:
    """Return the matching tracks that have current features, by id, and their features.

    The array has the shape (n_tracks, 16), columns as in :data:`names.FEATURES`. A track
    without a genre in the library has that of its file, if *ask_files*.
    """
    wanted = matching(lib, query) if query else None
    rows = [
        row for row in _rows(lib) if row["version"] and (wanted is None or row["id"] in wanted)
    ]
    X = features_of(lib, [row["id"] for row in rows])
    whole = np.flatnonzero(np.isfinite(X).all(axis=1))
    return [_track(lib, rows[index], ask_file=ask_files) for index in whole], X[whole]


def read_clustered(lib: Library) -> list[Track]:
    """Return all tracks that have a cluster, analysed or not, in the order of their playlists.

    Their files are not asked for a genre.
    """
    tracks = [_track(lib, row, ask_file=False) for row in _rows(lib) if _count(row["cluster"])]
    return sorted(tracks, key=lambda track: (track.cluster, track.order, track.id))


def clusters(lib: Library) -> dict[int, int]:
    """Return the cluster of each item that has one, analysed or not, by its id."""
    with lib.transaction() as tx:
        rows = tx.query(
            "SELECT entity_id, value FROM item_attributes WHERE key = ?", (fields.CLUSTER,)
        )
    return {row["entity_id"]: id_ for row in rows if (id_ := _count(row["value"]))}


def with_file_genre(track: Track) -> Track:
    """Return a track with the genre of its file, if it has none yet."""
    return track if track.genre else track._replace(genre=file_genre(track.path))


def matching(lib: Library, query: Sequence[str]) -> set[int]:
    """Return the ids of the items that match."""
    return {int(item.id or 0) for item in lib.items(list(query))}


def mixture(tracks: Iterable[Track]) -> str:
    """Return a warning if the tracks were not all analysed in the same way, else nothing.

    A track of which an excerpt was heard differs a little from itself heard whole.
    """
    counts = Counter(track.version for track in tracks)
    if len(counts) < 2:
        return ""
    shares = ", ".join(f"{n} by {version}" for version, n in counts.most_common())
    mends = "beet mirextract --whole" if names.version(0) in counts else "beet mirextract"
    return f"not all tracks were analysed alike ({shares}): `{mends}` mends that"


def count_items(lib: Library, query: Sequence[str] = ()) -> int:
    """Return how many items match, analysed or not."""
    if query:
        return len(lib.items(list(query)))
    with lib.transaction() as tx:
        return int(tx.query("SELECT COUNT(*) FROM items")[0][0])


def _rows(lib: Library) -> list[sqlite3.Row]:
    with lib.transaction() as tx:
        return tx.query(
            """
            SELECT items.id, path, artist, title, genres,
                   version.value AS version, cluster.value AS cluster, place.value AS place,
                   name.value AS name
            FROM items
            LEFT JOIN item_attributes AS version
              ON version.entity_id = items.id AND version.key = ? AND version.value LIKE ?
            LEFT JOIN item_attributes AS cluster
              ON cluster.entity_id = items.id AND cluster.key = ?
            LEFT JOIN item_attributes AS place
              ON place.entity_id = items.id AND place.key = ?
            LEFT JOIN item_attributes AS name
              ON name.entity_id = items.id AND name.key = ?
            WHERE version.value IS NOT NULL OR cluster.value IS NOT NULL
            ORDER BY items.id
            """,
            (fields.VERSION, f"{names.VERSION}-%", fields.CLUSTER, fields.ORDER, fields.NAME),
        )


def features_of(lib: Library, ids: Sequence[int]) -> NDArray[np.float64]:
    """Return the features of these items, shape (n_items, 16), NaN where there are none.

    They are read from the packed vector: one attribute a track, where the fields that
    show the same values are sixteen.
    """
    with lib.transaction() as tx:
        rows = tx.query(
            "SELECT entity_id, value FROM item_attributes WHERE key = ?", (fields.VECTOR,)
        )
    packed = {row["entity_id"]: row["value"] for row in rows}
    vectors = [_unpacked(packed.get(id_)) for id_ in ids]
    columns = [names.VECTOR.index(f"{f.series}_{f.summary}") for f in names.FEATURES]
    return np.reshape(vectors, (len(ids), len(names.VECTOR)))[:, columns].astype(np.float64)


def _unpacked(text: object) -> NDArray[np.float32]:
    """Return the values of a packed vector, NaN if it is none: a user can overwrite it."""
    with suppress(ValueError):
        vector = np.frombuffer(base64.b64decode(str(text)), dtype="<f4")
        if len(vector) == len(names.VECTOR):
            return vector
    return np.full(len(names.VECTOR), np.nan, dtype=np.float32)


def _track(lib: Library, row: sqlite3.Row, *, ask_file: bool = True) -> Track:
    # beets stores paths inside its music directory relative to it since 2.10.
    path = os.path.join(lib.directory, bytes(row["path"]))
    genre = first_genre(row["genres"] or "") or (file_genre(path) if ask_file else "")
    return Track(
        row["id"],
        path,
        row["artist"] or "",
        row["title"] or "",
        genre,
        row["version"] or "",
        _count(row["cluster"]),
        _count(row["place"]),
        str(row["name"] or ""),
    )


def _count(value: object) -> int:
    """Return an attribute as a number from 0: a user can have written anything into it."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() else 0


class Place(NamedTuple):
    """Where a track belongs, as it is stored."""

    cluster: int
    order: int
    name: str  # of the cluster


def store_clusters(lib: Library, places: Mapping[int, Place]) -> int:
    """Make *places*, by item id, the library's only clustering; items not there lose theirs.

    Return how many items changed.
    """
    keys = (fields.CLUSTER, fields.ORDER, fields.NAME)
    new = {
        (id_, key): str(value)
        for id_, place in places.items()
        for key, value in zip(keys, place, strict=True)
    }
    with lib.transaction() as tx:
        old = {
            (id_, key): value
            for id_, key, value in tx.query(
                "SELECT entity_id, key, value FROM item_attributes WHERE key IN (?, ?, ?)", keys
            )
        }
        gone = old.keys() - new.keys()
        changed = {key for key, value in new.items() if old.get(key) != value}
        tx.mutate_many(
            "DELETE FROM item_attributes WHERE entity_id = ? AND key = ?", sorted(gone)
        )
        tx.mutate_many(
            "INSERT INTO item_attributes (entity_id, key, value) VALUES (?, ?, ?)",
            [(*key, new[key]) for key in sorted(changed)],
        )
    ids = {id_ for id_, _ in gone | changed}
    _announce(lib, ids)
    return len(ids)


def labels_by(lib: Library, ids: Sequence[int], field: str) -> list[str]:
    """Return the value of a field of each item as a text, empty if it says nothing.

    Of a field with several values the first counts. KeyError if no item has the field.
    """
    items = {item.id: item for item in lib.items()}
    if field not in Item.all_keys() and not any(field in item for item in items.values()):
        raise KeyError(field)
    return [_label(items[id_].get(field)) for id_ in ids]


def _label(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return next((text for text in map(_label, value) if text), "")
    return str(value or "").strip()  # of a number, 0 is what beets has for unknown


def _announce(lib: Library, ids: Iterable[int]) -> None:
    """Tell plugins such as mpdupdate that the library has changed: once is what they need."""
    for id_ in ids:
        if item := lib.get_item(id_):
            plugins.send("database_change", lib=lib, model=item)
            return
