"""What tests do with a map that is open in a browser."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.image import imread

from tests.browser import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.map.libraries import Library

VIEWPORT = {"width": 960, "height": 600}


@contextmanager
def opened_map(
    browser: Browser, library: Library, folder: Path, **options
) -> Iterator[tuple[Page, list[str]]]:
    """Open the map of a library; yield as :func:`tests.browser.opened` does."""
    path = folder / "map.html"
    path.write_text(library.page(), "utf-8")
    with opened(browser, path, **{"viewport": VIEWPORT, **options}) as (tab, troubles):
        tab.wait_for_selector("html[data-ready]", state="attached")
        yield tab, troubles


def choose(tab, name: str, value: str) -> None:
    check(tab, name, value)
    settle(tab)


def check(tab, name: str, value: str) -> None:
    """Choose what something else is to follow, and do not wait."""
    tab.check(f"[name={name}][value='{value}']", force=True)


def settle(tab) -> None:
    """Wait until the map is drawn, and the browser has shown it."""
    tab.wait_for_selector("#map[aria-busy=false]", state="attached")
    tab.evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")


def find(tab, number: int) -> None:
    """Choose the track of a number."""
    tab.fill("#search", f"title abc {number}")
    tab.keyboard.press("Enter")
    settle(tab)


def matrix(tab) -> np.ndarray:
    """Return what takes places on the map, with a 1 at the end, to clip coordinates."""
    text = tab.get_attribute("#map", "data-matrix")
    return np.array([float(value) for value in text.split()]).reshape(4, 4).T


def pixels(tab, places) -> np.ndarray:
    """Return where in the picture of the map places of 2 or 3 coordinates are."""
    places = np.atleast_2d(places)
    whole = np.zeros((len(places), 4))
    whole[:, : places.shape[1]] = places
    whole[:, 3] = 1
    x, y, _, w = (whole @ matrix(tab).T).T
    box = tab.locator("#map").bounding_box()
    return np.stack([(x / w + 1) / 2 * box["width"], (1 - y / w) / 2 * box["height"]], axis=1)


def place(tab, *coordinates: float) -> tuple[float, float]:
    """Return where in the window coordinates of the map are."""
    box = tab.locator("#map").bounding_box()
    x, y = pixels(tab, coordinates)[0]
    return box["x"] + x, box["y"] + y


def lit(tab, places, picture: np.ndarray) -> np.ndarray:
    """Return for each place whether a picture of the map shows more than the page there."""
    at = np.rint(pixels(tab, places)).astype(int)
    back = np.median(picture.reshape(-1, 3), axis=0)
    inside = np.all((at >= 0) & (at < picture.shape[1::-1]), axis=1)
    found = np.zeros(len(at), dtype=bool)
    found[inside] = np.abs(picture[at[inside, 1], at[inside, 0]] - back).max(axis=1) > 0.03
    return found


def hover(tab, x: float, y: float) -> list[str]:
    """Move the mouse from outside of the map to a track, and return what the tip says."""
    tab.hover("#search")
    tab.wait_for_selector("#tip", state="hidden")
    tab.mouse.move(x, y)
    tab.wait_for_selector("#tip", state="visible")
    return tab.locator("#tip div").all_text_contents()


def on_page(text: str) -> str:
    """Return text without lone surrogates, which Playwright may or may not replace."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def saved(download) -> tuple[str, str]:
    """Return the name and the text of a file that the page gave, which is not kept.

    Firefox would number the next one of that name.
    """
    text = download.path().read_text("utf-8")
    download.delete()
    return download.suggested_filename, text


def drawn(tab, unlike: np.ndarray | None = None) -> np.ndarray:
    """Return the map as the browser shows it, once it shows something (else).

    The shape is (height, width, 3).
    """
    for _ in range(100):
        picture = imread(io.BytesIO(tab.locator("#map").screenshot()))[..., :3]
        if colours(picture) > 20 and (unlike is None or differing(picture, unlike) > 0.002):
            return picture
        settle(tab)
    return pytest.fail("the map shows no points, or the same as before")


def colours(picture: np.ndarray) -> int:
    return len(np.unique((picture * 31).astype(int) @ [1 << 10, 1 << 5, 1]))


def differing(picture: np.ndarray, other: np.ndarray) -> float:
    return float((np.abs(picture - other).max(axis=-1) > 0.1).mean())
