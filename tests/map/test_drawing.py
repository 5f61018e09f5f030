"""What the map draws, in a real browser: points, axes, colours, the view of them."""

from __future__ import annotations

import numpy as np
import pytest

from beetsplug.mir.names import TAGS
from tests.browser import in_chromium
from tests.map.libraries import data_of, made_up
from tests.map.opened import (
    choose,
    drawn,
    find,
    lit,
    matrix,
    opened_map,
    pixels,
    place,
    settle,
)

VIRIDIS_END = (0.993, 0.906, 0.144)


def test_points_are_drawn_in_2d_and_3d_in_every_colouring(tab, library):
    picture = None
    for view in ("2", "3"):
        choose(tab, "view", view)
        for colour in ("genre", "cluster", "15"):
            tab.select_option("#colour", colour)
            settle(tab)
            picture = drawn(tab, unlike=picture)
            assert lit(tab, library.Z[:, : int(view)], picture).mean() > 0.95
            assert lit(tab, -library.Z[:, : int(view)], picture).mean() < 0.6
    assert tab.text_content("#key .bar .name") == "hpss"


def test_no_script_is_made_of_text(tab, shown):
    made = "try { done(new Function('return 1')()); } catch (e) { done(e.name); }"
    # Later: what the test itself runs may.
    later = f"new Promise((done) => setTimeout(() => {{ {made} }}))"
    assert tab.evaluate(later) == "EvalError"
    settle(tab)
    _, troubles = shown
    assert all("eval" in trouble for trouble in troubles)  # Firefox tells of it
    troubles.clear()


def test_components_have_axes_with_titles_and_numbers(tab):
    titles = tab.locator("#axes .title").all_text_contents()
    assert titles == ["component 1", "component 2"]
    numbers = tab.locator("#axes .tick").all_text_contents()
    assert len(numbers) > 4
    x = tab.locator("#axes .tick[text-anchor=middle]")
    for k in range(x.count()):
        at = float(x.nth(k).get_attribute("x"))
        expected = pixels(tab, [float(x.nth(k).text_content()), 0])[0, 0]
        assert at == pytest.approx(expected, abs=0.1)


def test_in_2d_the_plane_is_drawn_without_axes_and_true_to_scale(plane_tab, told):
    picture = drawn(plane_tab)
    assert lit(plane_tab, told.plane, picture).mean() > 0.95
    assert lit(plane_tab, 1000 - told.plane, picture).mean() < 0.6
    assert plane_tab.locator("#axes *").count() == 0
    here, there = place(plane_tab, 500, 500), place(plane_tab, 600, 600)
    assert there[0] - here[0] == pytest.approx(here[1] - there[1], rel=1e-3)


def test_in_3d_the_encoding_is_drawn_in_the_middle_of_its_space(plane_tab, told):
    choose(plane_tab, "view", "3")

    picture = drawn(plane_tab)
    assert lit(plane_tab, told.Z[:, :3], picture).mean() > 0.95
    height, width = picture.shape[:2]
    middle = (told.Z[:, :3].min(axis=0) + told.Z[:, :3].max(axis=0)) / 2
    np.testing.assert_allclose(pixels(plane_tab, middle)[0], [width / 2, height / 2], atol=1)
    at = pixels(plane_tab, told.Z[:, :3])
    assert ((at > 0) & (at < [width, height])).all()
    titles = plane_tab.locator("#axes .title").all_text_contents()
    assert titles == ["component 1", "component 2", "component 3"]


def test_a_group_has_its_symbol_in_2d_and_3d_and_in_the_legend(browser, tmp_path):
    library = made_up(5, 3)
    groups = [f"Genre {i}" for i in range(5)]
    points = [p._replace(genre=g) for p, g in zip(library.points, groups, strict=True)]
    Z = np.array([[0, 0, 0], [4, 0, 1], [0, 4, 2], [4, 4, 0], [2, 2, 4.0]])
    library = library._replace(points=points, Z=Z)
    genres = data_of(library.page())["genres"]
    kinds = ["circle", "square", "diamond", "triangle up", "triangle down"]
    expected = [kinds[genres["symbols"][k]] for k in genres["of"]]
    assert sorted(expected) == sorted(kinds)
    large = {"device_scale_factor": 2, "viewport": {"width": 960, "height": 600}}
    with opened_map(browser, library, tmp_path, **large) as (tab, troubles):
        tab.add_style_tag(content="#regions, #axes { display: none }")
        for view in (2, 3):
            choose(tab, "view", str(view))
            picture = drawn(tab)
            found = [
                shape(picture[y - 20 : y + 20, x - 20 : x + 20])
                for x, y in np.rint(2 * pixels(tab, Z[:, :view])).astype(int)
            ]
            assert found == expected
        looks = tab.locator("#key path").evaluate_all(
            "all => all.map(p => p.getAttribute('d'))"
        )
        assert len(set(looks)) == 5
        assert not troubles


def shape(picture: np.ndarray) -> str:
    """Return what symbol is seen, by the widths of its top, middle and bottom."""
    unlike = np.abs(picture - picture[0, 0]).max(axis=-1)
    seen = unlike > unlike.max() / 2  # far away in 3-D it is pale
    rows = seen[np.flatnonzero(seen.any(axis=1))]
    widths = rows.sum(axis=1) / rows.sum(axis=1).max()
    top, middle, bottom = widths[1], widths[len(widths) // 2], widths[-2]
    if top > 0.9 and bottom > 0.9:
        return "square"
    if bottom > 0.8:
        return "triangle up"
    if top > 0.8:
        return "triangle down"
    quarter = widths[len(widths) // 4]
    return "circle" if quarter > 0.75 and middle > 0.9 else "diamond"


def test_a_group_is_hidden_by_its_name_in_the_legend(tab, library):
    of_group = [i for i, point in enumerate(library.points) if point.genre == "Genre 2"]
    entry = tab.locator("#key button", has_text="Genre 2")
    whole = drawn(tab)
    before = lit(tab, library.Z[of_group, :2], whole)
    entry.click()
    settle(tab)

    part = drawn(tab, unlike=whole)
    hidden = lit(tab, library.Z[of_group, :2], part)
    assert entry.get_attribute("aria-pressed") == "false"
    assert before.mean() > 0.95
    assert hidden.mean() < 0.5
    assert "Genre 2" not in tab.locator("#regions button").all_text_contents()
    entry.press("Enter")
    settle(tab)
    again = drawn(tab, unlike=part)
    assert lit(tab, library.Z[of_group, :2], again).tolist() == before.tolist()


@in_chromium
@pytest.mark.parametrize("shown_few", [1, 2], indirect=True)
def test_few_components_are_drawn_in_2d_only(few_tab):
    assert few_tab.locator("[name=view][value='3']").is_disabled()
    find(few_tab, 3)
    assert few_tab.locator("#neighbours li").count() == 3


def test_tags_colour_the_map_by_their_scores(plane_tab, told):
    labels = plane_tab.locator("#colour optgroup").evaluate_all("all => all.map(g => g.label)")
    assert labels == ["Sounds like", "Feature"]
    names = plane_tab.locator("#colour optgroup").first.locator("option").all_text_contents()
    assert names == data_of(told.page())["scores"]["names"]

    for tag in ("pop", TAGS[-1]):
        plane_tab.select_option("#colour", label=tag)
        settle(plane_tab)
        scores = np.sort(told.scores[:, TAGS.index(tag)])
        # Of a tag that one track has, the colours reach to that one.
        low, high = (1, -2) if tag == "pop" else (0, -1)
        ends = [float(plane_tab.text_content(f"#key .{end}")) for end in ("least", "most")]
        np.testing.assert_allclose(ends, scores[[low, high]], atol=0.003)
        assert plane_tab.text_content("#key .name") == f"{tag} (0 to 1)"
        best = told.plane[told.scores[:, TAGS.index(tag)].argmax()]
        x, y = np.rint(pixels(plane_tab, best)[0]).astype(int)
        colour = drawn(plane_tab)[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3)
        np.testing.assert_allclose(np.median(colour, axis=0), VIRIDIS_END, atol=0.08)


def test_without_scores_no_tag_is_offered(tab):
    assert tab.locator("#colour optgroup").count() == 1
    assert "sound" not in tab.text_content("#colour").lower()


@in_chromium
def test_hostile_genres_and_clusters_are_text_in_the_legend_and_on_the_map(walk_tab):
    for colour in ("cluster", "genre"):
        walk_tab.select_option("#colour", colour)
        settle(walk_tab)
        for part in ("#key .name", "#regions button"):
            texts = " ".join(walk_tab.locator(part).all_text_contents())
            assert "\"'&<b>bold</b>&lt;" in texts
            assert "<script>alert(1)</script>" in texts
        assert walk_tab.locator("#map a, #map img, #key a, #key img, #key b").count() == 0
        assert " (6)" in walk_tab.locator("#key .count").all_text_contents()


@in_chromium
def test_many_genres_share_the_legend(crowd_tab):
    names = crowd_tab.locator("#key .name").all_text_contents()
    assert len(names) == 25
    assert names[-1] == "36 others"


def test_zooming_in_3d_goes_on_from_where_the_view_was_turned_to(tab, library):
    choose(tab, "view", "3")
    for _ in range(2):
        before = eye(tab, library)
        turn(tab)
        turned = eye(tab, library)
        tab.click("#zoom-in")
        settle(tab)

        assert np.abs(turned - before).max() > 0.1
        np.testing.assert_allclose(eye(tab, library), 0.7 * turned, rtol=1e-6, atol=1e-9)


@in_chromium
def test_what_is_seen_in_3d_stays_as_it_is_when_a_track_is_chosen(tab, library):
    choose(tab, "view", "3")
    tab.click("#reset")
    settle(tab)
    whole = eye(tab, library)
    for number in (20, 21):
        tab.click("#zoom-in")
        settle(tab)
        turn(tab)
        before = eye(tab, library)
        tab.fill("#search", f"title abc {number}")
        tab.keyboard.press("Enter")
        settle(tab)

        np.testing.assert_allclose(eye(tab, library), before)
        tab.click("#reset")
        settle(tab)
        np.testing.assert_allclose(eye(tab, library), whole)


def eye(tab, library) -> np.ndarray:
    """Return from where a map in 3-D is seen, from the middle of the scene, in its radii."""
    Z = library.Z[:, :3]
    depth = matrix(tab)[3]
    middle = (Z.min(axis=0) + Z.max(axis=0)) / 2
    away = depth @ [*middle, 1]
    return -depth[:3] / np.linalg.norm(depth[:3]) * away


def turn(tab) -> None:
    """Turn a map in 3-D by the mouse."""
    tab.mouse.move(400, 400)
    tab.mouse.down()
    tab.mouse.move(440, 420, steps=2)
    tab.mouse.up()
    settle(tab)


def test_the_wheel_keeps_the_place_below_it(tab):
    x, y = place(tab, 0.5, -0.5)
    before = pixels(tab, [1.5, -0.5])[0, 0] - pixels(tab, [0.5, -0.5])[0, 0]
    # It may have come to rest before anybody asks whether it is moving.
    tab.evaluate(
        """() => {
            const map = document.getElementById('map');
            const note = () => map.setAttribute('data-has-moved', '');
            new MutationObserver(note).observe(map, {attributeFilter: ['class']});
        }"""
    )
    tab.mouse.move(x, y)
    tab.mouse.wheel(0, -300)
    tab.wait_for_selector("#map[data-has-moved]")
    settle(tab)

    np.testing.assert_allclose(place(tab, 0.5, -0.5), (x, y), atol=1)
    after = pixels(tab, [1.5, -0.5])[0, 0] - pixels(tab, [0.5, -0.5])[0, 0]
    assert after > 1.2 * before


def test_dragging_moves_the_map_and_chooses_nothing(tab):
    chosen = tab.text_content("#title")
    x, y = place(tab, 0, 0)
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 60, y - 30, steps=4)
    tab.mouse.up()
    settle(tab)

    np.testing.assert_allclose(place(tab, 0, 0), (x + 60, y - 30), atol=1)
    assert tab.text_content("#title") == chosen


def test_a_phone_and_a_dark_page_show_the_map(browser, library, tmp_path):
    phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
    with opened_map(browser, library, tmp_path, **phone) as (tab, troubles):
        settle(tab)
        assert np.median(drawn(tab)) < 0.2
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert not troubles


@in_chromium
def test_titles_of_axes_in_3d_are_whole(browser, library, tmp_path):
    with opened_map(browser, library, tmp_path, viewport={"width": 1000, "height": 1000}) as (
        tab,
        troubles,
    ):
        choose(tab, "view", "3")
        room = tab.locator("#map").bounding_box()
        titles = tab.locator("#axes .title").all()

        assert len(titles) == 3
        for title in titles:
            box = title.bounding_box()
            assert box["x"] >= room["x"]
            assert box["x"] + box["width"] <= room["x"] + room["width"]
        assert not troubles
