"""How often the nearest tracks are of the same label, and how often they are the same few."""

import csv
import json
import sqlite3

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew

from beetsplug.mir.clusters import neighbourhood
from beetsplug.mir.clusters.neighbourhood import of_distances, of_space
from beetsplug.mir.commands.cluster import neighbours
from tests.beet import Beet
from tests.conftest import let_hear

ALONE = [""] * 100  # of no artist


def line(*places: float) -> np.ndarray:
    return np.array(places, dtype=float)[:, None]


def test_known_answers_by_hand():
    Z, truth = line(0, 2, 4, 7, 8.5, 11), list("rrpppr")

    found = of_space(Z, truth, ALONE[:6])

    # The nearest: 2 (r), 0 (r), 2 (r), 8.5 (p), 7 (p), 8.5 (p).
    assert found.precision_at_1 == pytest.approx(4 / 6)
    # The five others of each: 2 of three of its label, for all.
    assert found.precision_at_5 == found.precision_at_10 == found.chance == pytest.approx(0.4)
    assert found.hubness is None  # all are among the ten nearest of all


def test_tracks_of_the_same_artist_do_not_count():
    Z, truth = line(0, 1, 3, 7), list("rrpr")

    near = of_space(Z, truth, ["Ann", " ANN", "Bob", ""])

    # Ann's two see 3 (p) first, then 7 (r); Bob sees 1 (r); the last 3 (p), 1 (r), 0 (r).
    assert near.precision_at_1 == 0
    assert near.precision_at_5 == near.chance == pytest.approx((1 / 2 + 1 / 2 + 0 + 2 / 3) / 4)


def test_tracks_of_no_artist_are_of_different_ones():
    assert of_space(line(0, 1, 5, 6), list("rrpp"), ["", " ", "", ""]).precision_at_1 == 1


def test_tracks_without_a_label_neither_ask_nor_count():
    Z, truth = line(0, 0.1, 1, 5, 5.1, 6), ["r", "", "r", "p", "", "p"]

    found = of_space(Z, truth, ALONE[:6])

    assert found.precision_at_1 == 1
    assert found.chance == pytest.approx(1 / 3)


def test_who_has_nobody_to_compare_with_does_not_ask():
    """Both have only each other's artist; the third has them, and they have it."""
    assert of_space(line(0, 1), list("rp"), ["Ann", "Ann"])[:4] == (None,) * 4
    found = of_space(line(0, 1, 9), ["r", "p", ""], ["Ann", "Ann", "Bob"])
    assert found[:4] == (None,) * 4


@pytest.mark.parametrize("truth", [[""] * 30, ["rock"] * 30, ["rock"] * 9 + [""] * 21])
def test_without_two_labels_there_is_hubness_only(truth):
    Z = np.random.default_rng(0).normal(size=(30, 3))

    found = of_space(Z, truth, ALONE[:30])

    assert found[:4] == (None,) * 4
    assert found.hubness is not None


def test_one_that_is_near_to_all_is_a_hub():
    """In many dimensions all are far from each other, but not from their middle."""
    Z = np.random.default_rng(0).normal(size=(60, 50))

    even, hub = (
        of_space(points, ALONE[: len(points)], ALONE[: len(points)]).hubness
        for points in (Z, np.vstack([Z, np.zeros(50)]))
    )

    assert hub > even


def test_where_all_are_equally_often_near_there_are_no_hubs():
    turn = np.arange(30) * 2 * np.pi / 30
    circle = np.column_stack([np.cos(turn), np.sin(turn)])

    assert of_space(circle, ALONE[:30], ALONE[:30]).hubness is None


def test_the_nearest_come_first():
    D = np.array([[3.0, 0, 4, 1, 2], [0, 9, 8, 7, 6]])

    assert neighbourhood.nearest(D, 3).tolist() == [[1, 3, 4], [0, 4, 3]]
    assert neighbourhood.nearest(D, 9).tolist() == [[1, 3, 4, 0, 2], [0, 4, 3, 2, 1]]


def plain(D, truth, artists):
    """Return the scores as the words of the definition say, track by track."""
    n, shares, times = len(D), [], np.zeros(len(D))
    for one in range(n):
        order = [other for other in np.argsort(D[one]) if other != one]
        times[order[:10]] += 1
        others = [
            o for o in order
            if truth[o] and not (artists[o] and artists[o].lower() == artists[one].lower())
        ]  # fmt: skip
        if truth[one] and others and len(set(truth) - {""}) > 1:
            same = [truth[o] == truth[one] for o in others]
            shares.append([np.mean(same[:k]) for k in (1, 5, 10, n)])
    means = np.mean(shares, axis=0).tolist() if shares else [None] * 4
    return [*means, skew(times) if times.std() else None]


@given(st.data(), st.integers(2, 40), st.integers(0, 10**6), st.integers(1, 100))
def test_the_scores_are_what_the_definition_says(data, n, seed, at_a_time):
    names = st.sampled_from(["", "a", "A", "b", "c"])
    truth = data.draw(st.lists(names, min_size=n, max_size=n))
    artists = data.draw(st.lists(names, min_size=n, max_size=n))
    Z = np.random.default_rng(seed).normal(size=(n, 4))
    D = np.linalg.norm(Z[:, None] - Z[None], axis=2)
    told = []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbourhood, "_VALUES_AT_A_TIME", at_a_time)
        found = of_space(Z, truth, artists, told.append)

    expected = plain(D, truth, artists)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == (None if theirs is None else pytest.approx(theirs))
    assert of_distances([D], truth, artists) == pytest.approx(tuple(found), nan_ok=True)
    assert sum(told) == n
    assert max(told) == max(1, min(n, at_a_time // n))


# --- through `beet` ---


def table(out: str) -> dict[str, list[str]]:
    lines = [line.split() for line in out.splitlines()]
    return {words[0]: words[1:] for words in lines if words and words[0] in TABLE}


TABLE = ("features", "classic", "network")


def evaluated(beet: Beet, *options: str) -> str:
    return beet("mircluster", "--evaluate", "--neighbours", *options)


def test_both_sets_are_scored_over_the_tracks_that_have_both(made_up: Beet):
    let_hear(made_up, 150)

    code, out, err = made_up.run("mircluster", "--evaluate", "--neighbours", "--out", "n.csv")

    assert code == 0, err
    assert "50 tracks are left out that the network has not heard" in err
    found = table(out)
    assert found["features"] == ["P@1", "P@5", "P@10", "chance", "hubness"]
    with open(made_up.root / "n.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["features"] for row in rows] == ["classic", "network"]
    assert [row["n_tracks"] for row in rows] == ["150", "150"]
    for row in rows:
        assert [f"{float(v):.3f}" for v in list(row.values())[2:]] == found[row["features"]]
        assert float(row["precision_at_1"]) > 0.9  # each genre is a kind of sound
        assert 0.15 < float(row["chance"]) < 0.3
    assert not made_up("ls", "mircluster:1..")


def test_the_encodings_are_those_that_are_clustered_by_default(made_up: Beet, monkeypatch):
    let_hear(made_up, 200)
    seen = []
    encoded = neighbours.reading.encoded

    def spy(X, genres, name, dims, study, log):
        found = encoded(X, genres, name, dims, study, log)
        seen.append((name, X.shape, found.Z.shape))
        return found

    monkeypatch.setattr(neighbours.reading, "encoded", spy)
    evaluated(made_up)

    assert seen == [("pca", (200, 16), (200, 8)), ("pca", (200, 200), (200, 16))]


def test_one_set_can_be_asked_for(made_up: Beet):
    let_hear(made_up, 150)

    assert set(table(evaluated(made_up, "-F", "network"))) == {"features", "network"}
    out = evaluated(made_up, "-F", "classic", "--out", "n.json")
    assert set(table(out)) == {"features", "classic"}
    assert [row["n_tracks"] for row in json.loads((made_up.root / "n.json").read_text())] == [
        200
    ]


def test_any_field_can_be_compared_with(made_up: Beet):
    """By artist, all of the same label are left out."""
    assert float(table(evaluated(made_up, "--by", "year"))["classic"][0]) > 0.9
    out = evaluated(made_up, "--by", "artist")

    assert "39 different values of artist" in out
    assert table(out)["classic"][:4] == ["0.000"] * 4
    assert "tracks of the same artist are left out" in out


@pytest.mark.parametrize("n_tracks", [2, 10])
def test_few_tracks(made_up: Beet, n_tracks):
    let_hear(made_up, n_tracks)

    out = evaluated(made_up, f"id:..{n_tracks}")

    assert set(table(out)) == set(TABLE)
    assert table(out)["network"][-1] == "-"
    assert "nan" not in out


def test_one_track_has_no_neighbours(made_up: Beet):
    code, _, err = made_up.run("mircluster", "--evaluate", "--neighbours", "id:1")

    assert code == 1
    assert err == "error: fewer than two tracks: there are no neighbours\n"


@pytest.mark.parametrize("genres", ["''", "'Rock'"])
def test_without_different_labels_it_says_so(made_up: Beet, genres):
    change(made_up, f"genres = {genres}")

    code, out, err = made_up.run("mircluster", "--evaluate", "--neighbours")

    assert code == 0
    assert f"{int(genres != repr(''))} different values of genre" in err
    assert table(out)["classic"][:4] == ["-"] * 4
    assert table(out)["classic"][4] != "-"
    assert "no P: there are no tracks of different labels by different artists" in out


def test_tracks_without_artists(made_up: Beet):
    change(made_up, "artist = ''")

    assert float(table(evaluated(made_up))["classic"][0]) > 0.9


def test_of_too_many_tracks_some_are_drawn(made_up: Beet, monkeypatch):
    monkeypatch.setattr(neighbours, "MOST_COMPARED", 60)

    out = evaluated(made_up, "--out", "n.json")

    assert "200 tracks, of which 60 are drawn by lot" in out
    assert json.loads((made_up.root / "n.json").read_text())[0]["n_tracks"] == 60


def test_values_that_were_not_made_alike_are_warned_of(made_up: Beet):
    with sqlite3.connect(made_up.root / "library.db") as db:
        db.execute("UPDATE item_attributes SET value = '2-whole' WHERE key = 'mir_version'"
                   " AND entity_id = 1")  # fmt: skip
    db.close()

    _, _, err = made_up.run("mircluster", "--evaluate", "--neighbours")

    assert "not all tracks were analysed alike" in err


def test_wrong_usage(made_up: Beet):
    def failed(*options: str) -> str:
        code, _, err = made_up.run("mircluster", *options)
        assert code == 1
        return err

    assert "--neighbours belong to --evaluate" in failed("--neighbours")
    asked = ("--evaluate", "--neighbours")
    assert "--encoding: plays no part" in failed(*asked, "-e", "none")
    assert "--epochs, --genre-bias: plays no part in --evaluate --neighbours" in failed(
        *asked, "-b", "1", "--epochs", "9"
    )
    assert "neither in .csv nor in .json" in failed(*asked, "--out", "x.txt")
    assert "the network has heard none" in failed(*asked, "-F", "network")


def change(beet: Beet, assignment: str) -> None:
    with sqlite3.connect(beet.root / "library.db") as db:
        db.execute(f"UPDATE items SET {assignment}")
    db.close()
