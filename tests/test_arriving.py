"""New tracks of an import are placed by the saved model, and a line each says where."""

import re

import pytest

from beetsplug.mir.commands.cluster import assign
from beetsplug.mir.commands.cluster.upkeep import Upkeep
from tests.beet import Beet
from tests.conftest import add_tracks, let_hear


@pytest.fixture
def land(made_up: Beet, monkeypatch):
    """Return what lets all tracks of the library land, as the end of an import does."""

    def run():
        ids = [int(id_) for id_ in made_up("ls", "-f", "$id").split()]
        with monkeypatch.context() as patched:
            patched.setattr(
                assign, "run", lambda lib, _, config, log: assign.land(lib, ids, config, log)
            )
            patched.setattr(Upkeep, "leave", lambda self, command: command)
            return made_up.run("mircluster", "--assign")

    return run


def listed(beet: Beet) -> dict[str, list[str]]:
    return {path.name: path.read_text().splitlines() for path in beet.playlists.glob("*.m3u")}


def test_each_new_track_is_told_where_it_lands_and_beside_what(made_up: Beet, land):
    made_up("mircluster", "-k", "5")
    before = listed(made_up)
    add_tracks(made_up.root, 3, seed=7)

    code, out, err = land()

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 3
    for line in lines:
        found = re.fullmatch(
            r"Artist \d+ - (Title 7 \d) lands in (\d): (.+), next to (Artist \d+ - (.+))", line
        )
        title, cluster, name, _, near = found.groups()
        stored = made_up("ls", "-f", "$mircluster $mircluster_name", f"title:{title}")
        assert stored == f"{cluster} {name}\n"
        assert made_up("ls", "-f", "$mircluster", f"title::^{near}$").strip() == cluster
    after = listed(made_up)
    assert sum(map(len, after.values())) == 203
    assert all(
        [p for p in after[name] if not p.startswith("7 ")] == before[name] for name in after
    )


def test_many_are_told_by_cluster(made_up: Beet, land):
    made_up("mircluster", "-k", "5")
    add_tracks(made_up.root, assign.MOST_LINES + 1, seed=7)

    _, out, _ = land()

    assert out.startswith("31 new tracks:\n")
    assert len(out.splitlines()) <= 6
    assert not made_up("ls", "^mircluster:1..")


def test_those_that_have_a_cluster_stay_where_they_are(made_up: Beet, land):
    """As after a new import of tracks that are known: beets carries the fields over."""
    made_up("mircluster", "-k", "5")
    before = listed(made_up)

    assert land() == (0, "", "")
    assert listed(made_up) == before


def test_without_a_model_a_line_says_what_makes_one(land):
    assert land() == (
        0, "200 new tracks are analysed; `beet mircluster` puts them into clusters\n", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data[: len(data) // 2], "is no model"),
        (lambda data: b"nonsense", "is no model"),
    ],
)
def test_a_model_that_cannot_be_used_costs_a_line(made_up: Beet, land, damage, reason):
    made_up("mircluster", "-k", "5")
    model = made_up.root / "library.db.mir-model.npz"
    model.write_bytes(damage(model.read_bytes()))
    before = listed(made_up)
    add_tracks(made_up.root, 3, seed=7)

    code, out, err = land()

    assert (code, out) == (0, "")
    assert err == (
        f"mir: 3 new tracks are in no cluster yet: {model}: {reason};"
        " `beet mircluster` makes it anew\n"
    )
    assert listed(made_up) == before
    assert not made_up("ls", "title::^Title.7", "mircluster:1..")


def test_a_model_of_another_version_costs_a_line(made_up: Beet, land, monkeypatch):
    from beetsplug.mir.clusters import model

    with monkeypatch.context() as older:
        older.setattr(model, "VERSION", 0)
        made_up("mircluster", "-k", "5")
    add_tracks(made_up.root, 3, seed=7)

    code, out, err = land()

    assert (code, out) == (0, "")
    assert "was written by another version; `beet mircluster` makes it anew" in err


def test_a_model_of_tracks_that_were_analysed_otherwise_places_and_warns(made_up: Beet, land):
    made_up("mircluster", "-k", "5")
    add_tracks(made_up.root, 1, seed=7)
    made_up("modify", "-y", "-MW", "title::^Title.7", "mir_version=2-whole")

    code, out, err = land()

    assert code == 0
    assert "lands in" in out
    assert err == "mir: the model is of tracks analysed by 2-60, these are by 2-whole\n"


def test_tracks_that_the_network_has_not_heard_wait(made_up: Beet, land):
    let_hear(made_up, 200)
    made_up("mircluster", "-k", "5")
    add_tracks(made_up.root, 2, seed=7)

    code, out, err = land()

    assert (code, out) == (0, "")
    assert "2 new tracks are in no cluster yet: the network has heard none of them" in err


def test_playlists_that_cannot_be_written_keep_the_places(made_up: Beet, land):
    made_up("mircluster", "-k", "5")
    for path in made_up.playlists.iterdir():
        path.unlink()
    made_up.playlists.rmdir()
    made_up.playlists.write_text("a file")
    add_tracks(made_up.root, 2, seed=7)

    code, out, err = land()

    assert code == 0
    assert out.count("lands in") == 2
    assert err == (
        "mir: the playlists are as they were:"
        f" {made_up.playlists}: is no folder for playlists, but a file\n"
    )
    assert len(made_up("ls", "title::^Title.7", "mircluster:1..").splitlines()) == 2


def test_where_the_folder_of_playlists_is_away_none_is_made(made_up: Beet, land):
    made_up("mircluster", "-k", "5")
    made_up.playlists.rename(made_up.root / "away")
    add_tracks(made_up.root, 2, seed=7)

    _, out, err = land()

    assert (out.count("lands in"), err) == (2, "")
    assert not made_up.playlists.exists()


@pytest.mark.parametrize("encoding", [("-d", "1"), ("-e", "scaled")])
def test_new_tracks_are_told_apart_by_all_that_is_heard_of_them(made_up: Beet, encoding):
    """Along one dimension many lie where another one does."""
    made_up("mircluster", "-k", "5", *encoding)
    add_tracks(made_up.root, 20, seed=7)
    made_up("mircluster", "--assign")

    assert len(made_up("ls", "mir_order:1..", "title::^Title 7").splitlines()) == 20
