"""`auto: yes`: what is imported is analysed beside the import."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import mediafile
import numpy as np
import psutil
import pytest
import soundfile as sf
from beets import logging, plugins, ui
from beets.library import Library

from beetsplug import replaygain
from beetsplug.mir import names
from beetsplug.mir.commands import listening
from beetsplug.mir.commands.cluster import assign, publishing
from beetsplug.mir.commands.extract import results
from beetsplug.mir.commands.extract.asked import Asked
from beetsplug.mir.commands.extract.planning import Job
from beetsplug.mir.commands.importing import beside
from beetsplug.mir.ground.terminal import Held
from beetsplug.mir.sound import pool
from beetsplug.mir.sound.tasks import Result, Task
from tests.conftest import SR, Beet, noise, sine
from tests.stand_ins import grow

IN_PLACE = "copy: no, move: no, write: no"
ALBUMS = ("One", "Two")


def configure(beet: Beet, importing: str = IN_PLACE, mir: str = "", extra: str = "") -> None:
    """Let imports be analysed, and say how they are done."""
    beet.configure(
        f"import: {{{importing}, duplicate_action: keep, quiet_fallback: asis}}\n"
        f"mir: {{auto: yes, {mir}}}\n{extra}"
    )


@pytest.fixture
def beet(beet: Beet) -> Beet:
    """The command, with an empty library, where imports are analysed."""
    configure(beet)
    return beet


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two albums of two tracks each, outside the library."""
    for number, album in enumerate(ALBUMS):
        add_album(tmp_path / "new" / album, album, seed=2 * number)
    return tmp_path / "new"


@pytest.fixture
def landed(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The tracks that were to be placed, a list for each time."""
    found: list[list[int]] = []
    monkeypatch.setattr(assign, "land", lambda lib, ids, config, log: found.append([*ids]))
    return found


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were analysed."""
    found: list[str] = []
    analyse = pool.analyse

    def noting(task: Task) -> Result:
        found.append(os.path.basename(os.fsdecode(task.path)))
        return analyse(task)

    monkeypatch.setattr(pool, "analyse", noting)
    return found


def add_album(folder: Path, album: str, seed: int = 0) -> None:
    folder.mkdir(parents=True)
    for number in range(2):
        path = folder / f"{album} {number}.wav"
        sf.write(path, noise(1, seed=seed + number), SR)
        tag(path, title=f"{album} {number}", album=album, artist="A", albumartist="A", track=1)


def tag(path: Path, **tags: object) -> None:
    file = mediafile.MediaFile(path)
    file.update(tags)
    file.save()


def shown(beet: Beet, form: str, *query: str) -> list[str]:
    return beet("ls", "-f", form, *query, "id+").splitlines()


def is_analysed(beet: Beet, n_tracks: int) -> bool:
    """Say whether so many tracks are there, all are analysed, and it stays so."""
    version = f"{names.version(60)} %ifdef{{mir_error}}"
    done = [line.strip() for line in shown(beet, version)] == [names.version(60)] * n_tracks
    return done and beet("mirextract", "-p") == ""


# --- what is imported, and how ---


@pytest.mark.parametrize(
    ("how", "options"),
    [
        *[(how, []) for how in ("copy: yes", "link: yes", "hardlink: yes", "reflink: auto")],
        *[(how, ["-s"]) for how in ("move: yes", IN_PLACE)],
        (IN_PLACE, ["--group-albums"]),
    ],
)
def test_what_is_imported_is_analysed_and_placed(beet, source, landed, how, options):
    configure(beet, how)

    code, out, err = beet.run("import", "-qA", *options, str(source))

    assert (code, out) == (0, "")
    assert "mir" not in err.replace(str(source), "")
    assert landed == [[1, 2, 3, 4]]
    assert is_analysed(beet, 4)


def test_without_auto_nothing_is_analysed(beet, source, landed):
    beet.configure()

    beet("import", "-qA", str(source))

    assert landed == []
    assert beet("ls", "mir_version::.") == ""
    assert len(beet("mirextract", "-p").splitlines()) == 4


def test_only_an_import_pays(beet, source):
    """Neither another command nor an import without a track loads what analyses."""
    code = (
        "import sys; from beets import ui; ui.main(sys.argv[1:])\n"
        "beside = 'beetsplug.mir.commands.importing.beside'\n"
        "print(*sorted({'pebble', beside} & set(sys.modules)))\n"
    )
    environment = {**os.environ, "BEETSDIR": str(beet.root)}
    for command in (["ls"], ["import", "-q", "--pretend", str(source)]):
        done = subprocess.run(
            [sys.executable, "-c", code, *command],
            capture_output=True, text=True, check=True, env=environment,
        )  # fmt: skip
        assert done.stdout == "\n"


def test_pretending_analyses_nothing(beet, source, landed):
    beet("import", "-q", "--pretend", str(source))

    assert landed == []
    assert beet("ls") == ""


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        ("auto: maybe", "mir.auto: must be a bool"),
        ("auto: yes, threads: many", "mir.threads: must be a whole number"),
        ("auto: yes, excerpt: -1", "mir.excerpt: must be at least 0"),
        ("auto: yes, length: 2", "mir.length: must be a length of time"),
        ("auto: yes, per_artist: few", "mir.per_artist: must be a whole number"),
    ],
)
def test_a_wrong_setting_is_told_before_anything_is_imported(beet, source, setting, error):
    beet.configure(f"mir: {{{setting}}}\n")

    code, _, err = beet.run("import", "-qA", str(source))

    assert code == 1
    assert f"configuration error: {error}" in err
    assert beet("ls") == ""


def test_what_is_imported_again_is_not_analysed_again(beet, source, landed, heard):
    beet("import", "-qA", str(source / "One"))
    before = shown(beet, "$mir_vector")
    heard.clear()
    add_album(source / "Three", "Three", seed=9)

    beet("import", "-qA", str(source / "One"), str(source / "Three"))

    assert sorted(heard) == ["Three 0.wav", "Three 1.wav"]
    assert set(before) < set(shown(beet, "$mir_vector"))
    assert [sorted(ids) for ids in landed[1:]] == [sorted(map(int, shown(beet, "$id")))]
    assert is_analysed(beet, 4)


def test_duplicates_that_the_import_removes_are_forgotten(beet, source, landed):
    """The ids of the first two are given to others."""
    beet("import", "-qA", str(source / "One"))
    add_album(source / "again", "One", seed=7)
    configure(beet, "copy: yes", extra="import: {copy: yes, duplicate_action: remove}\n")

    beet("import", "-qA", str(source / "again"), str(source / "Two"))

    assert sorted(shown(beet, "$title")) == ["One 0", "One 1", "Two 0", "Two 1"]
    assert sorted(landed[1]) == sorted(map(int, shown(beet, "$id")))
    assert is_analysed(beet, 4)


def test_what_convert_makes_is_what_is_analysed(beet, source, landed, heard):
    configure(
        beet,
        "copy: yes",
        extra="plugins: [mir, convert]\n"
        "convert: {auto: yes, format: copy, formats: {copy: {command: cp $source $dest,"
        " extension: made.wav}}}\n",
    )

    beet("import", "-qA", str(source))

    paths = [Path(path) for path in shown(beet, "$path")]
    assert all(beet.music in path.parents for path in paths)
    assert sorted(heard) == sorted(path.name for path in paths)
    assert is_analysed(beet, 4)


class Level(replaygain.Backend):
    """Stand in for what measures loudness, which is not on every machine."""

    NAME = "command"
    do_parallel = True

    def compute_track_gain(self, task):
        task.track_gains = [replaygain.Gain(-3.0, 0.5) for _ in task.items]
        return task

    def compute_album_gain(self, task):
        task.album_gain = replaygain.Gain(-2.0, 0.5)
        return self.compute_track_gain(task)


@pytest.fixture
def _as_before():
    """Give Ctrl-C back, which replaygain keeps."""
    handler = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.mark.usefixtures("_as_before")
@pytest.mark.parametrize("parallel", ["yes", "no"])
def test_replaygain_and_others_that_write_may_be_at_it_at_the_same_time(
    beet, source, landed, monkeypatch, parallel
):
    monkeypatch.setitem(replaygain.BACKENDS, "command", Level)
    configure(
        beet,
        "copy: yes, write: yes, set_fields: {comments: all mine}",
        extra="plugins: [mir, replaygain, scrub, types, importadded]\n"
        "types: {mir_centroid: float, mircluster: int}\n"
        f"replaygain: {{parallel_on_import: {parallel}}}\n"
        "importadded: {preserve_mtimes: yes}\n",
    )
    for path in source.glob("*/*.wav"):
        os.utime(path, (1e9, 1e9))

    beet("import", "-qA", str(source))

    assert is_analysed(beet, 4)
    assert len(landed[0]) == 4
    assert set(shown(beet, "$comments")) == {"all mine"}
    assert len(beet("ls", "rg_track_gain:-3").splitlines()) == 4
    beet("write")
    tag(Path(shown(beet, "$path")[0]), comments="Something much longer" * 100)
    assert is_analysed(beet, 4)


def test_a_library_in_memory_is_let_alone(beet, source, landed, monkeypatch):
    """Each thread would have its own."""
    in_memory = Library(":memory:", str(beet.music))
    monkeypatch.setattr(ui, "_open_library", lambda config: in_memory)
    configure(beet, extra="threaded: no\n")

    code, _, err = beet.run("import", "-qA", str(source))

    assert (code, landed) == (0, [])
    assert "mir: " not in err


# --- while it runs ---


def test_it_is_analysed_while_the_import_asks_and_nothing_is_said(beet, source):
    """The library has what was analysed before the last question is answered."""
    configure(beet, mir="threads: 1")
    process = beet.start("import", str(source), stdin=subprocess.PIPE)
    process.stdin.write("u\n")
    process.stdin.flush()
    stored(beet, 2)
    out, err = process.communicate("u\n", timeout=300)

    assert process.returncode == 0, err
    before, *_ = out.split("Two (2 items)")
    assert "analysing" not in before
    assert "Traceback" not in err
    assert is_analysed(beet, 4)


def stored(beet: Beet, n_tracks: int, key: str = "mir_version") -> None:
    """Wait until so many tracks have an attribute."""
    deadline = time.monotonic() + 300
    query = f"SELECT COUNT(*) FROM item_attributes WHERE key = '{key}'"
    while not os.path.exists(beet.root / "library.db"):
        time.sleep(0.02)
    with contextlib.closing(sqlite3.connect(beet.root / "library.db")) as db:
        while True:
            with contextlib.suppress(sqlite3.OperationalError):  # no table yet, or locked
                if db.execute(query).fetchone()[0] >= n_tracks:
                    return
            assert time.monotonic() < deadline, "nothing was stored"
            time.sleep(0.02)


def test_files_that_cannot_be_analysed_are_told_at_the_end(beet, source, landed):
    for number in (0, 1):
        path = source / "One" / f"bad {number}.flac"
        sf.write(path, noise(1), SR)
        os.truncate(path, 200)  # tags can be read
    missing = source / "Two" / "missing.wav"
    shutil.copy(source / "Two" / "Two 0.wav", missing)
    configure(beet, extra="plugins: [mir, hook]\nhook: {hooks: [{event: album_imported,"
              f" command: rm -f \"{missing}\"}}]}}\n")  # fmt: skip

    code, out, err = beet.run("import", "-qA", str(source))

    assert (code, out) == (0, "")
    lines = [line for line in err.splitlines() if line.startswith("mir: ")]
    assert lines[0] == "mir: 2 files could not be analysed:"
    assert [("bad 0.flac: " in line, "bad 1.flac: " in line) for line in lines[1:3]] == [
        (True, False), (False, True),
    ]  # fmt: skip
    assert lines[3:] == [f"mir: {missing}: is missing"]
    assert len(landed[0]) == 4
    assert len(beet("ls", "mir_error::.").splitlines()) == 2


def touch(path: str) -> None:
    os.utime(path, (1e9, 1e9))


def replace(path: str) -> None:
    sf.write(path, sine(440, 3), SR)


@pytest.mark.parametrize(
    ("change", "fails", "times"),
    [(replace, False, 2), (touch, False, 1), (touch, True, 2)],
    ids=["another sound", "tags", "tags while it was read"],
)
def test_a_file_that_changes_in_the_middle_is_analysed_again(
    beet, source, heard, monkeypatch, change, fails, times
):
    """If that may matter: the first result may be of neither."""
    analyse = pool.analyse

    def changing(task):
        result = analyse(task)
        if heard.count("One 0.wav") == 1 and b"One 0" in task.path:
            change(os.fsdecode(task.path))
            return Result(task, error="half a file") if fails else result
        return result

    monkeypatch.setattr(pool, "analyse", changing)

    _, _, err = beet.run("import", "-qA", str(source))

    assert "half a file" not in err
    assert heard.count("One 0.wav") == times
    assert heard.count("One 1.wav") == 1
    assert is_analysed(beet, 4)


def test_a_file_that_vanishes_in_the_middle_is_missing_and_no_failure(
    beet, source, landed, monkeypatch
):
    analyse = pool.analyse

    def removing(task):
        if b"One 0" in task.path:
            os.unlink(task.path)
        return analyse(task)

    monkeypatch.setattr(pool, "analyse", removing)

    _, _, err = beet.run("import", "-qA", str(source))

    assert f"mir: {source}/One/One 0.wav: is missing" in err
    assert "not analysed" not in err
    assert landed == [[2, 3, 4]]
    assert beet("ls", "mir_error::.") == ""


def test_what_is_to_be_done_again_is_done_though_no_more_will_come(beet, source, monkeypatch):
    configure(beet, mir="threads: 1, network: no")
    monkeypatch.setattr(pool, "analyse", grow)

    beet("import", "-qA", str(source))

    assert shown(beet, "$mir_centroid") == ["0.000", "0.000", "0.000", "1.000"]


def test_a_file_that_never_rests_is_left_to_mirextract(beet, source, landed, monkeypatch):
    analyse = pool.analyse

    def changing(task):
        result = analyse(task)
        if b"One 0" in task.path:
            with open(task.path, "ab") as file:
                file.write(b"0")
        return result

    monkeypatch.setattr(pool, "analyse", changing)

    _, _, err = beet.run("import", "-qA", str(source))

    assert "mir: 1 of 4 new tracks are not analysed: `beet mirextract` does the rest" in err
    assert landed == [[2, 3, 4]]
    assert beet("ls", "-f", "$title", "^mir_version::.").split() == ["One", "0"]


@pytest.mark.parametrize("move", [os.rename, shutil.copy])
def test_a_track_that_moves_in_the_middle_is_analysed_where_it_is(
    beet, source, monkeypatch, move
):
    analyse = pool.analyse
    there = source / "moved.wav"

    def moving(task):
        result = analyse(task)
        if b"One 0" in task.path:
            move(os.fsdecode(task.path), there)
            with contextlib.closing(sqlite3.connect(beet.root / "library.db")) as db, db:
                db.execute(
                    "UPDATE items SET path = ? WHERE title = 'One 0'", (os.fsencode(there),)
                )
        return result

    monkeypatch.setattr(pool, "analyse", moving)

    code, _, err = beet.run("import", "-qA", str(source))

    assert code == 0, err
    assert is_analysed(beet, 4)
    assert str(there) in shown(beet, "$path")


def test_nothing_is_stored_with_another_track_of_the_same_id(lib, add_item):
    """SQLite gives the id of one that was removed to the next."""
    old = add_item("old.wav")
    job = Job(old.id, old.path, "source", 1.0, False, True, False)
    result = Result(Task(0, old.path), values=dict.fromkeys(names.VECTOR, 1.0))
    old.remove()
    new = add_item("new.wav")
    assert new.id == job.item_id

    lost = results.store(lib, [(job, result)], Asked(60, None))

    assert lost == [job]
    assert "mir_vector" not in lib.get_item(new.id)


def test_a_library_that_cannot_be_written_is_told_and_costs_the_analysis_only(
    beet, source, landed, monkeypatch
):
    def locked(*_):
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(results, "write", locked)

    code, _, err = beet.run("import", "-qA", str(source))

    assert code == 0
    assert "library.db: database is locked" in err
    assert "mir: 4 of 4 new tracks are not analysed" in err
    assert landed == []
    assert len(shown(beet, "$id")) == 4


def test_what_the_thread_has_to_say_waits_for_the_end(beet, source, landed, monkeypatch):
    find, close, said = listening.find, beside.Beside.close, []

    def telling(config, log):
        log.warning("the network is out")
        return find(config, log)

    def closing(self):
        deadline = time.monotonic() + 100
        while not said and not self._held._records and time.monotonic() < deadline:
            time.sleep(0.01)
        said.append(sys.stderr.buffer.getvalue().decode())
        close(self)

    monkeypatch.setattr(listening, "find", telling)
    monkeypatch.setattr(beside.Beside, "close", closing)

    _, _, err = beet.run("import", "-qA", str(source))

    assert "the network is out" not in said[0]
    assert "mir: the network is out" in err


def test_other_events_may_come_of_the_end_of_an_import(beet, source, landed, monkeypatch):
    """beets fails when a plugin hears of an event within one of its own that is quieter.

    Whoever hears of it in the thread is told where the file is.
    """
    heard = []

    def land(lib, ids, config, log):
        plugins.send("database_change", lib=lib, model=lib.get_item(ids[0]))

    monkeypatch.setattr(assign, "land", land)

    def hear(lib, model):
        if "mir_version" in model:
            heard.append(os.fsdecode(model.path))

    init = plugins.BeetsPlugin.__init__

    def listening(self, name=None):
        init(self, name)
        self.register_listener("database_change", hear)

    monkeypatch.setattr(plugins.BeetsPlugin, "__init__", listening)

    code, _, err = beet.run("import", "-qA", str(source))

    assert code == 0, err
    assert set(heard) == set(shown(beet, "$path"))


def test_playlists_are_looked_at_when_all_is_placed(beet, source, monkeypatch):
    done = []
    monkeypatch.setattr(assign, "land", lambda *_: done.append("placed"))
    monkeypatch.setattr(publishing, "refresh", lambda *_: done.append("looked at"))

    beet("import", "-qA", str(source))

    assert done == ["placed", "looked at"]


# --- interrupted ---


def long_sounds(folder: Path, count: int) -> None:
    """Make sounds of a minute and a half, which are heard whole: one by many names."""
    folder.mkdir()
    sf.write(folder / "0.wav", np.tile(noise(1), 90), SR)
    for number in range(1, count):
        os.link(folder / "0.wav", folder / f"{number}.wav")


MORE_THAN_CAN_BE_DONE = 100  # before somebody looks


@pytest.fixture
def working(beet: Beet, tmp_path: Path):
    """An import in a process of its own, which has stored something and has more to do."""
    configure(beet, mir="threads: 1")
    long_sounds(tmp_path / "many", MORE_THAN_CAN_BE_DONE)
    process = beet.start(
        "import", "-qAs", str(tmp_path / "many"), start_new_session=True, stdin=subprocess.PIPE
    )
    stored(beet, 1)
    yield process, psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()


def test_ctrl_c_ends_at_once_and_leaves_a_sound_library(beet, working):
    process, workers = working
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=100)

    assert "Traceback" not in err
    assert "new tracks are not analysed: `beet mirextract` does the rest" in err
    assert not psutil.wait_procs(workers, timeout=100)[1]
    done = len(beet("ls", "mir_version::.").splitlines())
    assert 0 < done < MORE_THAN_CAN_BE_DONE
    assert f"{done} skipped" in beet("mirextract", "--limit", "1")


def is_loading(process: subprocess.Popen[str]) -> bool:
    """Say whether a worker has begun to load what it needs."""
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(process.pid).children():
            if "spawn_main" in " ".join(child.cmdline()) and child.cpu_times().user > 0.1:
                return True
    return False


def test_ctrl_c_while_workers_are_being_loaded_is_none_of_their_business(beet, tmp_path):
    long_sounds(tmp_path / "many", 3)
    process = beet.start("import", "-qAs", str(tmp_path / "many"), start_new_session=True)
    while process.poll() is None and not is_loading(process):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=100)

    assert "Traceback" not in err
    assert "KeyboardInterrupt" not in err
    assert "new tracks are not analysed" in err


@pytest.mark.long
def test_killed_nobody_is_left_behind(beet, working):
    process, workers = working
    process.kill()
    process.communicate()

    assert not psutil.wait_procs(workers, timeout=100)[1]
    done = len(beet("ls", "mir_version::.").splitlines())
    assert f"1 analysed, {done} skipped" in beet("mirextract", "--limit", "1")


@pytest.mark.usefixtures("_as_before")
def test_ctrl_c_while_the_rest_is_waited_for(beet, source, landed, monkeypatch):
    """Even if replaygain has taken Ctrl-C for itself; other plugins end as they should."""
    signal.signal(signal.SIGINT, lambda *_: None)
    monkeypatch.setattr(pool, "analyse", lambda task: time.sleep(0.5) or Result(task))
    wait = beside.Beside.wait

    def waiting(self, seconds):
        signal.raise_signal(signal.SIGINT)
        return wait(self, seconds)

    monkeypatch.setattr(beside.Beside, "wait", waiting)
    configure(beet, extra="plugins: [mir, hook]\nhook: {hooks: [{event: cli_exit,"
              " command: touch ended}]}\n")  # fmt: skip

    code, _, err = beet.run("import", "-qA", str(source))

    assert code == 0, err
    assert "mir: 4 of 4 new tracks are not analysed" in err
    assert (beet.root / "ended").exists()
    assert landed == []


def test_an_import_that_fails_stops_the_analysis(beet, source):
    """beets does not say that the command has ended."""
    sf.write(source / "One" / "Z.flac", noise(1), SR)
    configure(
        beet,
        extra="plugins: [mir, convert]\n"
        "convert: {auto: yes, format: wav, formats: {wav: no-such-tool $source $dest},"
        " no_convert: format:WAV}\n",
    )
    code, _, err = beet.process("import", "-qAs", str(source / "One"))

    assert code == 1
    assert "convert: couldn't invoke" in err
    assert "new tracks are not analysed: `beet mirextract` does the rest" in err
    assert "Traceback" not in err


@pytest.mark.long
def test_two_imports_at_once(beet, source):
    beet("ls")  # beets itself cannot make one library twice at once
    both = [beet.start("import", "-qA", str(source / album)) for album in ALBUMS]
    for process in both:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err

    assert is_analysed(beet, 4)


def test_a_thread_s_messages_are_kept_until_they_are_wanted(caplog):
    """Those of other threads are not."""
    log = logging.getLogger("beets.held")
    thread = Thread(target=lambda: log.warning("of the thread"))
    held = Held(log, thread)
    thread.start()
    thread.join()
    log.warning("of another")
    assert caplog.messages == ["of another"]
    held.release()
    log.warning("the last")

    assert caplog.messages == ["of another", "of the thread", "the last"]
