"""What tracks sound like: a reference in words, and the library's nearest to it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..names import CLASSIC, DIMS, LEAST_HEARD, NETWORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from beets.library import Library
    from numpy.typing import NDArray

    from ..library.sounding import Sounds
    from ..space.similarity import Recordings, Space

_AT_A_TIME = 20_000  # tracks


class NothingAlikeError(Exception):
    """Why there is nothing to compare, in a line for the user."""


@dataclass(frozen=True)
class Surroundings:
    """A library's tracks, and where they lie."""

    sounds: Sounds
    space: Space
    same: Recordings

    def among(self, ids: Sequence[int]) -> NDArray[np.bool_]:
        """Say of each track whether it is one of some items."""
        import numpy as np

        chosen = np.zeros(len(self.sounds), np.bool_)
        chosen[self.sounds.rows_of(ids)] = True
        return chosen

    def place_of(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the place that several tracks have together: their mean."""
        import numpy as np

        place: NDArray[np.float64] = self.space.Z[rows].mean(axis=0, dtype=np.float64)
        return place


def surroundings(lib: Library, features: str | None = None) -> Surroundings:
    """Return the tracks of a library that have a feature set, by itself the best.

    That is the network's where it has heard nine in ten. NothingAlikeError if there are none.
    """
    from ..library import sounding
    from ..space.similarity import Recordings, space_of

    sounds = sounding.read_sounds(lib, features or _best(lib))
    if not len(sounds):
        what = "analysed" if sounds.features == CLASSIC else "heard by the network"
        raise NothingAlikeError(f"no track is {what} yet: run `beet mirextract` first")
    same = Recordings(sounds.recordings, sounds.named, sounds.seconds)
    return Surroundings(sounds, space_of(_placed(sounds)), same)


def named(lib: Library, text: str) -> list[int]:
    """Return the ids of the items that a text means: an id, or any query.

    Raises NothingAlikeError if there are none, and beets' InvalidQueryError.
    """
    try:
        return wanted(lib, shlex.split(text))
    except ValueError as exc:
        raise NothingAlikeError(f"{text!r}: {exc}") from exc


def wanted(lib: Library, query: Sequence[str]) -> list[int]:
    """Return the ids that a query means, as :func:`named` does."""
    from ..library.selection import matching

    said = " ".join(query).strip()
    if not said:
        raise NothingAlikeError("say which track: an id, or any query")
    ids = matching(lib, [f"id:{said}"] if said.isdecimal() else query)
    if not ids:
        raise NothingAlikeError(f"no track matches {said!r}")
    return ids


def rows_of(around: Surroundings, ids: Sequence[int], said: str) -> NDArray[np.int64]:
    """Return the rows of items that are there; NothingAlikeError if there are none."""
    rows = around.sounds.rows_of(ids)
    if not len(rows):
        by = "is analysed" if around.sounds.features == CLASSIC else "was heard by the network"
        raise NothingAlikeError(
            f"none of the tracks that match {said!r} {by}: run `beet mirextract`"
        )
    return rows


def _best(lib: Library) -> str:
    from ..library.sounding import n_analysed

    n_classic, n_heard = n_analysed(lib)
    return NETWORK if n_heard and n_heard >= LEAST_HEARD * n_classic else CLASSIC


def _placed(sounds: Sounds) -> NDArray[np.float32]:
    """Return the principal components that clusters and map are made of, too."""
    import numpy as np

    from ..space import encodings

    drawn = encodings.fitted_rows(len(sounds), sounds.values.shape[1], random_state=0)
    X = sounds.values[drawn].astype(np.float32)
    no_genres = [""] * len(X)
    dims = DIMS[sounds.features]
    fitted = encodings.fit(X, no_genres, "pca", dims, features=sounds.features)
    if len(drawn) == len(sounds):
        return fitted.Z.astype(np.float32)
    starts = range(0, len(sounds), _AT_A_TIME)
    blocks = (sounds.values[start : start + _AT_A_TIME].astype(np.float32) for start in starts)
    placed = [fitted.encoder.transform(X, []).astype(np.float32) for X in blocks]
    return np.concatenate(placed)
