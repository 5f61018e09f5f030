"""The page of all figures: what it says, of whatever names, and what it leads to."""

import json
import re
import shutil
import sqlite3
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.commands.plot import earlier
from beetsplug.mir.plots import gallery
from beetsplug.mir.plots.catalogue import PLOTS, STEPS, of_step
from beetsplug.mir.plots.gallery import Chapter, Earlier, Figure, Library, Overview
from beetsplug.mir.plots.gallery import overview as overviews
from beetsplug.mir.plots.gallery.sizes import size
from beetsplug.mir.plots.gallery.wording import duration, ink, line
from beetsplug.mir.plots.groups import by_number
from beetsplug.mir.plots.save import save
from tests.browser import opened
from tests.conftest import Beet

VOID = {"meta", "img", "br", "link"}
ANY_TEXT = st.text(st.characters(exclude_categories=()))  # surrogates, too
HOSTILE = [
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)"),
    *(
        "{{ 7 * 7 }}",
        "{% include 'style.css' %}",
        "</style></bdi></main>",
        "&amp;",
        "\u202eltr",
    ),
    *("a\nb\0c", "\ud83d", "x" * 10_000, ""),
]


class Parsed(HTMLParser):
    """A page by its parts; it fails where elements are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.ids, self.links, self.sources = [], [], [], []
        self.headings, self.alts, self.names = [], [], []
        self._open = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, *found))
        if tag not in VOID:
            self._open.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])
        if tag == "img":
            self.sources.append(found["src"])
            self.alts.append(found["alt"])
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        if tag == "bdi":
            self.names.append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, text):
        if "bdi" in self._open:
            self.names[-1] += text

    @property
    def files(self) -> list[str]:
        """What the page leads to in its folder."""
        within = [link for link in self.links if not link.startswith("#")]
        return [unquote(file) for file in [*within, *self.sources]]


def library(name="Ambient", *, n_clusters=2, query="", **values) -> Library:
    clusters = [
        gallery.Cluster(number, name, 3, 600.0, "#440154", [name, name], None)
        for number in range(1, n_clusters + 1)
    ]
    return Library(
        **{
            **{"n_tracks": 6, "n_in_library": 6, "query": query, "by": "sixteen features"},
            **{"n_artists": 2, "n_albums": 1, "seconds": 7200.0},
            **{"genres": [gallery.Genre(name, 6, "#fde725")], "n_genres": 1},
            **{"n_without_genre": 0, "clusters": clusters, "n_clusters": n_clusters, **values},
        }
    )


def shown(library: Library, figures=(), *, map_file=None) -> str:
    words = library.clusters[0].name if library.clusters else ""
    labels = [gallery.overview.Label(1, words, "#440154", 50.0, 50.0)]
    overview = Overview("overview.png", 800, 600, labels, 6, True, map_file)
    return gallery.page(library, overview, [Chapter("features", "Features", "Text.", figures)])


def figure(name="pca-2d", file: str | None = "pca-2d.svg", width=1440, **values) -> Figure:
    return Figure(name, f"Title {name}", "How to read.", file, width, 600, **values)


@given(name=ANY_TEXT)
def test_whatever_a_name_is_the_page_is_the_same_but_for_it(name):
    of_other = Earlier("1 May 2026", 3, name or "x")
    usual = Parsed(shown(library(query="x"), [figure(earlier=Earlier("1 May 2026", 3, "x"))]))

    page = shown(library(name, query=name or "x"), [figure(earlier=of_other)])

    page.encode()
    found = Parsed(page)
    plain = [tag for tag in found.tags if tag not in (("bdi",), ("span", "class"))]
    assert plain == [tag for tag in usual.tags if tag not in (("bdi",), ("span", "class"))]
    assert found.alts == usual.alts


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_within_their_own_direction(name):
    page = shown(library(name))

    found = Parsed(page)
    assert {text for text in found.names if text} - {"no name"} == {
        text for most in (40, 60, 120) if (text := line(name, most))
    }
    assert all(len(text) <= 120 for text in found.names)
    assert not {tag for tag, *_ in found.tags} & {"script", "iframe", "object"}


def test_a_line_is_one_line_not_too_long_and_can_be_encoded():
    assert line("a\n\tb\u2028c", 10) == "a b c"
    assert line("\ud800x\udfff", 10) == "x"
    assert line("abcdefghijk", 10) == "abcdefghi…"
    assert line("abcdefghij", 10) == "abcdefghij"
    assert line("\u05e9\u200f", 10) == "\u05e9\u200f"


@given(st.integers(0, 0xFFFFFF))
def test_what_stands_on_a_colour_can_be_read(colour):
    def luminance(text):
        parts = np.array([int(text[k : k + 2], 16) / 255 for k in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    text = f"#{colour:06x}"
    low, high = sorted([luminance(text), luminance(ink(text))])
    assert (high + 0.05) / (low + 0.05) > 4.5  # WCAG 2, level AA


def test_lengths_of_time_in_words():
    assert [duration(seconds) for seconds in (0, 60, 119 * 60, 7200, 3.6e6)] == [
        *("0 minutes", "1 minute", "119 minutes", "2 hours", "1,000 hours")
    ]


@pytest.mark.parametrize("n_clusters", [0, 2])
@pytest.mark.parametrize("figures", [[], [figure()], [figure(file=None, reason="why")]])
def test_headings_go_down_in_steps_and_every_anchor_is_there(n_clusters, figures):
    found = Parsed(shown(library(n_clusters=n_clusters), figures))

    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(found.headings))
    assert len(set(found.ids)) == len(found.ids)
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
    assert all(len(alt) > 5 for alt in found.alts)


def test_nothing_but_pictures_and_style_is_allowed():
    page = shown(library())

    assert "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_picture_opens_the_map_if_it_is_there():
    assert "map.html" in Parsed(shown(library(), map_file="map.html")).links
    without = shown(library())
    assert "map.html" not in without
    assert "<code>beet mirplot --map</code>" in without


def test_the_page_says_of_what_it_is():
    whole = shown(library())
    assert "6 tracks,\n    placed by sixteen features" in whole
    part = shown(library(n_in_library=1200, query="genres:'Dark Ambient'"))
    assert "those that match <code><bdi>genres:&#39;Dark Ambient&#39;</bdi></code>" in part
    assert "out of 1,200" in part
    bare = shown(library(n_clusters=0, genres=[], n_genres=0, n_albums=0, seconds=0.0))
    assert "No track has a genre." in bare
    assert not {"<dt>albums</dt>", "<dt>hours</dt>", 'id="clusters"'} & set(bare.split(">"))
    assert "albums" not in bare
    many = shown(library(n_clusters=2, n_genres=41)).replace("\n", " ")
    assert "40 more genres" in many


def test_what_is_not_there_says_why_once():
    absent = [figure(name, None, reason="no TensorFlow") for name in ("a", "b")]

    page = shown(library(), [figure(), *absent, figure("c", None, reason="too small")])

    assert page.count("Not here: no TensorFlow") == 1
    assert page.count("Not here: too small") == 1
    assert Parsed(page).sources.count("pca-2d.svg") == 1


def test_small_figures_that_follow_each_other_are_pairs():
    widths = {"a": 900, "b": 900, "c": 900, "d": 1400, "e": 900, "f": 1400}
    chapter = Chapter("x", "X", "", [figure(name, width=w) for name, w in widths.items()])

    assert chapter.halves == {"a", "b"}


def test_figures_that_no_page_can_show_are_links():
    found = Parsed(shown(library(), [figure(file="pca-2d.pdf", width=0)]))

    assert "pca-2d.pdf" in found.links
    assert found.sources == ["overview.png"]


def test_the_steps_have_all_figures_in_order():
    assert [name for step in STEPS for name in of_step(step)] == list(PLOTS)
    assert len({step.name for step in STEPS} | set(PLOTS)) == len(STEPS) + len(PLOTS)


@pytest.mark.parametrize(("suffix", "expected"), [("svg", (768, 576)), ("png", (768, 576))])
def test_the_size_of_a_picture_is_that_which_it_was_drawn_in(tmp_path, suffix, expected):
    spots = overviews.spots(np.random.default_rng(0).normal(size=(20, 2)))
    groups = by_number(np.zeros(20, np.int64))
    save(overviews.draw(spots, groups), tmp_path / f"a.{suffix}")

    assert size(tmp_path / f"a.{suffix}") == expected
    (tmp_path / "b").write_bytes(b"\x89PNG")
    assert size(tmp_path / "b") == (0, 0)


@given(st.integers(1, 40), st.floats(1e-3, 1e3), st.integers(0, 99))
def test_the_picture_keeps_what_is_near(n, scale, seed):
    plane = np.random.default_rng(seed).normal(size=(n, 2)) * [scale, 1]

    spots = overviews.spots(plane)

    assert (spots > 0).all()
    assert (spots < [overviews.WIDTH, overviews.HEIGHT]).all()
    moved, kept = spots - spots[0], plane - plane[0]
    factor = np.linalg.norm(moved) / (np.linalg.norm(kept) or 1.0)
    np.testing.assert_allclose(moved, factor * kept, atol=1e-6)


@given(st.integers(1, 30), st.integers(0, 99))
def test_labels_stand_beside_each_other_and_within(n_clusters, seed):
    rng = np.random.default_rng(seed)
    groups = by_number(rng.integers(1, n_clusters + 1, 100))
    words = {name: f"word, of {name}" for name in groups.order}

    found = overviews.labels(overviews.spots(rng.normal(size=(100, 2))), groups, words)

    assert len({label.number for label in found}) == len(found) > 0
    assert all(0 < label.x < 100 and 0 < label.y < 100 for label in found)
    apart = [
        abs(a.x - b.x) > 4 or abs(a.y - b.y) > 4 for a in found for b in found if a is not b
    ]
    assert all(apart)


def test_labels_have_as_many_words_as_tell_them_apart():
    names = {
        **{"1": "rock, loud, free · Metal", "2": "rock, soft", "3": "ambient, soft · Ambient"},
        **{"4": "Sunday morning", "5": "balanced (5)", "6": "rock, soft"},
    }

    assert overviews.short(names) == {
        **{"1": "rock, loud", "2": "rock, soft", "3": "ambient", "4": "Sunday morning"},
        **{"5": "balanced (5)", "6": "rock, soft"},
    }


def page_of(beet: Beet, *args: str, only="genre-order", folder="pictures") -> str:
    """Draw; return the page, all of whose links lead somewhere."""
    options = ["-o", folder, *(["--only", only] if only else [])]
    code, _, err = beet.run("mirplot", *options, *args)
    assert code == 0, err
    page = (beet.root / folder / "index.html").read_text()
    for file in Parsed(page).files:
        assert (beet.root / folder / file).exists(), file
    return page


def test_clusters_with_their_most_typical_tracks_and_playlists(made_up: Beet):
    """As `mircluster` has told them; the links lead there, whatever the files are called."""
    made_up.configure(
        f"mir: {{playlist_dir: {made_up.playlists}, playlist_name: '#1 %41 é $cluster'}}\n"
    )
    told = re.findall(r"^ +\d+ +\d+ tracks .*  (.*)$", made_up("mircluster", "-k", "5"), re.M)

    page = page_of(made_up, folder="my pictures")

    assert page.count('id="cluster-') == 5
    assert Parsed(page).files[:5] == [f"../playlists/#1 %41 é {k}.m3u" for k in range(1, 6)]
    names = Parsed(page).names
    assert len(told) == 5
    for typical in (tracks.split("; ") for tracks in told):
        first = names.index(typical[0])
        assert names[first : first + 3] == typical

    (made_up.playlists / "#1 %41 é 2.m3u").unlink()
    assert page_of(made_up, folder="my pictures").count("Playlist<") == 4
    shutil.rmtree(made_up.playlists)
    assert "Playlist<" not in page_of(made_up, folder="my pictures")


def test_a_cluster_that_gets_a_name_has_it_on_the_page_and_another_file(made_up: Beet):
    made_up.configure(f"mir: {{playlist_dir: {made_up.playlists}, playlist_name: $name}}\n")
    made_up("mircluster", "-k", "5")
    page_of(made_up)

    made_up("mircluster", "--keep", "2", "Sunday <b>morning")

    found = Parsed(page_of(made_up))
    assert "Sunday <b>morning" in found.names
    assert any("Sunday" in file for file in found.files)


def test_a_part_of_the_library_and_figures_of_another(made_up: Beet):
    everything = page_of(made_up, only="explained-variance,genre-order")
    assert "200 tracks," in everything
    assert "Drawn" not in everything

    part = page_of(made_up, "genres:Techno", only="loadings")

    n = len(made_up("ls", "genres:Techno").splitlines())
    assert f"{n} tracks, those that match <code><bdi>genres:Techno</bdi></code>" in part
    assert "out of 200" in part
    assert part.count("of other or") == 2
    assert part.count("200 tracks.") == 2

    assert "of other or" not in page_of(made_up, only="loadings")
    made_up("mircluster", "-k", "3")  # the same tracks, and yet another library
    assert page_of(made_up).count('class="earlier"') == 2


def test_what_nobody_has_noted_is_said_to_be_so(made_up: Beet):
    page_of(made_up)
    manifest = made_up.root / "pictures" / earlier.MANIFEST
    manifest.write_text("{")

    assert "of which tracks is not known" in page_of(made_up, only="explained-variance")

    assert set(json.loads(manifest.read_text())) == {"explained-variance.svg"}


@pytest.mark.parametrize(
    "damaged",
    ["", "[]", "{", '{"a": 3}', '{"a": ["a"]}', '{"a": ["a", "b", "c", "d"]}', "[" * 9**5],
)
def test_a_damaged_note_says_nothing(tmp_path, damaged):
    (tmp_path / earlier.MANIFEST).write_text(damaged)

    assert earlier.read(tmp_path) == {}


def test_a_day_in_words():
    drawn = earlier.Drawn("print", 3, "", "2026-11-27")

    assert drawn.day == "27 November 2026"
    assert drawn._replace(date="<b>").day == ""


def test_other_formats(made_up: Beet):
    """Those of the same tracks first, then the format of now; a PDF is a link."""
    page_of(made_up)
    found = Parsed(page_of(made_up, "--format", "pdf", only="genre-order"))
    assert "genre-order.pdf" in found.files
    assert "genre-order.svg" not in found.files

    made_up("mircluster", "-k", "3")
    page_of(made_up, "--format", "svg")
    found = Parsed(page_of(made_up, "--format", "pdf", only="explained-variance"))
    assert {"explained-variance.pdf", "genre-order.svg"} <= set(found.files)
    assert "genre-order.pdf" not in found.files


def test_without_genres_clusters_and_tensorflow(made_up: Beet, without_tensorflow):
    with sqlite3.connect(made_up.root / "library.db") as db:
        db.execute("UPDATE items SET genres = '', artist = '', title = char(10) || '<i>'")
    db.close()

    page = page_of(made_up, only="autoencoder-1d,genre-order,explained-variance")

    assert "No track has a genre." in page
    assert "Not here: no track has a genre" in page
    assert "Not here: needs TensorFlow" in page
    assert "Not here: run `beet mircluster` first" in page
    assert "the two directions in which they differ most" in page
    assert 'id="clusters"' not in page


def test_the_picture_is_of_the_plane_that_the_map_is_of(made_up: Beet, monkeypatch):
    drawn = []
    spots = overviews.spots
    monkeypatch.setattr(overviews, "spots", lambda plane: drawn.append(plane) or spots(plane))
    assert "differ most" in page_of(made_up)

    made_up("mirplot", "--map", "-o", "pictures")
    assert "directions mean nothing" in page_of(made_up)
    with np.load(made_up.root / "library.db.mir-plane.npz") as kept:
        np.testing.assert_allclose(drawn[-1], kept["plane"])
    made_up.configure("mir: {map_plane: pca}\n")
    assert "differ most" in page_of(made_up)
    made_up.configure()
    (made_up.root / "library.db.mir-plane.npz").write_bytes(b"damaged")
    assert "differ most" in page_of(made_up)


WIDTHS = (320, 390, 768, 1280, 1920)


@pytest.fixture(scope="session")  # a module is left for another from browser to browser
def long_names(_two_hundred_tracks: Beet, tmp_path_factory) -> Path:
    """The page of a library whose titles and genres are very long words."""
    beet = _two_hundred_tracks.copy(tmp_path_factory.mktemp("long") / "beets")
    with sqlite3.connect(beet.root / "library.db") as db:
        db.execute(
            "UPDATE items SET title = ?, genres = ? WHERE id % 3", ("x" * 999, "W" * 999)
        )
    db.close()
    beet("mircluster", "-k", "5")
    page_of(beet, only="pca-2d,loadings,correlations,genre-order")
    return beet.root / "pictures" / "index.html"


def test_the_page_in_a_browser(browser, long_names: Path):
    """No width makes it scroll sideways; it can be read without seeing it, and on paper."""
    sync_api = pytest.importorskip("playwright.sync_api")

    with opened(browser, long_names) as (page, troubles):
        page.evaluate(
            "Promise.all([...document.images].map(i => (i.loading = 'eager', i.decode())))"
        )
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            root = "document.documentElement"
            assert page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0
        for role, name in (
            *(("main", None), ("banner", None), ("contentinfo", None)),
            *(("navigation", "Contents"), ("region", "The map"), ("region", "The library")),
        ):
            assert page.get_by_role(role, **({"name": name} if name else {})).count() == 1
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.get_by_role("navigation").get_by_role("link", name="Encoding").click()
        there = page.get_by_role("heading", name="Encoding")
        sync_api.expect(there).to_be_in_viewport(timeout=60_000)
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.emulate_media(color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        if browser.browser_type.name == "chromium":  # Firefox's driver does not tell of paper
            page.emulate_media(media="print")
            sync_api.expect(page.locator("nav")).to_be_hidden()
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light

    assert all(trouble.startswith("request: file:") for trouble in troubles)
