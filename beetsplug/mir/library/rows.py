"""Rows of the library: columns and attributes of items, whatever somebody has put there.

What is stored, by beets or by hand, is read as beets reads it. What is as it should be
goes a shorter way: on 100,000 tracks each of these is asked some 100,000 times.
"""

from __future__ import annotations

import binascii
import json
import math
import os
import struct
from typing import TYPE_CHECKING, Any

from beets.dbcore import types
from beets.library import Item

from .. import fields, names

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from beets.library import Library

PACKED = f"<{len(names.VECTOR)}f"
"""How :data:`names.VECTOR` is packed into bytes, which are stored in base 64."""

HEARD = f"<{names.N_NETWORK_VALUES}e"
"""How the network's values are packed: half precision, which loses no neighbour."""

BY_ID = "items NOT INDEXED"
"""All items in SQL in the order of their ids, in which what belongs to them lies side by side.

By itself SQLite takes an index, as of the albums: of a million tracks in no order it then
fetched each page of the file many times.
"""

_AT_A_TIME = 1000  # rows
_LONG = 10  # digits of a number that may be too large


def rows(
    lib: Library, columns: Sequence[str], keys: Sequence[str], ids: Sequence[int]
) -> Iterator[sqlite3.Row]:
    """Yield columns and attributes of these items, in this order; what is gone is left out."""
    selected = [f"items.{name}" for name in columns] + [f"{key}.value AS {key}" for key in keys]
    for start in range(0, len(ids), _AT_A_TIME):
        with lib.transaction() as tx:
            found = tx.query(
                f"SELECT {', '.join(selected)} FROM json_each(?) AS wanted"  # ours  # nosec B608
                f" CROSS JOIN items ON items.id = wanted.value {joined(keys)}"
                " ORDER BY wanted.key",
                (json.dumps(ids[start : start + _AT_A_TIME]),),
            )
        yield from found


def joined(keys: Sequence[str]) -> str:
    """Return the SQL that puts attributes beside items, each by its name; NULL for none."""
    return " ".join(
        f"LEFT JOIN item_attributes AS {key}"
        f" ON {key}.entity_id = items.id AND {key}.key = '{key}'"
        for key in keys
    )


def writes_of_others(lib: Library) -> int:
    """Return a number that is another one when somebody else has written to the library."""
    with lib.transaction() as tx:  # as a SELECT, which waits for who keeps readers out
        return int(tx.query("SELECT data_version FROM pragma_data_version")[0][0])


def path_of(music: bytes, value: Any) -> bytes:
    """Return the path of an item, empty if it has none; *music* ends in a separator."""
    path: bytes = value if isinstance(value, bytes) else Item._fields["path"].from_sql(value)
    # beets stores paths inside its music directory relative to it since 2.10.
    return music + path if path and not os.path.isabs(path) else path or b""


def seconds_of(value: Any) -> float:
    """Return a length or a time in seconds, 0 if there is none."""
    number = value if isinstance(value, float) else Item._fields["length"].from_sql(value)
    return float(number) if math.isfinite(number) else 0.0


def text_of(value: Any) -> str:
    """Return a text, empty if there is none."""
    if value is None:
        return ""
    return value if isinstance(value, str) else str(types.STRING.from_sql(value))


def count_of(value: Any) -> int:
    """Return a cluster's id or a place, 0 if it is none."""
    if value is None:
        return 0
    if isinstance(value, str) and value.isdecimal() and len(value) < _LONG:
        return int(value)
    return int(fields.TYPES[fields.CLUSTER].from_sql(value))


def packed(values: Sequence[float], form: str = PACKED) -> str:
    """Return values as they are stored; ValueError if one is not finite."""
    try:
        data = struct.pack(form, *values)
    except OverflowError as exc:
        raise ValueError(f"values that are too large: {values}") from exc
    if not all(map(math.isfinite, values)):
        raise ValueError(f"values that are no finite numbers: {values}")
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def unpacked(value: object, form: str = PACKED) -> bytes | None:
    """Return the bytes of packed values; None if they are not all there and finite."""
    try:
        data = binascii.a2b_base64(str(value))
    except ValueError:
        return None
    return data if len(data) == struct.calcsize(form) and _are_finite(data, form) else None


def _are_finite(data: bytes, form: str) -> bool:
    """Say whether packed values are finite, by the last byte of each if that will do.

    It holds the sign and the most of the exponent, and of hardly any number all of that is
    set; so this is 2.5 times as quick as to unpack them, in half precision 17 times.
    """
    size = struct.calcsize(f"<{form[-1]}")
    if not data[size - 1 :: size].translate(None, _FINITE[form]):
        return True
    return all(map(math.isfinite, struct.unpack(form, data)))


def _without(bits: int) -> bytes:
    """Return the bytes in which not all of some bits are set."""
    return bytes(byte for byte in range(256) if byte & bits != bits)


_FINITE = {PACKED: _without(0x7F), HEARD: _without(0x7C)}
"""What may be the last byte of a finite value, in single and in half precision."""
