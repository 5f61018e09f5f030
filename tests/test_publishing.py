"""Whose the files in the folder of playlists are, what they are called, and who is told."""

import json
import time

import pytest

from beetsplug.mir.commands.cluster import publishing
from beetsplug.mir.ground import files
from beetsplug.mir.library import playlists
from tests.beet import Beet
from tests.conftest import add_tracks


@pytest.fixture
def clustered(made_up: Beet) -> Beet:
    made_up("mircluster", "-k", "5")
    return made_up


@pytest.fixture
def told(monkeypatch) -> list[object]:
    """Count how often plugins that update a player are told."""
    told: list[object] = []
    monkeypatch.setattr(publishing, "_tell_others", told.append)
    return told


def configure(beet: Beet, **settings: str) -> None:
    values = {"playlist_dir": str(beet.playlists), **settings}
    beet.configure(f"mir: {json.dumps(values)}\n")


def names(beet: Beet) -> list[str]:
    return sorted(path.name for path in beet.playlists.glob("*.m3u"))


def test_when_the_manifest_is_lost_files_that_we_would_have_written_are_ours(clustered: Beet):
    (clustered.playlists / playlists.MANIFEST).unlink()
    mine = clustered.playlists / "mir-2.m3u"
    mine.write_text("mine\n")

    code, _, err = clustered.run("mircluster", "-k", "4", "--fresh")

    assert (code, err) == (0, f"mir: {mine}: left alone: not written by us\n")
    assert mine.read_text() == "mine\n"
    assert names(clustered) == [f"mir-{number}.m3u" for number in (1, 2, 3, 4)]


def test_a_manifest_that_is_there_is_believed_and_not_the_library(clustered: Beet):
    """A file that looks like one of ours may be a copy that somebody keeps."""
    manifest = clustered.playlists / playlists.MANIFEST
    known = json.loads(manifest.read_text())
    del known["mir-5.m3u"]
    manifest.write_text(json.dumps(known))
    text = (clustered.playlists / "mir-5.m3u").read_text()

    _, _, err = clustered.run("mircluster", "-k", "5", "--per-artist", "1")

    assert "mir-5.m3u: left alone: not written by us" in err
    assert (clustered.playlists / "mir-5.m3u").read_text() == text


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("$name", "%s.m3u"),
        ("  $cluster/$name ", "1_%s.m3u"),
        (".$cluster", "_1.m3u"),
        ("ö" * 150 + " $cluster", None),
        ("x", None),
        ("$cluster" * 300, "1" * 200 + ".m3u"),
        ("1".rjust(199, "x") + " $cluster", None),
        ("", None),
        (" ", None),
    ],
)
def test_file_names_are_safe_and_each_cluster_has_its_own(clustered: Beet, pattern, file):
    name = clustered("ls", "-f", "$mircluster_name", "mircluster:1", "mir_order:1").strip()
    before = names(clustered)
    configure(clustered, playlist_name=pattern)

    code, _, err = clustered.run("mircluster", "--assign")

    if file is None:
        assert code == 1
        assert "does not give each cluster a name of its own" in err
        assert names(clustered) == before
    else:
        assert (code, err) == (0, "")
        assert len(names(clustered)) == 5
        assert file.replace("%s", name) in names(clustered)


def test_names_that_differ_by_their_case_alone_are_one_file_on_some_disks(clustered: Beet):
    for number, name in enumerate(("Soft", "soft"), start=1):
        clustered("modify", "-yWM", f"mircluster_name={name}", f"mircluster:{number}")
    configure(clustered, playlist_name="$name")

    code, _, err = clustered.run("mircluster", "--assign")

    assert code == 1
    assert "does not give each cluster a name of its own" in err


def test_a_library_whose_names_clash_writes_no_less_without_a_manifest(clustered: Beet):
    """What stands there cannot be told then; what is written has other names."""
    (clustered.playlists / playlists.MANIFEST).unlink()
    clustered("modify", "-yWM", "mircluster_name=one", "mircluster:1..2")
    configure(clustered, playlist_name="$name")

    code, _, err = clustered.run("mircluster", "-k", "5", "--fresh")

    assert (code, err) == (0, "")
    assert len(names(clustered)) == 10


def test_the_playlists_of_other_clusters_stay_when_tracks_come_to_one(clustered: Beet):
    add_tracks(clustered.root, 1, seed=3)

    out = clustered("mircluster", "--assign")

    assert f"1 playlists in {clustered.playlists}" in out
    assert len(names(clustered)) == 5


def test_players_are_told_of_what_has_changed_and_of_nothing_else(clustered: Beet, told):
    clustered("mircluster", "--assign")
    clustered("modify", "-yWM", "year=1999", "id:1")
    assert len(told) == 0
    clustered("rm", "-f", "mircluster:5")  # of which a file is removed
    assert len(told) == 1
    clustered("rm", "-f", "mircluster:4", "mir_order:1")
    assert len(told) == 2


def test_both_events_are_sent_that_tell_players(lib, add_item, monkeypatch):
    sent = []
    monkeypatch.setattr(publishing.plugins, "send", lambda event, **_: sent.append(event))

    publishing._tell_others(lib)
    assert sent == ["smartplaylist_update"]
    add_item()
    sent.clear()
    publishing._tell_others(lib)

    assert sent == ["smartplaylist_update", "database_change"]


def test_another_process_in_the_folder_is_waited_for_but_not_for_ever(
    clustered: Beet, monkeypatch
):
    monkeypatch.setattr(files, "LOCK_PATIENCE", 0.5)
    with files.alone_in(clustered.playlists):
        start = time.monotonic()
        clustered("rm", "-f", "mircluster:5")
        took = time.monotonic() - start

    assert took >= 0.5
    assert names(clustered) == [f"mir-{number}.m3u" for number in (1, 2, 3, 4)]


def test_a_folder_that_is_gone_is_made_again_by_who_is_asked_to_write(clustered: Beet):
    configure(clustered, playlist_dir=str(clustered.root / "some" / "where"))

    clustered("mircluster", "--assign")

    assert len(list((clustered.root / "some" / "where").glob("*.m3u"))) == 5
