"""Places that are away, full, read-only or locked: nothing is lost, and one line says why."""

from __future__ import annotations

import errno
import io
import os
import shutil
import sqlite3
import stat
import zipfile
from contextlib import closing, contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

import pytest
from beets import ui
from beets.library import Item, Library
from numba.core.caching import IndexDataCacheFile

from beetsplug.mir.ground.compiled import compiled
from beetsplug.mir.library import storing
from beetsplug.mir.sound import pool, tasks
from tests.beet import Beet
from tests.conftest import add_tracks, noise
from tests.faults import LONG
from tests.faults.mounts import INSIDE, Mounts, can_mount, fill, in_a_namespace, tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

N_HERE, N_THERE = 4, 26


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


@pytest.fixture(scope="module")
def heard(two_disks: Beet, tmp_path_factory: pytest.TempPathFactory) -> Beet:
    """The same library, analysed without anything going wrong."""
    copy = copied(two_disks, tmp_path_factory.mktemp("heard") / "beets")
    copy("mirextract", "-q")
    return copy


@pytest.fixture
def values(heard: Beet) -> dict[int, str]:
    """What an undisturbed run stores, by item."""
    return stored(heard)


def copied(original: Beet, root: Path) -> Beet:
    """Return a copy whose library knows where its music is now."""
    copy = original.copy(root)
    _relocated(copy, original)
    return copy


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
EACH_WAY = [(way, part) for way in WAYS for part in ("all", "nas")] if LONG else []
EACH_WAY_ONCE = EACH_WAY[::3]  # now of the one, now of the other


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


@pytest.mark.parametrize(
    ("way", "part"), EACH_WAY or [("unmounted", "all"), ("unreadable", "nas")]
)
def test_a_disk_that_goes_in_the_middle_makes_no_track_a_failure(
    two_disks: Beet, values, tmp_path, mount, monkeypatch, tally, way, part
):
    beet = copied(two_disks, tmp_path / "beets")
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


@pytest.mark.parametrize(("way", "part"), EACH_WAY_ONCE or [("link", "nas")])
def test_a_disk_that_is_away_from_the_start_makes_no_track_a_failure(
    two_disks: Beet, values, tmp_path, mount, tally, way, part
):
    beet = copied(two_disks, tmp_path / "beets")
    disk = Disk(beet.music if part == "all" else beet.music / "nas", way, mount)
    disk.goes()

    code, _, err = beet.run("mirextract", "-q")

    failed = attributes(beet, "mir_error")
    tally(f"music that is away ({part})", tried=1, lost=len(failed))
    assert not failed
    if (way, part) == ("renamed", "nas"):  # its folder may as well have been removed
        assert (code, len(stored(beet))) == (0, N_HERE)
        assert f"{N_THERE} files are missing, the first is {disk.folder}" in err
    else:
        assert code == 1
        assert "in a row" in err
        assert err.splitlines()[-1].startswith(f"error: {disk.folder}")

    disk.comes_back()
    beet("mirextract", "-q")
    assert stored(beet) == values


FAULTS = [("EIO", "read", 30000), ("EIO", "read", 0), ("ESTALE", "open", 0)]
EACH_FAULT = [*((fault, 0) for fault in FAULTS), (FAULTS[0], 2)]


@pytest.mark.parametrize(("fault", "n_workers"), EACH_FAULT if LONG else EACH_FAULT[:1])
def test_one_file_that_cannot_be_read_is_a_failure_with_its_reason(
    two_disks: Beet, values, tmp_path, mount, tally, fault, n_workers
):
    beet = copied(two_disks, tmp_path / "beets")
    Disk(beet.music, "EIO", mount)
    faults = beet.music.with_name("faults.json")
    name, of, behind = fault
    tell(faults, getattr(errno, name), of, where=r"/17\.wav$", behind=behind)

    code, out, err = beet.run("mirextract", "-t", str(n_workers))

    reason = f"cannot be read ({os.strerror(getattr(errno, name))})"
    failed = attributes(beet, "mir_error")
    others = {id_: value for id_, value in values.items() if id_ != 18}
    tally("one file that cannot be read", tried=1, lost=len(others.keys() - stored(beet)))
    assert code == 0
    assert f"{beet.music}/nas/17.wav: {reason}" in err
    assert ", 1 failed" in out
    assert failed == {18: reason}
    assert stored(beet) == others

    tell(faults)
    beet("mirextract", "-q", "--retry")
    assert stored(beet) == values
    assert not attributes(beet, "mir_error")


@pytest.mark.parametrize(("way", "part"), EACH_WAY_ONCE or [("unmounted", "nas")])
def test_playlists_name_tracks_of_a_disk_that_is_away(
    heard: Beet, tmp_path, mount, tally, way, part
):
    beet = copied(heard, tmp_path / "beets")
    beet.configure(f"mir: {{network: no, playlist_dir: {beet.playlists}}}\n")
    beet("mircluster", "-k", "2")
    before = files(beet.playlists)
    disk = Disk(beet.music if part == "all" else beet.music / "nas", way, mount)
    disk.goes()
    if (way, part) == ("renamed", "nas"):
        return  # its folder may as well have been removed

    _, _, err = beet.run("mircluster", "-k", "2")
    clustered = files(beet.playlists)
    beet("modify", "-y", "-W", "-M", "id:9", "artist=Another")
    kept_up = files(beet.playlists)
    beet("mircluster", "--snapshot", "now")

    lost = sum(clustered != before for now in (clustered, kept_up))
    tally(f"playlists of music that is away ({part})", tried=2, lost=lost)
    assert clustered == kept_up == before
    if way != "unreadable":
        assert f"{disk.folder}: the music is not there" in err


@pytest.mark.parametrize("way", WAYS[::3] if LONG else ["dead"])
def test_a_disk_that_goes_while_it_is_imported_makes_no_track_a_failure(
    two_disks: Beet, values, tmp_path, mount, monkeypatch, tally, way
):
    beet = Beet(tmp_path / "beets")
    beet.configure("mir: {network: no, auto: yes}\n")
    shutil.copytree(two_disks.music / "nas", beet.music / "nas")
    disk = Disk(beet.music / "nas", way, mount)
    with monkeypatch.context() as patch:
        going_after(4, disk, patch)
        _, _, err = beet.run("import", "-q", "-A", "-s", str(disk.folder))

    failed = attributes(beet, "mir_error")
    tally("music that goes while it is imported", tried=1, lost=len(failed))
    assert not failed
    assert len(stored(beet)) < N_THERE
    assert "are not analysed: `beet mirextract` does the rest" in err

    disk.comes_back()
    beet("import", "-q", "-A", "-s", str(disk.folder))
    beet("mirextract", "-q")
    assert {*stored(beet).values()} == {of for id_, of in values.items() if id_ > N_HERE}


@pytest.mark.skipif(not LONG, reason="takes long")
def test_a_track_of_a_disk_that_is_away_is_not_drawn_nor_compared(heard: Beet, tmp_path, mount):
    beet = copied(heard, tmp_path / "beets")
    disk = Disk(beet.music, "ENODEV", mount)
    disk.goes()

    drawn = beet.run("mirplot", "--track", "id:1", "-o", str(tmp_path / "pictures"))
    compared = beet.run("mirextract", "--check")

    says = f"{beet.music}/here/0.wav: cannot be read (No such device)"
    assert (drawn[0], drawn[2].splitlines()) == (1, [f"mir: {says}", "error: nothing is drawn"])
    assert compared[0] == 1
    assert f"error: {beet.music}: the music is not there (No such device" in compared[2]


# Disks that are full.


NO_SPACE = "No space left on device"
ENDS = {".svg": b"</svg>\n", ".html": b"</html>\n", ".json": b"}", ".m3u": b"\n", ".csv": b"\n"}


class Place(NamedTuple):
    """A folder that commands write to, below the library's root."""

    name: str
    says: str  # of a full disk
    commands: list[list[str]]


WRITES = [
    ["mirextract", "-q", "title:Sound"],
    ["mircluster", "-k", "6"],
    ["mircluster", "--keep", "1"],
    ["mircluster", "--assign"],
    ["mircheck", "--missing", "--apply", "-yW", "--least", "0"],
]
DRAWING = ["mirplot", "--track", "id:151"]
PLACES = [
    Place(
        "lib",
        "is full",
        WRITES,
    ),
    Place("playlists", NO_SPACE, [["mircluster", "-k", "6"], ["mircluster", "--line"]]),
    Place("playlists", NO_SPACE, [["mircluster", "--snapshot", "now"]]),
    Place(
        "pictures",
        NO_SPACE,
        [
            ["mirplot", "--only", "genre-means,pca-2d"],
            ["mirplot", "--map"],
            ["mirplot", "--track", "id:151"],
        ],
    ),
    Place(
        "lists",
        NO_SPACE,
        [
            ["mirsimilar", "id:1", "--m3u", "lists/a.m3u"],
            ["mirradio", "id:1", "--m3u", "lists/a.m3u"],
            ["mirpath", "id:1", "id:2", "--m3u", "lists/a.m3u"],
            ["mircluster", "--evaluate", "--out", "lists/scores.csv"],
        ],
    ),
]
EACH = [(place, command) for place in PLACES for command in place.commands]
QUICK = [EACH[n] for n in (1, 5, 10, 11)]


@pytest.fixture(scope="module")
def _house(tmp_path_factory: pytest.TempPathFactory) -> Beet:
    """A library of 150 tracks, clustered, and of two sounds that are not analysed."""
    house = Beet(tmp_path_factory.mktemp("house") / "beets")
    house("ls")
    add_tracks(house.root, 150, seed=1)
    (house.root / "lib").mkdir()
    (house.root / "library.db").rename(house.root / "lib" / "library.db")
    settle(house)
    for number in range(2):
        house.add(f"sound {number}.wav", noise(0.5, seed=number), genre="Noise")
    house("modify", "-y", "-W", "path::sound", "title=Sound")
    change(house, "UPDATE items SET genres = '' WHERE id IN (7, 8)")
    house("mircluster", "-k", "5")
    for folder in ("pictures", "lists"):
        (house.root / folder).mkdir()
        (house.root / folder / "mine.txt").write_text("mine")
    return house


@pytest.fixture
def house(_house: Beet, tmp_path) -> Beet:
    return settle(_house.copy(tmp_path / "beets"))


def settle(house: Beet) -> Beet:
    """Let the library and all that is written have folders of their own."""
    house.configure(
        f"mir: {{network: no, epochs: 2, playlist_dir: {house.playlists},"
        f" out_dir: {house.root}/pictures}}\n"
    )
    path = house.root / "config.yaml"
    path.write_text(path.read_text().replace("/library.db", "/lib/library.db"))
    return house


def change(house: Beet, sql: str) -> None:
    with closing(sqlite3.connect(house.root / "lib" / "library.db")) as db, db:
        db.execute(sql)


def library(house: Beet) -> list[tuple[object, ...]]:
    """Return all that is in a library that is sound."""
    with closing(sqlite3.connect(house.root / "lib" / "library.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = db.execute("SELECT entity_id, key, value FROM item_attributes ORDER BY 1, 2")
        return rows.fetchall()


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "filler" and path.suffix not in (".db", ".new")
    }


def is_whole(name: str, data: bytes, now: dict[str, bytes]) -> bool:
    """Say whether a file is what it was, or a new one up to its end."""
    end = ENDS.get(os.path.splitext(name)[1], b"?")
    new = now.get(name, b"")
    zipped = name.endswith(".npz") and zipfile.is_zipfile(io.BytesIO(new))
    return new == data or new.endswith(end) or zipped


def left_overs(folder: Path) -> list[str]:
    names = [path.name for path in folder.rglob("*")]
    return [name for name in names if name.startswith(".mir-") and not name.endswith(".json")]


def on_a_disk_of_its_own(folder: Path, mount: Mounts, size: str = "16m") -> None:
    """Move what is in a folder to a small disk."""
    store = folder.with_name(f"{folder.name} before")
    folder.rename(store)
    mount.small(folder, size)
    shutil.copytree(store, folder, dirs_exist_ok=True)


@pytest.mark.parametrize(("place", "command"), EACH if LONG else QUICK)
def test_a_full_disk_is_a_line_and_nothing_is_lost(house: Beet, mount, tally, place, command):
    folder = house.root / place.name
    on_a_disk_of_its_own(folder, mount)
    tried, lost = 0, []
    steps = [0, 4096, 1 << 14, 1 << 16, 1 << 18] if LONG else [0]
    for left in steps:
        before = library(house), files(folder)
        filler = fill(folder, left)
        code, _, err = house.run(*command)
        filler.unlink()
        if code == 0:
            break
        tried += 1
        assert code == 1
        assert f"{place.name}" in err.splitlines()[-1]
        assert place.says in err.splitlines()[-1]
        if place.name == "lib" or "--snapshot" in command:
            lost += [left] if (library(house), files(folder)) != before else []
        assert not left_overs(folder)
        kept = files(folder)
        lost += [name for name, data in before[1].items() if not is_whole(name, data, kept)]
    tally(f"a full disk under the {place.name}", tried=tried, lost=len(lost))
    assert not lost

    shutil.rmtree(house.playlists / "now", ignore_errors=True)
    house(*command)
    assert not left_overs(folder)


STEPS = [["mircluster", "-k", "6"], ["mircluster", "--snapshot", "now"],
         ["mirsimilar", "id:1", "--m3u", "lists/a.m3u"],
         ["mirplot", "--track", "id:151"]]  # fmt: skip


@pytest.mark.parametrize("step", ["fsync", "replace"] if LONG else ["fsync"])
@pytest.mark.parametrize("error", ["ENOSPC", "EDQUOT", "EFBIG"] if LONG else ["EDQUOT"])
@pytest.mark.parametrize("command", STEPS if LONG else STEPS[:1])
def test_a_disk_may_fill_at_any_step(house: Beet, monkeypatch, tally, command, error, step):
    """So it is with quotas, and where space is given out late."""
    does = getattr(os, step)
    tried, lost, says = 0, [], os.strerror(getattr(errno, error))
    for n_good in range(40) if LONG else (1, 4):
        calls: list[object] = []

        def failing(*args, n_good=n_good, calls=calls):
            if step == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode):
                return does(*args)  # whose name is there all the same, but for a power cut
            calls.append(args)
            if len(calls) > n_good:
                raise OSError(getattr(errno, error), says)
            return does(*args)

        before = files(house.root)
        with monkeypatch.context() as patch:
            patch.setattr(os, step, failing)
            code, _, err = house.run(*command)
        if len(calls) <= n_good:
            break
        tried += 1
        now = files(house.root)
        lost += [name for name, data in before.items() if not is_whole(name, data, now)]
        assert code == 1 or "cannot save the model" in err or "not kept" in err or not err
        assert code == 0 or says in err.splitlines()[-1]
        assert not left_overs(house.root)
    tally(f"a disk that fills at a {step}", tried=tried, lost=len(lost))
    assert not lost
    shutil.rmtree(house.playlists / "now", ignore_errors=True)
    code, _, err = house.run(*command)
    assert (code, "cannot" in err) == (0, False)


@pytest.mark.skipif(not LONG, reason="takes processes of its own")
@pytest.mark.parametrize("most", [0, 4096, 1 << 16])
@pytest.mark.parametrize("command", [WRITES[0], WRITES[1], ["mirplot", "--track", "id:151"]])
def test_a_limit_of_the_size_of_files_is_a_line(house: Beet, tally, command, most):
    import resource

    before = library(house), files(house.root)
    process = house.start(
        *command, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    )
    _, err = process.communicate(timeout=300)

    after = library(house), files(house.root)
    lost = [name for name, data in before[1].items() if not is_whole(name, data, after[1])]
    tally("a limit of the size of files", tried=1, lost=len(lost))
    assert "Traceback" not in err
    assert process.returncode in (0, 1)
    assert not lost
    if process.returncode:
        assert err.splitlines()[-1].startswith("error: ")
        assert command == WRITES[0] or after[0] == before[0]
    assert not left_overs(house.root)
    house(*command)


ASIDE = ("TMPDIR", "HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR")


@pytest.mark.skipif(not LONG, reason="takes processes of its own")
@pytest.mark.parametrize("how", ["full", "read-only"])
@pytest.mark.parametrize("name", ASIDE)
def test_what_is_only_kept_aside_may_be_full_or_read_only(
    house: Beet, mount, monkeypatch, tally, name, how
):
    folder = house.root / "aside"
    mount.small(folder, "64k")
    if how == "full":
        fill(folder)
    else:
        mount.read_only(folder)
    monkeypatch.setenv(name, str(folder))
    failed = 0
    for command in (["mirextract", "-fqt1", "title:Sound"], DRAWING, WRITES[1]):
        code, _, err = house.process(*command)
        failed += code
        assert code == 0, err
    tally(f"{name} {how}", tried=3, lost=failed)
    assert not [row for row in library(house) if row[1] == "mir_error"]


# Places where nothing may be written.

READ_ONLY = "Read-only file system"


@pytest.mark.parametrize(("place", "command"), EACH if LONG else QUICK[:2])
def test_a_read_only_place_is_a_line_and_all_stays(house: Beet, mount, tally, place, command):
    folder = house.root / place.name
    if "--assign" in command:
        change(house, "DELETE FROM item_attributes WHERE entity_id = 3 AND key = 'mircluster'")
    mount.read_only(folder)
    before = library(house), files(house.root)

    code, _, err = house.run(*command)

    last = err.splitlines()[-1]
    assert code == 1
    assert place.name in last
    assert ("readonly database" if place.name == "lib" else READ_ONLY) in last
    after = library(house), files(house.root)
    spared = [name for name, data in before[1].items() if after[1].get(name) == data]
    lost = len(before[1]) - len(spared) if place.name in ("lib", "lists") else 0
    tally(f"a read-only folder ({place.name})", tried=1, lost=lost)
    assert not lost
    assert place.name != "lib" or after[0] == before[0]

    mount.off(folder)
    house(*command)


FILES = {
    "library.db": (["mircluster", "-k", "6"], 1, "readonly database"),
    "library.db.mir-model.npz": (["mircluster", "-k", "6"], 0, "cannot save the model"),
    "library.db.mir-colours.json": (["mirplot", "--only", "genre-means"], 0, "cannot keep"),
    "library.db.mir-plane.npz": (["mirplot", "--map"], 0, "cannot keep the plane"),
}


@pytest.mark.parametrize("name", FILES if LONG else ["library.db.mir-model.npz"])
def test_a_read_only_file_beside_the_library(house: Beet, mount, tally, name):
    path = house.root / "lib" / name
    command, expected, says = FILES[name]
    if not path.exists():
        house(*command)
    if "colours" in name:
        change(house, "UPDATE items SET genres = 'Zydeco' WHERE id = 3")
    mount.read_only(path)
    before = path.read_bytes()

    code, _, err = house.run(*command)

    tally("a read-only file", tried=1, lost=path.read_bytes() != before)
    assert code == expected, err
    assert name in err
    assert says in err
    assert path.read_bytes() == before
    assert not left_overs(house.root)
    mount.off(path)
    house(*command)


LISTENING = [
    ["mirextract", "-f", "-q"],
    ["mircluster", "-k", "2"],
    ["mirplot", "--track", "id:1", "-o", "pictures"],
    ["mirextract", "--check", "--limit", "1"],
    ["mirsimilar", "id:1", "--m3u", "a.m3u"],
    ["mircheck"],
]


@pytest.mark.skipif(not LONG, reason="takes long")
def test_nothing_is_ever_written_to_the_music(two_disks: Beet, tmp_path, mount, tally):
    beet = copied(two_disks, tmp_path / "beets")
    beet.configure(f"mir: {{network: no, playlist_dir: {beet.playlists}}}\n")
    Disk(beet.music, "dead", mount)
    for command in LISTENING:
        beet(*command)

    faults = beet.music.with_name("faults.written")
    changes = faults.read_text().splitlines() if faults.exists() else []
    tally("music that is only read", tried=len(LISTENING), lost=len(changes))
    assert not changes


# A library that somebody else has locked.


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all that is waited for come sooner: half a second stands for half a minute."""
    monkeypatch.setattr(storing, "ATTEMPT", 0.05)
    monkeypatch.setattr(storing, "SAY_AFTER", 0.2)
    monkeypatch.setattr(storing, "_PAUSES", (0.05, 0.1))


LOCKS = {
    "exclusive": ["BEGIN EXCLUSIVE"],
    "immediate": ["BEGIN IMMEDIATE", "UPDATE items SET title = title"],
    "shared": ["BEGIN", "SELECT * FROM items"],
}
READING = [
    ["mirextract", "-p"],
    ["mirsimilar", "id:1"],
    ["mirradio", "id:1"],
    ["mirpath", "id:1", "id:2"],
    ["mircheck"],
    ["mircluster", "-k", "4", "-p"],
    ["mirplot", "--only", "genre-means"],
]


@contextmanager
def locked_when_opened(
    house: Beet, lock: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Event]:
    """Lock the library as soon as beets has opened it, for some time; say whether it was."""
    was_locked, end = Event(), Event()
    open_library = ui._open_library

    def hold() -> None:
        with closing(sqlite3.connect(house.root / "lib" / "library.db", timeout=9)) as db:
            db.isolation_level = None
            cursor = None
            for statement in LOCKS[lock]:
                cursor = db.execute(statement)  # whose rows are not read
            was_locked.set()
            end.wait(seconds)
            del cursor
            db.execute("ROLLBACK")

    holder = Thread(target=hold)

    def opening(config):
        lib = open_library(config)
        holder.start()
        was_locked.wait()
        return lib

    with monkeypatch.context() as patch:
        patch.setattr(ui, "_open_library", opening)
        yield was_locked
        end.set()
        holder.join()


TRIES = [
    *(("delete", lock, command) for lock in LOCKS for command in [*WRITES, *READING]),
    *(("wal", lock, WRITES[1]) for lock in LOCKS),
]
QUICK_TRIES = [
    ("delete", "exclusive", WRITES[1]),
    ("delete", "exclusive", READING[1]),
    ("delete", "shared", WRITES[2]),
]


@pytest.mark.parametrize(("journal", "lock", "command"), TRIES if LONG else QUICK_TRIES)
def test_a_locked_library_is_waited_for(
    house: Beet, tmp_path, tally, hasty, monkeypatch, journal, lock, command
):
    change(house, f"PRAGMA journal_mode = {journal}")
    undisturbed = settle(house.copy(tmp_path / "undisturbed"))
    expected_out = undisturbed(*command).replace(str(undisturbed.root), str(house.root))
    with (house.root / "config.yaml").open("a") as file:
        file.write("timeout: 0.05\n")

    with locked_when_opened(house, lock, 0.6, monkeypatch):
        code, out, err = house.run(*command)

    same = library(house) == library(undisturbed)
    tally(f"a locked library ({lock}, {journal})", tried=1, lost=not same)
    assert code == 0, err
    assert out == expected_out
    assert same
    if journal == "delete" and (lock == "exclusive" or command in WRITES[1:3]):
        assert "locked by another program; waiting to" in err


@pytest.mark.parametrize("command", [*WRITES, *READING] if LONG else WRITES[2:3])
def test_a_lock_that_never_ends_is_a_line(house: Beet, tally, hasty, monkeypatch, command):
    monkeypatch.setattr(storing, "GIVE_UP_AFTER", 0.4)
    with (house.root / "config.yaml").open("a") as file:
        file.write("timeout: 0.05\n")
    before = library(house)

    with locked_when_opened(house, "exclusive", 60, monkeypatch):
        code, _, err = house.run(*command)

    tally("a library that stays locked", tried=1, lost=library(house) != before)
    assert code == 1
    assert err.splitlines()[-1] == f"error: {house.root}/lib/library.db: database is locked"
    assert library(house) == before


@pytest.mark.skipif(not LONG, reason="takes half a minute")
@pytest.mark.parametrize("command", [WRITES[1], READING[1]])
def test_half_a_minute_is_waited_for(house: Beet, tmp_path, tally, monkeypatch, command):
    undisturbed = settle(house.copy(tmp_path / "undisturbed"))
    undisturbed(*command)

    with locked_when_opened(house, "exclusive", 30, monkeypatch):
        code, _, err = house.run(*command)

    same = library(house) == library(undisturbed)
    tally("a library that is locked for 30 s", tried=1, lost=not same)
    assert (code, same) == (0, True)
    assert err.count("locked by another program; waiting to read") == 1


# What is only kept aside.


def test_compiled_loops_do_without_the_disk_when_it_is_full(monkeypatch, tally):
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, NO_SPACE)

    monkeypatch.setattr(IndexDataCacheFile, "save", full)
    monkeypatch.setattr(IndexDataCacheFile, "load", full)

    value = compiled(_next)(1)
    tally("a full cache of compiled loops", tried=1, lost=value != 2)
    assert value == 2


def _next(x: int) -> int:
    return x + 1
