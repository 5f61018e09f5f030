"""What the map draws, in a real browser: points, axes, colours, the view of them."""

from __future__ import annotations

import numpy as np
import pytest

from beetsplug.mir.names import TAGS
from tests.browser import in_chromium
from tests.map.libraries import data_of
from tests.map.opened import MAP, choose, drawn, find, opened_map, place, settle


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


def traces(tab, key: str) -> list:
    return tab.evaluate(f"document.getElementById('map').data.map((trace) => trace.{key})")


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


def points_drawn(tab, axis: str) -> np.ndarray:
    """Return where the tracks are along an axis, in order of that."""
    values = f"map.data.slice(0, -1).flatMap(({{{axis}}}) => [...{axis}])"
    return np.sort(tab.evaluate(f"(() => {{ const map = {MAP}; return {values}; }})()"))


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


def test_hostile_genres_and_clusters_are_text_in_the_legend(walk_tab):
    for colour in ("cluster", "genre"):
        walk_tab.select_option("#colour", colour)
        settle(walk_tab)
        texts = " ".join(walk_tab.locator(".legendtext").all_text_contents())
        assert "\"'&<b>bold</b>&lt; (6)" in texts
        assert "<script>alert(1)</script> (6)" in texts
        assert walk_tab.locator("#map a, #map img").count() == 0


def test_many_genres_share_the_legend(crowd_tab):
    names = crowd_tab.locator(".legendtext").all_text_contents()
    assert len(names) == 25
    assert names[-1].startswith("36 others (")


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


@in_chromium
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
    tab.mouse.move(440, 420, steps=2)
    tab.mouse.up()
    tab.wait_for_function("window.turned")
    settle(tab)


def test_a_phone_and_a_dark_page_show_the_map(browser, library, tmp_path):
    phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
    with opened_map(browser, library, tmp_path, **phone) as (tab, troubles):
        settle(tab)
        assert np.median(drawn(tab)) < 0.2
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert not troubles
