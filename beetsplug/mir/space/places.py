"""The plane of a library as a file: where each track lies, for the next plane to go on from.

An .npz of plain arrays; nothing in it can execute.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..ground.files import DAMAGED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_VERSION = "beets-mir plane 1"


class PlacesError(Exception):
    """A file that holds no places; says why."""


class Places(NamedTuple):
    """Where tracks lie on a plane."""

    space: str  # of which it is the plane: a feature set and its encoding
    ids: NDArray[np.int64]  # (n_tracks,), of the items
    plane: NDArray[np.float64]  # (n_tracks, 2)

    def of(self, ids: Sequence[int]) -> NDArray[np.float64]:
        """Return the places of these tracks, shape (n_tracks, 2), NaN for one without."""
        row = {id_: index for index, id_ in enumerate(self.ids.tolist())}
        places = np.vstack([self.plane, [np.nan, np.nan]])
        return places[[row.get(id_, -1) for id_ in ids]]


def pack(places: Places) -> bytes:
    """Return places as the contents of a file."""
    file = io.BytesIO()
    np.savez(file, version=np.array(_VERSION), **places._asdict())
    return file.getvalue()


def load(path: Path) -> Places:
    """Read places back (FileNotFoundError, PlacesError)."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return _checked(arrays)
    except FileNotFoundError:
        raise
    except DAMAGED as exc:
        raise PlacesError(f"{path}: cannot be read as places ({exc})") from exc


def _checked(arrays: dict[str, NDArray[np.generic]]) -> Places:
    """Return the places in arrays; ValueError or KeyError if they are none."""
    if str(arrays["version"]) != _VERSION:
        raise ValueError("of another version")
    places = Places(
        str(arrays["space"]),
        arrays["ids"].astype(np.int64),
        arrays["plane"].astype(np.float64),
    )
    if (
        places.ids.ndim != 1
        or places.plane.shape != (len(places.ids), 2)
        or not np.isfinite(places.plane).all()
    ):
        raise ValueError("its places are none")
    return places
