"""What beets and the file's own tags say of a track without decoding it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import mediafile
from beets.dbcore.types import MULTI_VALUE_DSV
from beets.util import syspath

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beets.library import Item


def source(item: Item) -> str | None:
    """Return a cheap print of the item's audio stream; None if the file is missing.

    It is format, rate, channels and length as beets knows them; the file is read only
    if it has changed behind beets' back. Tags do not enter.
    """
    try:
        mtime = int(os.path.getmtime(syspath(item.path)))
    except OSError:
        return None
    return _print(item) if mtime == int(item.mtime) else _print_file(item.path)


def _print_file(path: bytes) -> str:
    try:
        return _print(mediafile.MediaFile(syspath(path)))
    except mediafile.UnreadableFileError:
        return f"unreadable, {os.path.getsize(syspath(path))} bytes"


def _print(stream: Item | mediafile.MediaFile) -> str:
    length = stream.length or 0.0
    return f"{stream.format} {stream.samplerate} Hz {stream.channels} ch {length:.1f} s"


def first_genre(genres: str | Sequence[str] | None) -> str:
    """Return the first of some genres, or an empty string if there is none.

    They are a text as the database holds it, or a list as files have it. What is one genre
    is beets' own rule: "Rock, Pop" is one, "Rock; Pop" are two.
    """
    texts = [genres] if isinstance(genres, str) else genres or []
    names = (name.strip() for text in texts for name in MULTI_VALUE_DSV.parse(text))
    return next(filter(None, names), "")


def file_genre(path: bytes) -> str:
    """Return the first genre of the file's own tags (read by mutagen), or an empty string."""
    try:
        genres = mediafile.MediaFile(syspath(path)).genres
    except mediafile.UnreadableFileError:
        return ""
    return first_genre(genres)
