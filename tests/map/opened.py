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
MAP = "document.getElementById('map')"


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
    tab.check(f"[name={name}][value='{value}']", force=True)
    settle(tab)


def settle(tab) -> None:
    """Wait until the map is drawn, and the browser has shown it."""
    tab.wait_for_selector("#map[aria-busy=false]", state="attached")
    tab.evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")


def find(tab, number: int) -> None:
    """Choose the track of a number."""
    tab.fill("#search", f"title abc {number}")
    tab.keyboard.press("Enter")
    settle(tab)


def place(tab, x: float, y: float) -> tuple[float, float]:
    """Return where in the window coordinates of the map are."""
    return tuple(
        tab.evaluate(
            """([x, y]) => {
                const map = document.getElementById('map');
                const drawn = map.querySelector('.nsewdrag').getBoundingClientRect();
                const share = ({range: [from, to]}, at) => (at - from) / (to - from);
                return [drawn.left + drawn.width * share(map.layout.xaxis, x),
                        drawn.bottom - drawn.height * share(map.layout.yaxis, y)];
            }""",
            [x, y],
        )
    )


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
