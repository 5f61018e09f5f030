"""A real, headless Chromium for tests of pages, and a record of what a page did in it."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.conftest import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader",  # WebGL without a GPU
    "--disable-gpu",  # all else is drawn more quickly without a made-up one
)  # fmt: skip
_OWN = ("data:", "blob:")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        skip_or_fail("no chromium: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        skip_or_fail("no playwright: pip install playwright")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


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
