"""TensorFlow's checkpoints (V2), read without TensorFlow.

The index is a table as LevelDB writes it (doc/table_format.md there), not compressed:
entries by name, each a protocol buffer `BundleEntryProto` (tensorflow/core/protobuf/
tensor_bundle.proto) that says where in the data file a tensor lies. Only float32
tensors in one data file are read.
"""

from __future__ import annotations

import math
import operator
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48  # bytes: two handles, padded, and the magic number
_FLOAT = 1  # DT_FLOAT
_DTYPE, _SHAPE, _OFFSET, _SIZE = 1, 2, 4, 5  # fields of BundleEntryProto
_BITS = 64  # of the largest number
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # kinds of fields


def read_tensors(index: bytes, data: bytes) -> dict[str, NDArray[np.float32]]:
    """Return the float32 tensors of a checkpoint by name, from its index and its data file.

    Raises ValueError if they are no checkpoint, or not all there.
    """
    try:
        return {
            name.decode(): _tensor(dict(_fields(entry)), data)
            for name, entry in _entries(index)
            if name and dict(_fields(entry)).get(_DTYPE) == _FLOAT  # the first has no name
        }
    except (IndexError, KeyError, TypeError, UnicodeError, struct.error) as exc:
        raise ValueError(f"no checkpoint: {exc}") from exc


def _tensor(entry: dict[int, Any], data: bytes) -> NDArray[np.float32]:
    shape = [
        operator.index(dict(_fields(value)).get(1, 0))
        for _, value in _fields(entry.get(_SHAPE, b""))
    ]
    start = entry.get(_OFFSET, 0)  # a 0 is not written
    piece = data[start : start + entry.get(_SIZE, 0)]
    if len(piece) != 4 * math.prod(shape):
        raise ValueError("no checkpoint: a tensor is not all there")
    return np.frombuffer(piece, "<f4").reshape(shape)


def _entries(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of every entry of a table."""
    if len(table) < _FOOTER or struct.unpack("<Q", table[-8:])[0] != _MAGIC:
        raise ValueError("no checkpoint: the index is no table")
    footer = table[-_FOOTER:]
    place = _handle(footer, 0)[1]  # after the handle of the metadata
    index, _ = _handle(footer, place)
    for _, value in _block(table, *index):
        (start, size), _ = _handle(value, 0)
        yield from _block(table, start, size)


def _handle(text: bytes, place: int) -> tuple[tuple[int, int], int]:
    """Return where a block starts and its size, and where the handle ends."""
    start, place = _varint(text, place)
    size, place = _varint(text, place)
    return (start, size), place


def _block(table: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the entries of a block; each key is told by how it differs from the last."""
    if table[start + size] != 0:
        raise ValueError("no checkpoint: the index is compressed")
    block = table[start : start + size]
    n_restarts = struct.unpack("<I", block[-4:])[0]
    end = len(block) - 4 * (n_restarts + 1)
    key, place = b"", 0
    while place < end:
        n_shared, place = _varint(block, place)
        n_new, place = _varint(block, place)
        n_value, place = _varint(block, place)
        key = key[:n_shared] + block[place : place + n_new]
        place += n_new
        yield key, block[place : place + n_value]
        place += n_value


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Yield number and value of each field of a protocol buffer."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield number, value
            continue
        if kind == _BYTES:
            size, place = _varint(message, place)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError("no checkpoint: an entry is none")
        yield number, message[place : place + size]
        place += size


def _varint(text: bytes, place: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, the lowest first, and where it ends."""
    number = 0
    for shift in range(0, _BITS, 7):
        byte = text[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place
    raise ValueError("no checkpoint: a number does not end")
