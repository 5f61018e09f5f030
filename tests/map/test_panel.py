"""What the panel beside the map tells, in a real browser: a track, its neighbours and why."""

from __future__ import annotations

import re

import numpy as np

from beetsplug.mir.names import FEATURES, TAGS
from tests.browser import in_chromium
from tests.map.libraries import HOSTILE, Library, nearest
from tests.map.opened import choose, find, hover, on_page, pixels, place, settle


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


def loneliest(Z: np.ndarray) -> int:
    """Return the point that a click hits most surely."""
    distances = np.linalg.norm(Z[:, None, :2] - Z[None, :, :2], axis=-1)
    np.fill_diagonal(distances, np.inf)
    return int(distances.min(axis=1).argmax())


def test_places_without_a_track_are_not_shown(few_tab):
    for i, rows in enumerate([[2, 1], [], [3], [0, 1, 2]]):
        find(few_tab, i)
        names = few_tab.locator("#neighbours .name").all_text_contents()
        assert names == [f"Title Ábc {k}" for k in rows]
        assert few_tab.locator("#nearest").is_visible() == bool(names)


@in_chromium
def test_without_places_no_track_is_shown(crowd_tab):
    find(crowd_tab, 7)

    assert crowd_tab.text_content("#title") == "Title Ábc 7"
    assert crowd_tab.locator("#neighbours li").count() == 0
    assert crowd_tab.locator("#nearest").is_hidden()


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


@in_chromium
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
    tracks = [0, 1, 5, 9, loneliest(library.Z)]  # all but the last have hostile titles
    hovered = [hover(tab, *place(tab, *library.Z[i, :2])) for i in tracks]

    point = library.points[tracks[-1]]
    cluster = f"cluster {point.cluster} {point.cluster_name}" if point.cluster else ""
    expected = [point.title, point.artist, point.genre, cluster]
    assert hovered[-1] == [text for text in expected if text]
    titles = [on_page(point.title) for point in library.points]
    assert all(on_page(texts[0]) in titles for texts in hovered)
    assert tab.locator("img, b, i, #tip a").count() == 0


def test_a_point_in_3d_can_be_hovered_over_and_clicked_on(tab, library):
    choose(tab, "view", "3")
    tab.click("#reset")
    settle(tab)
    at = pixels(tab, library.Z[:, :3])
    chosen = loneliest(at)

    texts = hover(tab, *place(tab, *library.Z[chosen, :3]))
    tab.mouse.down()
    tab.mouse.up()

    settle(tab)
    assert tab.text_content("#title") == texts[0] == library.points[chosen].title.strip()


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
    rings = "all => all.map(ring => ['cx', 'cy'].map(name => Number(ring.getAttribute(name))))"
    chosen_ring = tab.locator("#marks .chosen").evaluate_all(rings)
    np.testing.assert_allclose(chosen_ring, pixels(tab, library.Z[[chosen], :2]), atol=0.1)
    others = tab.locator("#marks .near").evaluate_all(rings)
    near = pixels(tab, library.Z[nearest(library, chosen), :2])
    np.testing.assert_allclose(others, near, atol=0.1)
    assert tab.locator("#marks > line").count() == len(near)


def test_a_track_is_brought_into_view_and_its_neighbours_are_those_given(plane_tab, told):
    away = int(told.plane[:, 0].argmax())
    for _ in range(4):
        plane_tab.click("#zoom-in")
        settle(plane_tab)
    find(plane_tab, away)

    box = plane_tab.locator("#map").bounding_box()
    at = pixels(plane_tab, told.plane[away])[0]
    assert (at > 0).all()
    assert (at < [box["width"], box["height"]]).all()
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
    plane_tab, told
):
    both = "both sound like rock, electronic, pop"
    assert why(plane_tab, told, 0, 1).startswith(
        f"{both}; apart in alternative (0.00 and 0.45); both "
    )
    assert why(plane_tab, told, 0, 3).startswith("both sound like rock, pop, electronic; both ")
    assert re.match(r"both \w+ \(\w+ \S+ and \S+", why(plane_tab, told, 0, 2))
    assert re.match(r"both \w+ \(\w+ \S+ and \S+", why(plane_tab, told, 2, 0))


def test_a_click_plays_the_file_beside_the_page(shown_few):
    tab, troubles = shown_few
    find(tab, 2)
    assert tab.locator("#track").is_visible()
    assert tab.locator("#player").is_hidden()
    find(tab, 3)
    tab.click("#play")
    for _ in range(100):
        if tab.evaluate("document.getElementById('audio').currentTime") > 0:
            break
        tab.wait_for_timeout(100)  # a function to wait for would need eval
    assert tab.evaluate("document.getElementById('audio').currentTime") > 0
    # Firefox does not tell of requests for files.
    assert set(troubles) <= {f"request: {tab.url.replace('map.html', 'a%20sound.wav')}"}
    troubles.clear()
