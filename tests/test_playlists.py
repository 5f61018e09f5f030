"""Playlists: what stands in them, and whose files are touched."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.library import m3u, playlists
from beetsplug.mir.library.formats import Listed, Playlist

MUSIC = b"/music"


def write_paths(directory: Path, names, relative_to: bytes = MUSIC, **style):
    """Write playlists of paths, which need no names of tracks."""
    lists = {
        name: Playlist(name, [Listed(path, "", "", 0) for path in paths])
        for name, paths in names.items()
    }
    return playlists.write(directory, lists, playlists.Style(relative_to, **style))


def write(directory: Path, **names: list[str]) -> playlists.Outcome:
    return write_paths(
        directory,
        {name: [b"/music/" + p.encode() for p in tracks] for name, tracks in names.items()},
    )


def listing(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in directory.glob("*.m3u")}


def test_entries_are_relative_and_in_order(tmp_path):
    outcome = write(tmp_path / "new" / "folder", a=["x/2.ogg", "x/1.ogg"], b=["ü #.ogg"])

    assert listing(tmp_path / "new" / "folder") == {
        "a.m3u": "x/2.ogg\nx/1.ogg\n",
        "b.m3u": "ü #.ogg\n",
    }
    assert [path.name for path in outcome.written] == ["a.m3u", "b.m3u"]
    assert not outcome.warnings


def test_a_leading_hash_is_no_comment(tmp_path):
    write(tmp_path, a=["#1/x.ogg"])

    assert listing(tmp_path) == {"a.m3u": "./#1/x.ogg\n"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b"a\xff.ogg", "UTF-8"),
        (b"a\nb.ogg", "line break"),
        (b"x/ a.ogg", "blank"),
        (b" x/a.ogg", "blank"),
        (b"x /a.ogg", "blank"),
    ],
)
def test_what_mpd_cannot_express_is_left_out_and_named(tmp_path, name, reason):
    outcome = write_paths(tmp_path, {"a": [b"/music/" + name, b"/music/ok.ogg"]})

    assert listing(tmp_path) == {"a.m3u": "ok.ogg\n"}
    assert len(outcome.warnings) == 1
    assert reason in outcome.warnings[0]
    assert "\n" not in outcome.warnings[0]


def test_tracks_outside_are_left_out_and_counted_in_one_line(tmp_path):
    paths = [b"/music/a.ogg", b"/other/b.ogg", b"/music-2/c.ogg"]

    outcome = write_paths(tmp_path, {"a": paths, "b": [b"/d.ogg"]})

    assert listing(tmp_path) == {"a.m3u": "a.ogg\n", "b.m3u": ""}
    (warning,) = outcome.warnings
    assert warning.startswith("3 tracks outside /music (relative_to) are left out")
    assert "/other/b.ogg" in warning
    assert "playlist_outside: absolute" in warning


def test_tracks_outside_are_named_by_their_paths_where_that_is_wanted(tmp_path):
    paths = [b"/music/a.ogg", b"/other/b.ogg"]

    outcome = write_paths(tmp_path, {"a": paths}, absolute=True)

    assert listing(tmp_path) == {"a.m3u": "a.ogg\n/other/b.ogg\n"}
    assert outcome.warnings == []


def test_a_path_stands_once(tmp_path):
    (tmp_path / "music").mkdir()
    (tmp_path / "link").symlink_to("music")
    names = ["music/a.ogg", "music/b.ogg", "link/a.ogg", "music/b.ogg"]
    paths = [bytes(tmp_path / name) for name in names]

    write_paths(tmp_path, {"a": paths}, bytes(tmp_path / "music"))

    assert listing(tmp_path) == {"a.m3u": "a.ogg\nb.ogg\n"}


def test_a_vanished_cluster_loses_its_file(tmp_path):
    write(tmp_path, a=["1"], b=["2"])

    outcome = write(tmp_path, b=["2"])

    assert listing(tmp_path) == {"b.m3u": "2\n"}
    assert [path.name for path in outcome.removed] == ["a.m3u"]


def test_files_of_others_are_never_touched(tmp_path):
    (tmp_path / "mine.m3u").write_text("mine")
    (tmp_path / "a.m3u").write_text("mine too")

    outcome = write(tmp_path, a=["1"], b=["2"])

    assert listing(tmp_path) == {"mine.m3u": "mine", "a.m3u": "mine too", "b.m3u": "2\n"}
    assert "a.m3u" in outcome.warnings[0]
    write(tmp_path, c=["3"])
    assert listing(tmp_path) == {"mine.m3u": "mine", "a.m3u": "mine too", "c.m3u": "3\n"}


def test_a_playlist_that_somebody_changed_is_theirs(tmp_path):
    write(tmp_path, a=["1"], b=["2"])
    (tmp_path / "a.m3u").write_text("my own order")

    assert write(tmp_path, a=["3"]).warnings
    assert write(tmp_path, c=["3"]).warnings == []

    assert listing(tmp_path) == {"a.m3u": "my own order", "c.m3u": "3\n"}


def test_a_playlist_that_somebody_removed_comes_back(tmp_path):
    write(tmp_path, a=["1"])
    (tmp_path / "a.m3u").unlink()

    assert not write(tmp_path, a=["1"]).warnings
    assert listing(tmp_path) == {"a.m3u": "1\n"}


def test_an_unchanged_playlist_is_not_written_again(tmp_path):
    write(tmp_path, a=["1"])
    os.utime(tmp_path / "a.m3u", (1, 1))

    write(tmp_path, a=["1"])

    assert (tmp_path / "a.m3u").stat().st_mtime == 1


@pytest.mark.parametrize("stop_at", range(1, 7))
def test_stopped_anywhere_the_next_run_puts_it_right(tmp_path, monkeypatch, stop_at):
    write(tmp_path, a=["1"], b=["2"], c=["3"])
    calls = 0

    def replace(*args):
        nonlocal calls
        calls += 1
        if calls == stop_at:
            raise KeyboardInterrupt
        rename(*args)

    rename = os.replace
    monkeypatch.setattr("os.replace", replace)
    try:
        write(tmp_path, a=["4"], b=["5"], d=["6"])
    except KeyboardInterrupt:
        assert all(text in "1\n2\n3\n4\n5\n6\n" for text in listing(tmp_path).values())
    monkeypatch.undo()

    assert not write(tmp_path, a=["7"], b=["5"]).warnings
    assert listing(tmp_path) == {"a.m3u": "7\n", "b.m3u": "5\n"}


@pytest.mark.parametrize(
    "manifest", ["", "{", "[1]", '{"../x.m3u": ["1"], "a.m3u": "1", "b.m3u": [3]}']
)
def test_a_damaged_manifest_makes_nothing_ours(tmp_path, manifest):
    directory = tmp_path / "playlists"
    directory.mkdir()
    (tmp_path / "x.m3u").write_text("x")
    (directory / "a.m3u").write_text("a")
    (directory / playlists.MANIFEST).write_text(manifest)

    write(directory, c=["1"])

    assert listing(directory) == {"a.m3u": "a", "c.m3u": "1\n"}
    assert (tmp_path / "x.m3u").read_text() == "x"
    known = json.loads((directory / playlists.MANIFEST).read_text())
    assert list(known) == ["c.m3u", "library", "wanted"]


def test_a_manifest_that_names_other_files_does_not_make_them_ours(tmp_path):
    directory = tmp_path / "playlists"
    directory.mkdir()
    others = [tmp_path / "x.m3u", directory / "notes.txt", directory / "sub" / "y.m3u"]
    (directory / "sub").mkdir()
    for path in others:
        path.write_text("mine")
    digest = hashlib.sha256(b"mine").hexdigest()
    names = ["../x.m3u", "notes.txt", "sub/y.m3u", str(tmp_path / "x.m3u")]
    (directory / playlists.MANIFEST).write_text(json.dumps({name: [digest] for name in names}))

    outcome = write(directory, c=["1"])

    assert [path.read_text() for path in others] == ["mine"] * 3
    assert not outcome.removed


names = st.text(min_size=1, max_size=8).filter(
    lambda name: "/" not in name and "\0" not in name
)


@given(parts=st.lists(names, min_size=1, max_size=3))
def test_what_is_written_is_read_back(parts, tmp_path_factory):
    directory = tmp_path_factory.mktemp("playlists")
    path = os.path.normpath(
        os.path.join(b"/music", *(os.fsencode(p) for p in parts if p.isprintable()))
    )
    write_paths(directory, {"a": [path]})

    entries = m3u.read(bytes(directory / "a.m3u"), MUSIC)

    text = (directory / "a.m3u").read_bytes()
    assert [path in entry for entry in entries] == [True] * (text != b"")
