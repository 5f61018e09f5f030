"""Arrays as a file: an .npz as numpy writes it, read as one that anybody may have made."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def pack(**arrays: ArrayLike) -> bytes:
    """Return arrays as the contents of a file; the same arrays give the same bytes."""
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    """Return what :func:`pack` was given; one of ``files.DAMAGED`` for anything else.

    All of it is checked against its checksums before numpy sees it. Nothing in it can
    execute, and it takes no more memory than the file: what we write is not compressed.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        entries = file.infolist()
        if sum(entry.file_size for entry in entries) > len(data):
            raise ValueError("it claims to hold more than there is")
        return {
            entry.filename.removesuffix(".npy"): _array(file.read(entry)) for entry in entries
        }


def _array(data: bytes) -> NDArray[Any]:
    # Not numpy.load: that would also take a pickle for an array, and an archive in an archive.
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    if array.dtype.kind not in "iufU":
        raise ValueError("it holds neither numbers nor texts")
    return array
