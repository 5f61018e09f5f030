"""What MPD calls the tracks of the library, and what mpdstats has counted of them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from .entries import relative
from .items import all_ids
from .rows import count_of, path_of, rows, seconds_of

if TYPE_CHECKING:
    from beets.library import Library

_COUNTED = ("play_count", "skip_count", "last_played")  # by beets' own plugin


class Counted(NamedTuple):
    """How often mpdstats saw a track played and skipped, and when it was last."""

    plays: int
    skips: int
    last: float  # seconds since 1970; 0 for never


@dataclass
class Addresses:
    """All tracks of the library, by their ids and as MPD calls them."""

    uris: dict[int, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    counted: dict[int, Counted] = field(default_factory=dict)  # of those that were heard


def read_addresses(lib: Library, relative_to: bytes) -> Addresses:
    """Return what the tracks are called where MPD's music folder is *relative_to*.

    Those outside are called by their whole paths.
    """
    entry = relative(relative_to, absolute=True)
    music = os.path.join(lib.directory, b"")
    found = Addresses()
    for row in rows(lib, ("id", "path"), _COUNTED, all_ids(lib)):
        path = path_of(music, row["path"])
        if path and b"\0" not in path:
            uri = (entry(path) or path).decode("utf-8", "surrogateescape")
            found.uris[row["id"]] = uri
            found.ids[uri] = row["id"]
        plays, skips, last = (row[key] for key in _COUNTED)
        counted = Counted(count_of(plays), count_of(skips), seconds_of(last))
        if any(counted):
            found.counted[row["id"]] = counted
    return found
