"""Made-up libraries for the map, and what is read from its page."""

from __future__ import annotations

import base64
import itertools
import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from beetsplug.mir.names import FEATURES, LEAST_SCORE, TAGS
from beetsplug.mir.plots.map import Line, Point, columns, page
from beetsplug.mir.plots.palette import MARKERS, Look

if TYPE_CHECKING:
    from collections.abc import Iterable

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "\"'&<b>bold</b>&lt;",
    "<!--<script>",
    "a\u2028b\u2029c",
    "not UTF-8: \udcff",
    "long " + "x" * 5000,
    "{{data}} {{app}} %{x} ${1}",
    "<a href='javascript:alert(3)'>click</a>",
    "$\\alpha$ \x00\x1b\r\n\t",
]
WALK = (7, 3, 21, 0, 3, 40)  # a track comes twice
FEW_NEAR = np.array([[2, 1, -1], [-1, -1, -1], [3, -1, -1], [0, 1, 2]]), np.ones((4, 3))


class Library(NamedTuple):
    points: list[Point]
    Z: np.ndarray
    X: np.ndarray
    raw: np.ndarray
    near: tuple[np.ndarray, np.ndarray]  # rows and distances
    plane: np.ndarray | None = None
    scores: np.ndarray | None = None
    lines: tuple[Line, ...] = ()
    files: dict[int, str] | None = None

    def page(self) -> str:
        genres = [point.genre for point in self.points]
        labels = [f"component {i + 1}" for i in range(3)]
        found = columns(
            self.points, self.Z, self.X, self.raw, spread(sorted({*genres} - {""})), labels,
            neighbours=self.near, plane=self.plane, tag_scores=self.scores,
            lines=self.lines, files=self.files, about="Placed by <b>what is heard</b>.",
        )  # fmt: skip
        return page(found)


def spread(names: Iterable[str]) -> dict[str, Look]:
    """Return looks at even places, without the search that a first order costs."""
    names = [*names]
    places = np.linspace(0.05, 0.95, len(names)).tolist()
    marks = itertools.cycle(MARKERS)
    return {
        name: Look(place, mark) for name, place, mark in zip(names, places, marks, strict=False)
    }


def made_up(n: int, dims: int = 5, titles: list[str] | None = None) -> Library:
    """Return tracks with scattered coordinates, features that follow them, and tags.

    Which are near has nothing to do with where they are, so that nobody can find it out.
    """
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(n, dims))
    X = 1 / (1 + np.exp(-Z @ rng.normal(size=(dims, len(FEATURES)))))
    titles = [*(titles or []), *(f"Title Ábc {i}" for i in range(n))][:n]
    points = [
        Point(
            2 * i + 1 if i % 2 else i + 1000, title, f"Ärtist {i % 7}", f"Genre {i % 4}",
            i % 3, f"words <i>{i % 3}</i>", f"{'#' * (i % 2)}folder {i % 5}/{i}.ogg",
            f"music/{i}%20.ogg",
        )
        for i, title in enumerate(titles)
    ]  # fmt: skip
    return Library(points, Z, X, X * 40 - 10, strangers(n, min(12, n - 1)))


def strangers(n: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each track others as its nearest, at random, with distances that rise."""
    rng = np.random.default_rng(2)
    steps = rng.permuted(np.tile(np.arange(1, min(n, 500)), (n, 1)), axis=1)[:, :width]
    rows = (np.arange(n)[:, None] + steps) % n
    return rows, np.sort(rng.random((n, width)), axis=1)


def heard(n: int) -> Library:
    """Return tracks on a plane of their own, with tags of which the last is a rare one.

    Of the first two and the fourth all scores are known; nothing is told of the third.
    """
    library = made_up(n)
    rng = np.random.default_rng(1)
    scores = np.zeros((n, len(TAGS)), np.float32)
    scores[:, :6] = rng.random((n, 6)) * [0.7, 0.9, 0.6, 0.8, 0.5, LEAST_SCORE / 2]
    scores[:4, :5] = [
        [0.6, 0.5, 0.0, 0.05, 0.3], [0.7, 0.15, 0.45, 0.0, 0.2],
        [0.0] * 5, [0.55, 0.4, 0.1, 0.0, 0.35],
    ]  # fmt: skip
    scores[5, -1] = 0.2
    points = [
        point._replace(
            tags=tuple(TAGS[t] for t in np.argsort(-row)[:2] if row[t] >= LEAST_SCORE)
        )
        for point, row in zip(library.points, scores, strict=True)
    ]
    plane = 100 * library.Z[:, 2:4] + 500
    return library._replace(points=points, plane=plane, scores=scores)


def nearest(library: Library, chosen: int) -> list[int]:
    return library.near[0][chosen].tolist()


class Scripts(HTMLParser):
    """The scripts of a document, and every address in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.addresses: list[str] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.inside = tag == "script"
        self.addresses += [value for key, value in attrs if key in ("src", "href")]
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.scripts[-1] += data


def data_of(html: str) -> dict:
    return json.loads(Scripts(html).scripts[0])


def unpacked(text: str, dtype: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype)


def numbers(sent: dict) -> np.ndarray:
    """Return numbers as the page takes them, of single or half precision."""
    return unpacked(sent["values"], {"half": "<f2", "float": "<f4"}[sent["type"]])


def rows_of(near: dict) -> np.ndarray:
    """Return the rows of each track's nearest; -1 where there are fewer."""
    low, middle, high = unpacked(near["rows"], "u1").reshape(-1, 3).astype(int).T
    return (low + 256 * middle + 65536 * high - 1).reshape(-1, max(near["width"], 1))
