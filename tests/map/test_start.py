"""What the map opens on: the library itself, and the way there and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.conftest import REPOSITORY, skip_or_fail
from tests.map.libraries import HOSTILE, Library, data_of, made_up, strangers
from tests.map.opened import find, on_page, opened_map, settle

if TYPE_CHECKING:
    from tests.conftest import Beet

N = 90
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
PLOTS = REPOSITORY / "beetsplug" / "mir" / "plots"
STYLES = (PLOTS / "colours.css", PLOTS / "map" / "style.css")


@pytest.fixture(scope="module")
def settled() -> Library:
    """A library of 30 clusters with hostile names, whose lengths are known but for one."""
    library = made_up(N)
    points = [
        point._replace(
            cluster=i % 31, cluster_name=HOSTILE[i % 31 % len(HOSTILE)] if i % 31 else "",
            genre="" if i % 9 == 0 else point.genre, seconds=600.0 * (i > 0),
        )
        for i, point in enumerate(library.points)
    ]  # fmt: skip
    return library._replace(points=points, files={2: "02 <b>two</b>.m3u"})


@pytest.fixture(scope="module")
def shown_settled(browser, opened_once, settled):
    return opened_once(browser, "settled", settled)


@pytest.fixture
def start(shown_settled):
    """The map as it opens: nothing is chosen, nothing selected."""
    tab, troubles = shown_settled
    for _ in range(2):
        tab.keyboard.press("Escape")
    settle(tab)
    yield tab
    assert not troubles


def test_hours_files_and_typical_tracks_arrive(settled):
    data = data_of(settled.page())

    clusters = data["clusters"]
    assert data["seconds"] == {"sum": 600 * (N - 1), "unknown": 1}
    assert [clusters["files"][clusters["names"].index(name)] for name in ("1", "2", "")] == [
        None, "02 <b>two</b>.m3u", None,
    ]  # fmt: skip
    for groups in (clusters, data["genres"]):
        of = np.array(groups["of"])
        for index, typical in enumerate(groups["typical"]):
            members = np.flatnonzero(of == index)
            if len(members):
                away = settled.Z[members] - settled.Z[members].mean(axis=0)
                assert typical == members[np.linalg.norm(away, axis=1).argmin()]
            else:
                assert typical is None


def test_striking_tracks_arrive_and_the_farthest_from_its_nearest_is_one():
    library = made_up(50)
    near = library.near[0].copy(), library.near[1].copy()
    near[1][7] += 10
    near[0][8] = -1  # has no neighbour, and is not alone for that
    near[1][8] = np.inf

    striking = data_of(library._replace(near=near).page())["striking"]

    assert {"track": 7, "word": "most alone"} in striking
    assert len({each["track"] for each in striking}) == len(striking) == 8


def test_the_page_opens_on_what_the_library_is(start):
    facts = start.locator("#facts div").evaluate_all(
        "all => all.map(each => [...each.children].map(part => part.textContent))"
    )
    assert facts == [
        ["tracks", "90"], ["artists", "7"], ["hours", "15+"], ["genres", "4"],
        ["clusters", "30"],
    ]  # fmt: skip
    assert start.inner_text("#about") == "Placed by <b>what is heard</b>."
    assert start.locator("#striking li").count() == 8
    assert start.locator("#selection, #track").evaluate_all("all => all.every(x => x.hidden)")
    assert start.get_by_text("What one can do").is_visible()


def test_a_long_list_is_short_until_all_are_wanted(start, settled):
    entries = start.locator("#cluster-list li")
    more = start.locator("#cluster-list .more")
    assert (entries.count(), more.text_content()) == (12, "and 19 more")
    more.click()
    assert (entries.count(), more.get_attribute("aria-expanded")) == (31, "true")
    assert start.locator("#cluster-list .number").all_text_contents() == [
        str(k) for k in range(1, 31)
    ]
    names = start.locator("#cluster-list .name")
    assert names.last.text_content() == "in no cluster"
    name = on_page(settled.points[6].cluster_name)
    assert on_page(names.nth(5).text_content()) == name
    assert on_page(names.nth(5).get_attribute("title")) == name
    assert start.locator("aside img, aside b, aside i, aside a").count() == 0
    more.click()
    assert entries.count() == 12


def test_a_cluster_is_selected_by_a_click_and_there_is_a_way_back(start):
    start.locator("#cluster-list li button").nth(1).click()
    settle(start)

    said = on_page(f"Cluster 2: {HOSTILE[2]}")
    assert start.text_content("#selection-title") == said
    assert start.text_content("#selected-count") == "3 tracks selected"
    assert start.text_content("#selected-file") == "Its playlist is the file 02 <b>two</b>.m3u."
    assert start.text_content("#said") == f"{said}: 3 tracks selected"
    assert start.locator("#library").is_hidden()
    assert focused(start) == "selection-title"

    start.click("#to-library")
    assert start.locator("#library").is_visible()
    assert start.locator("#selection").is_hidden()
    start.click("#to-chosen")
    assert start.text_content("#selected-count") == "3 tracks selected"

    start.keyboard.press("Escape")
    settle(start)
    assert start.locator("#library").is_visible()
    assert start.locator("#to-chosen").is_hidden()
    assert focused(start) == "library-title"


def focused(tab) -> str:
    return tab.evaluate("document.activeElement.id")


def test_a_genre_and_what_has_none_are_selected_in_the_same_way(start, settled):
    start.click("#genre-list summary")
    sizes = start.locator("#genre-list .count").all_text_contents()
    counts = [int(re.match(r"\d+", size)[0]) for size in sizes]
    assert counts[:-1] == sorted(counts[:-1], reverse=True)
    assert sum(counts) == N
    start.get_by_role("button", name="without a genre").click()
    settle(start)

    nameless = sum(not point.genre for point in settled.points)
    assert start.text_content("#selection-title") == "Without a genre"
    assert start.text_content("#selected-count") == f"{nameless} tracks selected"
    assert start.text_content("#selected-file") == ""


def test_a_striking_track_is_chosen_and_steps_lead_back_over_the_selection(start, settled):
    start.locator("#cluster-list li button").first.click()
    start.click("#to-library")
    first = data_of(settled.page())["striking"][0]["track"]
    point = settled.points[first]
    start.locator("#striking li button").first.click()
    settle(start)

    assert start.text_content("#title") == point.title
    assert focused(start) == "title"
    genre = point.genre or "no genre"
    assert start.text_content("#said") == (
        f"{point.title}, {point.artist}, {genre}. Its 12 nearest are listed."
    )
    for shown in ("#selection", "#library"):
        start.keyboard.press("Escape")
        settle(start)
        assert start.locator("#track").is_hidden()
        assert start.locator(shown).is_visible()


def test_of_what_is_not_there_nothing_is_shown(browser, tmp_path):
    library = made_up(2)
    points = [
        point._replace(artist="", genre="", cluster=0, cluster_name="")
        for point in library.points
    ]
    alike = library._replace(points=points, raw=np.ones((2, 16)), near=strangers(2, 0))
    with opened_map(browser, alike, tmp_path) as (tab, troubles):
        assert tab.locator("#facts div").all_text_contents() == ["tracks2"]
        assert tab.locator("#striking, #genre-list").evaluate_all(
            "all => all.every(x => x.hidden)"
        )
        assert "beet mircluster" in tab.inner_text("#cluster-list")
        assert tab.locator("#cluster-list button").count() == 0
        assert not troubles


def test_escape_in_the_search_closes_its_list_first(start):
    find(start, 20)
    start.fill("#search", "title")
    start.keyboard.press("Escape")
    assert start.locator("#found").is_hidden()
    assert start.locator("#track").is_visible()
    start.keyboard.press("Escape")
    assert start.locator("#library").is_visible()


def test_who_cannot_see_or_point_can_use_all_of_it(browsers, opened_once, settled):
    """What axe-core finds: controls without names, text too pale, roles that are none.

    It is the same in each browser.
    """
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        skip_or_fail("no axe-core: pip install axe-playwright-python")
    tab, _ = opened_once(browsers("chromium"), "settled", settled)
    tab.emulate_media(reduced_motion="reduce")
    tab.locator("aside details").evaluate_all("all => all.forEach(x => { x.open = true; })")
    for side in ("library", "chosen"):
        if side == "chosen":
            tab.locator("#cluster-list li button").first.click()
            find(tab, 20)
            tab.fill("#search", "title abc 2")
        assert found_by(Axe(), tab, {"type": "tag", "values": RULES}) == set()
        tab.emulate_media(color_scheme="dark")
        assert found_by(Axe(), tab, {"type": "rule", "values": ["color-contrast"]}) == set()
        tab.emulate_media(color_scheme="light")
    tab.fill("#search", "")
    tab.reload()
    tab.wait_for_selector("html[data-ready]", state="attached")


def found_by(axe, tab, rules: dict) -> set[str]:
    """Return rule and place of each fault; what is drawn in the map has no words of its own."""
    found = axe.run(tab, context={"exclude": [["#map svg"]]}, options={"runOnly": rules})
    return {
        f"{fault['id']}: {node['html'][:100]} {node['failureSummary']}"
        for fault in found.response["violations"]
        for node in fault["nodes"]
    }


def test_nothing_overflows_sideways_on_a_phone_or_in_large_letters(start):
    settings = ((360, 640, "100%"), (640, 800, "200%"), (1280, 900, "200%"), (360, 640, "200%"))
    for width, height, letters in settings:
        start.set_viewport_size({"width": width, "height": height})
        start.evaluate(f"document.documentElement.style.fontSize = '{letters}'")
        settle(start)
        for side in ("#library", "#track"):
            if side == "#track":
                find(start, 20)
            assert start.locator(side).is_visible()
            widest = "each => [each.scrollWidth - each.clientWidth, each.className, each.id]"
            for part in ("html", "aside", "header"):
                over = start.locator(part).evaluate(widest)
                assert over[0] <= 0, (width, letters, side, part)
        start.keyboard.press("Escape")
        start.keyboard.press("Escape")
    start.evaluate("document.documentElement.style.fontSize = ''")
    start.set_viewport_size({"width": 960, "height": 600})
    settle(start)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(scheme):
    colours = properties()[scheme]
    pairs = [(text, back) for text in ("text", "quiet", "accent") for back in ("back", "panel")]
    for text, back in [*pairs, ("accent-text", "accent")]:
        assert contrast(colours[text], colours[back]) >= 4.5, (text, back)
    for mark in ("mark", "line-1", "line-2", "accent"):  # that is seen, and not read
        assert contrast(colours[mark], colours["back"]) >= 3, mark


def properties() -> tuple[dict[str, str], dict[str, str]]:
    """Return the colours of the style in the light and in the dark."""
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for style in STYLES:
        blocks = re.findall(r":root \{(.*?)\}", style.read_text("utf-8"), re.DOTALL)
        for found, block in zip((light, dark), blocks, strict=True):
            found.update(re.findall(r"--([\w-]+): (#\w{6});", block))
    return light, {**light, **dark}


def contrast(a: str, b: str) -> float:
    """Return the ratio of two colours' luminances, 1 to 21 (WCAG 2.2)."""
    low, high = sorted(luminance(colour) for colour in (a, b))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_the_files_of_playlists_that_are_there_are_told(made_up: Beet):
    made_up("mircluster", "-k", "5")
    files = sorted(path.name for path in (made_up.root / "playlists").glob("*.m3u"))
    (made_up.root / "playlists" / files[0]).unlink()

    made_up("mirplot", "--map", "-o", "pictures")

    html = (made_up.root / "pictures" / "map.html").read_text()
    told = data_of(html)["clusters"]["files"]
    assert sorted(filter(None, told)) == files[1:]
    assert told.count(None) == 2  # of the file that is gone, and of no cluster
