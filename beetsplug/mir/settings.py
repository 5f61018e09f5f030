"""The configuration section `mir:`: defaults, the command line over it, and what is valid."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import beets
import confuse
from beets.ui import UserError
from beets.util import bytestring_path

from .names import ENCODINGS, FEATURES, METHODS

if TYPE_CHECKING:
    from optparse import Values

OUTSIDE = ("skip", "absolute")

DEFAULTS: dict[str, Any] = {
    # mirextract
    "threads": os.cpu_count() or 1,
    "excerpt": 60,
    "force": False,
    "retry": False,
    "limit": None,
    "playlist": None,
    "quiet": False,
    # mircluster
    "encoding": "pca",
    "dims": 8,
    "method": "kmeans",
    "clusters": 16,  # or auto
    "epochs": 2000,
    "genre_bias": 0.0,
    "random_state": 0,
    "by": "genre",
    "playlist_dir": None,  # smartplaylist's, or `playlists` in beets' configuration folder
    "relative_to": None,  # smartplaylist's, or the music directory
    "playlist_name": "mir-$cluster",
    "playlist_outside": "skip",  # tracks outside relative_to; or absolute
    # mirplot
    "out_dir": None,  # `mir-plots` in beets' configuration folder
    "format": "svg",
    "map": False,
    "map_links": False,
    # all
    "pretend": False,
}


_MOST = 2**31 - 100  # some are added to a random state


class AtLeast(confuse.Template[int]):
    """A whole number with a lower bound, and not too large for those who use it."""

    def __init__(self, low: int) -> None:
        super().__init__()
        self.low = low

    def convert(self, value: object, view: confuse.ConfigView) -> int:
        """Return the number, or fail with beets' configuration error."""
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(f"must be a whole number, not {value!r}", view, True)
        if value < self.low:
            self.fail(f"must be at least {self.low}, not {value}", view)
        if value > _MOST:
            self.fail(f"must be at most {_MOST}, not {value}", view)
        return value


class ClusterCount(confuse.Template[int | None]):
    """How many clusters: at least two, or None for `auto`."""

    def convert(self, value: object, view: confuse.ConfigView) -> int | None:
        """Return the number, or fail with beets' configuration error."""
        if value == "auto":
            return None
        if isinstance(value, str) and value.isdecimal():  # from the command line
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(f"must be a whole number or auto, not {value!r}", view, True)
        if value < 2:
            self.fail(f"must be at least 2, not {value}", view)
        return value


class Share(confuse.Template[float]):
    """A number from 0 to 1."""

    def convert(self, value: object, view: confuse.ConfigView) -> float:
        """Return the number, or fail with beets' configuration error."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fail(f"must be a number, not {value!r}", view, True)
        if not 0 <= value <= 1:
            self.fail(f"must be from 0 to 1, not {value}", view)
        return float(value)


class Study(NamedTuple):
    """What `mircluster` is to do, all of it valid."""

    encoding: str
    dims: int
    method: str
    n_clusters: int | None  # None: to be chosen
    epochs: int
    genre_bias: float
    random_state: int


def study(config: confuse.ConfigView) -> Study:
    """Return the settings of a clustering, or fail with beets' configuration error."""
    dims = count(config, "dims", 1)
    if dims > len(FEATURES):
        raise UserError(f"cannot make {dims} dimensions of {len(FEATURES)} features")
    return Study(
        config["encoding"].get(confuse.Choice(ENCODINGS)),
        dims,
        config["method"].get(confuse.Choice(METHODS)),
        config["clusters"].get(ClusterCount()),
        count(config, "epochs", 1),
        config["genre_bias"].get(Share()),
        count(config, "random_state", 0),
    )


def overlay(config: confuse.ConfigView, opts: Values) -> None:
    """Let the options that were given on the command line win over the configuration."""
    config.set({name: value for name, value in vars(opts).items() if value is not None})


def count(config: confuse.ConfigView, name: str, low: int) -> int:
    """Return a setting that is a whole number of at least *low*."""
    value: int = config[name].get(AtLeast(low))
    return value


def folder(view: confuse.ConfigView, *, default: str) -> Path:
    """Return a setting that is a folder; unset, it is *default* in beets' own folder."""
    if _is_set(view):
        return Path(view.as_filename())
    return Path(beets.config.config_dir()) / default


def playlist_dir(config: confuse.ConfigView) -> Path:
    """Return where playlists go: our setting, or smartplaylist's, or beets' own folder."""
    return folder(_ours_or_smartplaylists(config, "playlist_dir"), default="playlists")


def relative_to(config: confuse.ConfigView) -> bytes:
    """Return what playlist entries are relative to: as above, or the music directory."""
    view = _ours_or_smartplaylists(config, "relative_to")
    view = view if _is_set(view) else beets.config["directory"]
    return bytestring_path(view.as_filename())


def absolute_outside(config: confuse.ConfigView) -> bool:
    """Say whether tracks that have no relative entry stand in playlists by their whole path."""
    return bool(config["playlist_outside"].get(confuse.Choice(OUTSIDE)) == "absolute")


def _ours_or_smartplaylists(config: confuse.ConfigView, name: str) -> confuse.ConfigView:
    theirs = beets.config["smartplaylist"][name]
    return theirs if _is_chosen(theirs) and not _is_set(config[name]) else config[name]


def _is_chosen(theirs: confuse.ConfigView) -> bool:
    """Say whether a user set this: by itself smartplaylist writes to the current folder."""
    if not _is_set(theirs):
        return False
    value, source = theirs.first()
    return source.filename is not None or str(value) != "."


def _is_set(view: confuse.ConfigView) -> bool:
    return view.exists() and view.get() is not None
