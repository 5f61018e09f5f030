"""What the figures in a folder were drawn of: a note beside them, since each run adds some."""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ...ground import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ...library.items import Analysed

MANIFEST = ".mir-plots.json"


class Drawn(NamedTuple):
    """What a figure shows."""

    of: str  # the print of its tracks
    n_tracks: int
    query: str  # empty for the whole library
    date: str  # 2026-11-27

    @property
    def day(self) -> str:
        """The date in words, empty if it is none."""
        try:
            date = datetime.date.fromisoformat(self.date)
        except ValueError:
            return ""
        return f"{date.day} {date:%B %Y}"


def drawn_now(found: Analysed, query: str) -> Drawn:
    """Return what figures of these tracks show, as their sound, genres and clusters are now."""
    digest = hashlib.sha256(found.X.tobytes() + found.heard.tobytes())
    groups = [(track.genre, track.cluster) for track in found.tracks]
    digest.update(json.dumps(groups).encode())  # in ASCII, whatever a tag holds
    today = datetime.date.today().isoformat()
    return Drawn(digest.hexdigest(), len(found), query, today)


def read(folder: Path) -> dict[str, Drawn]:
    """Return what is known of the files in a folder, by name; nothing if it is damaged."""
    try:
        known: Any = json.loads(files.read(folder / MANIFEST))
        "".join(known).encode()  # no half of a pair of surrogates, here and below
        return {name: _checked(*values) for name, values in known.items()}
    except files.DAMAGED:
        return {}


def _checked(of: object, n_tracks: object, query: object, date: object) -> Drawn:
    """Return what a note says of a figure; TypeError or ValueError if it says nothing."""
    if not isinstance(n_tracks, int):
        raise TypeError("no number of tracks")
    texts = [str(value) for value in (of, query, date)]
    "".join(texts).encode()
    return Drawn(texts[0], n_tracks, *texts[1:])


def note(
    folder: Path, known: Mapping[str, Drawn], drawn: Iterable[str], now: Drawn
) -> dict[str, Drawn]:
    """Note that files have been *drawn* now; return what is known of all that are there."""
    now_known = {**known, **dict.fromkeys(drawn, now)}
    there = {name: of for name, of in now_known.items() if (folder / name).is_file()}
    if there != known:
        files.replace(folder / MANIFEST, json.dumps(there, indent=1, sort_keys=True).encode())
    return there
