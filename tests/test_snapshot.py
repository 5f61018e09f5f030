"""`beet mircluster --snapshot NAME`: playlists that stay as they are."""

import shutil

import pytest

from beetsplug.mir.library import playlists
from tests.beet import Beet


@pytest.fixture
def clustered(made_up: Beet) -> Beet:
    made_up("mircluster", "-k", "5")
    return made_up


def texts(folder) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_a_snapshot_is_what_there_is_and_stays_so(clustered: Beet):
    now = texts(clustered.playlists)
    del now[playlists.MANIFEST]

    out = clustered("mircluster", "--snapshot", "Before the summer")

    folder = clustered.playlists / "Before the summer"
    assert out == f"5 playlists saved in {folder}\n"
    assert texts(folder) == now
    clustered("mircluster", "-k", "3", "-y")
    clustered("rm", "-f", "mircluster:1..")
    assert texts(folder) == now
    assert folder.stat().st_mode & 0o777 == clustered.playlists.stat().st_mode & 0o777


def test_a_snapshot_is_never_changed(clustered: Beet):
    clustered("mircluster", "--snapshot", "one")
    before = texts(clustered.playlists / "one")
    clustered("mircluster", "-k", "3", "-y")

    code, _, err = clustered.run("mircluster", "--snapshot", "one")

    assert code == 1
    assert err.endswith("one: is there already, and a snapshot is never changed\n")
    assert texts(clustered.playlists / "one") == before


@pytest.mark.parametrize("name", ["", " ", "..", ".hidden", "a/b", "a\nb", "x" * 300, "a "])
def test_a_name_that_is_none_is_told(clustered: Beet, name):
    code, _, err = clustered.run("mircluster", "--snapshot", name)

    assert code == 1
    assert "is no name for a folder" in err


def test_pretence_and_no_clusters(made_up: Beet):
    code, _, err = made_up.run("mircluster", "--snapshot", "x")
    assert (code, err) == (1, "error: there are no clusters yet: run `beet mircluster` first\n")
    made_up("mircluster", "-k", "5")

    assert "5 playlists would be saved" in made_up("mircluster", "--snapshot", "x", "-p")

    assert not (made_up.playlists / "x").exists()


def test_half_a_snapshot_is_none(clustered: Beet, monkeypatch):
    written = []

    def full(path, *args):
        written.append(path)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        return original(path, *args)

    original = playlists.write_one
    monkeypatch.setattr(playlists, "write_one", full)

    code, _, err = clustered.run("mircluster", "--snapshot", "x")

    assert code == 1
    assert "cannot write playlists to" in err
    assert "No space left on device" in err
    assert [path.name for path in clustered.playlists.iterdir() if path.is_dir()] == []


def test_the_configured_format_is_kept(clustered: Beet):
    clustered.configure(
        f"mir: {{playlist_dir: {clustered.playlists}, playlist_format: xspf}}\n"
    )

    clustered("mircluster", "--snapshot", "for VLC")

    names = sorted(texts(clustered.playlists / "for VLC"))
    assert names == [f"mir-{number}.xspf" for number in range(1, 6)]


def test_other_options_play_no_part(clustered: Beet):
    for options in (["-k", "5"], ["--assign"], ["--length", "2h"]):
        code, _, err = clustered.run("mircluster", "--snapshot", "x", *options)
        assert code == 1
        assert "plays no part" in err or "different jobs" in err
    shutil.rmtree(clustered.playlists)
