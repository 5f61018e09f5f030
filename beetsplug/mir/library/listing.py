"""What the clusters in the library are as playlists, and nothing else: it is read often."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from .. import fields
from .formats import Listed, Playlist
from .rows import BY_ID, count_of, path_of, rows, seconds_of, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from beets.library import Library

_LAST = fields.MOST + 1
_LISTED = ("id", "path", "artist", "title", "length")


def read_playlists(lib: Library, only: Collection[int] | None = None) -> dict[int, Playlist]:
    """Return the playlists of all clusters, or of some, by the clusters' ids.

    Their titles are the clusters' names. A track that has no place in one is not in it, but
    its cluster has a playlist all the same.
    """
    where, asked = "", [fields.CLUSTER, fields.ORDER, fields.NAME]
    if only is not None:
        where = "WHERE CAST(cluster.value AS INTEGER) IN (SELECT value FROM json_each(?))"
        asked.append(json.dumps([*only]))
    with lib.transaction() as tx:
        found_rows = tx.query(
            "SELECT cluster.value, place.value, name.value,"  # names of our own  # nosec B608
            " items.id, items.path, items.artist, items.title, items.length"
            f" FROM {BY_ID} {_join('CROSS', 'cluster')}"
            f" {_join('LEFT', 'place')} {_join('LEFT', 'name')} {where}",
            asked,
        )
    music = os.path.join(lib.directory, b"")
    titles: dict[int, tuple[int, str]] = {}
    found: dict[int, list[tuple[int, int, Listed]]] = {}
    for cluster, order, name, id_, path, artist, title, length in found_rows:
        label, place = count_of(cluster), count_of(order)
        if not label:
            continue
        listed = found.setdefault(label, [])
        # That of the first track counts, as it does elsewhere.
        titles[label] = min(titles.get(label, (_LAST, "")), (place or _LAST, text_of(name)))
        if place:
            track = Listed(
                path_of(music, path), text_of(artist), text_of(title), seconds_of(length)
            )
            listed.append((place, id_, track))
    return {
        label: Playlist(titles[label][1], [track for *_, track in sorted(listed)])
        for label, listed in sorted(found.items())
    }


def read_listed(lib: Library, ids: Sequence[int]) -> dict[int, Listed]:
    """Return what playlists have of these items, by id in this order; not of what is gone."""
    music = os.path.join(lib.directory, b"")
    return {
        id_: Listed(path_of(music, path), text_of(artist), text_of(title), seconds_of(length))
        for id_, path, artist, title, length in rows(lib, _LISTED, (), ids)
    }


def _join(kind: str, alias: str) -> str:
    """Return the SQL that joins an attribute; from the items on, since no index is by key."""
    on = f"{alias}.entity_id = items.id AND {alias}.key = ?"
    return f"{kind} JOIN item_attributes AS {alias} ON {on}"
