"""Three maps, each open in the browser for all tests of a process."""

from __future__ import annotations

import pytest

from beetsplug.mir.plots.map import Line
from tests.map.libraries import HOSTILE, WALK, Library, heard, made_up
from tests.map.opened import choose, opened_map, settle


@pytest.fixture(scope="session")
def library() -> Library:
    return made_up(60, titles=HOSTILE)


@pytest.fixture(scope="session")
def shown(browser, library, tmp_path_factory):
    """The map of a library with hostile tags, open for all tests."""
    with opened_map(browser, library, tmp_path_factory.mktemp("map")) as opened:
        yield opened


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


@pytest.fixture(scope="session")
def told() -> Library:
    library = heard(60)
    hostile = library.points[4]._replace(tags=(HOSTILE[2], "a <b>"))
    return library._replace(points=[*library.points[:4], hostile, *library.points[5:]])


@pytest.fixture(scope="session")
def shown_plane(browser, told, tmp_path_factory):
    """The map of a library on a plane of neighbours, open for all tests."""
    with opened_map(browser, told, tmp_path_factory.mktemp("plane")) as opened:
        yield opened


@pytest.fixture
def plane_tab(shown_plane):
    tab, troubles = shown_plane
    choose(tab, "view", "2")
    tab.select_option("#colour", "genre")
    tab.click("#reset")
    settle(tab)
    yield tab
    assert not troubles


@pytest.fixture(scope="session")
def walked(library) -> Library:
    """A library with a playlist that comes by a track twice, and others with bad names."""
    nameless = library.points[40]._replace(path=None)
    points = [*library.points[:40], nameless, *library.points[41:]]
    others = (Line(name, (k, k + 20)) for k, name in enumerate(HOSTILE))
    return library._replace(points=points, lines=(Line("evening walk", WALK), *others))


@pytest.fixture(scope="session")
def shown_walk(browser, walked, tmp_path_factory):
    """The map with playlists, open for all tests."""
    with opened_map(browser, walked, tmp_path_factory.mktemp("walk")) as opened:
        yield opened


@pytest.fixture
def walk_tab(shown_walk):
    tab, troubles = shown_walk
    choose(tab, "view", "2")
    tab.click("#reset")
    settle(tab)
    yield tab
    assert not troubles
