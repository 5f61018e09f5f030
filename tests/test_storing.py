"""Whatever fails while something is stored, nobody hangs and nothing is left half-way."""

import contextlib
import os
import signal
import sqlite3
import threading
import time

import pytest
from beets.dbcore.db import DBAccessError
from beets.library import Item, Library

from beetsplug.mir import fields
from beetsplug.mir.library import storing
from beetsplug.mir.library.storing import Place

KEY = "mir_error"


@pytest.fixture(params=["delete", "wal"])
def lib(request, tmp_path):
    """A library in a file, as SQLite keeps it by default, and with a write-ahead log."""
    library = Library(str(tmp_path / "library.db"), str(tmp_path / "music"))
    library.add(Item(path=b"a.wav"))
    with library.transaction() as tx:
        tx.query(f"PRAGMA journal_mode = {request.param}")
    yield library
    library._close()


@pytest.fixture
def other(lib):
    """Another program that has the library open."""
    with contextlib.closing(sqlite3.connect(lib.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout = 0")
        yield connection


class Clock:
    """A clock that goes on only when somebody sleeps, and then does something."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses = 0
        self.then = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses += 1
        self.then()


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(storing, "time", clock)
    monkeypatch.setattr(storing, "ATTEMPT", 0.002)  # real seconds, and there are many
    return clock


def store(lib, value: str = "x") -> None:
    storing.store_attributes(lib, {(1, KEY): value})


def stored(connection) -> list[str]:
    rows = connection.execute("SELECT value FROM item_attributes WHERE key = ?", (KEY,))
    return [row[0] for row in rows.fetchall()]


def is_free(lib, other) -> bool:
    """Say whether this process and others can go on: no lock is left, and no transaction."""
    free = lib._db_lock.acquire(blocking=False)
    if free:
        lib._db_lock.release()
    other.execute("BEGIN IMMEDIATE")
    other.execute("COMMIT")
    timeout = lib._connection().execute("PRAGMA busy_timeout").fetchone()[0]
    return free and not lib._connection().in_transaction and timeout == 1000 * lib.timeout


def has_log(lib) -> bool:
    """Say whether there is a write-ahead log, so that readers and writers do not meet."""
    return lib._connection().execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def begin_to_read(other) -> sqlite3.Cursor:
    """Read as a backup does, and do not come to an end."""
    cursor = other.execute("SELECT id FROM items UNION ALL SELECT 1")
    cursor.fetchone()
    return cursor


def test_a_library_that_somebody_reads_is_waited_for(lib, other, clock):
    """The commit fails, after which beets' own transaction never lets go of its lock."""
    cursor = begin_to_read(other)
    clock.then = cursor.close

    store(lib)

    assert clock.pauses == (0 if has_log(lib) else 1)
    cursor.close()
    assert stored(other) == ["x"]
    assert is_free(lib, other)


def test_a_library_that_somebody_writes_to_is_waited_for(lib, other, clock):
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE items SET title = 'theirs'")
    clock.then = lambda: other.in_transaction and other.execute("COMMIT")

    store(lib)

    assert clock.pauses == 1
    assert lib.get_item(1).title == "theirs"
    assert stored(other) == ["x"]
    assert is_free(lib, other)


def test_others_can_read_while_a_reader_is_waited_for(lib, other, clock):
    cursor = begin_to_read(other)
    seen = []

    def read() -> None:
        with contextlib.closing(sqlite3.connect(lib.path, timeout=0)) as third:
            seen.append(third.execute("SELECT COUNT(*) FROM items").fetchone()[0])
        cursor.close()

    clock.then = read
    store(lib)

    assert seen == ([] if has_log(lib) else [1])


def test_waiting_is_said_once_after_five_seconds(lib, other, clock, caplog):
    other.execute("BEGIN IMMEDIATE")
    said = {}

    def look() -> None:
        said[clock.now] = [r.getMessage() for r in caplog.records if "locked" in r.getMessage()]
        if clock.now > 100:
            other.execute("COMMIT")

    clock.then = look
    store(lib)

    assert max(now for now, lines in said.items() if not lines) < 10
    assert min(now for now, lines in said.items() if lines) > 5
    assert len(said[max(said)]) == 1
    assert str(lib.path) in said[max(said)][0]


def test_who_never_lets_go_is_not_waited_for_for_ever(lib, other, clock):
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        store(lib)

    assert 600 <= clock.now < 610
    other.execute("COMMIT")
    assert is_free(lib, other)
    store(lib)
    assert stored(other) == ["x"]


@pytest.mark.parametrize("exception", [ValueError(), KeyboardInterrupt(), SystemExit()])
def test_what_fails_in_between_leaves_nothing(lib, other, exception):
    def work(tx) -> None:
        item = lib.get_item(1)
        item[KEY] = "x"
        item.store()
        raise exception

    with pytest.raises(type(exception)):
        storing.write(lib, work)

    assert stored(other) == []
    assert is_free(lib, other)


def test_ctrl_c_while_sqlite_waits_leaves_nothing(lib, other, monkeypatch):
    monkeypatch.setattr(storing, "ATTEMPT", 1.0)
    cursor = begin_to_read(other)
    if has_log(lib):
        other.execute("BEGIN IMMEDIATE")
    started = threading.Event()

    def interrupt() -> None:
        started.wait()
        time.sleep(0.1)  # into the commit, which cannot say when it waits
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    lib._connection().set_trace_callback(lambda sql: started.set())
    with pytest.raises(KeyboardInterrupt):
        store(lib)
    thread.join()
    lib._connection().set_trace_callback(None)
    cursor.close()
    other.close()

    with contextlib.closing(sqlite3.connect(lib.path, isolation_level=None)) as third:
        assert stored(third) == []
        assert is_free(lib, third)


def test_a_read_only_library_is_an_error_and_not_waited_for(lib, other, clock):
    lib._connection().execute("PRAGMA query_only = 1")

    with pytest.raises((sqlite3.OperationalError, DBAccessError), match="readonly"):
        store(lib)

    assert clock.pauses == 0
    assert is_free(lib, other)


def test_a_full_disk_is_an_error_and_leaves_nothing(lib, other):
    n_pages = lib._connection().execute("PRAGMA page_count").fetchone()[0]
    lib._connection().execute(f"PRAGMA max_page_count = {n_pages}")

    with pytest.raises(sqlite3.OperationalError, match="full"):
        store(lib, "x" * 1_000_000)

    assert stored(other) == []
    assert is_free(lib, other)
    store(lib)
    assert stored(other) == ["x"]


def test_an_item_that_was_removed_meanwhile_gets_nothing(lib, other):
    """Its id goes to the next item that is added."""
    storing.store_attributes(lib, {(2, KEY): "x", (1, KEY): "y"})
    storing.store_clusters(lib, {2: Place(1, 1, "soft")}, model="print")

    assert stored(other) == ["y"]
    lib.add(Item(path=b"b.wav"))
    assert fields.CLUSTER not in lib.get_item(2)


def test_items_that_are_loaded_see_what_was_stored(lib):
    item = lib.get_item(1)
    store(lib)
    item.load()

    assert item[KEY] == "x"
