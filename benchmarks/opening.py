"""What does a browser make of the map: how soon is it there, how smoothly does it move?

Opens a map in Chromium and Firefox, both without a GPU, as often as --rounds says, and uses it
as a listener does: moves it in 2-D, turns it in 3-D, clicks on tracks, searches, selects. It
knows the page's elements only, not what draws the map, so it measures any two versions alike.

    python -m benchmarks.opening [--page map.html | --tracks N] [--out docs/performance.md]

Without --page the tracks are made up, in forty genres. Nothing else should run on the machine.

- ready: from the address to ``data-ready``, which the page sets once it can be used.
- frames a second: of ``requestAnimationFrame`` while the mouse draws circles, at 60 moves a
  second or as many as the browser takes; the worst is the slowest round.
- a click, a search, a lasso, a box: from the event until the text that answers it is on the
  screen, in milliseconds.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from playwright.sync_api import TimeoutError as TooLate

from beetsplug.mir.names import FEATURES
from beetsplug.mir.plots.map import Point
from benchmarks.report import replace_section
from tests.browser import browsers
from tests.map.libraries import Library
from tests.map.opened import choose, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

VIEWPORT = {"width": 1280, "height": 800}
PATIENCE = 300_000  # ms
MOVES = 60  # a second
GENRES = 40
NEAR = 12

COUNT_FRAMES = """() => {
  window.frames_ = [];
  const count = (now) => {
    window.frames_.push(now);
    if (window.counting) requestAnimationFrame(count);
  };
  window.counting = true;
  requestAnimationFrame(count);
}"""
STOP_COUNTING = "() => { window.counting = false; return window.frames_; }"
# From the last event of a kind to the frame after an element says something else.
WATCH = """([kind, selector]) => {
  let start = NaN;
  const note = (event) => { start = event.timeStamp; };
  addEventListener(kind, note, true);
  window.took = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => {
        removeEventListener(kind, note, true);
        resolve(performance.now() - start);
      }));
    });
    const told = {childList: true, characterData: true, subtree: true};
    observer.observe(document.querySelector(selector), told);
  });
  return null;
}"""


class Measure(NamedTuple):
    """What is measured, and how it is written; of frames a second the fewest are the worst."""

    name: str
    digits: int
    worst: Callable[[list[float]], float] = max


MEASURES = {
    "ready": Measure("seconds until it can be used", 1),
    "pan": Measure("frames a second, moving in 2-D", 0, min),
    "turn": Measure("frames a second, turning in 3-D", 0, min),
    "click": Measure("ms from a click to the panel's text", 0),
    "search": Measure("ms from what is typed to what is found", 0),
    "lasso": Measure("ms from a lasso to the number of tracks", 0),
    "select": Measure("ms from a box to the number of tracks", 0),
}


def made_up(n_tracks: int) -> str:
    """Return the map of tracks in as many blobs as there are genres."""
    rng = np.random.default_rng(0)
    genre = rng.integers(0, GENRES, n_tracks)
    Z = rng.normal(0, 2, (GENRES, 3))[genre] + rng.normal(0, 0.6, (n_tracks, 3))
    X = rng.random((n_tracks, len(FEATURES)))
    points = [
        Point(
            i + 1, f"Title {i}", f"Artist {i % (n_tracks // 10 + 1)}", f"Genre {genre[i]}",
            int(genre[i]) % 12 + 1, "bright; fast", f"folder {i // 12}/{i}.ogg", None,
        )
        for i in range(n_tracks)
    ]  # fmt: skip
    rows = (np.arange(n_tracks)[:, None] + np.arange(1, NEAR + 1)) % n_tracks
    distances = np.tile(np.linspace(0.1, 0.5, NEAR), (n_tracks, 1))
    return Library(points, Z, X, X * 100, (rows, distances), plane=Z[:, :2]).page()


@contextmanager
def opened(browser: Browser, page: Path, seconds: dict[str, list[float]]) -> Iterator[Page]:
    """Open a map, and note how long that took."""
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(PATIENCE)
    try:
        tab = context.new_page()
        start = time.perf_counter()
        tab.goto(page.resolve().as_uri())
        tab.wait_for_selector("html[data-ready]", state="attached")
        seconds["ready"].append(time.perf_counter() - start)
        settle(tab)
        yield tab
    finally:
        context.close()


def frames_a_second(tab: Page, seconds: float) -> float:
    """Drag the map in circles; return how many frames it was drawn in."""
    x, y = within(tab, 0.5, 0.5)
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.evaluate(COUNT_FRAMES)
    start = time.perf_counter()
    k = 0
    while (now := time.perf_counter() - start) < seconds:
        angle = 2 * math.pi * now
        tab.mouse.move(x - 60 + 60 * math.cos(angle), y + 60 * math.sin(angle))
        k += 1
        time.sleep(max(0.0, start + k / MOVES - time.perf_counter()))
    times = tab.evaluate(STOP_COUNTING)
    tab.mouse.up()
    settle(tab)
    return 1000 * (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


def within(tab: Page, across: float, down: float) -> tuple[float, float]:
    """Return where in the window a place of the map is."""
    box = tab.locator("#map").bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


@contextmanager
def answered(tab: Page, event: str, selector: str, found: list[float]) -> Iterator[None]:
    """Note how long the page takes from an event within to another text of an element."""
    tab.evaluate(WATCH, [event, selector])
    yield
    found.append(tab.evaluate("window.took"))
    settle(tab)


WHAT_IS_AT = "([x, y]) => document.elementFromPoint(x, y).tagName"


def point_at_a_track(tab: Page, rng: np.random.Generator) -> None:
    """Move the mouse over the middle of the map until the page tells of a track below it."""
    for _ in range(100):
        tab.hover("#search")  # else the tip may still tell of the track before
        tab.wait_for_selector("#tip", state="hidden")
        place = within(tab, *rng.uniform(0.3, 0.7, 2))
        if tab.evaluate(WHAT_IS_AT, place) == "BUTTON":
            continue  # a group's name, which would be clicked on
        tab.mouse.move(*place)
        with suppress(TooLate):
            tab.wait_for_selector("#tip", state="visible", timeout=2000)
            if tab.locator("#tip div").first.text_content() != tab.text_content("#title"):
                return
    raise SystemExit("the map tells of no track below the mouse")


def drag(tab: Page, corners: list[tuple[float, float]]) -> None:
    """Draw a line on the map."""
    tab.mouse.move(*within(tab, *corners[0]))
    tab.mouse.down()
    for corner in corners[1:]:
        tab.mouse.move(*within(tab, *corner), steps=5)
    tab.mouse.up()


def use(tab: Page, found: dict[str, list[float]], seconds: float) -> None:
    """Do with a map what listeners do, and note what each takes."""
    rng = np.random.default_rng(len(found["pan"]))
    found["pan"].append(frames_a_second(tab, seconds))
    tab.click("#reset")
    settle(tab)
    for _ in range(3):
        point_at_a_track(tab, rng)
        with answered(tab, "pointerup", "#title", found["click"]):
            tab.mouse.down()
            tab.mouse.up()
    for _ in range(3):
        words = tab.text_content("#title")[: rng.integers(3, 9)]
        with answered(tab, "input", "#results", found["search"]):
            tab.fill("#search", words)
        tab.fill("#search", "")
        settle(tab)
    square = [(0.35, 0.35), (0.65, 0.35), (0.65, 0.65), (0.35, 0.65), (0.35, 0.35)]
    for tool, corners in (("lasso", square), ("select", square[:3:2])):
        choose(tab, "drag", tool)
        with answered(tab, "pointerup", "#selected-count", found[tool]):
            drag(tab, corners)
        tab.click("#clear")
        settle(tab)
    choose(tab, "view", "3")
    found["turn"].append(frames_a_second(tab, seconds))


def table(found: dict[str, dict[str, list[float]]], what: str) -> str:
    """Return the median of each measure in each browser, and the worst."""

    def cell(measure: Measure, values: list[float]) -> str:
        digits = measure.digits
        return f"{median(values):.{digits}f} ({measure.worst(values):.{digits}f})"

    rows = (
        f"| {measure.name} | {' | '.join(cell(measure, of[key]) for of in found.values())} |"
        for key, measure in MEASURES.items()
    )
    head = f"| {what} | {' | '.join(name.capitalize() for name in found)} |"
    return "\n".join([head, "|---" * (len(found) + 1) + "|", *rows, ""])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--page", type=Path, help="a map that `beet mirplot --map` wrote")
    parser.add_argument("--tracks", type=int, default=20_000)
    parser.add_argument("--browsers", nargs="+", default=["chromium", "firefox"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="of moving, of turning")
    parser.add_argument("--out", type=Path, help="the page whose table to replace")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, browsers() as started:
        page = args.page or Path(folder) / "map.html"
        if not args.page:
            page.write_text(made_up(args.tracks), "utf-8")
        found = {name: defaultdict(list) for name in args.browsers}
        for _ in range(args.rounds):
            for name in args.browsers:
                with opened(started(name), page, found[name]) as tab:
                    use(tab, found[name], args.seconds)
        size = f"{page.stat().st_size / 1e6:.1f} MB"
    tracks = "" if args.page else f"{args.tracks:,} tracks, "
    text = table(found, f"{tracks}{size}; the worst of {args.rounds} rounds in brackets")
    print(text)
    if args.out:
        replace_section(args.out, "opening", text)


if __name__ == "__main__":
    main()
