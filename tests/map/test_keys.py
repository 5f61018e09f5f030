"""The map by the keyboard, in a real browser."""

from __future__ import annotations

import numpy as np
import pytest

from tests.map.opened import choose, find, matrix, settle

STEPS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1)}


@pytest.fixture
def on_map(plane_tab):
    """The map with the focus, as Tab gives it; nothing is chosen."""
    for _ in range(2):
        plane_tab.keyboard.press("Escape")
    plane_tab.focus("#legend")
    plane_tab.keyboard.press("Tab")
    settle(plane_tab)
    return plane_tab


def press(tab, key: str) -> str:
    """Press a key and return what is said then."""
    tab.keyboard.press(key)
    settle(tab)
    return tab.text_content("#said")


def beside(plane: np.ndarray, here: int, step: tuple[int, int]) -> int:
    """Return the nearest track in a direction, what lies aside twice as far; -1 for none."""
    across = plane - plane[here]
    forth, off = across @ step, np.abs(across @ step[::-1])
    away = np.where((forth > 0) & (off <= forth), forth + 2 * off, np.inf)
    return int(away.argmin()) if np.isfinite(away).any() else -1


def test_tab_leads_to_the_map_and_its_focus_is_seen(on_map):
    assert on_map.evaluate("document.activeElement.id") == "map"
    ring = on_map.evaluate(
        "getComputedStyle(document.getElementById('map'), '::after').borderTopWidth"
    )
    assert ring == "3px"


def test_arrows_go_from_track_to_track_and_enter_chooses(on_map, told):
    find(on_map, 20)
    on_map.focus("#map")
    here = [point.title for point in told.points].index("Title Ábc 20")
    for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowDown"):
        there = beside(told.plane, here, STEPS[key])
        said = press(on_map, key)
        here = here if there < 0 else there
        point = told.points[here]
        if there >= 0:
            assert said.startswith(f"{point.title}, {point.artist}, {point.genre}")
        assert on_map.text_content("#cursor") == point.title
    press(on_map, "Enter")
    assert on_map.text_content("#title") == told.points[here].title
    assert on_map.evaluate("document.activeElement.id") == "map"
    assert on_map.locator("#cursor").is_hidden()


def test_the_ring_is_around_the_track(on_map, told):
    find(on_map, 20)
    on_map.focus("#map")
    for key in STEPS:
        press(on_map, key)
    title = on_map.text_content("#cursor")
    box = on_map.locator("#cursor").bounding_box()
    on_map.mouse.move(box["x"] + 12, box["y"] + 12)
    on_map.wait_for_selector("#tip", state="visible")

    assert on_map.locator("#tip div").first.text_content() == title


def test_the_way_begins_in_the_middle(on_map, told):
    on_map.reload()
    on_map.wait_for_selector("html[data-ready]", state="attached")
    on_map.focus("#map")
    middle = np.linalg.norm(told.plane - told.plane.mean(axis=0), axis=1).argmin()

    assert press(on_map, "ArrowUp").startswith(told.points[middle].title)


def test_plus_minus_and_nought_zoom(on_map):
    whole = width(on_map)
    for key, share in (("+", 0.7), ("+", 0.49), ("-", 0.7), ("0", 1)):
        press(on_map, key)
        assert width(on_map) == pytest.approx(share * whole, rel=0.02)
    on_map.focus("#search")
    on_map.keyboard.press("+")
    on_map.fill("#search", "")
    assert width(on_map) == pytest.approx(whole, rel=0.02)


def width(tab) -> float:
    """Return how much of the plane the map shows across."""
    return 2 / matrix(tab)[0, 0]


def test_in_3d_arrows_go_through_the_nearest(on_map, told):
    choose(on_map, "view", "3")
    find(on_map, 20)
    on_map.focus("#map")
    here = [point.title for point in told.points].index("Title Ábc 20")
    way = [here, *told.near[0][here].tolist()]

    for key, place in (("ArrowRight", 1), ("ArrowDown", 2), ("ArrowLeft", 1)):
        assert press(on_map, key).startswith(told.points[way[place]].title)
        assert on_map.locator("#cursor").is_visible()
    press(on_map, "Enter")
    assert on_map.text_content("#title") == told.points[way[1]].title
