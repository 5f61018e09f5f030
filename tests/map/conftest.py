"""Maps that are open in the browser for all tests of a process: to open one takes seconds."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
import soundfile

from beetsplug.mir.plots.map import Line
from tests.conftest import SR, sine
from tests.map.libraries import FEW_NEAR, HOSTILE, WALK, Library, heard, made_up, strangers
from tests.map.opened import check, choose, opened_map, settle


@pytest.fixture(scope="session")
def opened_once(browsers, tmp_path_factory):
    """Return a function that opens a map by a name, the first time in each browser.

    It stays open while tests go from one browser to the other and back.
    """
    maps = {}
    with ExitStack() as stack:

        def opened(browser, name: str, library: Library, folder=None):
            if (browser, name) not in maps:
                shown = opened_map(browser, library, folder or tmp_path_factory.mktemp(name))
                maps[browser, name] = stack.enter_context(shown)
            return maps[browser, name]

        yield opened


@pytest.fixture(scope="session")
def library() -> Library:
    return made_up(60, titles=HOSTILE)


@pytest.fixture(scope="session")
def shown(browser, opened_once, library):
    """The map of a library with hostile tags, open for all tests."""
    return opened_once(browser, "map", library)


@pytest.fixture
def tab(shown):
    """The open map, in 2-D and by genre; nothing bad may have happened in it afterwards."""
    tab, troubles = shown
    check(tab, "view", "2")
    check(tab, "drag", "pan")
    tab.select_option("#colour", "genre")
    tab.click("#reset")
    settle(tab)
    yield tab
    assert not troubles


@pytest.fixture(scope="session")
def told() -> Library:
    """A library that was heard; its first four tracks are near and differ in tags only."""
    library = heard(60)
    points, X, rows = library.points[:], library.X.copy(), library.near[0].copy()
    points[4] = points[4]._replace(tags=(HOSTILE[2], "a <b>"))
    X[:4] = X.max(axis=0)
    rows[:4, :3] = [[j for j in range(4) if j != i] for i in range(4)]
    return library._replace(points=points, X=X, raw=X, near=(rows, library.near[1]))


@pytest.fixture(scope="session")
def shown_plane(browsers, opened_once, told):
    """The map of a library on a plane of neighbours, open for all tests.

    They ask what is told of tracks, which is the same in every browser, so one is enough.
    """
    return opened_once(browsers("chromium"), "plane", told)


@pytest.fixture
def plane_tab(shown_plane):
    tab, troubles = shown_plane
    check(tab, "view", "2")
    tab.select_option("#colour", "genre")
    tab.click("#reset")
    settle(tab)
    yield tab
    assert not troubles


@pytest.fixture(scope="session")
def walked(library) -> Library:
    """A library with playlists: one comes by a track twice, the last one stays at one track.

    The others have bad names, as have all genres and clusters.
    """
    points = [
        point._replace(genre=name, cluster=i % 10 + 1, cluster_name=name)
        for i, (point, name) in enumerate(zip(library.points, HOSTILE * 6, strict=True))
    ]
    points[40] = points[40]._replace(path=None)
    others = (Line(name, (k, k + 20)) for k, name in enumerate(HOSTILE))
    lines = (Line("evening walk", WALK), *others, Line("at home", (2,)))
    return library._replace(points=points, lines=lines)


@pytest.fixture(scope="session")
def shown_walk(browser, opened_once, walked):
    """The map with playlists, open for all tests."""
    return opened_once(browser, "walk", walked)


@pytest.fixture
def walk_tab(shown_walk):
    tab, troubles = shown_walk
    check(tab, "view", "2")
    tab.click("#reset")
    settle(tab)
    yield tab
    assert not troubles


@pytest.fixture(scope="session")
def shown_crowd(browser, opened_once):
    """The map of many tracks, each without neighbours, most without a name in playlists."""
    library = made_up(2500)
    points = [
        point._replace(
            id=i + 1, artist="one" if i < 10 else "odd" if i % 2 else "even",
            genre=f"Genre {i % 60}", path=None,
        )
        for i, point in enumerate(library.points)
    ]  # fmt: skip
    points[0] = points[0]._replace(path="a.ogg")
    line = Line("one", range(10))
    library = library._replace(points=points, near=strangers(2500, 0), lines=(line,))
    return opened_once(browser, "crowd", library)


@pytest.fixture
def crowd_tab(shown_crowd):
    tab, troubles = shown_crowd
    choose(tab, "view", "2")
    yield tab
    assert not troubles


@pytest.fixture(scope="session")
def shown_few(request, browser, opened_once, tmp_path_factory):
    """The map of four tracks by one component, or as many as a test asks for.

    Beside it lies the file of the last one.
    """
    n_components = getattr(request, "param", 1)
    folder = tmp_path_factory.mktemp("few")
    soundfile.write(folder / "a sound.wav", sine(440), SR)
    library = made_up(4, n_components)
    points = [point._replace(link=None) for point in library.points]
    points[3] = points[3]._replace(link="a%20sound.wav")
    library = library._replace(points=points, near=FEW_NEAR)
    return opened_once(browser, f"few in {n_components}", library, folder)


@pytest.fixture
def few_tab(shown_few):
    tab, troubles = shown_few
    yield tab
    assert not troubles
