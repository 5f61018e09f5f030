"""Names on the map, in a real browser: where they are, which are seen, what a click does."""

from __future__ import annotations

import numpy as np
import pytest

from tests.map.libraries import made_up
from tests.map.opened import check, choose, opened_map, pixels, place, settle

HEAPS = np.array([[0.0, 0, 0], [8, 0, 2], [0.05, 0, 4], [4, 6, 1]])  # two beside each other
SIZES = (30, 20, 10, 5)


@pytest.fixture(scope="module")
def heaps(browser, tmp_path_factory):
    """A map of heaps of tracks, each a cluster; a few of each lie far away."""
    rng = np.random.default_rng(3)
    heap = np.repeat(np.arange(4), SIZES)
    Z = HEAPS[heap] + 0.02 * rng.normal(size=(len(heap), 3))
    Z[::5] += [0, 3, 0]
    library = made_up(len(heap), 3)
    words = ["bright, fast", "", "<b>calm</b>", "dark"]
    points = [
        point._replace(cluster=int(k) + 1, cluster_name=words[k])
        for point, k in zip(library.points, heap, strict=True)
    ]
    library = library._replace(points=points, Z=Z)
    with opened_map(browser, library, tmp_path_factory.mktemp("heaps")) as (tab, troubles):
        tab.select_option("#colour", "cluster")
        yield tab
        assert not troubles


@pytest.fixture
def heaps_tab(heaps):
    check(heaps, "view", "2")
    heaps.click("#reset")
    settle(heaps)
    return heaps


def names(tab) -> dict[str, np.ndarray]:
    """Return the names that are seen on the map and where their middles are."""
    found = {}
    map_box = tab.locator("#map").bounding_box()
    for button in tab.locator("#regions button:visible").all():
        box = button.bounding_box()
        middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        found[button.text_content()] = np.subtract(middle, [map_box["x"], map_box["y"]])
    return found


def test_clusters_are_named_where_they_are_densest_and_the_larger_wins(heaps_tab):
    found = names(heaps_tab)

    assert set(found) == {"1 bright, fast", "2", "4 dark"}
    for name, heap in (("1 bright, fast", 0), ("2", 1), ("4 dark", 3)):
        x, y = pixels(heaps_tab, HEAPS[heap, :2])[0]
        assert found[name][0] == pytest.approx(x, abs=8)
        assert y - 30 < found[name][1] < y - 10  # above its tracks, which it lets be seen


def test_more_names_appear_as_one_zooms_in(heaps_tab):
    x, y = place(heaps_tab, *HEAPS[0, :2])
    heaps_tab.mouse.move(x, y)
    for _ in range(7):
        heaps_tab.mouse.wheel(0, -400)
        settle(heaps_tab)

    assert {"1 bright, fast", "3 <b>calm</b>"} <= set(names(heaps_tab))
    assert heaps_tab.locator("#regions b").count() == 0


def test_a_click_on_a_name_selects_its_tracks_by_mouse_and_by_key(heaps_tab):
    name = heaps_tab.locator("#regions button", has_text="4 dark")
    name.click()
    settle(heaps_tab)
    assert heaps_tab.text_content("#selected-count") == "5 tracks selected"
    heaps_tab.click("#clear")
    settle(heaps_tab)
    heaps_tab.locator("#regions button", has_text="1 bright").press("Enter")
    assert heaps_tab.text_content("#selected-count") == "30 tracks selected"
    heaps_tab.click("#clear")
    settle(heaps_tab)


def test_the_map_can_be_moved_by_a_name(heaps_tab):
    name = heaps_tab.locator("#regions button", has_text="4 dark")
    before = names(heaps_tab)["4 dark"]
    box = name.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    heaps_tab.mouse.move(x, y)
    heaps_tab.mouse.down()
    heaps_tab.mouse.move(x - 50, y + 40, steps=4)
    heaps_tab.mouse.up()
    settle(heaps_tab)

    np.testing.assert_allclose(names(heaps_tab)["4 dark"], np.add(before, [-50, 40]), atol=1.5)
    assert heaps_tab.locator("#selection").is_hidden()


def test_in_3d_a_name_is_in_the_middle_of_its_tracks(heaps_tab):
    choose(heaps_tab, "view", "3")

    found = names(heaps_tab)
    middle = HEAPS[1] + [0, 3 / 5, 0]
    np.testing.assert_allclose(found["2"], pixels(heaps_tab, middle)[0], atol=8)


def test_a_measure_has_no_names(heaps_tab):
    heaps_tab.select_option("#colour", "3")
    settle(heaps_tab)
    assert names(heaps_tab) == {}
    heaps_tab.select_option("#colour", "cluster")
    settle(heaps_tab)
    assert len(names(heaps_tab)) == 3
