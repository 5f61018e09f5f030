"""What other commands and signals do while clusters are stored: both sides stay whole."""

import fcntl
import os
import signal

import pytest
from beets.library import Library

from beetsplug.mir.clusters.model import load
from beetsplug.mir.commands.cluster import arriving, publishing, writing
from beetsplug.mir.ground import files
from beetsplug.mir.library import listing, storing
from beetsplug.mir.library.items import models, read_clusters
from tests.beet import Beet
from tests.conftest import add_tracks

OLD = "title::^Title 1"


@pytest.fixture
def arrived(made_up: Beet) -> Beet:
    """Tracks in six clusters, and twenty new ones."""
    made_up("mircluster", "-k", "6")
    add_tracks(made_up.root, 20, seed=2)
    return made_up


def check(beet: Beet) -> dict[int, int]:
    """Check that clusters, orders and model are of each other; return the clusters' sizes."""
    lib = Library(str(beet.root / "library.db"), str(beet.music))
    found = read_clusters(lib)
    path = writing.model_path(lib)
    assert set(load(path, models(lib)).ids.tolist()) == found.keys()
    for tracks in found.values():
        orders = [track.order for track in tracks if track.order]
        assert orders == [*range(1, len(orders) + 1)]
    lib._close()
    return {id_: len(tracks) for id_, tracks in found.items()}


def test_new_tracks_are_placed_by_the_clusters_that_another_command_has_made(
    arrived, monkeypatch
):
    store = arriving.store

    def overtaken(*args, **options):
        monkeypatch.undo()
        arrived.process("mircluster", "-k", "9", OLD)
        return store(*args, **options)

    monkeypatch.setattr(arriving, "store", overtaken)
    arrived("mircluster", "--assign")

    sizes = check(arrived)
    assert len(sizes) == 9
    assert sum(sizes.values()) == 220


def test_new_tracks_find_their_place_beside_those_of_another_assign(arrived, monkeypatch):
    store = arriving.store

    def overtaken(*args, **options):
        monkeypatch.undo()
        arrived.process("mircluster", "--assign", "title::^Title 2 1")
        return store(*args, **options)

    monkeypatch.setattr(arriving, "store", overtaken)
    arrived("mircluster", "--assign", "^title::^Title 2 1")

    assert sum(check(arrived).values()) == 220


@pytest.mark.parametrize("when", ["before", "after"])
def test_playlists_have_what_another_program_wrote_while_tracks_were_placed(
    arrived, monkeypatch, when
):
    store = arriving.store

    def renamed(*args, **options):
        if when == "before":
            arrived.process("modify", "-y", "-M", "-W", "title::^Title 1 7$", "title=Renamed")
        found = store(*args, **options)
        if when == "after":
            arrived.process("modify", "-y", "-M", "-W", "title::^Title 1 7$", "title=Renamed")
        return found

    monkeypatch.setattr(arriving, "store", renamed)
    arrived.configure(f"mir: {{playlist_dir: {arrived.playlists}, extended: yes}}\n")
    arrived("mircluster", "--assign")

    written = "".join(path.read_text() for path in arrived.playlists.iterdir())
    assert "Renamed" in written
    assert "Title 1 7\n" not in written
    assert sum(check(arrived).values()) == 220


def test_playlists_of_new_tracks_are_those_that_are_in_the_library(arrived, monkeypatch):
    read = []
    monkeypatch.setattr(listing, "read_playlists", lambda *_: read.append(True))
    arrived("mircluster", "--assign")
    monkeypatch.undo()
    written = {path.name: path.read_bytes() for path in arrived.playlists.iterdir()}
    arrived("mircluster", "--assign")  # of nothing: out of the library

    assert not read
    assert {path.name: path.read_bytes() for path in arrived.playlists.iterdir()} == written


def test_a_command_that_is_always_overtaken_says_so(arrived, monkeypatch):
    def overtaken(*_, **__):
        raise storing.OvertakenError

    monkeypatch.setattr(arriving, "store", overtaken)
    code, _, err = arrived.run("mircluster", "--assign")

    assert code == 1
    assert err.endswith(
        "error: other commands keep changing the clusters: no track is placed\n"
    )


def test_clusters_and_their_model_are_stored_while_no_other_process_stores_its_own(
    made_up, monkeypatch
):
    put, seen = files.put_in_place, []

    def looking(new, path):
        if path.name.endswith("model.npz"):
            handle = os.open(path.parent, os.O_RDONLY)
            with pytest.raises(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(handle)
            seen.append(path)
        put(new, path)

    monkeypatch.setattr(files, "put_in_place", looking)
    made_up("mircluster", "-k", "5")

    assert seen


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_between_clusters_and_model_waits_for_the_model(made_up, monkeypatch, number):
    made_up("mircluster", "-k", "6")
    tell = storing._tell
    monkeypatch.setattr(
        storing, "_tell", lambda *args: (signal.raise_signal(number), tell(*args))
    )
    monkeypatch.setattr(publishing, "publish", lambda *_: pytest.fail("it goes on"))
    code, _, err = made_up.run("mircluster", "-k", "9")

    assert (code, err) == (0, "")
    assert len(check(made_up)) == 9
