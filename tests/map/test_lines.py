"""Playlists as lines on the map, in a real browser and from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.browser import in_chromium
from tests.map.libraries import HOSTILE, WALK, data_of
from tests.map.opened import (
    VIEWPORT,
    choose,
    drawn,
    hover,
    on_page,
    pixels,
    place,
    saved,
    settle,
)

if TYPE_CHECKING:
    from tests.conftest import Beet


def lines_drawn(tab) -> list[dict]:
    """Return the lines of playlists: pixels of their tracks, their looks and their marks."""
    picked = """all => all.map((line) => {
        const way = line.querySelector('.way');
        return {
            points: way.getAttribute('points').split(' ').map(p => p.split(',').map(Number)),
            colour: getComputedStyle(way).stroke,
            dash: way.getAttribute('stroke-dasharray'),
            marks: [...line.querySelectorAll('circle, rect')].map((mark) => mark.tagName),
        };
    })"""
    return tab.locator("#marks .walk").evaluate_all(picked)


def test_a_playlist_arrives_as_the_rows_of_its_tracks(walked):
    lines = data_of(walked.page())["lines"]

    assert lines[0] == {"name": "evening walk", "tracks": list(WALK)}
    assert [line["name"] for line in lines[1:]] == [*HOSTILE, "at home"]


@pytest.mark.parametrize("view", ["2", "3"])
def test_a_playlist_is_a_line_through_its_tracks_with_marks_at_its_ends(walk_tab, walked, view):
    choose(walk_tab, "view", view)

    lines = lines_drawn(walk_tab)
    assert len(lines) == len(walked.lines)
    expected = pixels(walk_tab, walked.Z[list(WALK), : int(view)])
    np.testing.assert_allclose(lines[0]["points"], expected, atol=0.1)
    assert sorted(lines[0]["marks"]) == [*["circle"] * 5, "rect"]
    assert [len(line["marks"]) for line in lines] == [6, *[2] * len(HOSTILE), 1]
    looks = [(line["colour"], line["dash"]) for line in lines]
    assert len(set(looks)) == 6
    of_rings = "getComputedStyle(document.getElementById('marks')).stroke"
    assert walk_tab.evaluate(of_rings) not in dict(looks)


@pytest.mark.parametrize(("view", "scheme"), [("3", "dark"), ("2", "light")])
def test_a_line_is_seen_above_the_points_and_can_be_hidden(crowd_tab, view, scheme):
    crowd_tab.emulate_media(color_scheme=scheme)
    choose(crowd_tab, "view", view)
    seen = orange(drawn(crowd_tab))
    assert seen > 100
    crowd_tab.get_by_role("button", name="Hide").click()
    settle(crowd_tab)
    wait_for(crowd_tab, lambda: orange(drawn(crowd_tab)) < seen / 10)
    assert lines_drawn(crowd_tab) == []
    crowd_tab.get_by_role("button", name="Show").click()
    settle(crowd_tab)
    wait_for(crowd_tab, lambda: orange(drawn(crowd_tab)) > seen / 2)
    assert crowd_tab.get_by_role("button", name="Hide").count() == 1


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
    name, text = saved(download.value)
    assert name == "evening walk.m3u"
    assert text == "".join(
        f"./{path}\n" if path.startswith("#") else f"{path}\n" for path in paths
    )
    assert any(path.startswith("#") for path in paths)


def test_hostile_names_of_playlists_are_text(walk_tab, walked):
    names = walk_tab.locator(".line h2 .name").all_text_contents()

    assert [on_page(name) for name in names] == [on_page(line.name) for line in walked.lines]
    assert walk_tab.locator("img, b, i, aside a").count() == 0
    buttons = walk_tab.get_by_role("button", name="Download .m3u")
    for number in (1, 2, 6, 7):
        with walk_tab.expect_download() as download:
            buttons.nth(number).click()
        assert "/" not in saved(download.value)[0]
    assert walk_tab.evaluate("document.documentElement.scrollWidth") <= VIEWPORT["width"]


def test_a_track_is_found_by_hovering_over_the_line_above_it(walk_tab, walked):
    choose(walk_tab, "drag", "pan")
    texts = hover(walk_tab, *place(walk_tab, *walked.Z[WALK[2], :2]))

    assert texts[0] == walked.points[WALK[2]].title


@in_chromium
def test_without_playlists_there_is_no_line(tab):
    for view in ("2", "3"):
        choose(tab, "view", view)
        assert lines_drawn(tab) == []
    assert tab.locator("#lines").is_hidden()


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
