"""The configuration section `mir:`: defaults, the command line over it, and what is valid."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import beets
import confuse
from beets.util import bytestring_path

if TYPE_CHECKING:
    from optparse import Values

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
    "clusters": 16,
    "random_state": 0,
    "playlist_dir": None,  # smartplaylist's, or `playlists` in beets' configuration folder
    "relative_to": None,  # smartplaylist's, or the music directory
    "playlist_name": "mir-$cluster",
    # mirplot
    "out_dir": None,  # `mir-plots` in beets' configuration folder
    "format": "svg",
    # all
    "pretend": False,
}


class AtLeast(confuse.Template[int]):
    """A whole number with a lower bound."""

    def __init__(self, low: int) -> None:
        super().__init__()
        self.low = low

    def convert(self, value: object, view: confuse.ConfigView) -> int:
        """Return the number, or fail with beets' configuration error."""
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(f"must be a whole number, not {value!r}", view, True)
        if value < self.low:
            self.fail(f"must be at least {self.low}, not {value}", view)
        return value


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


def _ours_or_smartplaylists(config: confuse.ConfigView, name: str) -> confuse.ConfigView:
    return config[name] if _is_set(config[name]) else beets.config["smartplaylist"][name]


def _is_set(view: confuse.ConfigView) -> bool:
    return view.exists() and view.get() is not None
