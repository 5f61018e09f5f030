"""Stories of `beet mircluster`, on a made-up library and on real music."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from beets.library import Item, Library

from beetsplug.mir import names
from beetsplug.mir.clusters import evaluation
from beetsplug.mir.clusters.evaluation import Row
from beetsplug.mir.library import storing
from tests.conftest import KINDS, Beet, add_tracks


def ids(beet: Beet, *query: str) -> dict[str, str]:
    lines = beet("ls", "-f", "$title\t%ifdef{mircluster}", *query).splitlines()
    return dict(line.split("\t") for line in lines)


def model_of(beet: Beet) -> Path:
    return beet.root / "library.db.mir-model.npz"


def failed(beet: Beet, *args: str) -> str:
    code, _, err = beet.run("mircluster", *args)
    assert code == 1
    return err.strip()


def test_clusters_have_names_that_can_be_queried_and_name_playlists(made_up: Beet):
    made_up.configure(
        f"mir: {{playlist_dir: {made_up.playlists}, playlist_name: '$cluster $name'}}\n"
    )
    out = made_up("mircluster", "-k", "5")

    shown = set(made_up("ls", "-f", "$mircluster $mircluster_name").splitlines())
    assert len(shown) == 5
    assert all(line.split(" ", 1)[1] in out for line in shown)
    stems = [path.stem.split(" ", 1)[0] for path in made_up.playlists.glob("*.m3u")]
    assert sorted(stems) == list("12345")
    assert all(any(kind in line for line in shown) for kind in KINDS)
    found = made_up("ls", "-f", "$genres", "mircluster_name:Techno").split()
    assert found.count("Techno") > 0.9 * len(found) > 0


def test_no_neighbours_in_a_playlist_are_by_one_artist(made_up: Beet):
    made_up("mircluster", "-k", "5")

    for number in "12345":
        cluster = f"mircluster:{number}", "mir_order+"
        artists = made_up("ls", "-f", "$artist", *cluster).splitlines()
        assert all(a != b for a, b in pairwise(artists))
        paths = made_up("ls", "-f", "$path", *cluster).splitlines()
        lines = (made_up.playlists / f"mir-{number}.m3u").read_text().splitlines()
        assert [os.path.basename(path) for path in paths] == lines


def test_ids_stay_when_tracks_are_added(made_up: Beet):
    made_up("mircluster", "-k", "12")
    before = ids(made_up)
    assert "no track moved" in made_up("mircluster", "-k", "12")
    add_tracks(made_up.root, 10, seed=2)

    out = made_up("mircluster", "-k", "12")

    after = ids(made_up)
    kept = sum(after[title] == id_ for title, id_ in before.items())
    assert kept >= 0.95 * len(before)
    assert f"{len(before) - kept} tracks moved" in out or kept == len(before)
    assert "10 are new" in out
    assert "moved" not in made_up("mircluster", "-k", "12", "--fresh")
    ordered = sorted(set(ids(made_up).values()), key=int)
    assert ordered == [str(number) for number in range(1, 13)]


def test_ids_stay_on_real_music(beet: Beet, pieces: list[dict[str, float]]):
    """Every twentieth piece comes later."""
    beet("ls")
    lib = Library(str(beet.root / "library.db"), str(beet.root / "music"))
    for late in (False, True):
        with lib.transaction():
            for number, values in enumerate(pieces):
                if (number % 20 == 7) == late:
                    item = Item(path=f"{number}.wav".encode(), title=str(number))
                    lib.add(item)
                    storing.store_features(item, values, names.version(60), "print")
        if not late:
            beet("mircluster", "-k", "10")
            before = ids(beet)

    out = beet("mircluster", "-k", "10")

    lib._close()
    after = ids(beet)
    assert len(before) > 80
    assert f"{len(after) - len(before)} are new" in out
    assert sum(after[title] == before[title] for title in before) >= 0.95 * len(before)


def test_a_name_stays_until_its_words_change(made_up: Beet):
    extra = "mir: {{playlist_dir: {}, playlist_name: '$cluster $name'}}\n"
    made_up.configure(extra.format(made_up.playlists))
    made_up("mircluster", "-k", "5")
    first = made_up("ls", "-f", "$mircluster $mircluster_name", "mircluster:1").splitlines()[0]
    old = first.removeprefix("1 ")
    words, _, genres = old.partition(" · ")
    turned = " · ".join([", ".join(reversed(words.split(", "))), genres])
    made_up("modify", "-yWM", f"mircluster_name={turned}", "mircluster:1")

    out = made_up("mircluster", "-k", "5")

    assert "is now" not in out
    assert made_up("ls", "-f", "$mircluster_name", "mircluster:1").splitlines()[0] == turned
    made_up("modify", "-yWM", "mircluster_name=soft soap", "mircluster:1")
    assert f'cluster 1 was "soft soap", is now "{old}"' in made_up("mircluster", "-k", "5")
    assert (made_up.playlists / f"1 {old}.m3u".replace("/", "_")).exists()


def test_a_query_asks_before_it_takes_the_clusters_of_others(made_up: Beet):
    made_up("mircluster", "-k", "12")
    before = ids(made_up)
    of_two = ["mircluster:10", ",", "mircluster:11"]
    matching = set(ids(made_up, *of_two))
    many = f"{200 - len(matching)} tracks that do not match or are not analysed"

    assert failed(made_up, "-k", "6", *of_two) == (
        f"error: {many} would lose their cluster: -y says yes to that"
    )
    pretended = made_up("mircluster", "-k", "6", *of_two, "-p")
    assert pretended.startswith(f"{many} lose their cluster\n")
    assert ids(made_up) == before
    assert made_up("mircluster", "-k", "6", *of_two, "-y").startswith(pretended)

    after = {title: id_ for title, id_ in ids(made_up).items() if id_}
    assert set(after) == matching
    assert len(set(after.values())) == 6
    assert not {after[t] for t in after if after[t] != before[t]} & set(before.values())
    assert "lose their" not in made_up("mircluster", "-k", "6", "mircluster:1..")


@pytest.mark.parametrize(("answer", "done"), [("y", True), ("n", False)])
def test_at_a_terminal_the_answer_decides(made_up: Beet, answer, done):
    made_up("mircluster", "-k", "4")
    before, first = ids(made_up), ids(made_up, "mircluster:1")
    master, slave = os.openpty()
    process = made_up.start("mircluster", "-k", "2", "mircluster:1", stdin=slave)
    os.write(master, f"{answer}\n".encode())
    out, err = process.communicate(timeout=600)
    os.close(slave)
    os.close(master)

    assert process.returncode == 0, err
    assert "lose their cluster. Continue? (y/n)" in out
    after = {title: id_ for title, id_ in ids(made_up).items() if id_}
    assert after.keys() == (first if done else before).keys()
    assert (after == before) is not done


def test_tracks_that_lost_their_features_lose_their_cluster_and_it_is_said(made_up: Beet):
    made_up("mircluster", "-k", "4")
    made_up("modify", "-yWM", "mir_version!", "id:..20")

    assert "20 tracks that are not analysed lose their cluster" in made_up("mircluster")
    assert not made_up("ls", "mircluster:1..", "id:..20")


def test_a_split_keeps_the_old_id_and_says_so(made_up: Beet):
    made_up("mircluster", "-k", "4", "-m", "agglomerative")
    before = ids(made_up)

    out = made_up("mircluster", "-k", "5", "-m", "agglomerative")

    after = ids(made_up)
    assert "split into" in out
    moved = [title for title in before if before[title] != after[title]]
    assert {after[title] for title in moved} == {"5"}


@pytest.mark.parametrize(
    "options",
    [
        ["-e", "pca"],
        pytest.param(
            ["-e", "autoencoder", "-d", "3", "--epochs", "50"], marks=pytest.mark.tensorflow
        ),
        ["-m", "agglomerative", "-b", "0.6"],
    ],
)
def test_new_tracks_are_placed_without_a_new_fit(made_up: Beet, options):
    made_up("mircluster", "-k", "5", *options)
    before = ids(made_up)
    add_tracks(made_up.root, 20, seed=3)

    pretended = made_up("mircluster", "--assign", "-p")
    assert not made_up("ls", "title::^Title.3", "mircluster:1..")
    out = made_up("mircluster", "--assign")

    assert out.splitlines()[:-2] == pretended.splitlines()
    assert "20 tracks placed" in out
    after = ids(made_up)
    assert {title: after[title] for title in before} == before
    of_kind = {
        kind: made_up("ls", "-f", "$mircluster", f"genres:{kind}", "title::^Title.1").split()
        for kind in KINDS
    }
    placed = made_up("ls", "-f", "$genres $mircluster", "title::^Title.3").splitlines()
    right = [
        id_ == max(of_kind[genre], key=of_kind[genre].count)
        for genre, id_ in map(str.split, placed)
    ]
    assert np.mean(right) > 0.8
    assert sum(len(p.read_text().splitlines()) for p in made_up.playlists.glob("*.m3u")) == 220
    orders = sorted(map(int, made_up("ls", "-f", "$mir_order", "mircluster:1").split()))
    assert orders == list(range(1, len(orders) + 1))
    assert "have a cluster" in made_up("mircluster", "--assign")


def test_only_matching_tracks_are_placed(made_up: Beet):
    made_up("mircluster", "-k", "5")
    add_tracks(made_up.root, 20, seed=3)

    made_up("mircluster", "--assign", "genres:Techno")

    assert made_up("ls", "title::^Title.3", "mircluster:1..", "genres:Techno")
    assert not made_up("ls", "title::^Title.3", "mircluster:1..", "^genres:Techno")
    assert len(made_up("ls", "title::^Title.1", "mircluster:1..").splitlines()) == 200


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04"])
def test_a_damaged_model_is_fitted_anew_with_a_warning(made_up: Beet, content):
    made_up("mircluster", "-k", "5")
    model_of(made_up).write_bytes(content)
    add_tracks(made_up.root, 10, seed=3)

    code, _, err = made_up.run("mircluster", "--assign")

    assert code == 0
    assert "is no model; clustering anew" in err
    assert len(made_up("ls", "mircluster:1..").splitlines()) == 210
    add_tracks(made_up.root, 10, seed=4)
    assert "10 tracks placed" in made_up("mircluster", "--assign")


def test_playlists_that_cannot_be_written_leave_the_new_model_with_the_new_clusters(
    made_up: Beet,
):
    made_up("mircluster", "-k", "4")
    (made_up.root / "file").write_text("")
    extra = made_up.root / "extra.yaml"
    extra.write_text(f"mir: {{playlist_dir: {made_up.root / 'file'}}}\n")
    code, _, err = made_up.run("--config", str(extra), "mircluster", "-k", "7")
    assert code == 1
    assert "is no folder for playlists" in err
    shown = made_up("ls", "-f", "$id $mircluster $mircluster_name")
    assert len(set(ids(made_up).values())) == 7
    add_tracks(made_up.root, 10, seed=3)

    made_up("mircluster", "--assign")

    assert made_up("ls", "-f", "$id $mircluster $mircluster_name", "id:..200") == shown


def test_a_track_that_lost_its_features_keeps_its_place_when_others_come(made_up: Beet):
    made_up("mircluster", "-k", "4")
    made_up("modify", "-yWM", "mir_version!", "id:..20")
    before = ids(made_up)
    add_tracks(made_up.root, 10, seed=3)

    made_up("mircluster", "--assign")

    after = ids(made_up)
    assert {title: after[title] for title in before} == before
    assert sum(len(p.read_text().splitlines()) for p in made_up.playlists.glob("*.m3u")) == 210


def test_an_anew_fit_makes_as_many_clusters_as_there_were(made_up: Beet):
    made_up("mircluster", "-k", "9")
    model_of(made_up).write_bytes(b"rubbish")
    add_tracks(made_up.root, 10, seed=3)

    assert "kmeans: 9 clusters" in made_up.run("mircluster", "--assign")[1]


@pytest.mark.tensorflow
@pytest.mark.parametrize("n_tracks", [1, 2, 3])
def test_networks_of_very_small_libraries(beet: Beet, n_tracks):
    beet("ls")
    add_tracks(beet.root, n_tracks, seed=1)

    beet("mircluster", "-e", "autoencoder", "-d", "2", "--epochs", "2")

    assert len(beet("ls", "mircluster:1..").splitlines()) == n_tracks
    code, _, err = beet.run("mircluster", "--evaluate", "--epochs", "2")
    assert code == (1 if n_tracks == 1 else 0), err


@pytest.mark.parametrize("n_tracks", [1, 2, 3])
def test_very_small_libraries(beet: Beet, without_tensorflow, n_tracks):
    beet("ls")
    add_tracks(beet.root, n_tracks, seed=1)

    for options in ([], ["-m", "agglomerative", "-b", "1"]):
        beet("mircluster", *options)
        assert len(beet("ls", "mircluster:1..").splitlines()) == n_tracks
    assert "too few or too alike" in failed(beet, "-k", "auto")
    code, _, err = beet.run("mircluster", "--evaluate")
    assert code == (1 if n_tracks == 1 else 0), err
    add_tracks(beet.root, 1, seed=2)
    assert "1 tracks placed" in beet("mircluster", "--assign")


def test_very_long_names_make_files_all_the_same(made_up: Beet):
    with sqlite3.connect(made_up.root / "library.db") as db:
        db.execute("UPDATE items SET genres = genres || ?", ("ö" * 300,))
    db.close()
    extra = made_up.root / "extra.yaml"
    extra.write_text("mir: {playlist_name: '$cluster $name'}\n")

    made_up("--config", str(extra), "mircluster", "-k", "5")

    assert len(list(made_up.playlists.glob("*.m3u"))) == 5


def test_without_a_model_nothing_can_be_placed(made_up: Beet):
    assert "run `beet mircluster` first" in failed(made_up, "--assign")


def test_placing_a_track_loads_nothing_that_takes_seconds(made_up: Beet):
    made_up("mircluster", "-k", "5")
    add_tracks(made_up.root, 1, seed=3)
    code = (
        "import sys; from beets.ui import main; sys.argv = ['beet', 'mircluster', '--assign']\n"
        "main(); print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    environment = {**os.environ, "BEETSDIR": str(made_up.root)}
    command = [sys.executable, "-c", code]
    out = subprocess.check_output(command, env=environment, text=True)
    assert "1 tracks placed" in out
    assert not {"tensorflow", "keras", "sklearn", "matplotlib"} & set(out.split())


@pytest.mark.tensorflow
def test_the_whole_study_is_evaluated(made_up: Beet, monkeypatch):
    """Six spaces, two methods; of 2 to 20 clusters only some."""
    monkeypatch.setattr(evaluation, "N_CLUSTERS", range(3, 7))
    with sqlite3.connect(made_up.root / "library.db") as db:
        db.execute("UPDATE items SET genres = '' WHERE id <= 7")
    db.close()

    out = made_up("mircluster", "--evaluate", "--epochs", "3", "--out", "scores.csv")

    table = [line for line in out.splitlines() if " kmeans " in line or " agglom" in line]
    assert len(table) == 6 * 2 * 4
    assert "193 tracks with 5 different values of genre; 7 tracks without" in out
    assert 2 <= sum(line.count("*") for line in table) <= 4
    with open(made_up.root / "scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == Row._fields
    assert len(rows) == len(table)
    best = max(rows, key=lambda row: float(row["adjusted_rand"]))
    assert int(best["n_clusters"]) in (4, 5, 6)
    assert not made_up("ls", "mircluster:1..")


def test_an_evaluation_by_another_field_without_tensorflow(
    made_up: Beet, without_tensorflow, monkeypatch
):
    monkeypatch.setattr(evaluation, "N_CLUSTERS", range(2, 4))
    options = ["--evaluate", "--by", "year", "--out", "s.json"]
    code, out, err = made_up.run("mircluster", *options)

    assert code == 0, err
    assert "pip install 'beets-mir[tensorflow]'" in failed(made_up, "-e", "autoencoder")
    assert "autoencoder 3, autoencoder 8: skipped" in err
    assert "5 different values of year" in out
    rows = json.loads((made_up.root / "s.json").read_text())
    assert {row["space"] for row in rows} == {"pca 3", "pca 8", "normalised 16", "scaled 16"}


def test_how_many_clusters_is_chosen_and_why(made_up: Beet):
    out = made_up("mircluster", "-k", "auto", "id:..120")

    line = next(line for line in out.splitlines() if "stability" in line)
    assert line.startswith(("4 clusters", "5 clusters"))
    assert "silhouette" in line


def test_a_bias_draws_clusters_towards_genres(made_up: Beet):
    with sqlite3.connect(made_up.root / "library.db") as db:
        db.execute("UPDATE items SET genres = 'Jazz' WHERE id % 10 = 0")
    db.close()

    def purity(*options: str) -> float:
        made_up("mircluster", "-m", "agglomerative", "-k", "5", *options)
        lines = made_up("ls", "-f", "$mircluster $genres").splitlines()
        pairs = [line.split() for line in lines]
        return sum(
            max(pairs.count([id_, kind]) for kind in KINDS) for id_ in {p[0] for p in pairs}
        ) / len(pairs)

    assert purity("-b", "1") == 1
    assert purity("-b", "0") < 1


def test_a_bias_that_changes_nothing_is_warned_of(made_up: Beet):
    code, _, err = made_up.run("mircluster", "-p", "-b", "0.5")

    assert code == 0
    assert "-m agglomerative" in err


def test_a_library_without_genres(made_up: Beet):
    with sqlite3.connect(made_up.root / "library.db") as db:
        db.execute("UPDATE items SET genres = ''")
    db.close()

    out = made_up("mircluster", "-m", "agglomerative", "-k", "3", "-b", "0.8")
    biased = ids(made_up)
    assert "·" not in out
    made_up("mircluster", "-m", "agglomerative", "-k", "3")
    assert ids(made_up) == biased


def test_wrong_usage(made_up: Beet):
    assert "must be at most 1" in failed(made_up, "-b", "1.5")
    assert "must be at least 0" in failed(made_up, "-b", "-0.1")
    assert "must be at least 0" in failed(made_up, "-b", "nan")
    assert "must be at least 2" in failed(made_up, "-k", "1")
    assert "whole number or auto" in failed(made_up, "-k", "many")
    assert failed(made_up, "-k", "201") == "error: cannot make 201 clusters of 200 tracks"
    assert "17 dimensions of 16 features" in failed(made_up, "-d", "17")
    assert "must be at least 1" in failed(made_up, "--epochs", "0")
    assert "whole number or auto, not '-1'" in failed(made_up, "--min-size", "-1")
    assert "whole number or auto" in failed(made_up, "--max-size", "few")
    assert "min_size: 9 is more than max_size: 8" in failed(
        made_up, "--min-size", "9", "--max-size", "8"
    )
    assert "--min-size: plays no part" in failed(made_up, "--assign", "--min-size", "3")
    assert "no track has a field 'mood'" in failed(made_up, "--evaluate", "--by", "mood")
    assert "neither in .csv nor in .json" in failed(made_up, "--evaluate", "--out", "x.txt")
    assert "belong to --evaluate" in failed(made_up, "--by", "year")
    assert "--clusters, --fresh: plays no part" in failed(
        made_up, "--evaluate", "-k", "3", "--fresh"
    )
    assert "cannot write to the folder no: No such file or directory" in failed(
        made_up, "--evaluate", "--out", "no/a.csv"
    )
    assert "~nobody-has-this-name" in failed(
        made_up, "--evaluate", "--out", "~nobody-has-this-name/a.csv"
    )
    for command in ([], ["--evaluate"]):
        (made_up.root / "extra.yaml").write_text("mir: {random_state: 4294967296}\n")
        options = ["--config", str(made_up.root / "extra.yaml"), "mircluster", *command]
        code, _, err = made_up.run(*options)
        assert code == 1
        assert "random_state: must be at most" in err
    assert "different jobs" in failed(made_up, "--evaluate", "--assign")
    assert "too few or too alike" in failed(made_up, "-k", "auto", "title::Title.1.[12]$")


def test_hundreds_of_copies_of_one_track_are_one_cluster(beet: Beet):
    beet("ls")
    add_tracks(beet.root, 40, seed=1)
    lib = Library(str(beet.root / "library.db"), str(beet.root / "music"))
    values = dict(zip(names.VECTOR, np.full(42, 9.0).tolist(), strict=True))
    with lib.transaction():
        for number in range(300):
            item = Item(path=os.fsencode(beet.music / f"c{number}.wav"), title="Copy")
            lib.add(item)
            storing.store_features(item, values, names.version(60), "print")
    lib._close()

    for method in ("kmeans", "agglomerative"):
        beet("mircluster", "-k", "6", "-m", method)
        assert len(set(beet("ls", "-f", "$mircluster", "title:Copy").split())) == 1
        assert len(set(beet("ls", "-f", "$mircluster", "^title:Copy").split())) >= 4
