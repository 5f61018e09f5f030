"""Clusters that are kept, whatever is clustered later: stories told through `beet`."""

import json
import re
import sqlite3

import numpy as np
import pytest
from beets.library import Library

from beetsplug.mir.clusters.model import load
from beetsplug.mir.clusters.naming import describe
from beetsplug.mir.commands.cluster import keeping
from beetsplug.mir.library.items import read_tracks
from tests.conftest import Beet, add_tracks, let_hear

SUNDAY = "Sunday morning"


def by_name(beet: Beet) -> None:
    """Let playlists be called as their clusters."""
    beet.configure(f"mir: {{playlist_dir: {beet.playlists}, playlist_name: $name}}\n")


def place(beet: Beet, *query: str) -> dict[str, str]:
    """Return cluster, order and name of each track by its id, of those that have a cluster."""
    form = "$id\t$mircluster\t$mir_order\t$mircluster_name"
    lines = beet("ls", "-f", form, "mircluster:1..", *query).splitlines()
    return dict(line.split("\t", 1) for line in lines)


def founders(beet: Beet) -> set[str]:
    return set(beet("ls", "-f", "$id", "mir_kept::.").split())


def names_of(beet: Beet) -> dict[str, str]:
    lines = beet("ls", "-f", "$mircluster\t$mircluster_name", "mircluster:1..").splitlines()
    return dict(line.split("\t") for line in lines)


def failed(beet: Beet, *args: str) -> str:
    code, _, err = beet.run("mircluster", *args)
    assert code == 1
    return err.strip()


def modify(beet: Beet, assignment: str, query: str) -> None:
    beet("modify", "-yWM", assignment, query)


@pytest.fixture
def kept(made_up: Beet) -> Beet:
    """A library of five clusters, of which the third is kept under a name of its own."""
    by_name(made_up)
    made_up("mircluster", "-k", "5")
    made_up("mircluster", "--keep", "3", *SUNDAY.split())
    return made_up


def playlist(beet: Beet, name: str = SUNDAY) -> str:
    return (beet.playlists / f"{name}.m3u").read_text()


def test_a_kept_cluster_bears_its_name_at_once(made_up: Beet):
    by_name(made_up)
    made_up("mircluster", "-k", "5")
    before, of_third = place(made_up), place(made_up, "mircluster:3")
    old = names_of(made_up)["3"]

    out = made_up("mircluster", "--keep", "3", SUNDAY)

    assert f'cluster 3 is kept as "{SUNDAY}" ({len(of_third)} tracks)' in out
    assert founders(made_up) == of_third.keys()
    assert names_of(made_up)["3"] == SUNDAY
    after = place(made_up)
    assert {id_: line.split("\t")[:2] for id_, line in after.items()} == {
        id_: line.split("\t")[:2] for id_, line in before.items()
    }
    assert len(playlist(made_up).splitlines()) == len(of_third)
    assert not (made_up.playlists / f"{old}.m3u").exists()
    assert len(list(made_up.playlists.glob("*.m3u"))) == 5


@pytest.mark.parametrize(
    "options",
    [
        ["-k", "5"],
        ["-k", "12"],
        ["-k", "2"],
        ["-k", "8", "-m", "agglomerative", "-b", "0.5"],
        ["-k", "5", "-e", "scaled"],
        ["-k", "6", "--fresh"],
        ["-k", "9", "--fresh", "-m", "agglomerative", "--max-size", "25"],
        ["-k", "4", "-y", "^genres:Techno", "^mircluster:3"],
        ["-k", "3", "-y", "id:1..150"],
    ],
    ids=" ".join,
)
def test_whatever_is_clustered_later_it_stays_as_it_is(kept: Beet, options):
    before, text = place(kept, "mircluster:3"), playlist(kept)

    pretended = kept("mircluster", "-p", *options)
    out = kept("mircluster", *options)

    assert out.startswith(pretended)
    assert place(kept, "mircluster:3") == before
    assert playlist(kept) == text
    assert founders(kept) == before.keys()
    (line,) = [line for line in out.splitlines() if "(kept)" in line]
    assert line.split()[:3] == ["3", str(len(before)), "tracks"]
    assert f"{SUNDAY} (kept)" in line
    assert f"1 cluster is kept, with {len(before)} tracks" in out
    names = names_of(kept)
    assert len(set(names.values())) == len(names)
    if "--max-size" not in options:
        assert len(names) == int(options[1])
    again = kept("mircluster", *options[:2], *[o for o in options[2:] if o != "--fresh"])
    assert "no track moved" in again


def test_of_as_many_as_are_asked_for_one_at_least_is_made_of_the_rest(kept: Beet):
    kept("mircluster", "--keep", "1", "One")
    kept("mircluster", "--keep", "5", "Five")

    assert "3 clusters are kept, with " in kept("mircluster", "-k", "2")

    assert set(names_of(kept)) >= {"1", "3", "5"}
    assert len(names_of(kept)) == 4
    assert failed(kept, "-k", "204").startswith("error: cannot make 201 clusters of ")
    assert failed(kept, "-k", "204").endswith(" tracks beside 3 that are kept")


def test_how_many_are_made_of_the_rest_can_be_chosen(kept: Beet, monkeypatch):
    monkeypatch.setattr("beetsplug.mir.clusters.choosing.N_CLUSTERS", range(2, 6))
    before = place(kept, "mircluster:3")

    out = kept("mircluster", "-k", "auto")

    (chosen,) = [line for line in out.splitlines() if "stability" in line]
    assert len(names_of(kept)) == int(chosen.split()[0]) + 1
    assert place(kept, "mircluster:3") == before


def test_ids_of_kept_clusters_are_never_given_to_others(kept: Beet):
    third = place(kept, "mircluster:3")

    kept("mircluster", "--fresh", "-k", "4")

    assert set(names_of(kept)) == {"1", "2", "3", "4"}
    assert place(kept, "mircluster:3") == third


def test_its_centre_is_that_of_its_founders_whatever_joined(kept: Beet):
    add_tracks(kept.root, 60, seed=3)
    out = kept("mircluster", "--assign")
    assert SUNDAY in out
    first = founders(kept)
    joined = place(kept, "mircluster:3").keys() - first
    assert joined
    assert names_of(kept)["3"] == SUNDAY
    assert len(playlist(kept).splitlines()) == len(first | joined)
    before = place(kept, "mircluster:3")

    kept("mircluster", "-k", "7")

    assert place(kept, "mircluster:3") == before
    assert founders(kept) == first
    model = load(kept.root / "library.db.mir-model.npz")
    lib = Library(str(kept.root / "library.db"), str(kept.music))
    values = read_tracks(lib, sorted(map(int, first))).X
    lib._close()
    Z = model.encoder.transform(values, [""] * len(values))
    assert model.centres[model.ids.tolist().index(3)] == pytest.approx(Z.mean(axis=0))
    add_tracks(kept.root, 60, seed=4)
    kept("mircluster", "--assign")
    assert place(kept, "mircluster:3").keys() > before.keys()


def test_a_query_that_leaves_its_tracks_out_takes_none_away(kept: Beet):
    of_third = place(kept, "mircluster:3")
    others = 200 - len(of_third) - len(place(kept, "mircluster:1"))

    assert f"{others} tracks that do not match" in failed(kept, "mircluster:1", "-k", "3")
    assert "lose their" not in kept("mircluster", "^mircluster:3", "-k", "5")
    kept("mircluster", "mircluster:1", "-k", "3", "-y")

    assert place(kept, "mircluster:3") == of_third
    assert len(place(kept)) == 200 - others


def test_tracks_that_lost_their_features_stay_in_it(kept: Beet):
    lost = sorted(founders(kept), key=int)[:4]
    for id_ in lost:
        modify(kept, "mir_version!", f"id:{id_}")
    before = place(kept, "mircluster:3")

    kept("mircluster", "-k", "6")

    assert place(kept, "mircluster:3") == before


def test_renaming_moves_the_playlist_and_leaves_the_founders(kept: Beet):
    add_tracks(kept.root, 60, seed=3)
    kept("mircluster", "--assign")
    first, text = founders(kept), playlist(kept)

    kept("mircluster", "--keep", "3", "Late / Night?")

    assert founders(kept) == first
    assert names_of(kept)["3"] == "Late / Night?"
    assert kept("ls", "-f", "$mir_kept", f"id:{min(first)}").strip() == "Late / Night?"
    (path,) = kept.playlists.glob("Late*.m3u")
    assert path.read_text() == text
    assert not (kept.playlists / f"{SUNDAY}.m3u").exists()
    assert '"Late / Night?"' in kept("mircluster", "--keep", "3")  # as it is
    assert founders(kept) == first


def test_a_cluster_can_be_kept_under_the_name_that_it_has(made_up: Beet):
    by_name(made_up)
    made_up("mircluster", "-k", "5")
    name = names_of(made_up)["2"]

    assert f'cluster 2 is kept as "{name}"' in made_up("mircluster", "--keep", "2")

    made_up("mircluster", "-k", "9", "-m", "agglomerative")
    assert names_of(made_up)["2"] == name


def test_a_released_cluster_is_one_like_others_again(kept: Beet):
    assert f'cluster 3, "{SUNDAY}", is no longer kept' in kept("mircluster", "--release", "3")

    assert not founders(kept)
    assert names_of(kept)["3"] == SUNDAY
    assert playlist(kept)
    out = kept("mircluster", "-k", "5")
    assert "kept" not in out
    assert f'cluster 3 was "{SUNDAY}", is now' in out


def test_pretence_changes_nothing(kept: Beet):
    before, files = place(kept), {p.name for p in kept.playlists.iterdir()}

    assert "kept" in kept("mircluster", "-p", "--keep", "4", "Four")
    assert "no longer" in kept("mircluster", "-p", "--release", "3")

    assert place(kept) == before
    assert {p.name for p in kept.playlists.iterdir()} == files
    assert set(kept("ls", "-f", "$mir_kept", "mir_kept::.").splitlines()) == {SUNDAY}


def test_wrong_usage(kept: Beet):
    other = names_of(kept)["4"]
    assert failed(kept, "--keep", "9", "x") == (
        "error: there is no cluster 9, but 1, 2, 3, 4, 5"
    )
    assert failed(kept, "--keep", "-1") == "error: there is no cluster -1, but 1, 2, 3, 4, 5"
    assert failed(kept, "--release", "9").startswith("error: there is no cluster 9")
    assert failed(kept, "--release", "4") == (
        "error: cluster 4 is not kept (those that are: 3)"
    )
    assert "without a name" in failed(kept, "--keep", "4", "")
    assert "without a name" in failed(kept, "--keep", "4", " \t")
    assert "one line" in failed(kept, "--keep", "4", "a\nb")
    assert "one line" in failed(kept, "--keep", "4", "a\u202eb")
    assert failed(kept, "--keep", "5", other.upper()) == (
        f'error: "{other.upper()}" is the name of cluster 4'
    )
    assert f'"{SUNDAY}" is the name of cluster 3' in failed(kept, "--keep", "4", SUNDAY)
    for option in (["-k", "3"], ["--assign"], ["--evaluate"], ["--fresh"], ["-y"],
                   ["--release", "3"], ["--min-size", "2"], ["-F", "classic"]):  # fmt: skip
        assert re.search(
            "plays no part in --keep|different jobs", failed(kept, "--keep", "4", *option)
        )
    assert "plays no part in --release" in failed(kept, "--release", "3", "-m", "kmeans")
    assert "nothing else" in failed(kept, "--release", "3", "genres:Jazz")
    assert kept.run("mircluster", "--keep", "four")[0] != 0
    assert set(kept("ls", "-f", "$mir_kept", "mir_kept::.").splitlines()) == {SUNDAY}


def test_before_there_are_clusters_none_can_be_kept(made_up: Beet):
    assert "run `beet mircluster` first" in failed(made_up, "--keep", "1")
    assert "run `beet mircluster` first" in failed(made_up, "--release", "1")
    made_up("mircluster", "-k", "3")
    assert failed(made_up, "--release", "1") == "error: cluster 1 is not kept (none is)"


def test_where_all_tracks_are_kept_there_is_nothing_to_cluster(kept: Beet):
    before = place(kept)

    assert "all tracks at hand are in clusters that are kept" in failed(
        kept, "-y", "mircluster:3"
    )

    assert place(kept) == before


def test_no_other_cluster_gets_its_name(kept: Beet):
    others = names_of(kept)
    for id_ in ("1", "2", "4", "5"):
        kept("mircluster", "--keep", id_, f"Kept {id_}")
        kept("mircluster", "--release", id_)
    kept("mircluster", "--keep", "3", others["4"].upper())

    kept("mircluster", "-k", "5")

    names = names_of(kept)
    assert names["3"] == others["4"].upper()
    assert len({name.casefold() for name in names.values()}) == 5


def test_a_kept_name_is_no_others_whatever_their_words_are():
    X = np.ones((8, 16))
    ids = np.repeat([1, 2, 3, 4], 2)

    names = describe(X, ids, [""] * 8, {1: "balanced"}, kept={3: "Balanced", 9: "balanced (1)"})

    assert names == {
        1: "balanced (1) (1)", 2: "balanced (2)", 3: "Balanced", 4: "balanced (4)",
        9: "balanced (1)",
    }  # fmt: skip


def test_a_founder_that_was_put_elsewhere_keeps_nothing_there(kept: Beet):
    moved = min(founders(kept), key=int)
    modify(kept, "mircluster=1", f"id:{moved}")
    stayed = place(kept, "mircluster:3").keys()

    out = kept("mircluster", "-k", "6")

    assert out.count("(kept)") == 1
    assert place(kept, "mircluster:3").keys() == stayed
    kept("mircluster", "--release", "3")
    assert not founders(kept)


def test_a_cluster_whose_founders_the_network_has_not_heard_has_no_centre(made_up: Beet):
    by_name(made_up)
    made_up("mircluster", "-k", "5", "-F", "classic")
    third = place(made_up, "mircluster:3")
    made_up("mircluster", "--keep", "3", SUNDAY)
    let_hear(made_up, 200)
    made_up("mircluster", "-k", "5", "-F", "network")
    assert 3 in load(made_up.root / "library.db.mir-model.npz").ids
    unheard(made_up, [*third][2:])
    assert "takes no new ones" not in made_up("mircluster", "-k", "5", "-F", "network")
    assert 3 in load(made_up.root / "library.db.mir-model.npz").ids
    unheard(made_up, third)

    out = made_up("mircluster", "-k", "5", "-F", "network")

    assert f'(none of the tracks that "{SUNDAY}" was kept with has these features: ' in out
    assert place(made_up, "mircluster:3").keys() == third.keys()
    assert 3 not in load(made_up.root / "library.db.mir-model.npz").ids
    add_tracks(made_up.root, 5, seed=3)
    let_hear(made_up, 205)
    made_up("mircluster", "--assign")
    assert place(made_up, "mircluster:3").keys() == third.keys()
    assert len(place(made_up)) == 205


def unheard(beet: Beet, ids: list[str]) -> None:
    with sqlite3.connect(beet.root / "library.db") as db:
        db.execute(
            "DELETE FROM item_attributes WHERE key LIKE 'mir_network%'"
            " AND entity_id IN (SELECT value FROM json_each(?))",
            (json.dumps([int(id_) for id_ in ids]),),
        )
    db.close()


def test_when_a_model_is_lost_it_stays_too(kept: Beet):
    before = place(kept, "mircluster:3")
    (kept.root / "library.db.mir-model.npz").write_bytes(b"rubbish")
    add_tracks(kept.root, 10, seed=3)

    code, out, err = kept.run("mircluster", "--assign")

    assert code == 0, err
    assert "kmeans: 4 clusters" in out
    assert place(kept, "mircluster:3") == before
    assert len(place(kept)) == 210


def test_a_lost_model_makes_as_many_clusters_of_the_rest_as_there_were(made_up: Beet):
    """Tracks of the kept one are gone from sight: they have lost their features."""
    made_up("mircluster", "-k", "5")
    made_up("mircluster", "--keep", "3")
    modify(made_up, "mir_version!", "mircluster:3")
    (made_up.root / "library.db.mir-model.npz").write_bytes(b"rubbish")
    add_tracks(made_up.root, 10, seed=3)

    assert "kmeans: 4 clusters" in made_up.run("mircluster", "--assign")[1]

    assert len(names_of(made_up)) == 5


def test_sizes_are_not_for_what_is_kept(kept: Beet):
    before = place(kept, "mircluster:3")

    kept("mircluster", "-k", "12", "--max-size", "16")

    assert place(kept, "mircluster:3") == before
    assert len(before) > 16


def test_a_playlist_that_cannot_be_written_loses_nothing(kept: Beet):
    (kept.root / "file").write_text("")
    extra = kept.root / "extra.yaml"
    extra.write_text(f"mir: {{playlist_dir: {kept.root / 'file'}}}\n")

    code, _, err = kept.run("--config", str(extra), "mircluster", "--keep", "4", "Four")

    assert code == 1
    assert "is no folder for playlists" in err
    assert names_of(kept)["4"] == "Four"
    kept("mircluster", "--keep", "4")
    assert playlist(kept, "Four")


def test_names_that_make_one_file_are_refused_before_anything_is_stored(kept: Beet):
    before = place(kept)
    kept("mircluster", "--keep", "4", "a?")

    assert "does not give each cluster a name of its own" in failed(kept, "--keep", "5", "a*")

    assert place(kept, "mircluster:5") == {
        id_: line for id_, line in before.items() if line.startswith("5\t")
    }


def test_nothing_is_half_kept(kept: Beet, monkeypatch):
    """All is in one transaction."""
    before = place(kept)
    monkeypatch.setattr("beetsplug.mir.library.storing._any_of", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        kept.run("mircluster", "--keep", "4", "Four")
    monkeypatch.undo()

    assert place(kept) == before
    assert founders(kept) == place(kept, "mircluster:3").keys()


def test_a_name_is_that_of_the_cluster_where_most_bear_it():
    class Track:
        def __init__(self, kept: str) -> None:
            self.kept = kept

    clusters = {
        1: [Track("a")] * 3 + [Track("b")] * 2 + [Track("")] * 9,
        2: [Track("a")] * 2 + [Track("b")],
        3: [Track("b")],
        4: [Track("")],
    }

    assert keeping._names(clusters) == {1: "a", 2: "b"}
