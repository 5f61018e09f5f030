"""The map as a file."""

from __future__ import annotations

import base64
import hashlib
import re

import numpy as np
import pytest
from beets.library import Library as BeetsLibrary
from hypothesis import given, settings
from hypothesis import strategies as st

from beetsplug.mir.names import CLASSIC, TAGS
from beetsplug.mir.plots.groups import by_look, by_number
from beetsplug.mir.plots.map import SCRIPT, Point, columns, page
from beetsplug.mir.plots.map.columns import three_digits
from beetsplug.mir.plots.palette import CLUSTER_COLOURS, MARKERS, Look
from beetsplug.mir.queries.alike import Surroundings, surroundings
from beetsplug.mir.space import similarity
from tests.conftest import REPOSITORY, Beet
from tests.map.libraries import (
    HOSTILE,
    Scripts,
    data_of,
    heard,
    made_up,
    numbers,
    rows_of,
    unpacked,
)

PARTS = sorted((REPOSITORY / "beetsplug" / "mir" / "plots" / "map" / "script").iterdir())


def test_the_page_is_one_file_that_loads_nothing():
    html = made_up(5).page()
    parsed = Scripts(html)

    assert parsed.addresses == ["data:,"]
    assert set(re.findall(r"https?:[^'\"]*", html)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in html
    assert "unsafe" not in re.search(r"script-src[^;]*", html)[0]


def test_every_part_of_the_script_is_in_the_page_once():
    script = Scripts(made_up(5).page()).scripts[1]

    assert sorted(SCRIPT) == [path.name for path in PARTS]
    assert [script.count(path.read_text("utf-8")) for path in PARTS] == [1] * len(PARTS)


def test_the_policy_names_the_script_as_it_is_joined():
    html = made_up(5).page()
    digests = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for script in Scripts(html).scripts[1:]
    ]

    assert re.findall(r"'sha256-([^']+)'", html) == digests


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.name)
def test_a_part_of_the_script_says_what_it_is(path):
    assert path.read_text("utf-8").startswith("/* ")


def test_numbers_and_tags_arrive_in_the_page():
    library = made_up(6)
    data = data_of(library.page())

    assert data["ids"] == [point.id for point in library.points]
    drawn = unpacked(data["Z"], "<f4").reshape(6, 3)
    np.testing.assert_allclose(drawn, library.Z[:, :3], rtol=1e-6)
    assert data["nComponents"] == 5
    near = data["near"]
    rows, distances = library.near
    assert near["width"] == 5
    assert rows_of(near).tolist() == rows.tolist()
    np.testing.assert_allclose(numbers(near["distances"]).reshape(6, 5), distances, rtol=0.006)
    np.testing.assert_allclose(
        unpacked(data["X"], "u1").reshape(6, 16) / 255, library.X, atol=0.002
    )
    genres, paths = data["genres"], data["paths"]
    assert [genres["names"][i] for i in genres["of"]] == [p.genre for p in library.points]
    assert [
        paths["folders"]["names"][folder] + name
        for folder, name in zip(paths["folders"]["of"], paths["names"], strict=True)
    ] == [point.path for point in library.points]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters()) | st.sampled_from(HOSTILE))
def test_any_text_survives_the_way_into_the_page(text):
    library = made_up(2)
    point = Point(1, text, text, text, 1, text, text, None)
    html = library._replace(points=[point, library.points[1]]).page()
    data = data_of(html.encode().decode())  # as a file: no lone surrogate is left

    assert data["titles"][0] == text
    assert data["artists"]["names"][0] == text
    assert text in data["genres"]["names"]
    assert data["paths"]["folders"]["names"][0] + data["paths"]["names"][0] == text
    assert len(Scripts(html).scripts) == 2


def test_data_holds_no_character_that_markup_or_a_reader_of_scripts_knows():
    html = made_up(len(HOSTILE) + 1, titles=[*HOSTILE, "&lt;\u2028\u2029</script x"]).page()

    data = Scripts(html).scripts[0]

    assert not set(data) & set("<>&\u2028\u2029\x7f\x80")
    assert "\\u003c" in data


def test_genres_have_the_colours_and_symbols_of_figures_in_their_order():
    library = made_up(40)
    looks = {
        name: Look(place, marker)
        for name, place, marker in zip(
            [f"Genre {i}" for i in range(5)], [0.5, 0.9, 0.1, 0.3, 0.2], "vo^sD", strict=True
        )
    }  # of the last one there is no track here

    found = columns(
        library.points, library.Z, library.X, library.raw, looks, ["x", "y", "z"],
        neighbours=library.near,
    )  # fmt: skip

    genres = data_of(page(found))["genres"]
    assert genres["names"] == ["Genre 2", "Genre 3", "Genre 0", "Genre 1", ""]
    of_figures = by_look([point.genre for point in library.points], looks)
    drawn = [of_figures.styles[name] for name in genres["names"]]
    assert genres["colours"] == [style.colour for style in drawn]
    assert [MARKERS[symbol] for symbol in genres["symbols"]] == [
        style.marker for style in drawn
    ]


@given(st.floats(1e-30, 1e30) | st.floats(-100, -1e-9) | st.floats(1e-6, 1e5) | st.just(0.0))
def test_a_feature_is_read_to_three_digits_as_it_is(value):
    library = made_up(2)
    raw = np.full((2, 16), value)

    sent = data_of(library._replace(raw=raw).page())["raw"][0]

    assert f"{numbers(sent)[0]:.2e}" == f"{three_digits(np.array(value)):.2e}"
    assert three_digits(np.array(value)) == pytest.approx(value, rel=0.005001, abs=0)


def test_clusters_come_by_number_with_their_names():
    library = made_up(12)
    numbers = [0, 2, 10, 9] * 3
    points = [
        point._replace(cluster=number, cluster_name=f"name {number}" if number else "")
        for point, number in zip(library.points, numbers, strict=True)
    ]

    clusters = data_of(library._replace(points=points).page())["clusters"]

    assert clusters["names"] == ["2", "9", "10", ""]
    of_figures = by_number(np.array(numbers)).styles
    assert clusters["colours"] == [of_figures[name].colour for name in clusters["names"]]
    assert clusters["colours"][:3] == [CLUSTER_COLOURS[number - 1] for number in (2, 9, 10)]
    assert clusters["words"] == ["name 2", "name 9", "name 10", ""]
    assert [clusters["names"][i] for i in clusters["of"]] == [str(n or "") for n in numbers]


def test_features_and_words_arrive_as_they_are_named():
    library = made_up(6)
    wild = library._replace(X=library.X * 3 - 1)  # beyond 0 and 1
    data = data_of(wild.page())

    shown = unpacked(data["X"], "u1").reshape(6, 16) / 255
    np.testing.assert_allclose(shown, np.clip(wild.X, 0, 1), atol=0.002)
    raw = np.transpose([numbers(feature) for feature in data["raw"]])
    np.testing.assert_allclose(raw, library.raw, rtol=0.006)
    assert data["axes"] == ["component 1", "component 2", "component 3"]
    by_word = {quality["more"]: quality for quality in data["qualities"]}
    bright = [data["features"][i]["name"] for i in by_word["bright"]["features"]]
    assert bright == ["centroid", "rolloff"]
    assert by_word["bright"]["less"] == "dark"


def test_tags_arrive_and_scores_of_those_that_are_told_the_most_varied_first():
    library = heard(50)
    data = data_of(library.page())

    tags, scores = data["tags"], data["scores"]
    assert [tuple(tags["names"][k] for k in of) for of in tags["of"]] == [
        point.tags for point in library.points
    ]
    varied = np.argsort(-library.scores.std(axis=0), kind="stable")
    told = [t for t in varied if t < 5 or t == len(TAGS) - 1]
    assert scores["names"] == [TAGS[t] for t in told]
    assert len(told) == 6
    np.testing.assert_allclose(
        unpacked(scores["values"], "u1").reshape(50, 6) / 255,
        library.scores[:, told], atol=0.002,
    )  # fmt: skip
    np.testing.assert_allclose(
        unpacked(data["plane"], "<f4").reshape(50, 2), library.plane, rtol=1e-6
    )


def test_without_a_plane_and_scores_there_are_none():
    data = data_of(made_up(5).page())

    assert data["plane"] is None
    assert data["scores"]["names"] == []
    assert data["tags"] == {"names": [], "of": [[]] * 5}


def test_what_no_playlist_can_name_has_no_name():
    library = made_up(3)
    points = [point._replace(path=None) for point in library.points]

    paths = data_of(library._replace(points=points).page())["paths"]

    assert paths["names"] == [None] * 3


def test_five_thousand_tracks_stay_below_3_mb():
    titles = [f"A title of quite ordinary length, number {i}" for i in range(5_000)]
    library = made_up(5_000, 16, titles)
    points = [point._replace(tags=TAGS[:5]) for point in library.points]
    scores = np.ones((5_000, len(TAGS)), np.float32)
    heard = library._replace(points=points, plane=library.Z[:, :2], scores=scores)

    assert len(heard.page().encode()) < 3e6


@pytest.mark.parametrize("query", [[], ["id:1..50"], ["id:3", ",", "id:7"]])
def test_the_neighbours_of_the_map_are_the_librarys_among_those_that_it_shows(
    made_up: Beet, query
):
    made_up("modify", "-y", "title::^Title.1.[0-9]$", "artist=One", "title=The same")

    made_up("mirplot", "--map", "-o", "pictures", *query)

    found = data_of((made_up.root / "pictures" / "map.html").read_text())
    ids = np.array(found["ids"])
    near = [rows_of(found["near"]), numbers(found["near"]["distances"]).reshape(-1, 12)]
    around = surroundings_of(made_up)
    among = around.among(ids.tolist())
    for id_, rows, distances in zip(ids.tolist(), *near, strict=True):
        row = around.sounds.rows_of([id_])
        nearest_rows, far = similarity.nearest(
            around.space, around.space.Z[row[0]], 12, around.same, without=row, among=among
        )
        assert ids[rows[rows >= 0]].tolist() == around.sounds.ids[nearest_rows].tolist()
        np.testing.assert_allclose(distances[rows >= 0], far, rtol=0.006)
        assert (rows[len(far) :] == -1).all()
    same = [row for row, title in enumerate(found["titles"]) if title == "The same"]
    assert all(np.isin(rows, same).sum() <= 1 for rows in near[0])


def surroundings_of(beet: Beet) -> Surroundings:
    lib = BeetsLibrary(str(beet.root / "library.db"), str(beet.root / "music"))
    try:
        return surroundings(lib, CLASSIC)
    finally:
        lib._close()
