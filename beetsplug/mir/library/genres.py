"""What the library knows of the genres of tracks, as it is written there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .. import fields
from .rows import rows, text_of
from .source import each_genre

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beets.library import Library
    from numpy.typing import NDArray


class Genres(NamedTuple):
    """The genres of some tracks; those that differ only in capitals are one."""

    texts: list[tuple[str, ...]]  # of each track, as they are written; none if it has none
    numbers: list[tuple[int, ...]]  # so, too
    names: list[str]  # of each number, as it is written most often
    albums: NDArray[np.int64]  # (n_tracks,), equal for the same; -1 for none

    @property
    def first(self) -> NDArray[np.int64]:
        """The number of each track's first genre, which is the one that counts; -1 for none."""
        return np.array([numbers[0] if numbers else -1 for numbers in self.numbers], np.int64)


def read_genres(lib: Library, ids: Sequence[int]) -> Genres:
    """Return the genres of these items.

    A track without one in the library has that which :mod:`source` found in its file.
    """
    found: dict[int, tuple[str, ...]] = {}
    albums: dict[int, int] = {}
    columns, keys = ("id", "genres", "album_id"), (fields.GENRE,)
    for id_, genres, album, of_file in rows(lib, columns, keys, ids):
        found[id_] = (*each_genre(text_of(genres)),) or (*each_genre(text_of(of_file)),)
        albums[id_] = album if isinstance(album, int) else -1
    texts = [found.get(id_, ()) for id_ in ids]
    of_albums = np.array([albums.get(id_, -1) for id_ in ids], np.int64)
    return Genres(texts, *_numbered(texts), of_albums)


def _numbered(
    texts: Sequence[tuple[str, ...]],
) -> tuple[list[tuple[int, ...]], list[str]]:
    """Return the genres of each track as numbers, and the name of each number."""
    spellings: dict[str, Counter[str]] = {}
    for genres in texts:
        for genre in genres:
            spellings.setdefault(genre.casefold(), Counter())[genre] += 1
    number_of = {key: number for number, key in enumerate(spellings)}
    numbers = [tuple(number_of[genre.casefold()] for genre in genres) for genres in texts]
    return numbers, [written.most_common(1)[0][0] for written in spellings.values()]
