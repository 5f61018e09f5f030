"""What is selected on the map, as a query and a playlist, in a real browser."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
from beets.library import Item, parse_query_parts

from tests.browser import in_chromium
from tests.map.opened import choose, place, saved, settle


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
    name, text = saved(download.value)
    assert name == "selection.m3u"
    assert text == "".join(
        f"./{line}\n" if line.startswith("#") else f"{line}\n" for line in lines
    )
    assert any(line.startswith("#") for line in lines)
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


@in_chromium
def test_ids_become_ranges_and_what_no_playlist_can_name_is_counted(crowd_tab):
    crowd_tab.fill("#search", "one")
    crowd_tab.click("#select-found")
    assert crowd_tab.input_value("#query") == "id:1..10"
    assert crowd_tab.text_content("#left-out") == "9 of them cannot be named in an .m3u."
    crowd_tab.fill("#search", "odd")
    crowd_tab.click("#select-found")
    # More alternatives than SQLite takes in a query.
    (query,) = shlex.split(crowd_tab.input_value("#query"))
    assert query.startswith("id::^(12|14|16|")
    assert query.endswith("|2500)$")
    matches, _ = parse_query_parts([query], Item)
    assert [i for i in range(1, 2501) if matches.match(Item(id=i))] == [*range(12, 2501, 2)]
    assert crowd_tab.locator("#download").is_disabled()
    crowd_tab.click("#clear")
