"""What the file system and the file's own tags say of a track without decoding it."""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

import mediafile
from beets.dbcore.types import MULTI_VALUE_DSV
from beets.util import syspath

from .away import can_be_read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_AT = " @"  # in a source, between the print of the audio and the time of the last change


class File(NamedTuple):
    """A file as it is now."""

    source: str
    """Format, rate, channels and length of its audio, and when it was changed last.

    Tags do not enter the first part, which :func:`print_of` returns.
    """

    genre: str | None
    """The first genre of its own tags, empty if it has none; None if they were not read."""


class Seen(Protocol):
    """What the library knows of a file, as far as that tells whether it is the same."""

    @property
    def path(self) -> bytes:
        """Where it is."""

    @property
    def source(self) -> str:
        """What it was when it was analysed; empty if it never was."""

    @property
    def audio(self) -> tuple[object, ...]:
        """Format, rate, channels, seconds, as beets knows them."""

    @property
    def mtime(self) -> float:
        """When it had been changed last, when beets saw it."""


def look(seen: Seen) -> File | None:
    """Return what the file of an item is now; None if it is missing.

    It is opened only if it has changed since it was analysed and since beets saw it.
    """
    status = _status(seen.path)
    if status is None:
        return None
    changed = int(status.st_mtime)
    source = seen.source
    if source.endswith(f"{_AT}{changed}"):
        return File(source, None)
    if changed == int(seen.mtime):
        return File(f"{_print(*seen.audio)}{_AT}{changed}", None)
    file = _opened(seen.path)
    if file is None and source and not can_be_read(seen.path):
        return File(source, None)  # as of one that is missing, what is known of it counts
    if file is None:
        return File(f"unreadable, {status.st_size} bytes{_AT}{changed}", "")
    audio = (file.format, file.samplerate, file.channels, file.length)
    return File(f"{_print(*audio)}{_AT}{changed}", _genre(file))


def print_of(source: str) -> str:
    """Return what a source says of the audio, without the time."""
    return source.partition(_AT)[0]


def first_genre(genres: str | Sequence[str] | None) -> str:
    """Return the first of some genres, or an empty string if there is none."""
    return _first_of(genres) if isinstance(genres, str) else next(each_genre(genres), "")


@lru_cache(10_000)  # a library of a million tracks has some hundred
def _first_of(genres: str) -> str:
    return next(each_genre(genres), "")


def each_genre(genres: str | Sequence[str] | None) -> Iterator[str]:
    """Yield some genres.

    They are a text as the database holds it, or a list as files have it. What is one genre
    is beets' own rule: "Rock, Pop" is one, "Rock; Pop" are two.
    """
    texts = [genres] if isinstance(genres, str) else genres or []
    names = (name.strip() for text in texts for name in MULTI_VALUE_DSV.parse(text))
    return filter(None, names)


def file_genre(path: bytes) -> str | None:
    """Return the first genre of the file's own tags (read by mutagen), or an empty string.

    None if it cannot be read now, as when its disk has gone.
    """
    file = _opened(path)
    if file is None:
        return "" if can_be_read(path) else None
    return _genre(file)


def _status(path: bytes) -> os.stat_result | None:
    try:
        status = os.stat(path if os.name == "posix" else syspath(path))
    except (OSError, ValueError):  # there is a NUL in the path
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _print(kind: object, sample_rate: object, n_channels: object, seconds: object) -> str:
    return f"{kind or ''} {sample_rate or 0} Hz {n_channels or 0} ch {seconds or 0.0:.1f} s"


def _opened(path: bytes) -> mediafile.MediaFile | None:
    try:
        return mediafile.MediaFile(syspath(path))
    except (mediafile.UnreadableFileError, OSError, ValueError):
        return None


def _genre(file: mediafile.MediaFile) -> str:
    genre = first_genre(file.genres)
    return genre.encode("utf-8", "ignore").decode()  # no half of a pair of surrogates
