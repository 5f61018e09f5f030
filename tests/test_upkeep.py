"""Playlists are right again at the end of what `beet` does to their tracks."""

import atexit
import json
import os
import shutil
import socket
import sqlite3
import threading
from pathlib import Path

import confuse
import pytest
from beets.dbcore.db import DBAccessError
from beets.library import Item, Library

from beetsplug.mir.commands.cluster import publishing
from beetsplug.mir.library import playlists
from tests.beet import Beet
from tests.conftest import add_tracks

EXTENDED = "mir: {playlist_dir: %s, extended: yes}\n"


@pytest.fixture
def clustered(made_up: Beet) -> Beet:
    made_up("mircluster", "-k", "5")
    return made_up


def texts(beet: Beet) -> dict[str, list[str]]:
    return {path.name: path.read_text().splitlines() for path in beet.playlists.glob("*.m3u")}


def times(beet: Beet) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in beet.playlists.iterdir()}


@pytest.fixture
def looks(monkeypatch) -> list[str]:
    """What happens when playlists are looked at, in the order of events."""
    looks: list[str] = []
    monkeypatch.setattr(publishing, "refresh", lambda *_: looks.append("looked at"))
    return looks


@pytest.fixture
def at_the_end(monkeypatch):
    """Return what does what the end of a process does; commands here are in none of theirs."""
    registered: list = []
    monkeypatch.setattr(atexit, "register", registered.append)

    def end() -> int:
        for function in registered:
            function()
        return len(registered)

    return end


def first_of(beet: Beet, cluster: int) -> tuple[str, str]:
    """Return the id and the file's name of the first track of a cluster's playlist."""
    found = beet("ls", "-f", "$id\t$path", f"mircluster:{cluster}", "mir_order:1").strip()
    id_, path = found.split("\t")
    return id_, Path(path).name


def test_a_moved_track_is_called_by_its_new_path_in_its_playlist_alone(clustered: Beet):
    id_, name = first_of(clustered, 3)
    before, written = texts(clustered), times(clustered)
    clustered.configure(
        f"paths: {{default: 'moved/$title', singleton: 'moved/$title'}}\n"
        f"mir: {{playlist_dir: {clustered.playlists}}}\n"
    )

    clustered("move", f"id:{id_}")

    after = texts(clustered)
    assert before["mir-3.m3u"][0] == name
    assert after["mir-3.m3u"][0].startswith("moved/Title 1 ")
    assert after["mir-3.m3u"][1:] == before["mir-3.m3u"][1:]
    now = times(clustered)
    assert {name for name in now if now[name] != written[name]} == {
        "mir-3.m3u", playlists.MANIFEST,
    }  # fmt: skip


def test_a_removed_track_leaves_its_playlist(clustered: Beet):
    id_, name = first_of(clustered, 2)

    clustered("rm", "-f", f"id:{id_}")

    assert name not in texts(clustered)["mir-2.m3u"]
    assert sum(map(len, texts(clustered).values())) == 199


def test_the_playlist_of_a_cluster_that_loses_all_its_tracks_is_removed(clustered: Beet):
    clustered("rm", "-f", "mircluster:4")

    assert sorted(texts(clustered)) == [f"mir-{n}.m3u" for n in (1, 2, 3, 5)]


def test_a_track_that_is_given_another_cluster_changes_both_playlists(clustered: Beet):
    id_, name = first_of(clustered, 1)

    clustered("modify", "-y", "-MW", f"id:{id_}", "mircluster=2")

    assert name not in texts(clustered)["mir-1.m3u"]
    assert name in texts(clustered)["mir-2.m3u"]


def test_a_track_that_loses_its_cluster_leaves_the_playlist(clustered: Beet):
    id_, name = first_of(clustered, 1)

    clustered("modify", "-y", "-MW", f"id:{id_}", "mircluster!")

    assert name not in texts(clustered)["mir-1.m3u"]


def test_a_track_that_loses_its_cluster_with_its_features_leaves_the_playlist(clustered: Beet):
    id_, name = first_of(clustered, 1)

    clustered("modify", "-y", "-MW", f"id:{id_}", "mircluster!", "mir_version!")

    assert name not in texts(clustered)["mir-1.m3u"]


def test_a_track_of_a_cluster_that_is_not_analysed_any_more_is_one_of_ours(clustered: Beet):
    id_, name = first_of(clustered, 1)
    clustered("modify", "-y", "-MW", f"id:{id_}", "mir_version!", "mir_source!")

    clustered("rm", "-f", f"id:{id_}")

    assert name not in texts(clustered)["mir-1.m3u"]


def test_albums_may_change_and_their_tracks_with_them(clustered: Beet):
    lib = Library(str(clustered.root / "library.db"), str(clustered.music))
    lib.add_album(list(lib.items("mircluster:5")))
    lib._close()
    clustered.configure(EXTENDED % clustered.playlists)

    clustered("modify", "-y", "-MW", "-a", "albumartist=Air", "album=Moon")
    clustered("modify", "-y", "-MW", "album:Moon", "artist=Air")
    assert sum("Air - " in line for line in texts(clustered)["mir-5.m3u"]) > 20
    clustered("rm", "-f", "-a", "album:Moon")

    assert "mir-5.m3u" not in texts(clustered)


def test_playlists_are_looked_at_once(clustered: Beet, looks, at_the_end):
    clustered("modify", "-y", "-MW", "year=1999")
    assert looks == ["looked at"]

    assert at_the_end() == 1
    assert looks == ["looked at"]


@pytest.mark.parametrize(
    "command",
    [("ls",), ("modify", "-y", "-MW", "id:201", "year=1999"), ("mircluster", "-k", "4", "-p"),
     ("mircluster", "-k", "4"), ("mircluster", "--keep", "9")],
)  # fmt: skip
def test_they_are_not_looked_at_without_a_reason_or_twice(
    clustered: Beet, looks, at_the_end, command
):
    lib = Library(str(clustered.root / "library.db"), str(clustered.music))
    lib.add(Item(path=bytes(clustered.music / "not analysed.wav")))
    lib._close()

    clustered.run(*command)
    at_the_end()

    assert looks == []


def test_where_mircluster_fails_to_write_them_it_is_told_once(clustered: Beet):
    shutil.rmtree(clustered.playlists)
    clustered.playlists.write_text("no folder")

    code, _, err = clustered.process("mircluster", "-k", "4")

    assert code == 1
    assert err == f"error: {clustered.playlists}: is no folder for playlists, but a file\n"


def test_those_of_an_interrupted_mircluster_are_looked_at(
    clustered: Beet, looks, at_the_end, monkeypatch
):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(publishing, "publish", interrupted)

    clustered.run("mircluster", "-k", "4")
    at_the_end()

    assert looks == ["looked at"]


@pytest.mark.parametrize(
    "wrong",
    [sqlite3.OperationalError("database is locked"), DBAccessError("no such file"),
     confuse.ConfigError("mir.length: what?")],
    ids=lambda wrong: type(wrong).__name__,
)  # fmt: skip
def test_what_goes_wrong_is_a_line_and_no_failure_of_the_command(
    clustered: Beet, monkeypatch, wrong
):
    def refresh(*args):
        raise wrong

    monkeypatch.setattr(publishing, "refresh", refresh)

    code, _, err = clustered.run("rm", "-f", "id:1")

    assert (code, err) == (0, f"mir: the playlists are as they were: {wrong}\n")


def test_at_the_end_of_a_process_nothing_is_raised(clustered: Beet, at_the_end, monkeypatch):
    """Python would show a traceback of it."""

    def refresh(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(publishing, "refresh", refresh)

    clustered.run("rm", "-f", "id:1")

    assert at_the_end() == 1


@pytest.mark.parametrize("setting", ["playlist_format: mp3", "playlist_dir: 3", "extended: 2"])
def test_a_wrong_setting_is_a_line(clustered: Beet, setting):
    clustered.configure(f"mir: {{{setting}}}\n")  # the folder is where it is by itself

    code, _, err = clustered.run("rm", "-f", "id:1")

    assert code == 0
    assert err.startswith(
        f"mir: the playlists are as they were: mir.{setting.partition(':')[0]}: must be"
    )


def test_in_pretence_nothing_is_written(clustered: Beet):
    before = texts(clustered)
    clustered.configure(f"mir: {{playlist_dir: {clustered.playlists}, pretend: yes}}\n")

    clustered("rm", "-f", "id:1..100")

    assert texts(clustered) == before


def test_another_title_is_written_where_titles_are(clustered: Beet):
    clustered.configure(EXTENDED % clustered.playlists)
    clustered("mircluster", "--assign")
    id_, _ = first_of(clustered, 5)

    clustered("modify", "-y", "-MW", f"id:{id_}", "title=Übrigens", "artist=Air")

    assert texts(clustered)["mir-5.m3u"][2] == "#EXTINF:-1,Air - Übrigens"


def test_update_finds_a_file_that_was_removed(clustered: Beet):
    _, name = first_of(clustered, 5)
    (clustered.music / name).unlink()

    clustered("update")

    assert name not in texts(clustered)["mir-5.m3u"]


@pytest.mark.parametrize(
    "command",
    [("ls",), ("modify", "-y", "-MW", "mircluster:1", "comments=x"), ("mircluster", "-p")],
)
def test_what_changes_no_playlist_writes_none(clustered: Beet, command):
    before = times(clustered)

    clustered(*command)

    assert times(clustered) == before


def test_a_playlist_that_somebody_else_changed_is_left_alone(clustered: Beet):
    mine = clustered.playlists / "mir-2.m3u"
    mine.write_text("mine\n")
    id_, _ = first_of(clustered, 2)

    code, _, err = clustered.run("rm", "-f", f"id:{id_}")

    assert code == 0
    assert mine.read_text() == "mine\n"
    assert f"{mine}: left alone: not written by us" in err


def test_it_is_told_again_only_when_what_would_be_in_it_is_another(clustered: Beet):
    (clustered.playlists / "mir-2.m3u").write_text("mine\n")
    told = [
        clustered.run(*command)[2].count("left alone")
        for command in (
            ("rm", "-f", "mircluster:2", "mir_order:1"),
            ("rm", "-f", "mircluster:1", "mir_order:1"),
            ("modify", "-y", "-MW", "mircluster:2", "title=x"),
            ("rm", "-f", "mircluster:2", "mir_order:2"),
            ("mircluster", "--assign"),  # which is asked for
        )
    ]

    assert told == [1, 0, 0, 1, 1]
    (clustered.playlists / "mir-2.m3u").unlink()
    clustered("modify", "-y", "-MW", "id:1", "title=y")
    assert len(texts(clustered)["mir-2.m3u"]) > 1


def test_another_library_leaves_the_playlists_of_this_one(clustered: Beet):
    """Until it is clustered into the same folder."""
    before, other = texts(clustered), str(clustered.root / "other.db")
    shutil.copy(clustered.root / "library.db", other)

    clustered("-l", other, "rm", "-f", "mircluster:2..")

    assert texts(clustered) == before
    clustered("-l", other, "mircluster", "--assign")
    assert sorted(texts(clustered)) == ["mir-1.m3u"]
    clustered("-l", other, "rm", "-f", "mir_order:1")
    assert texts(clustered) == {"mir-1.m3u": before["mir-1.m3u"][1:]}
    clustered("modify", "-y", "-MW", "id:1", "title=x")
    assert sorted(texts(clustered)) == ["mir-1.m3u"]
    clustered("mircluster", "--assign")
    assert texts(clustered) == before


@pytest.mark.parametrize("library", [None, 7, ["x"], ""])
def test_playlists_of_nobody_knows_whom_are_kept_right(clustered: Beet, library):
    """As those of an older version are, which did not say."""
    path = clustered.playlists / playlists.MANIFEST
    known = json.loads(path.read_text())
    path.write_text(json.dumps({**known, "library": library}))
    id_, name = first_of(clustered, 1)

    clustered("rm", "-f", f"id:{id_}")

    assert name not in texts(clustered)["mir-1.m3u"]
    assert json.loads(path.read_text())["library"] == str(clustered.root / "library.db")


def test_where_we_have_written_no_playlist_none_is_made(made_up: Beet):
    made_up("rm", "-f", "id:1")

    assert not made_up.playlists.exists()


def test_a_folder_that_is_away_costs_nothing_and_is_right_the_next_time(clustered: Beet):
    away = clustered.playlists.rename(clustered.root / "away")
    first, name = first_of(clustered, 1)
    clustered("rm", "-f", f"id:{first}")
    assert not clustered.playlists.exists()
    away.rename(clustered.playlists)

    clustered("rm", "-f", f"id:{first_of(clustered, 2)[0]}")

    assert name not in texts(clustered)["mir-1.m3u"]


def test_a_file_in_place_of_the_folder_is_a_line(clustered: Beet):
    shutil.rmtree(clustered.playlists)
    clustered.playlists.write_text("no folder")

    code, _, err = clustered.run("rm", "-f", "id:1")

    assert code == 0
    assert err == (
        "mir: the playlists are as they were:"
        f" {clustered.playlists}: is no folder for playlists, but a file\n"
    )


def test_a_link_that_leads_nowhere_is_told_by_who_has_to_write(clustered: Beet):
    shutil.rmtree(clustered.playlists)
    clustered.playlists.symlink_to(clustered.root / "away")

    assert clustered.run("rm", "-f", "id:1") == (0, "", "")
    code, _, err = clustered.run("mircluster", "--assign")

    assert code == 1
    assert err.endswith(
        f"{clustered.playlists}: is no folder for playlists, but a link to nowhere\n"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_folder_that_is_read_only_is_a_line(clustered: Beet):
    clustered.playlists.chmod(0o500)
    try:
        code, _, err = clustered.run("rm", "-f", "id:1")
    finally:
        clustered.playlists.chmod(0o700)

    assert code == 0
    assert f"cannot write playlists to {clustered.playlists}: Permission denied" in err


def test_a_full_disk_is_a_line_and_the_next_command_puts_it_right(clustered: Beet, monkeypatch):
    id_, name = first_of(clustered, 1)

    def full(path, data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(playlists, "replace", full)
        code, _, err = clustered.run("rm", "-f", f"id:{id_}")
    assert code == 0
    assert "No space left on device" in err
    assert name in texts(clustered)["mir-1.m3u"]

    clustered("rm", "-f", f"id:{first_of(clustered, 2)[0]}")

    assert name not in texts(clustered)["mir-1.m3u"]


def test_after_an_error_the_playlists_are_right_all_the_same(clustered: Beet):
    """beets tells plugins of no end then; the process does."""
    id_, name = first_of(clustered, 1)
    (clustered.root / "broken.py").write_text(
        "from beets.plugins import BeetsPlugin\n"
        "from beets.ui import UserError\n"
        "class Broken(BeetsPlugin):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.register_listener('item_removed', self.stop)\n"
        "    def stop(self, item):\n"
        "        raise UserError('stopped')\n"
    )
    package = clustered.root / "plugins" / "beetsplug"
    package.mkdir(parents=True)
    (clustered.root / "broken.py").rename(package / "broken.py")
    clustered.configure(
        f"pluginpath: {package}\nmir: {{playlist_dir: {clustered.playlists}}}\n"
    )
    config = clustered.root / "config.yaml"
    config.write_text(config.read_text().replace("plugins: mir", "plugins: mir broken"))

    code, _, err = clustered.process("rm", "-f", f"id:{id_}")

    assert code == 1
    assert err == "error: stopped\n"
    assert name not in texts(clustered)["mir-1.m3u"]


def test_two_at_once_leave_what_the_library_says(clustered: Beet):
    """Each writes what it finds when its turn has come, not what it knew before."""
    ids = [first_of(clustered, cluster)[0] for cluster in (1, 2, 3, 4, 5)]
    started = [clustered.start("rm", "-f", f"id:{id_}") for id_ in ids]
    for process in started:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")

    listed = sorted(name for lines in texts(clustered).values() for name in lines)
    there = clustered("ls", "-f", "$path").split("\n")
    assert listed == sorted(Path(path).name for path in there if path)


def test_a_player_is_told_once_by_the_plugins_that_do_it(clustered: Beet):
    """mpdupdate hears of changes of the library, subsonicupdate of playlists, too."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_be_mpd, args=(server, heard), daemon=True)
        thread.start()
        config = clustered.root / "config.yaml"
        config.write_text(
            config.read_text().replace("plugins: mir", "plugins: mpdupdate mir")
            + f"mpd: {{host: 127.0.0.1, port: {server.getsockname()[1]}}}\n"
        )
        add_tracks(clustered.root, 3, seed=5)
        clustered("mircluster", "--assign")
        assert heard == [b"update\n"]
        # The tracks stay where they are, and only their playlists change.
        config.write_text(config.read_text().replace("playlists}", "playlists, extended: yes}"))
        clustered("mircluster", "--assign")
        assert heard == [b"update\n"] * 2
        clustered("mircluster", "--assign")
        assert heard == [b"update\n"] * 2


def _be_mpd(server: socket.socket, heard: list[bytes]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"OK MPD 0.23.0\n")
            stream.flush()
            for line in stream:
                if line == b"update\n":
                    heard.append(line)
                    stream.write(b"updating_db: 1\n")
                    stream.flush()
