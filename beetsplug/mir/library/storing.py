"""Everything that the plugin writes into the library, through one place that cannot hang."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from beets import logging, plugins

from .. import fields, names
from ..ground.signals import held
from .rows import (
    BY_ID,
    HEARD,
    PACKED,
    count_of,
    joined,
    packed,
    text_of,
    unpacked,
    writes_of_others,
)
from .source import print_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from contextlib import ExitStack

    from beets.dbcore.db import Database, Transaction
    from beets.library import Item, Library

    Attributes = Mapping[tuple[int, str], str | None]

T = TypeVar("T")

ATTEMPT = 1.0
"""Seconds for which one attempt holds the lock that keeps readers out."""

SAY_AFTER = 5.0
"""Seconds of waiting after which the user is told."""

GIVE_UP_AFTER = 600.0
"""Seconds of waiting for a program that never lets go, such as a forgotten shell."""


_OF_NETWORK = (fields.NETWORK, fields.NETWORK_VERSION, fields.TAGS)
_PAUSES = (0.3, 5.0)  # seconds between two attempts: the first, and the longest


def write(lib: Library, work: Callable[[Transaction], T]) -> T:
    """Return what *work* returns, done in one transaction: all of it is stored, or nothing.

    While another program holds the library, *work* is done again and again. Must not be
    called within a transaction. Raises sqlite3.Error or beets' DBAccessError for a library
    that is locked for long, read-only, on a full disk or damaged; at all events beets' own
    lock and the connection are free afterwards.
    """
    return patiently(lib, lambda: _attempt(lib, work), "store")


def patiently(lib: Database, attempt: Callable[[], T], what: str) -> T:
    """Return what an attempt returns, done again while another program holds the library.

    *what* is waited for is said when that takes its time.
    """
    start, pause, told = time.monotonic(), _PAUSES[0], False
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as exc:
            waited = time.monotonic() - start
            if "locked" not in str(exc) or waited >= GIVE_UP_AFTER:
                raise
        if waited >= SAY_AFTER and not told:
            told = True
            logging.getLogger("beets.mir").warning(
                "{}: locked by another program; waiting to {}", lib.path, what
            )
        time.sleep(pause)
        pause = min(2 * pause, _PAUSES[1])


def _attempt(lib: Library, work: Callable[[Transaction], T]) -> T:
    """Do *work* between a begin and a commit of our own.

    beets commits when its transaction is left. If that fails, beets keeps its lock for
    ever; so nothing may be left for it to commit (docs/upstream.md).
    """
    with lib.transaction() as tx:
        try:
            tx.query(f"PRAGMA busy_timeout = {round(1000 * ATTEMPT)}")
            try:
                tx.query("BEGIN IMMEDIATE")
                result = work(tx)
                tx.query("COMMIT")
            finally:
                _roll_back(tx)
        finally:
            _roll_back(tx)  # a Ctrl-C while SQLite waits comes out in the first one
            tx.query(f"PRAGMA busy_timeout = {round(1000 * lib.timeout)}")
        return result


def _roll_back(tx: Transaction) -> None:
    """Undo what is not committed; SQLite never fails to, and complains if there is nothing."""
    with suppress(sqlite3.OperationalError):
        tx.query("ROLLBACK")


def store_features(
    item: Item,
    values: Mapping[str, float],
    version: str,
    source: str,
    file_genre: str | None = None,
) -> None:
    """Store summaries named as in :data:`names.VECTOR`; ValueError if one is not finite.

    *file_genre* is what the file says, if it was asked. What was heard in another file is
    forgotten.
    """
    item[fields.VECTOR] = packed([float(values[name]) for name in names.VECTOR])
    if not _is_of(item, source):
        _forget(item, *_OF_NETWORK)
    for feature in names.FEATURES:
        item[f"mir_{feature.name}"] = float(values[f"{feature.series}_{feature.summary}"])
    item[fields.VERSION] = version
    item[fields.SOURCE] = source
    if file_genre is not None:
        item[fields.GENRE] = file_genre
    _forget(item, fields.ERROR)
    item.store()


def store_heard(
    item: Item, values: Sequence[float], tags: Sequence[str], version: str, source: str
) -> None:
    """Store what the network made of a file; ValueError if a value is not finite."""
    item[fields.NETWORK] = packed(values, HEARD)
    item[fields.NETWORK_VERSION] = version
    item[fields.TAGS] = fields.BETWEEN_TAGS.join(tags)
    item[fields.SOURCE] = source
    _forget(item, fields.ERROR)
    item.store()


def store_error(
    item: Item, reason: str, version: str, source: str, network_version: str | None = None
) -> None:
    """Store why the file could not be analysed.

    What is known of the same audio stays; with features of *version*, and of
    *network_version* where the network is wanted, it is no error at all. Of another file
    nothing stays.
    """
    same = _is_of(item, source)
    measured = same and _has(item, fields.VECTOR)
    heard = same and _has(item, fields.NETWORK, HEARD)
    found = {fields.VERSION: measured, fields.NETWORK_VERSION: heard}
    wanted = {fields.VERSION: version, fields.NETWORK_VERSION: network_version}
    if all(
        found[key] and item.get(key, with_album=False) == value
        for key, value in wanted.items()
        if value is not None
    ):
        _forget(item, fields.ERROR)
    else:
        item[fields.ERROR] = reason.encode("utf-8", "backslashreplace").decode()
    if not measured:
        _forget(item, fields.VERSION, fields.VECTOR, *fields.FEATURE_FIELDS)
    if not heard:
        _forget(item, *_OF_NETWORK)
    item[fields.SOURCE] = source
    item.store()


def _is_of(item: Item, source: str) -> bool:
    """Say whether what is stored was found in this very file."""
    known = item.get(fields.SOURCE, with_album=False)
    return known is not None and print_of(known) == print_of(source)


def _has(item: Item, key: str, form: str = PACKED) -> bool:
    """Say whether an item has packed values that are whole."""
    return unpacked(item.get(key, with_album=False), form) is not None


def _forget(item: Item, *keys: str) -> None:
    for key in keys:
        if item.get(key, with_album=False) is not None:
            del item[key]


def store_attributes(lib: Library, values: Attributes) -> None:
    """Store attributes by item id and name; None takes one away."""
    write(lib, lambda tx: _change(tx, values))


class Place(NamedTuple):
    """Where a track belongs, as it is stored."""

    cluster: int
    order: int  # in the playlist; 0 if it is not in it
    name: str  # of the cluster


class AsRead(NamedTuple):
    """What tracks had when they were read: all of some clusters, and what comes to them."""

    places: Mapping[int, Place | None]  # by item id
    writes: int | None = None  # :func:`rows.writes_of_others` before that, if it is known


class OvertakenError(Exception):
    """Another program has changed the clusters since they were read; nothing is stored."""


def store_clusters(
    lib: Library,
    places: Mapping[int, Place],
    *,
    model: str | None = None,
    only: bool = True,
    known: AsRead | None = None,
    until: ExitStack | None = None,
) -> int:
    """Store *places* by item id; return how many items changed.

    They are the library's *only* clustering: items not there lose theirs. *model* is the
    print of the model that belongs to it; without one the print in the library stays.
    *known*: all tracks of the clusters that are changed, and the new ones, as they have to be
    still (OvertakenError). A signal waits from the moment
    that the library is ours *until* that is closed.
    """
    keys = [fields.CLUSTER, fields.ORDER, fields.NAME] + [fields.MODEL] * (model is not None)

    def work(tx: Transaction) -> tuple[int, Item | None]:
        if until is not None:
            until.close()  # of an attempt that came to nothing
            until.enter_context(held())
        if known is not None and known.writes == writes_of_others(lib):
            stored = _before(known)
        else:
            stored = _stored(tx, keys, None if only else places.keys(), known)
            if known is not None:
                _check_that_known(stored, known)
        changes = {
            (id_, key): value
            for id_, old in stored.items()
            if only or id_ in places
            # The print of the model comes last, and stays if there is no other.
            for key, value, before in zip(
                keys, _attributes(places.get(id_), model), old, strict=False
            )
            if value != before
        }
        _change(tx, changes)
        ids = {id_ for id_, key in changes if key != fields.MODEL}
        return len(ids), _any_of(lib, ids)

    n_changed, item = write(lib, work)
    _tell(lib, item)
    return n_changed


def _stored(
    tx: Transaction,
    keys: Sequence[str],
    ids: Collection[int] | None = None,
    known: AsRead | None = None,
) -> dict[int, tuple[object, ...]]:
    """Return attributes of items by id, in the order of the keys; None for each that is not.

    Of these items or of all, and of those in the clusters that are *known*.
    """
    sql = f"SELECT items.id, {', '.join(f'{key}.value' for key in keys)}"
    sql += f" FROM {BY_ID} {joined(keys)}"
    asked = []
    if ids is not None:
        places = known.places.values() if known else ()
        clusters = {place.cluster for place in places if place}
        among = "IN (SELECT value FROM json_each(?))"
        sql += f" WHERE items.id {among} OR CAST({fields.CLUSTER}.value AS INTEGER) {among}"
        asked = [json.dumps([*ids]), json.dumps([*clusters])]
    return {id_: (*values,) for id_, *values in tx.query(sql, asked)}


def _before(known: AsRead) -> dict[int, tuple[object, ...]]:
    """Return what :func:`_stored` would of what nobody can have changed."""
    return {id_: _attributes(place, None) for id_, place in known.places.items()}


def _check_that_known(stored: Mapping[int, tuple[object, ...]], known: AsRead) -> None:
    now = {id_: (count_of(of[0]), count_of(of[1])) for id_, of in stored.items()}
    there = {id_: place for id_, place in now.items() if place[0]}
    if there != {id_: place[:2] for id_, place in known.places.items() if place}:
        raise OvertakenError


def _attributes(place: Place | None, model: str | None) -> tuple[str | None, ...]:
    """Return what is stored of a track: cluster, order, name, the print of the model."""
    if place is None:
        return (None,) * 4
    # On every track the print would be as many rows to write whenever one has moved.
    first = model if place.order == 1 else None
    order = str(place.order) if place.order else None
    return str(place.cluster), order, place.name, first


def store_kept(lib: Library, cluster: int, old: str | None, name: str | None) -> None:
    """Keep a cluster under a *name*, or release it (None).

    *old* is the name that it is kept under, if it is: then only the tracks that bear that
    bear the new one, and those that somebody has put into another cluster bear none.
    """

    def work(tx: Transaction) -> Item | None:
        there = _stored(tx, [fields.CLUSTER, fields.KEPT])
        tracks = {id_ for id_, (value, _) in there.items() if count_of(value) == cluster}
        bearers = {id_ for id_, (_, value) in there.items() if value and text_of(value) == old}
        founders = (tracks & bearers) or tracks
        changes: dict[tuple[int, str], str | None]
        changes = dict.fromkeys(((id_, fields.KEPT) for id_ in bearers), None)
        if name is not None:
            changes |= dict.fromkeys(((id_, fields.KEPT) for id_ in founders), name)
            changes |= dict.fromkeys(((id_, fields.NAME) for id_ in tracks), name)
        _change(tx, changes)
        return _any_of(lib, tracks)

    _tell(lib, write(lib, work))


def _any_of(lib: Library, ids: Iterable[int]) -> Item | None:
    return next(filter(None, map(lib.get_item, ids)), None)


def _tell(lib: Library, item: Item | None) -> None:
    """Tell plugins such as mpdupdate that the library has changed: it is all they need."""
    if item:
        plugins.send("database_change", lib=lib, model=item)


def _change(tx: Transaction, values: Attributes) -> None:
    """Write what is to be changed, in an order that does not depend on hashes.

    Items that have been removed meanwhile get nothing: SQLite gives their ids to others.
    """
    gone = sorted(key for key, value in values.items() if value is None)
    tx.mutate_many("DELETE FROM item_attributes WHERE entity_id = ? AND key = ?", gone)
    tx.mutate_many(
        "INSERT INTO item_attributes (entity_id, key, value)"
        " SELECT id, ?2, ?3 FROM items WHERE id = ?1"
        # Else SQLite takes the old row away, and all that the indexes have of it.
        " ON CONFLICT (entity_id, key) DO UPDATE SET value = excluded.value",
        sorted((*key, value) for key, value in values.items() if value is not None),
    )
