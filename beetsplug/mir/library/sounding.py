"""All tracks of the library by their sound, in one statement: what neighbours are found by.

:mod:`items` reads what is known of some tracks; this reads little of all of them.
"""

from __future__ import annotations

import binascii
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import fields, names
from .recordings import artist_key, name_key
from .rows import BY_ID, HEARD, PACKED, seconds_of, text_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from beets.library import Library
    from numpy.typing import NDArray

_AT_A_TIME = 200_000  # tracks in memory as text: 150 MB
_FORMS = {names.CLASSIC: (PACKED, "<f4"), names.NETWORK: (HEARD, "<f2")}
_FIELDS = {
    names.CLASSIC: (fields.VERSION, fields.VECTOR),
    names.NETWORK: (fields.NETWORK_VERSION, fields.NETWORK),
}


@dataclass(frozen=True)
class Sounds:
    """The tracks that have a feature set, by their ids in ascending order."""

    features: str
    ids: NDArray[np.int64]  # (n_tracks,)
    values: NDArray[np.floating[Any]]  # (n_tracks, 16 or 200), as they are stored
    artists: NDArray[np.int64]  # (n_tracks,), equal for the same; -1 for none
    recordings: NDArray[np.int64]  # by MusicBrainz' id; so, too
    named: NDArray[np.int64]  # by artist and title; so, too
    seconds: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)

    def rows_of(self, ids: Sequence[int]) -> NDArray[np.int64]:
        """Return the rows of items by their ids, in this order; those not here are left out."""
        wanted = np.array(ids, dtype=np.int64)
        places = np.searchsorted(self.ids, wanted)
        there = places < len(self.ids)
        there[there] = self.ids[places[there]] == wanted[there]
        return places[there]


def read_sounds(lib: Library, features: str) -> Sounds:
    """Return all tracks of the library that have a feature set of this version."""
    form, dtype = _FORMS[features]
    size = struct.calcsize(form)
    found = _Columns()
    for rows in _blocks(lib, features):
        for row in rows:
            if (data := _unpacked(row["packed"], size)) is not None:
                found.add(row, data)
    values = np.frombuffer(b"".join(found.packed), dtype)
    values = values.reshape(len(found.ids), size // values.itemsize)
    finite = np.isfinite(values).all(axis=1)
    if features == names.CLASSIC:
        values = values[
            :, [names.VECTOR.index(f"{f.series}_{f.summary}") for f in names.FEATURES]
        ]
    columns = (found.ids, found.artists, found.recordings, found.named)
    numbers = (np.array(column, dtype=np.int64)[finite] for column in columns)
    ids, artists, recordings, named = numbers
    seconds = np.array(found.seconds, dtype=np.float64)[finite]
    return Sounds(features, ids, values[finite], artists, recordings, named, seconds)


def n_analysed(lib: Library) -> tuple[int, int]:
    """Return how many tracks have the sixteen features, and how many the network's values."""
    with lib.transaction() as tx:
        found = tx.query(
            # What _join puts in is names of our own.
            "SELECT count(classic.id), count(network.id)"  # nosec B608
            f" FROM {BY_ID} {_join('classic')} {_join('network')}",
            [value for set_ in names.FEATURE_SETS for value in _version(set_)],
        )
    return int(found[0][0]), int(found[0][1])


def state_of(lib: Library) -> int:
    """Return a number that is another one when :func:`read_sounds` would read something else.

    It costs a third of that: values that are stored once more get another row, so they
    need not be read.
    """
    keys = [key for _, key in _FIELDS.values()]
    with lib.transaction() as tx:
        tags = tx.query("SELECT id, artist, title, mb_trackid, length FROM items")
        values = tx.query(
            f"SELECT count(stored.id), total(stored.id) FROM {BY_ID}"  # nosec B608
            " CROSS JOIN item_attributes AS stored"
            "  ON stored.entity_id = items.id AND stored.key IN (?, ?)",
            keys,
        )
    return hash((*map(tuple, tags), *map(tuple, values)))


@dataclass
class _Columns:
    ids: list[int] = field(default_factory=list)
    packed: list[bytes] = field(default_factory=list)
    artists: list[int] = field(default_factory=list)
    recordings: list[int] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(self, row: sqlite3.Row, data: bytes) -> None:
        artist = artist_key(text_of(row["artist"]))
        named = name_key(text_of(row["artist"]), text_of(row["title"]))
        recording = text_of(row["mb_trackid"]).strip()
        self.ids.append(row["id"])
        self.packed.append(data)
        self.artists.append(self._number(artist) if artist else -1)
        self.recordings.append(self._number("", recording) if recording else -1)
        self.named.append(self._number(named) if named else -1)
        self.seconds.append(seconds_of(row["length"]))

    def _number(self, *key: str) -> int:
        return self.numbers.setdefault(key, len(self.numbers))


def _blocks(lib: Library, features: str) -> Iterator[Sequence[sqlite3.Row]]:
    """Yield rows of all tracks that have a feature set: of most libraries in one statement."""
    statement = (
        "SELECT items.id, artist, title, mb_trackid, length, packed.value AS packed"  # nosec B608
        f" FROM items {_join('current', 'CROSS')}"
        " CROSS JOIN item_attributes AS packed"
        "  ON packed.entity_id = items.id AND packed.key = ?"
        " WHERE items.id > ? ORDER BY items.id LIMIT ?"
    )
    last = -1
    while True:
        with lib.transaction() as tx:
            key = _FIELDS[features][1]
            rows = tx.query(statement, (*_version(features), key, last, _AT_A_TIME))
        yield rows
        if len(rows) < _AT_A_TIME:
            return
        last = rows[-1]["id"]


def _join(alias: str, kind: str = "LEFT") -> str:
    """Return the SQL that joins a version; from the items on, since no index is by key."""
    on = f"{alias}.entity_id = items.id AND {alias}.key = ? AND {alias}.value LIKE ?"
    return f"{kind} JOIN item_attributes AS {alias} ON {on}"


def _version(features: str) -> tuple[str, str]:
    return _FIELDS[features][0], f"{names.VERSIONS[features]}-%"


def _unpacked(value: object, size: int) -> bytes | None:
    try:
        data = binascii.a2b_base64(str(value))
    except ValueError:
        return None
    return data if len(data) == size else None
