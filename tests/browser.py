"""Real, headless browsers for tests of pages, and a record of what a page did in one."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import firefox
from tests.conftest import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = (
    "--headless", "--no-sandbox", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader",  # WebGL without a GPU
    "--disable-gpu",  # all else is drawn more quickly without a made-up one
)  # fmt: skip
FIREFOX = {"webgl.force-enabled": True}  # without a GPU, too
_OWN = ("data:", "blob:")

# For tests that are slow and ask nothing in which browsers could differ.
in_chromium = pytest.mark.parametrize("browser", ["chromium"], indirect=True)


@contextmanager
def browsers() -> Iterator[Callable[[str], Browser]]:
    """Yield a function that starts a browser by its name, the first time it is asked for."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        skip_or_fail("no playwright: pip install playwright")
    with sync_playwright() as playwright, ExitStack() as stack:

        @cache
        def started(name: str) -> Browser:
            browser = {"chromium": chromium, "firefox": debians_firefox}[name](playwright)
            stack.callback(browser.close)
            return browser

        yield started


def chromium(playwright: Playwright) -> Browser:
    """Start Debian's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        skip_or_fail("no chromium: apt-get install chromium")
    return playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))


def debians_firefox(playwright: Playwright) -> Browser:
    """Start Debian's Firefox."""
    if not all(map(shutil.which, firefox.PROGRAMS)):
        skip_or_fail("no Firefox, or no display: apt-get install firefox-esr xvfb")
    if not find_spec("websockets"):
        skip_or_fail("no websockets: pip install websockets")
    pythons = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return playwright.firefox.launch(
        channel="moz-firefox", executable_path=firefox.__file__,
        env={**os.environ, "PATH": pythons}, firefox_user_prefs=FIREFOX,
    )  # fmt: skip


@contextmanager
def opened(browser: Browser, path: Path, **options) -> Iterator[tuple[Page, list[str]]]:
    """Open a file; yield the page and a list that fills with all that should not happen.

    These are dialogs, errors, and requests for anything but the file itself.
    """
    context = browser.new_context(accept_downloads=True, **options)
    context.set_default_timeout(120_000)  # ms; for busy machines
    page = context.new_page()
    troubles: list[str] = []
    own = (path.resolve().as_uri(), *_OWN)

    def dialog(box) -> None:
        troubles.append(f"dialog: {box.message}")
        box.dismiss()

    def request(asked) -> None:
        if not asked.url.startswith(own):
            troubles.append(f"request: {asked.url}")

    def console(message) -> None:
        if message.type == "error":
            troubles.append(f"console: {message.text}")

    page.on("dialog", dialog)
    page.on("request", request)
    page.on("console", console)
    page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    try:
        page.goto(path.resolve().as_uri())
        yield page, troubles
    finally:
        context.close()
