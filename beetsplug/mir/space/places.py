"""The plane of a library as a file: where each track lies, for the next plane to go on from.

An .npz of plain arrays; nothing in it can execute.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..ground import arrays, files

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .encoders import Values

_VERSION = "beets-mir plane 2"


class PlacesError(Exception):
    """A file that holds no places; says why."""


class Places(NamedTuple):
    """Where tracks lie on a plane."""

    space: str  # of which it is the plane: a feature set and its encoding
    prints: NDArray[np.int64]  # (n_tracks,), of the tracks' values
    plane: NDArray[np.float64]  # (n_tracks, 2)

    def of(self, prints: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the places of these tracks, shape (n_tracks, 2), NaN for one without."""
        row = {one: index for index, one in enumerate(self.prints.tolist())}
        places = np.vstack([self.plane, [np.nan, np.nan]])
        return places[[row.get(one, -1) for one in prints.tolist()]]


def prints_of(X: Values) -> NDArray[np.int64]:
    """Return what tells the values of each track from all others, shape (n_tracks,).

    An item's id does not: a library that is made anew gives it to another track.
    """
    digests = [hashlib.blake2b(row.tobytes(), digest_size=8).digest() for row in X]
    return np.frombuffer(b"".join(digests), np.int64)


def pack(places: Places) -> bytes:
    """Return places as the contents of a file."""
    return arrays.pack(version=_VERSION, **places._asdict())


def load(path: Path) -> Places:
    """Read places back (FileNotFoundError, PlacesError)."""
    try:
        return _checked(arrays.unpack(files.read(path)))
    except FileNotFoundError:
        raise
    except files.DAMAGED as exc:
        raise PlacesError(f"{path}: cannot be read as places ({exc})") from exc


def _checked(found: dict[str, NDArray[Any]]) -> Places:
    """Return the places in arrays; ValueError or KeyError if they are none."""
    if str(found["version"]) != _VERSION:
        raise ValueError("of another version")
    places = Places(str(found["space"]), found["prints"], found["plane"].astype(np.float64))
    if (
        found["prints"].dtype != np.int64
        or places.prints.ndim != 1
        or places.plane.shape != (len(places.prints), 2)
        or not np.isfinite(places.plane).all()
    ):
        raise ValueError("its places are none")
    return places
