"""What the library knows of its items that decides what `mirextract` has to do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from .. import fields
from .rows import HEARD, path_of, rows, seconds_of, text_of, unpacked
from .source import first_genre

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from beets.library import Library

_COLUMNS = ("id", "path", "genres", "length", "mtime", "format", "samplerate", "channels")
_KEYS = (
    fields.VERSION,
    fields.SOURCE,
    fields.ERROR,
    fields.GENRE,
    fields.VECTOR,
    fields.NETWORK_VERSION,
    fields.NETWORK,
)
_ID, _PATH, _GENRES, _LENGTH, _MTIME, _FORMAT, _SAMPLE_RATE, _CHANNELS = range(8)
_VERSION, _SOURCE, _ERROR, _GENRE, _VECTOR, _NETWORK_VERSION, _NETWORK = range(8, 15)


class Known(NamedTuple):
    """What is known of an item.

    It is made sense of when it is asked for: of most items, which are as they were, that is
    little, and there may be a million of them.
    """

    row: sqlite3.Row
    music: bytes  # the library's folder, with a separator

    @property
    def id(self) -> int:
        """The item's id."""
        return int(self.row[_ID])

    @property
    def path(self) -> bytes:
        """The path of its file, empty if it has none."""
        return path_of(self.music, self.row[_PATH])

    @property
    def audio(self) -> tuple[object, ...]:
        """Format, rate, channels, seconds, as beets knows them."""
        row = self.row
        return (row[_FORMAT], row[_SAMPLE_RATE], row[_CHANNELS], self.seconds)

    @property
    def seconds(self) -> float:
        """How long it is, 0 if nobody knows."""
        return seconds_of(self.row[_LENGTH])

    @property
    def mtime(self) -> float:
        """When its file was changed, when beets saw it last."""
        return seconds_of(self.row[_MTIME])

    @property
    def has_genre(self) -> bool:
        """There is one in the library."""
        return bool(first_genre(text_of(self.row[_GENRES])))

    @property
    def version(self) -> str | None:
        """The version of its features."""
        return self._text(_VERSION)

    @property
    def source(self) -> str:
        """What :mod:`source` said of its file; empty if it was never asked."""
        return text_of(self.row[_SOURCE])

    @property
    def error(self) -> str | None:
        """Why it could not be analysed."""
        return self._text(_ERROR)

    @property
    def genre(self) -> str | None:
        """The genre of the file; None if it was never asked."""
        return self._text(_GENRE)

    @property
    def is_whole(self) -> bool:
        """There are features, and they are not damaged."""
        return unpacked(self.row[_VECTOR]) is not None

    @property
    def network_version(self) -> str | None:
        """The version of the network's values; None if these are not whole."""
        is_whole = unpacked(self.row[_NETWORK], HEARD) is not None
        return text_of(self.row[_NETWORK_VERSION]) if is_whole else None

    def _text(self, place: int) -> str | None:
        value = self.row[place]
        return None if value is None else text_of(value)


def read_known(lib: Library, ids: Sequence[int]) -> Iterator[Known]:
    """Yield what is known of these items, in this order."""
    music = os.path.join(lib.directory, b"")
    for row in rows(lib, _COLUMNS, _KEYS, ids):
        yield Known(row, music)
