"""The map as a file, and in a real browser."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shlex
from html.parser import HTMLParser
from typing import NamedTuple

import numpy as np
import pytest
from beets.library import Item, parse_query_parts
from beets.library import Library as BeetsLibrary
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imread

from beetsplug.mir.names import CLASSIC, FEATURES, LEAST_SCORE, TAGS
from beetsplug.mir.plots.map import SCRIPT, Line, Point, columns, page
from beetsplug.mir.plots.palette import MARKERS, styles
from beetsplug.mir.queries.alike import Surroundings, surroundings
from beetsplug.mir.space import similarity
from tests.browser import opened
from tests.conftest import REPOSITORY, Beet

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "\"'&<b>bold</b>&lt;",
    "<!--<script>",
    "a\u2028b\u2029c",
    "not UTF-8: \udcff",
    "long " + "x" * 5000,
    "{{data}} {{plotly}} %{x} ${1}",
    "<a href='javascript:alert(3)'>click</a>",
    "$\\alpha$ \x00\x1b\r\n\t",
]
READY = "html[data-ready]"
PARTS = sorted((REPOSITORY / "beetsplug" / "mir" / "plots" / "map" / "script").iterdir())


class Library(NamedTuple):
    points: list[Point]
    Z: np.ndarray
    X: np.ndarray
    raw: np.ndarray
    near: tuple[np.ndarray, np.ndarray]  # rows and distances
    plane: np.ndarray | None = None
    scores: np.ndarray | None = None
    lines: tuple[Line, ...] = ()

    def page(self) -> str:
        order = sorted({point.genre for point in self.points} - {""})
        labels = [f"component {i + 1}" for i in range(3)]
        found = columns(
            self.points, self.Z, self.X, self.raw, order, labels, neighbours=self.near,
            plane=self.plane, tag_scores=self.scores, lines=self.lines,
            about="Placed by <b>what is heard</b>.",
        )  # fmt: skip
        return page(found)


def made_up(n: int, dims: int = 5, titles: list[str] | None = None) -> Library:
    """Return tracks with scattered coordinates, features that follow them, and tags.

    Which are near has nothing to do with where they are, so that nobody can find it out.
    """
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(n, dims))
    X = 1 / (1 + np.exp(-Z @ rng.normal(size=(dims, len(FEATURES)))))
    titles = [*(titles or []), *(f"Title Ábc {i}" for i in range(n))][:n]
    points = [
        Point(
            2 * i + 1 if i % 2 else i + 1000, title, f"Ärtist {i % 7}", f"Genre {i % 4}",
            i % 3, f"words <i>{i % 3}</i>", f"{'#' * (i % 2)}folder {i % 5}/{i}.ogg",
            f"music/{i}%20.ogg",
        )
        for i, title in enumerate(titles)
    ]  # fmt: skip
    return Library(points, Z, X, X * 40 - 10, strangers(n, min(12, n - 1)))


def strangers(n: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each track others as its nearest, at random, with distances that rise."""
    rng = np.random.default_rng(2)
    steps = rng.permuted(np.tile(np.arange(1, min(n, 500)), (n, 1)), axis=1)[:, :width]
    rows = (np.arange(n)[:, None] + steps) % n
    return rows, np.sort(rng.random((n, width)), axis=1)


def heard(n: int) -> Library:
    """Return tracks on a plane of their own, with tags of which the last is a rare one.

    Of the first two and the fourth all scores are known; nothing is told of the third.
    """
    library = made_up(n)
    rng = np.random.default_rng(1)
    scores = np.zeros((n, len(TAGS)), np.float32)
    scores[:, :6] = rng.random((n, 6)) * [0.7, 0.9, 0.6, 0.8, 0.5, LEAST_SCORE / 2]
    scores[:4, :5] = [
        [0.6, 0.5, 0.0, 0.05, 0.3], [0.7, 0.15, 0.45, 0.0, 0.2],
        [0.0] * 5, [0.55, 0.4, 0.1, 0.0, 0.35],
    ]  # fmt: skip
    scores[5, -1] = 0.2
    points = [
        point._replace(
            tags=tuple(TAGS[t] for t in np.argsort(-row)[:2] if row[t] >= LEAST_SCORE)
        )
        for point, row in zip(library.points, scores, strict=True)
    ]
    plane = 100 * library.Z[:, 2:4] + 500
    return library._replace(points=points, plane=plane, scores=scores)


class Scripts(HTMLParser):
    """The scripts of a document, and every address in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.addresses: list[str] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.inside = tag == "script"
        self.addresses += [value for key, value in attrs if key in ("src", "href")]
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.scripts[-1] += data


def data_of(html: str) -> dict:
    return json.loads(Scripts(html).scripts[0])


def unpacked(text: str, dtype: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype)


def test_the_page_is_one_file_that_loads_nothing():
    html = made_up(5).page()
    parsed = Scripts(html)
    plotly = parsed.scripts[1]
    rest = html.replace(plotly, "")

    assert parsed.addresses == ["data:,"]
    assert "http:" not in rest
    assert "https:" not in rest
    assert "default-src 'none'" in rest
    assert "'unsafe-inline'" not in re.search(r"script-src[^;]*", rest)[0]


def test_every_part_of_the_script_is_in_the_page_once():
    script = Scripts(made_up(5).page()).scripts[2]

    assert sorted(SCRIPT) == [path.name for path in PARTS]
    assert [script.count(path.read_text("utf-8")) for path in PARTS] == [1] * len(PARTS)


def test_the_policy_names_the_scripts_as_they_are_joined():
    html = made_up(5).page()
    digests = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for script in Scripts(html).scripts[1:]
    ]

    assert re.findall(r"'sha256-([^']+)'", html) == digests


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.name)
def test_a_part_of_the_script_says_what_it_is_and_needs_nothing_private_of_plotly(path):
    text = path.read_text("utf-8")

    assert text.startswith("/* ")
    assert not re.search(r"\._|_full", text)


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
    assert unpacked(near["rows"], "<i4").reshape(6, 5).tolist() == rows.tolist()
    np.testing.assert_allclose(
        unpacked(near["distances"], "<f4").reshape(6, 5), distances, rtol=1e-6
    )
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
    assert len(Scripts(html).scripts) == 3


def test_data_holds_no_character_that_markup_or_a_reader_of_scripts_knows():
    html = made_up(len(HOSTILE) + 1, titles=[*HOSTILE, "&lt;\u2028\u2029</script x"]).page()

    data = Scripts(html).scripts[0]

    assert not set(data) & set("<>&\u2028\u2029\x7f\x80")
    assert "\\u003c" in data


def test_genres_have_the_colours_of_figures_in_their_order_and_the_unknown_come_last():
    library = made_up(40)
    order = ["Genre 2", "Genre 0"]  # of the others nobody says where they are

    labels = ["x", "y", "z"]
    found = columns(
        library.points, library.Z, library.X, library.raw, order, labels,
        neighbours=library.near,
    )  # fmt: skip
    html = page(found)

    genres, known = data_of(html)["genres"], ["Genre 2", "Genre 0", "Genre 1", "Genre 3"]
    assert genres["names"] == [*known, ""]
    looks = [styles(known)[name] for name in [*known, ""]]
    assert genres["colours"] == [look.colour for look in looks]
    assert [MARKERS[symbol] for symbol in genres["symbols"]] == [look.marker for look in looks]


def test_clusters_come_by_number_with_their_names():
    library = made_up(12)
    numbers = [0, 2, 10, 9] * 3
    points = [
        point._replace(cluster=number, cluster_name=f"name {number}" if number else "")
        for point, number in zip(library.points, numbers, strict=True)
    ]

    clusters = data_of(library._replace(points=points).page())["clusters"]

    assert clusters["names"] == ["2", "9", "10", ""]
    assert clusters["words"] == ["name 2", "name 9", "name 10", ""]
    assert [clusters["names"][i] for i in clusters["of"]] == [str(n or "") for n in numbers]


def test_features_and_words_arrive_as_they_are_named():
    library = made_up(6)
    wild = library._replace(X=library.X * 3 - 1)  # beyond 0 and 1
    data = data_of(wild.page())

    shown = unpacked(data["X"], "u1").reshape(6, 16) / 255
    np.testing.assert_allclose(shown, np.clip(wild.X, 0, 1), atol=0.002)
    np.testing.assert_allclose(
        unpacked(data["raw"], "<f4").reshape(6, 16), library.raw, rtol=1e-6
    )
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


def test_fifty_thousand_tracks_stay_below_30_mb():
    titles = [f"A title of quite ordinary length, number {i}" for i in range(50_000)]
    library = made_up(50_000, 16, titles)
    points = [point._replace(tags=TAGS[:5]) for point in library.points]
    scores = np.ones((50_000, len(TAGS)), np.float32)
    heard = library._replace(points=points, plane=library.Z[:, :2], scores=scores)

    assert len(heard.page().encode()) < 30e6


# --- in the browser ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def library() -> Library:
    return made_up(60, titles=HOSTILE)


@pytest.fixture(scope="module")
def shown(browser, library, tmp_path_factory):
    """The map of a library with hostile tags, open for all tests of this module."""
    file = tmp_path_factory.mktemp("map") / "map.html"
    file.write_text(library.page(), encoding="utf-8")
    with opened(browser, file, viewport={"width": 1280, "height": 800}) as (tab, troubles):
        tab.wait_for_selector(READY, state="attached")
        yield tab, troubles


@pytest.fixture
def tab(shown):
    """The open map, in 2-D and by genre; nothing bad may have happened in it afterwards."""
    tab, troubles = shown
    choose(tab, "view", "2")
    choose(tab, "drag", "pan")
    tab.select_option("#colour", "genre")
    tab.click("#reset")
    settle(tab)
    yield tab
    assert not troubles


def choose(tab, name: str, value: str) -> None:
    tab.check(f"[name={name}][value='{value}']", force=True)
    settle(tab)


def settle(tab) -> None:
    """Wait until the map is drawn, and the browser has shown it."""
    tab.wait_for_selector("#map[aria-busy=false]", state="attached")
    tab.evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")


def place(tab, x: float, y: float) -> tuple[float, float]:
    """Return where in the window coordinates of the map are."""
    return tuple(
        tab.evaluate(
            """([x, y]) => {
                const map = document.getElementById('map');
                const drawn = map.querySelector('.nsewdrag').getBoundingClientRect();
                const share = ({range: [from, to]}, at) => (at - from) / (to - from);
                return [drawn.left + drawn.width * share(map.layout.xaxis, x),
                        drawn.bottom - drawn.height * share(map.layout.yaxis, y)];
            }""",
            [x, y],
        )
    )


def loneliest(Z: np.ndarray) -> int:
    """Return the point that a click hits most surely."""
    distances = np.linalg.norm(Z[:, None, :2] - Z[None, :, :2], axis=-1)
    np.fill_diagonal(distances, np.inf)
    return int(distances.min(axis=1).argmax())


def nearest(library: Library, chosen: int) -> list[int]:
    return library.near[0][chosen].tolist()


def drawn(tab, unlike: np.ndarray | None = None) -> np.ndarray:
    """Return the map as the browser shows it, once it shows something (else).

    The shape is (height, width, 3).
    """
    for _ in range(100):
        picture = imread(io.BytesIO(tab.locator("#map").screenshot()))[..., :3]
        if colours(picture) > 20 and (unlike is None or differing(picture, unlike) > 0.002):
            return picture
        settle(tab)
    return pytest.fail("the map shows no points, or the same as before")


def colours(picture: np.ndarray) -> int:
    return len(np.unique((picture * 31).astype(int).reshape(-1, 3), axis=0))


def differing(picture: np.ndarray, other: np.ndarray) -> float:
    return float((np.abs(picture - other).max(axis=-1) > 0.1).mean())


def traces(tab, key: str) -> list:
    return tab.evaluate(f"document.getElementById('map').data.map((trace) => trace.{key})")


def test_a_click_shows_the_nearest_tracks_and_why(tab, library):
    chosen = loneliest(library.Z)
    tab.mouse.move(*place(tab, *library.Z[chosen, :2]))
    tab.mouse.click(*place(tab, *library.Z[chosen, :2]))
    tab.wait_for_selector("#neighbours li")

    expected = nearest(library, chosen)
    assert tab.inner_text("#title") == library.points[chosen].title.strip()
    assert tab.locator("#neighbours .name").all_text_contents() == [
        library.points[i].title for i in expected
    ]
    distances = library.near[1][chosen]
    shown = [float(text) for text in tab.locator("#neighbours .distance").all_text_contents()]
    np.testing.assert_allclose(shown, distances, rtol=0.01)
    for why in tab.locator("#neighbours .why").all_text_contents():
        assert re.match(r"both \w+ \(\w+ \S+ and \S+", why) or why.startswith("alike")


def test_places_without_a_track_are_not_shown(browser, tmp_path):
    library = made_up(4)
    rows = np.array([[2, 1, -1], [-1, -1, -1], [3, -1, -1], [0, 1, 2]])
    library = library._replace(near=(rows, library.near[1]))
    for near, titles in ((library.near, [[2, 1], []]), (strangers(4, 0), [[], []])):
        (tmp_path / "map.html").write_text(library._replace(near=near).page(), "utf-8")
        with opened(browser, tmp_path / "map.html") as (tab, troubles):
            tab.wait_for_selector(READY, state="attached")
            for i in (0, 1):
                find(tab, i)
                names = tab.locator("#neighbours .name").all_text_contents()
                assert names == [library.points[k].title for k in titles[i]]
                assert tab.locator("#nearest").is_visible() == bool(names)
            assert not troubles


def test_the_reasons_are_true(tab, library):
    tab.fill("#search", "title abc 20")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#neighbours li")

    whys = " ".join(tab.locator("#neighbours .why").all_text_contents())
    column = [feature.name for feature in FEATURES].index("centroid")
    middle = np.median(library.raw[:, column])
    for a, b in re.findall(r"both bright \(centroid (\S+) and (\S+)", whys):
        assert min(float(a), float(b)) > middle
    for a, b in re.findall(r"both dark \(centroid (\S+) and (\S+)", whys):
        assert max(float(a), float(b)) < middle
    assert "both" in whys


def test_a_neighbour_can_be_clicked_on_in_turn(tab, library):
    tab.fill("#search", "title abc 20")
    tab.keyboard.press("Enter")
    tab.locator("#neighbours button").first.click()
    settle(tab)

    start = [point.title for point in library.points].index("Title Ábc 20")
    chosen = nearest(library, start)[0]
    assert tab.text_content("#title") == library.points[chosen].title
    assert tab.locator("#neighbours .name").first.text_content() == (
        library.points[nearest(library, chosen)[0]].title
    )


def test_hostile_titles_are_text(tab, library):
    for number, title in enumerate(HOSTILE):
        tab.fill("#search", f"Ärtist {number % 7} Genre {number % 4}")
        titles = tab.locator("#results li span:first-child").all_text_contents()
        index = [on_page(text) for text in titles].index(on_page(title))
        tab.locator("#results li").nth(index).click()
        settle(tab)

        assert on_page(tab.text_content("#title")) == on_page(title)
        assert tab.locator("img, b, i, #track a").count() == 0


def test_hovering_shows_the_track(tab, library):
    tracks = [*range(len(HOSTILE)), loneliest(library.Z)]
    hovered = [hover(tab, *place(tab, *library.Z[i, :2])) for i in tracks]

    point = library.points[tracks[-1]]
    cluster = f"cluster {point.cluster} {point.cluster_name}" if point.cluster else ""
    expected = [point.title, point.artist, point.genre, cluster]
    assert hovered[-1] == [text for text in expected if text]
    titles = [on_page(point.title) for point in library.points]
    assert all(on_page(texts[0]) in titles for texts in hovered)
    assert tab.locator("img, b, i, #tip a").count() == 0


def hover(tab, x: float, y: float) -> list[str]:
    """Move the mouse from outside of the map to a track, and return what the tip says."""
    tab.hover("#search")
    tab.wait_for_selector("#tip", state="hidden")
    tab.mouse.move(x, y)
    tab.wait_for_selector("#tip", state="visible")
    return tab.locator("#tip div").all_text_contents()


def test_a_point_in_3d_can_be_hovered_over_and_clicked_on(tab, library):
    choose(tab, "view", "3")
    places = np.array([place_in_3d(tab, *Z) for Z in library.Z[:, :3].tolist()])

    texts = hover(tab, *places[loneliest(places)])
    tab.mouse.down()
    tab.mouse.up()

    chosen = "title => document.getElementById('title').textContent === title"
    tab.wait_for_function(chosen, arg=texts[0])


def place_in_3d(tab, *coordinates: float) -> tuple[float, float]:
    """Return where in the window coordinates of the map are, seen from the camera."""
    return tuple(
        tab.evaluate(
            """(coordinates) => {
                const scene = document.getElementById('map')._fullLayout.scene._scene;
                const {model, view, projection} = scene.glplot.cameraParams;
                const times = (matrix, v) => [0, 1, 2, 3].map(
                    (row) => v.reduce((sum, x, k) => sum + matrix[4 * k + row] * x, 0));
                const scaled = coordinates.map((x, k) => x * scene.dataScale[k]);
                const [x, y, , w] = [model, view, projection].reduce(
                    (v, matrix) => times(matrix, v), [...scaled, 1]);
                const {left, top, width, height} = scene.glplot.canvas.getBoundingClientRect();
                return [left + (1 + x / w) / 2 * width, top + (1 - y / w) / 2 * height];
            }""",
            coordinates,
        )
    )


def test_zooming_in_3d_goes_on_from_where_the_view_was_turned_to(tab):
    choose(tab, "view", "3")
    for _ in range(2):
        before = eye(tab)
        turn(tab)
        turned = eye(tab)
        tab.click("#zoom-in")
        settle(tab)

        assert np.abs(turned - before).max() > 0.1
        np.testing.assert_allclose(eye(tab), 0.7 * turned, rtol=1e-6, atol=1e-9)


def test_what_is_seen_in_3d_stays_as_it_is_when_a_track_is_chosen(tab):
    choose(tab, "view", "3")
    whole = eye(tab)
    for number in (20, 21):
        tab.click("#zoom-in")
        settle(tab)
        turn(tab)
        before = eye(tab)
        tab.fill("#search", f"title abc {number}")
        tab.keyboard.press("Enter")
        settle(tab)

        np.testing.assert_allclose(eye(tab), before)
        tab.click("#reset")
        settle(tab)
        np.testing.assert_allclose(eye(tab), whole)


def eye(tab) -> np.ndarray:
    """Return from where a map in 3-D is seen."""
    camera = tab.evaluate("document.getElementById('map').layout.scene.camera")
    return np.array([camera["eye"][axis] for axis in "xyz"])


def turn(tab) -> None:
    """Turn a map in 3-D by the mouse, and wait until plotly tells of it."""
    told = "new Promise(r => document.getElementById('map').once('plotly_relayout', r))"
    tab.evaluate(f"window.turned = false; {told}.then(() => {{ window.turned = true; }}); 0")
    tab.mouse.move(400, 400)
    tab.mouse.down()
    tab.mouse.move(440, 420, steps=5)
    tab.mouse.up()
    tab.wait_for_function("window.turned")
    settle(tab)


def on_page(text: str) -> str:
    """Return text without lone surrogates, which Playwright may or may not replace."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def test_hostile_genres_and_clusters_are_text_in_the_legend(browser, library, tmp_path):
    points = [
        point._replace(genre=HOSTILE[i % 10], cluster=i % 10 + 1, cluster_name=HOSTILE[i % 10])
        for i, point in enumerate(library.points)
    ]
    (tmp_path / "map.html").write_text(library._replace(points=points).page(), "utf-8")
    with opened(browser, tmp_path / "map.html") as (tab, troubles):
        tab.wait_for_selector(READY, state="attached")
        for colour in ("genre", "cluster"):
            tab.select_option("#colour", colour)
            settle(tab)
            texts = " ".join(tab.locator(".legendtext").all_text_contents())
            assert "\"'&<b>bold</b>&lt; (6)" in texts
            assert "<script>alert(1)</script> (6)" in texts
            assert tab.locator("#map a, #map img").count() == 0
        assert not troubles


def test_the_search_ignores_case_and_accents_and_marks_what_is_picked(tab, library):
    tab.fill("#search", "ABC artist 3")
    expected = [
        point.title
        for point in library.points
        if "Ábc" in point.title and "3" in point.title + point.artist + point.genre
    ]

    assert tab.locator("#results li span:first-child").all_text_contents() == expected
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    settle(tab)
    assert tab.text_content("#title") == expected[1]
    chosen = [point.title for point in library.points].index(expected[1])
    rings = tab.evaluate("Array.from(document.getElementById('map').data.at(-1).x)")
    assert len(rings) == 25  # to each neighbour and back
    np.testing.assert_allclose(rings[0], library.Z[chosen, 0], rtol=1e-5)


@pytest.mark.parametrize("tool", ["lasso", "select"])
def test_a_selection_gives_a_query_and_a_playlist(tab, library, tool):
    choose(tab, "drag", tool)
    corners = [(-1.2, -1.1), (-1.2, 0.9), (0.8, 0.9), (0.8, -1.1)]
    path = [*corners, corners[0]] if tool == "lasso" else [corners[0], corners[2]]
    tab.mouse.move(*place(tab, *path[0]))
    tab.mouse.down()
    for corner in path[1:]:
        tab.mouse.move(*place(tab, *corner), steps=4)
    tab.mouse.up()
    tab.wait_for_selector("#selection:not([hidden])")
    settle(tab)

    x, y = library.Z[:, 0], library.Z[:, 1]
    inside = np.flatnonzero((x > -1.2) & (x < 0.8) & (y > -1.1) & (y < 0.9)).tolist()
    assert tab.text_content("#selected-count") == f"{len(inside)} tracks selected"
    query, _ = parse_query_parts(shlex.split(tab.input_value("#query")), Item)
    ids = [point.id for point in library.points]
    assert [id for id in ids if query.match(Item(id=id))] == [ids[i] for i in inside]
    with tab.expect_download() as download:
        tab.click("#download")
    lines = [library.points[i].path for i in inside]
    assert download.value.path().read_text("utf-8") == "".join(
        f"./{line}\n" if line.startswith("#") else f"{line}\n" for line in lines
    )
    assert any(line.startswith("#") for line in lines)
    assert download.value.suggested_filename == "selection.m3u"
    tab.click("#clear")
    assert tab.locator("#selection").is_hidden()


def test_a_selection_survives_another_view_and_other_colours(tab):
    tab.fill("#search", "genre 2")
    count = f"{tab.text_content('#found-count')} selected"
    tab.click("#select-found")

    for colour, view in (("cluster", "2"), ("3", "3"), ("genre", "2")):
        tab.select_option("#colour", colour)
        choose(tab, "view", view)
        assert tab.text_content("#selected-count") == count
    tab.click("#clear")


def test_ids_become_ranges_and_what_no_playlist_can_name_is_counted(browser, tmp_path):
    library = made_up(2500)
    points = [
        point._replace(
            id=i + 1, genre="one" if i < 10 else "odd" if i % 2 else "even", path=None
        )
        for i, point in enumerate(library.points)
    ]
    points[0] = points[0]._replace(path="a.ogg")
    (tmp_path / "map.html").write_text(library._replace(points=points).page(), "utf-8")
    with opened(browser, tmp_path / "map.html") as (tab, troubles):
        tab.wait_for_selector(READY, state="attached")
        tab.fill("#search", "one")
        tab.click("#select-found")
        assert tab.input_value("#query") == "id:1..10"
        assert tab.text_content("#left-out") == "9 of them cannot be named in an .m3u."
        tab.fill("#search", "odd")
        tab.click("#select-found")
        # More alternatives than SQLite takes in a query.
        (query,) = shlex.split(tab.input_value("#query"))
        assert query.startswith("id::^(12|14|16|")
        assert query.endswith("|2500)$")
        matches, _ = parse_query_parts([query], Item)
        assert [i for i in range(1, 2501) if matches.match(Item(id=i))] == [*range(12, 2501, 2)]
        assert tab.locator("#download").is_disabled()
        assert not troubles


def test_points_are_drawn_in_2d_and_3d_in_every_colouring(tab):
    picture = None
    for view, kind in (("2", "scattergl"), ("3", "scatter3d")):
        choose(tab, "view", view)
        for colour in ("genre", "cluster", "15"):
            tab.select_option("#colour", colour)
            settle(tab)
            picture = drawn(tab, unlike=picture)
            assert traces(tab, "type")[0] == kind
    title = "document.getElementById('map').data[0].marker.colorbar.title.text"
    assert tab.evaluate(title) == "hpss"


def test_many_genres_share_the_legend(browser, tmp_path):
    library = made_up(200)
    points = [p._replace(genre=f"Genre {i % 60}") for i, p in enumerate(library.points)]
    (tmp_path / "map.html").write_text(library._replace(points=points).page(), "utf-8")
    with opened(browser, tmp_path / "map.html") as (tab, troubles):
        tab.wait_for_selector(READY, state="attached")
        names = tab.locator(".legendtext").all_text_contents()
        assert len(names) == 25
        assert names[-1].startswith("36 others (")
        assert not troubles


def test_a_click_plays_the_file_beside_the_page(browser, tmp_path, beet_sound):
    library = made_up(12)
    beet_sound(tmp_path / "a sound.wav")
    points = [point._replace(link=None) for point in library.points]
    points[3] = points[3]._replace(link="a%20sound.wav")
    (tmp_path / "map.html").write_text(library._replace(points=points).page(), "utf-8")
    with opened(browser, tmp_path / "map.html") as (tab, troubles):
        tab.wait_for_selector(READY, state="attached")
        tab.fill("#search", "Title Abc 4")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#track:not([hidden])")
        assert tab.locator("#player").is_hidden()
        tab.fill("#search", "Title Abc 3")
        tab.keyboard.press("Enter")
        tab.click("#play")
        tab.wait_for_function("document.getElementById('audio').currentTime > 0")
        assert troubles == [f"request: {(tmp_path / 'a%20sound.wav').as_uri()}".replace(
            "%2520", "%20"
        )]  # fmt: skip


@pytest.fixture
def beet_sound():
    import soundfile

    from tests.conftest import SR, sine

    return lambda path: soundfile.write(path, sine(440), SR)


@pytest.mark.parametrize("dims", [1, 2])
def test_few_components_are_drawn_in_2d_only(browser, tmp_path, dims):
    (tmp_path / "map.html").write_text(made_up(3, dims).page(), "utf-8")
    with opened(browser, tmp_path / "map.html") as (tab, troubles):
        tab.wait_for_selector(READY, state="attached")
        assert tab.locator("[name=view][value='3']").is_disabled()
        tab.fill("#search", "abc 1")
        tab.keyboard.press("Enter")
        assert tab.locator("#neighbours li").count() == 2
        assert not troubles


def test_a_phone_and_a_dark_page_show_the_map(browser, library, tmp_path):
    (tmp_path / "map.html").write_text(library.page(), "utf-8")
    phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
    with opened(browser, tmp_path / "map.html", **phone) as (tab, troubles):
        tab.wait_for_selector(READY, state="attached")
        settle(tab)
        assert np.median(drawn(tab)) < 0.2
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert not troubles


# --- tracks that a network has heard ----------------------------------------------------


@pytest.fixture(scope="module")
def told() -> Library:
    library = heard(60)
    hostile = library.points[4]._replace(tags=(HOSTILE[2], "a <b>"))
    return library._replace(points=[*library.points[:4], hostile, *library.points[5:]])


@pytest.fixture(scope="module")
def shown_plane(browser, told, tmp_path_factory):
    """The map of a library on a plane of neighbours, open for all tests of this module."""
    file = tmp_path_factory.mktemp("plane") / "map.html"
    file.write_text(told.page(), encoding="utf-8")
    with opened(browser, file, viewport={"width": 1280, "height": 800}) as (tab, troubles):
        tab.wait_for_selector(READY, state="attached")
        yield tab, troubles


@pytest.fixture
def plane_tab(shown_plane):
    tab, troubles = shown_plane
    choose(tab, "view", "2")
    tab.select_option("#colour", "genre")
    tab.click("#reset")
    settle(tab)
    yield tab
    assert not troubles


def find(tab, number: int) -> None:
    """Choose the track of a number."""
    tab.fill("#search", f"title abc {number}")
    tab.keyboard.press("Enter")
    settle(tab)


def points_drawn(tab, axis: str) -> np.ndarray:
    """Return where the tracks are along an axis, in order of that."""
    values = f"map.data.slice(0, -1).flatMap(({{{axis}}}) => [...{axis}])"
    return np.sort(tab.evaluate(f"(() => {{ const map = {MAP}; return {values}; }})()"))


MAP = "document.getElementById('map')"


def test_components_have_axes_with_titles_and_numbers(tab):
    assert tab.text_content(".xtitle") == "component 1"
    assert tab.text_content(".ytitle") == "component 2"
    assert tab.locator(".xtick text").count() > 2


def test_in_2d_the_plane_is_drawn_without_axes_and_true_to_scale(plane_tab, told):
    for k, axis in enumerate("xy"):
        expected = np.sort(told.plane[:, k])
        np.testing.assert_allclose(points_drawn(plane_tab, axis), expected, rtol=1e-6)
    assert plane_tab.locator(".xtitle, .ytitle, .xtick, .ytick, .gridlayer path").count() == 0
    here, there = place(plane_tab, 500, 500), place(plane_tab, 600, 600)
    assert there[0] - here[0] == pytest.approx(here[1] - there[1], rel=1e-3)


def test_in_3d_the_encoding_is_drawn(plane_tab, told):
    choose(plane_tab, "view", "3")

    for k, axis in enumerate("xyz"):
        expected = np.sort(told.Z[:, k])
        np.testing.assert_allclose(points_drawn(plane_tab, axis), expected, rtol=1e-5)
    title = plane_tab.evaluate(f"{MAP}.layout.scene.xaxis.title.text")
    assert title == "component 1"


def test_a_track_is_brought_into_view_and_its_neighbours_are_those_given(plane_tab, told):
    away = int(told.plane[:, 0].argmax())
    for _ in range(4):
        plane_tab.click("#zoom-in")
        settle(plane_tab)
    find(plane_tab, away)

    for k, name in enumerate(("xaxis", "yaxis")):
        low, high = plane_tab.evaluate(f"{MAP}.layout.{name}.range")
        assert low < told.plane[away, k] < high
    assert plane_tab.locator("#neighbours .name").all_text_contents() == [
        told.points[i].title for i in nearest(told, away)
    ]


def test_the_panel_tells_what_a_track_sounds_like(plane_tab):
    find(plane_tab, 0)
    assert plane_tab.locator("#tags").is_visible()
    assert plane_tab.text_content("#tags") == f"sounds like: {TAGS[0]}; {TAGS[1]}"
    find(plane_tab, 4)
    assert plane_tab.text_content("#tags") == f"sounds like: {HOSTILE[2]}; a <b>"
    find(plane_tab, 2)
    assert plane_tab.locator("#tags").is_hidden()


def test_the_page_tells_by_what_tracks_are_placed(plane_tab):
    assert plane_tab.inner_text("#about") == "Placed by <b>what is heard</b>."


def why(tab, library: Library, a: int, b: int) -> str:
    """Return why two tracks are near."""
    place = nearest(library, a).index(b)
    find(tab, a)
    return tab.locator("#neighbours .why").nth(place).text_content()


def test_tags_that_both_have_and_the_one_that_differs_most_are_the_first_reason(
    browser, told, tmp_path
):
    X = told.X.copy()
    X[:4] = X.max(axis=0)
    rows = told.near[0].copy()
    rows[:4, :3] = [[j for j in range(4) if j != i] for i in range(4)]
    library = told._replace(X=X, raw=X, near=(rows, told.near[1]))
    (tmp_path / "map.html").write_text(library.page(), "utf-8")
    with opened(browser, tmp_path / "map.html") as (tab, troubles):
        tab.wait_for_selector(READY, state="attached")
        both = "both sound like rock, electronic, pop"
        assert why(tab, library, 0, 1).startswith(
            f"{both}; apart in alternative (0.00 and 0.45); both "
        )
        assert why(tab, library, 0, 3).startswith(
            "both sound like rock, pop, electronic; both "
        )
        assert re.match(r"both \w+ \(\w+ \S+ and \S+", why(tab, library, 0, 2))
        assert re.match(r"both \w+ \(\w+ \S+ and \S+", why(tab, library, 2, 0))
        assert not troubles


def test_tags_colour_the_map_by_their_scores(plane_tab, told):
    labels = plane_tab.locator("#colour optgroup").evaluate_all("all => all.map(g => g.label)")
    assert labels == ["Sounds like", "Feature"]
    names = plane_tab.locator("#colour optgroup").first.locator("option").all_text_contents()
    assert names == data_of(told.page())["scores"]["names"]

    for tag in ("pop", TAGS[-1]):
        plane_tab.select_option("#colour", label=tag)
        settle(plane_tab)
        marker = plane_tab.evaluate(
            f"(({{color, cmin, cmax, colorbar}}) => "
            f"[[...color], cmin, cmax, colorbar.title.text])({MAP}.data[0].marker)"
        )
        scores = told.scores[:, TAGS.index(tag)]
        np.testing.assert_allclose(marker[0], scores, atol=0.002)
        # Of a tag that one track has, the colours reach to that one.
        low, high = (1, -2) if tag == "pop" else (0, -1)
        np.testing.assert_allclose(marker[1:3], np.sort(scores)[[low, high]], atol=0.002)
        assert marker[3] == f"{tag} (0 to 1)"


def test_without_scores_no_tag_is_offered(tab):
    assert tab.locator("#colour optgroup").count() == 1
    assert "sound" not in tab.text_content("#colour").lower()


# --- playlists as lines -----------------------------------------------------------------


WALK = (7, 3, 21, 0, 3, 40)


@pytest.fixture(scope="module")
def walked(library) -> Library:
    """A library with a playlist that comes by a track twice, and others with bad names."""
    nameless = library.points[40]._replace(path=None)
    points = [*library.points[:40], nameless, *library.points[41:]]
    others = (Line(name, (k, k + 20)) for k, name in enumerate(HOSTILE))
    return library._replace(points=points, lines=(Line("evening walk", WALK), *others))


@pytest.fixture(scope="module")
def shown_walk(browser, walked, tmp_path_factory):
    """The map with playlists, open for all tests of this module."""
    file = tmp_path_factory.mktemp("walk") / "map.html"
    file.write_text(walked.page(), "utf-8")
    with opened(browser, file, viewport={"width": 1280, "height": 800}) as (tab, troubles):
        tab.wait_for_selector(READY, state="attached")
        yield tab, troubles


@pytest.fixture
def walk_tab(shown_walk):
    tab, troubles = shown_walk
    choose(tab, "view", "2")
    tab.click("#reset")
    settle(tab)
    yield tab
    assert not troubles


def lines_drawn(tab) -> list[dict]:
    """Return plotly's traces that are lines with marks, without those of the chosen track."""
    picked = "({type, x, y, z, line, marker}) => ({type, x: [...x], y: [...y], z: z && [...z],"
    picked += " colour: line.color, dash: line.dash, symbols: [...marker.symbol]})"
    chosen = "({mode}) => mode === 'lines+markers'"
    return tab.evaluate(f"{MAP}.data.slice(0, -1).filter({chosen}).map({picked})")


def test_a_playlist_arrives_as_the_rows_of_its_tracks(walked):
    lines = data_of(walked.page())["lines"]

    assert lines[0] == {"name": "evening walk", "tracks": list(WALK)}
    assert [line["name"] for line in lines[1:]] == HOSTILE


@pytest.mark.parametrize(("view", "kind"), [("2", "scattergl"), ("3", "scatter3d")])
def test_a_playlist_is_a_line_through_its_tracks_with_marks_at_its_ends(
    walk_tab, walked, view, kind
):
    choose(walk_tab, "view", view)

    lines = lines_drawn(walk_tab)
    assert [line["type"] for line in lines] == [kind] * (1 + len(HOSTILE))
    for axis, coordinates in zip("xyz"[: int(view)], walked.Z.T, strict=False):
        np.testing.assert_allclose(lines[0][axis], coordinates[list(WALK)], rtol=1e-5)
    assert lines[0]["symbols"] == [*["circle"] * 5, "square"]
    looks = [(line["colour"], line["dash"]) for line in lines]
    assert len(set(looks)) == 6
    assert walk_tab.evaluate(f"{MAP}.data.at(-1).line.color") not in dict(looks)


@pytest.mark.parametrize(("view", "scheme"), [("2", "light"), ("3", "dark")])
def test_a_line_is_seen_above_the_points_and_can_be_hidden(browser, tmp_path, view, scheme):
    library = made_up(3000)._replace(lines=(Line("one", range(10)),))
    (tmp_path / "map.html").write_text(library.page(), "utf-8")
    with opened(browser, tmp_path / "map.html", color_scheme=scheme) as (tab, troubles):
        tab.wait_for_selector(READY, state="attached")
        choose(tab, "view", view)
        seen = orange(drawn(tab))
        assert seen > 100
        tab.get_by_role("button", name="Hide").click()
        settle(tab)
        wait_for(tab, lambda: orange(drawn(tab)) < seen / 10)
        assert lines_drawn(tab) == []
        tab.get_by_role("button", name="Show").click()
        settle(tab)
        wait_for(tab, lambda: orange(drawn(tab)) > seen / 2)
        assert tab.get_by_role("button", name="Hide").count() == 1
        assert not troubles


def orange(picture: np.ndarray) -> int:
    """Return how many pixels have the colour of a line, which no point has."""
    red, green, blue = np.moveaxis(picture, -1, 0)
    return int(((red > 0.8) & (blue < 0.45) & (green > 0.2) & (green < 0.75)).sum())


def wait_for(tab, condition) -> None:
    for _ in range(50):
        if condition():
            return
        settle(tab)
    pytest.fail("it does not come to that")


def test_the_panel_has_the_tracks_of_a_playlist_in_its_order(walk_tab, walked):
    part = walk_tab.get_by_role("group", name="evening walk")
    part.locator("summary").click()

    titles = [on_page(walked.points[i].title) for i in WALK]
    found = part.locator("li .name").all_text_contents()
    assert [on_page(title) for title in found] == titles
    assert part.locator(".count").text_content() == "6 tracks"
    assert part.locator(".quiet").text_content() == ("1 of them cannot be named in an .m3u.")
    part.locator("li button").nth(2).click()
    settle(walk_tab)
    assert walk_tab.text_content("#title") == walked.points[21].title
    current = part.locator("li button").evaluate_all("all => all.map(b => b.ariaCurrent)")
    assert current == ["false", "false", "true", "false", "false", "false"]


def test_a_playlist_is_saved_as_it_came(walk_tab, walked):
    part = walk_tab.get_by_role("group", name="evening walk")
    with walk_tab.expect_download() as download:
        part.get_by_role("button", name="Download").click()

    paths = [walked.points[i].path for i in WALK[:-1]]
    assert download.value.path().read_text("utf-8") == "".join(
        f"./{path}\n" if path.startswith("#") else f"{path}\n" for path in paths
    )
    assert any(path.startswith("#") for path in paths)
    assert download.value.suggested_filename == "evening walk.m3u"


def test_hostile_names_of_playlists_are_text(walk_tab):
    names = walk_tab.locator(".line h2 .name").all_text_contents()

    assert [on_page(name) for name in names] == ["evening walk", *map(on_page, HOSTILE)]
    assert walk_tab.locator("img, b, i, aside a").count() == 0
    buttons = walk_tab.get_by_role("button", name="Download .m3u")
    for number in (1, 2, 6, 7):
        with walk_tab.expect_download() as download:
            buttons.nth(number).click()
        assert "/" not in download.value.suggested_filename
    assert walk_tab.evaluate("document.documentElement.scrollWidth") <= 1280


def test_a_track_is_found_by_hovering_over_the_line_above_it(walk_tab, walked):
    choose(walk_tab, "drag", "pan")
    texts = hover(walk_tab, *place(walk_tab, *walked.Z[WALK[2], :2]))

    assert texts[0] == walked.points[WALK[2]].title


def test_a_line_of_one_track_is_a_mark_and_without_lines_there_is_none(browser, tmp_path):
    library = made_up(5)
    for lines, n_drawn in (((Line("one", (2,)),), 1), ((), 0)):
        (tmp_path / "map.html").write_text(library._replace(lines=lines).page(), "utf-8")
        with opened(browser, tmp_path / "map.html") as (tab, troubles):
            tab.wait_for_selector(READY, state="attached")
            for view in ("2", "3"):
                choose(tab, "view", view)
                assert len(lines_drawn(tab)) == n_drawn
            assert tab.locator("#lines").is_visible() == bool(n_drawn)
            assert not troubles


def test_the_playlists_of_the_command_line_are_drawn(made_up: Beet):
    (made_up.root / "my walk.m3u").write_text("1 7.wav\ngone.wav\n1 3.wav\n1 7.wav\n")
    (made_up.root / "beside.m3u8").write_text("#EXTM3U\nmusic/1 8.wav\n")
    (made_up.root / "foreign.m3u").write_text("[playlist]\nFile1=a.wav\n")
    files = [str(made_up.root / name) for name in ("my walk.m3u", "beside.m3u8", "foreign.m3u")]

    options = [option for file in files for option in ("--line", file)]
    code, _, err = made_up.run("mirplot", "--map", "-o", "pictures", *options)

    assert code == 0
    found = data_of((made_up.root / "pictures" / "map.html").read_text())
    named = [
        (line["name"], [found["titles"][row] for row in line["tracks"]])
        for line in found["lines"]
    ]
    assert named == [
        ("my walk", ["Title 1 7", "Title 1 3", "Title 1 7"]), ("beside", ["Title 1 8"]),
    ]  # fmt: skip
    assert "my walk.m3u: 1 of 4 tracks are not on the map" in err
    assert "foreign.m3u names no track of the map; it seems to be a PLS playlist" in err


def test_a_line_needs_the_map_and_a_file_to_read(made_up: Beet):
    for options, message in (
        (["--map", "--line", "nowhere.m3u"], "nowhere.m3u: No such file or directory"),
        (["--map", "--line", "."], "Is a directory"),
        (["--line", "a.m3u"], "--line: plays no part in figures"),
    ):
        code, _, err = made_up.run("mirplot", "-o", "pictures", *options)
        assert code == 1
        assert message in err
        assert err.count("\n") == 1


@pytest.mark.parametrize("query", [[], ["id:1..50"], ["id:3", ",", "id:7"]])
def test_the_neighbours_of_the_map_are_the_librarys_among_those_that_it_shows(
    made_up: Beet, query
):
    made_up("modify", "-y", "title::^Title.1.[0-9]$", "artist=One", "title=The same")

    made_up("mirplot", "--map", "-o", "pictures", *query)

    found = data_of((made_up.root / "pictures" / "map.html").read_text())
    ids = np.array(found["ids"])
    near = [
        unpacked(found["near"][name], dtype).reshape(len(ids), 12)
        for name, dtype in (("rows", "<i4"), ("distances", "<f4"))
    ]
    around = surroundings_of(made_up)
    among = around.among(ids.tolist())
    for id_, rows, distances in zip(ids.tolist(), *near, strict=True):
        row = around.sounds.rows_of([id_])
        nearest_rows, far = similarity.nearest(
            around.space, around.space.Z[row[0]], 12, around.same, without=row, among=among
        )
        assert ids[rows[rows >= 0]].tolist() == around.sounds.ids[nearest_rows].tolist()
        np.testing.assert_allclose(distances[rows >= 0], far, rtol=1e-4)
        assert (rows[len(far) :] == -1).all()
    same = [row for row, title in enumerate(found["titles"]) if title == "The same"]
    assert all(np.isin(rows, same).sum() <= 1 for rows in near[0])


def surroundings_of(beet: Beet) -> Surroundings:
    lib = BeetsLibrary(str(beet.root / "library.db"), str(beet.root / "music"))
    try:
        return surroundings(lib, CLASSIC)
    finally:
        lib._close()
