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

from . import fields, names
from .source import file_genre, first_genre

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from beets.library import Item, Library
    from numpy.typing import NDArray


class Track(NamedTuple):
    """What is shown of an analysed item, beside its features."""

    id: int
    path: bytes
    artist: str
    title: str
    genre: str  # empty if there is none
    version: str
    cluster: int  # 0 if there is none

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
    lib: Library, query: Sequence[str] = ()
) -> tuple[list[Track], NDArray[np.float64]]:
    """Return the matching tracks that have current features, by id, and their features.

    The array has the shape (n_tracks, 16), columns as in :data:`names.FEATURES`.
    """
    wanted = {item.id for item in lib.items(list(query))} if query else None
    rows = [row for row in _rows(lib) if wanted is None or row["id"] in wanted]
    X = _matrix(lib, [row["id"] for row in rows])
    # A user can delete or overwrite an attribute.
    whole = np.flatnonzero(np.isfinite(X).all(axis=1))
    return [_track(lib, rows[index]) for index in whole], X[whole]


def mixture(tracks: Iterable[Track]) -> str:
    """Return a warning if the tracks were not all analysed in the same way, else nothing.

    A track of which an excerpt was heard differs a little from itself heard whole.
    """
    counts = Counter(track.version for track in tracks)
    if len(counts) < 2:
        return ""
    shares = ", ".join(f"{n} by {version}" for version, n in counts.most_common())
    return f"not all tracks were analysed alike ({shares}): `beet mirextract` mends that"


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
                   version.value AS version, cluster.value AS cluster
            FROM items
            JOIN item_attributes AS version
              ON version.entity_id = items.id AND version.key = ? AND version.value LIKE ?
            LEFT JOIN item_attributes AS cluster
              ON cluster.entity_id = items.id AND cluster.key = ?
            ORDER BY items.id
            """,
            (fields.VERSION, f"{names.VERSION}-%", fields.CLUSTER),
        )


def _matrix(lib: Library, ids: Sequence[int]) -> NDArray[np.float64]:
    """Return the stored features of *ids*, NaN where there is none."""
    row_of = {id_: row for row, id_ in enumerate(ids)}
    column_of = {field: column for column, field in enumerate(fields.FEATURE_FIELDS)}
    X = np.full((len(ids), len(column_of)), np.nan)
    with lib.transaction() as tx:
        values = tx.query(
            "SELECT entity_id, key, value FROM item_attributes"
            f" WHERE key IN ({', '.join('?' * len(column_of))})",
            tuple(column_of),
        )
    for id_, key, value in values:
        if id_ in row_of:
            with suppress(TypeError, ValueError):
                X[row_of[id_], column_of[key]] = value
    return X


def _track(lib: Library, row: sqlite3.Row) -> Track:
    # beets stores paths inside its music directory relative to it since 2.10.
    path = os.path.join(lib.directory, bytes(row["path"]))
    genre = first_genre(row["genres"] or "") or file_genre(path)
    cluster = row["cluster"] or ""
    return Track(
        row["id"],
        path,
        row["artist"] or "",
        row["title"] or "",
        genre,
        row["version"],
        int(cluster) if cluster.isdecimal() else 0,
    )


def store_clusters(lib: Library, places: Mapping[int, tuple[int, int]]) -> int:
    """Make *places*, (cluster, order) by item id, the library's only clustering.

    Return how many items changed. Items not in *places* lose their cluster.
    """
    new = {
        (id_, key): str(value)
        for id_, place in places.items()
        for key, value in zip((fields.CLUSTER, fields.ORDER), place, strict=True)
    }
    with lib.transaction() as tx:
        old = {
            (id_, key): value
            for id_, key, value in tx.query(
                "SELECT entity_id, key, value FROM item_attributes WHERE key IN (?, ?)",
                (fields.CLUSTER, fields.ORDER),
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


def _announce(lib: Library, ids: Iterable[int]) -> None:
    """Tell plugins such as mpdupdate that the library has changed: once is what they need."""
    for id_ in ids:
        if item := lib.get_item(id_):
            plugins.send("database_change", lib=lib, model=item)
            return
