"""The feature sets of items, as they are stored and as arrays."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import fields, names
from .rows import HEARD, PACKED, rows, text_of, unpacked

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from beets.library import Item, Library
    from numpy.typing import NDArray

KEYS = {
    names.CLASSIC: (fields.VECTOR,),
    names.NETWORK: (fields.NETWORK_VERSION, fields.NETWORK),
}
"""What a feature set is read from."""


def features_of(
    lib: Library, ids: Sequence[int], features: str = names.CLASSIC, *, cached: bool = False
) -> NDArray[np.floating[Any]]:
    """Return a feature set of these items, shape (n_items, 16 or 200), NaN for none.

    The network's values are of this version, if *cached* of any.
    """
    in_order = sorted(ids)  # in which they lie side by side: BY_ID
    packed = {
        row["id"]: packed_in(row, features, cached=cached)
        for row in rows(lib, ("id",), KEYS[features], in_order)
    }
    return array_of([packed.get(id_) for id_ in ids], features)


def packed_in(row: sqlite3.Row, features: str, *, cached: bool = False) -> bytes | None:
    """Return a feature set of an item as :func:`rows.unpacked` does."""
    if features == names.NETWORK:
        return _heard(row, cached=cached)
    return unpacked(row[fields.VECTOR])


def array_of(packed: Sequence[bytes | None], features: str) -> NDArray[np.floating[Any]]:
    """Return packed feature sets as :func:`features_of` does."""
    return network_values(packed) if features == names.NETWORK else classic_values(packed)


def heard_of(item: Item) -> NDArray[np.float32]:
    """Return the network's values of an item, shape (1, 200), or (0, 200) if it has none."""
    packed = _heard({key: item.get(key, with_album=False) for key in KEYS[names.NETWORK]})
    return network_values([packed] if packed else [])


def _heard(row: sqlite3.Row | Mapping[str, object], *, cached: bool = False) -> bytes | None:
    """Return the network's values of an item, packed; None if they are not of this version."""
    version = text_of(row[fields.NETWORK_VERSION])
    current = names.counts(version, names.NETWORK_VERSION, cached=cached)
    return unpacked(row[fields.NETWORK], HEARD) if current else None


def network_values(packed: Sequence[bytes | None]) -> NDArray[np.float32]:
    """Return the network's values, shape (n_items, 200), NaN where there are none."""
    return _rows(packed, HEARD, names.N_NETWORK_VALUES, "<f2").astype(np.float32)


def classic_values(vectors: Sequence[bytes | None]) -> NDArray[np.float64]:
    """Return the sixteen features out of vectors of everything, NaN where there is none.

    They are read from there and not from the fields that show them: one attribute a track
    and not sixteen.
    """
    columns = [names.VECTOR.index(f"{f.series}_{f.summary}") for f in names.FEATURES]
    X = _rows(vectors, PACKED, len(names.VECTOR), "<f4")
    return X[:, columns].astype(np.float64)


def _rows(
    packed: Sequence[bytes | None], form: str, n_values: int, dtype: str
) -> NDArray[np.floating[Any]]:
    missing = struct.pack(form, *[math.nan] * n_values)
    values = np.frombuffer(b"".join(each or missing for each in packed), dtype)
    return values.reshape(len(packed), n_values)
