"""Places that are away, full, read-only or locked: nothing is lost, and one line says why."""

from __future__ import annotations

import errno
import os
import sqlite3
from typing import TYPE_CHECKING

import pytest
from beets.library import Item, Library

from beetsplug.mir.sound import pool, tasks
from tests.beet import Beet
from tests.conftest import noise
from tests.faults import LONG
from tests.faults.mounts import INSIDE, Mounts, can_mount, in_a_namespace, tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

N_HERE, N_THERE = 6, 26


@pytest.fixture
def mount() -> Iterator[Mounts]:
    """Mounts, where they are allowed; in a namespace if they are not."""
    if not can_mount() and not os.environ.get(INSIDE):
        pytest.skip("is run in a namespace")
    mounted = Mounts()
    yield mounted
    mounted.all_off()


def test_all_of_this_file_is_run_where_mounts_are_allowed():
    in_a_namespace(__file__)


# Music that goes away.


@pytest.fixture(scope="module")
def two_disks(tmp_path_factory: pytest.TempPathFactory) -> Beet:
    """A library of music in two folders, one of which may be a disk of its own."""
    import soundfile as sf

    beet = Beet(tmp_path_factory.mktemp("two disks") / "beets")
    lib = Library(str(beet.root / "library.db"), str(beet.music))
    for number in range(N_HERE + N_THERE):
        folder = beet.music / ("here" if number < N_HERE else "nas")
        folder.mkdir(exist_ok=True)
        path = folder / f"{number}.wav"
        sf.write(path, noise(0.5 + 0.01 * (number % 7), seed=number), 44100)
        lib.add(Item.from_path(os.fsencode(path)))
    lib._close()
    return beet


@pytest.fixture
def values(two_disks: Beet, tmp_path_factory) -> dict[int, str]:
    """What an undisturbed run stores, by item; computed once."""
    if two_disks not in _values:
        copy = two_disks.copy(tmp_path_factory.mktemp("undisturbed") / "beets")
        _relocated(copy, two_disks)
        copy("mirextract", "-q")
        _values[two_disks] = stored(copy)
    return _values[two_disks]


_values: dict[Beet, dict[int, str]] = {}


def _relocated(copy: Beet, original: Beet) -> None:
    """Paths in the library are relative to the music's folder (since beets 2.10) or whole."""
    old, new = os.fsencode(original.music), os.fsencode(copy.music)
    with sqlite3.connect(copy.root / "library.db") as db:
        for id_, path in db.execute("SELECT id, path FROM items").fetchall():
            raw = path if isinstance(path, bytes) else os.fsencode(path)
            db.execute("UPDATE items SET path = ? WHERE id = ?", (raw.replace(old, new), id_))
    db.close()


def attributes(beet: Beet, key: str) -> dict[int, str]:
    db = sqlite3.connect(f"file:{beet.root}/library.db?mode=ro", uri=True)
    rows = db.execute("SELECT entity_id, value FROM item_attributes WHERE key = ?", [key])
    found = dict(rows.fetchall())
    db.close()
    return found


def stored(beet: Beet) -> dict[int, str]:
    return attributes(beet, "mir_vector")


class Disk:
    """A folder of music that can go away, and come back."""

    def __init__(self, folder: Path, way: str, mount: Mounts) -> None:
        self.folder, self._way, self._mount = folder, way, mount
        self._store = folder.with_name(folder.name + " of the disk")
        self._faults = folder.with_name("faults.json")
        if way == "renamed":
            return
        folder.rename(self._store)
        if way == "link":
            folder.symlink_to(self._store)
            return
        folder.mkdir()
        if way == "unmounted":
            mount.again(self._store, folder)
        else:
            self._server = mount.failing(self._store, folder, self._faults)

    def goes(self) -> None:
        if self._way == "renamed":
            self.folder.rename(self._store)
        elif self._way == "link":
            self._store.rename(self._store.with_name("elsewhere"))
        elif self._way == "unmounted":
            self._mount.off(self.folder)
        elif self._way == "dead":
            self._server.kill()
            self._server.wait()
        elif self._way == "unreadable":
            tell(self._faults, errno.EIO, "read")
        else:
            tell(self._faults, getattr(errno, self._way), "look", "list", "open", "read")

    def comes_back(self) -> None:
        if self._way == "renamed":
            self._store.rename(self.folder)
        elif self._way == "link":
            self._store.with_name("elsewhere").rename(self._store)
        elif self._way == "unmounted":
            self._mount.again(self._store, self.folder)
        elif self._way == "dead":
            self._mount.off(self.folder)
            self._mount.again(self._store, self.folder)
        else:
            tell(self._faults)


WAYS = ("unmounted", "renamed", "link", "dead", "unreadable",
        *("EIO", "ESTALE", "ENODEV", "ETIMEDOUT", "EACCES", "ENXIO"))  # fmt: skip


def going_after(n: int, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a disk go when so many of its files are analysed (in this process)."""
    analyse, done = pool.analyse, []

    def analysing(task: tasks.Task) -> tasks.Result:
        result = analyse(task)
        if os.fsencode(disk.folder) in task.path:
            done.append(task)
            if len(done) == n:
                disk.goes()
        return result

    monkeypatch.setattr(pool, "analyse", analysing)


@pytest.mark.parametrize("part", ["all", "nas"])
@pytest.mark.parametrize("way", WAYS if LONG else ["unmounted", "dead"])
def test_a_disk_that_goes_in_the_middle_makes_no_track_a_failure(
    two_disks: Beet, values, tmp_path, mount, monkeypatch, tally, way, part
):
    beet = two_disks.copy(tmp_path / "beets")
    _relocated(beet, two_disks)
    disk = Disk(beet.music if part == "all" else beet.music / "nas", way, mount)
    with monkeypatch.context() as patch:
        going_after(4, disk, patch)
        code, _, err = beet.run("mirextract", "-q")

    failed, before = attributes(beet, "mir_error"), stored(beet)
    tally(f"music that goes in the middle ({part})", tried=1, lost=len(failed))
    assert code == 1
    assert "in a row" in err
    assert err.splitlines()[-1].startswith(f"error: {disk.folder}")
    assert not failed
    assert 4 <= len(before) < len(values)
    assert before.items() <= values.items()

    disk.comes_back()
    beet("mirextract", "-q")
    assert stored(beet) == values
