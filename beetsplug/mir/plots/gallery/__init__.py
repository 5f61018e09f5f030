"""A page to show to friends: the map as a picture, the library in numbers, the study in steps.

Tags are data. Jinja2 escapes them, each stands isolated from the direction of what is around
it, and the page's security policy runs no script and loads nothing but images.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..labels import counted
from .wording import duration, ink, line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Template

    from .overview import Label

_SMALL = 1080  # px

_HERE = Path(__file__).parent


class Genre(NamedTuple):
    """A genre and how many tracks have it."""

    name: str
    n_tracks: int
    colour: str  # as in the figures, #rrggbb


class Cluster(NamedTuple):
    """A cluster of the library."""

    number: int
    name: str
    n_tracks: int
    seconds: float
    colour: str
    typical: Sequence[str]  # tracks, the most typical first
    playlist: str | None  # a relative URL of its file, percent-encoded


class Library(NamedTuple):
    """What is shown, in numbers."""

    n_tracks: int
    n_in_library: int  # shown or not
    query: str  # that says which are shown; empty for all
    by: str  # what is known of their sound: "the sixteen features"
    n_artists: int
    n_albums: int
    seconds: float
    genres: Sequence[Genre]  # the largest first
    n_genres: int  # with those that are not named
    n_without_genre: int
    clusters: Sequence[Cluster]
    n_clusters: int  # with those that are not named

    @property
    def time(self) -> tuple[str, str]:
        """How long all of it lasts, as a number and what it counts: ('3', 'hours')."""
        number, unit = duration(self.seconds).split()
        return number, unit


class Overview(NamedTuple):
    """The map as a picture."""

    file: str
    width: int  # px
    height: int
    labels: Sequence[Label]
    n_tracks: int  # those that have a place on it
    by_neighbours: bool  # or by principal components
    map_file: str | None  # the page to explore, if it is there


class Earlier(NamedTuple):
    """When a figure was drawn of other tracks than those of the page, and of which."""

    date: str  # 27 November 2026; empty if nobody knows
    n_tracks: int
    query: str


class Figure(NamedTuple):
    """A figure on the page; without a file, *reason* says why it is not there."""

    name: str
    title: str
    how_to_read: str
    file: str | None
    width: int = 0  # px; 0 if it is not known
    height: int = 0
    reason: str = ""
    earlier: Earlier | None = None

    @property
    def is_small(self) -> bool:
        """Whether there is room for another beside it on a wide screen."""
        return 0 < self.width <= _SMALL or not self.is_picture

    @property
    def is_picture(self) -> bool:
        """Whether a page can show it; else it is a file to open."""
        return self.file is not None and not self.file.endswith(".pdf")


class Chapter(NamedTuple):
    """A step of the study with its figures."""

    name: str
    title: str
    text: str
    figures: Sequence[Figure]

    @property
    def shown(self) -> list[Figure]:
        """The figures that are there."""
        return [figure for figure in self.figures if figure.file]

    @property
    def halves(self) -> set[str]:
        """The names of those that stand in pairs: small ones that follow each other."""
        found: set[str] = set()
        for one, other in pairwise(self.shown):
            if one.is_small and other.is_small and one.name not in found:
                found |= {one.name, other.name}
        return found

    @property
    def absent(self) -> Mapping[str, list[str]]:
        """The titles of the others, by the reason why."""
        found: dict[str, list[str]] = {}
        for figure in self.figures:
            if not figure.file:
                found.setdefault(figure.reason, []).append(figure.title)
        return found


def page(library: Library, overview: Overview, chapters: Sequence[Chapter]) -> str:
    """Return an HTML document; it names its files relative to the folder that it is in."""
    return _template().render(library=library, overview=overview, chapters=chapters)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader([_HERE, _HERE.parent], encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"counted": counted, "ink": ink, "line": line, "time": duration}
    return environment.get_template("page.html")
