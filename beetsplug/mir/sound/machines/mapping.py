"""Where a worker sees the music: under the same path, or under a mapped one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def mapped(path: bytes, path_map: Mapping[bytes, bytes]) -> bytes:
    """Return a path as a worker has it.

    *path_map* leads from folders here to folders there. Of those that hold the path the
    longest counts; a path in none of them is the same there.
    """
    for here in sorted(path_map, key=len, reverse=True):
        folder = _folder(here)
        if path.startswith(folder):
            return _folder(path_map[here]) + path[len(folder) :].lstrip(b"/")
    return path


def _folder(path: bytes) -> bytes:
    return path.rstrip(b"/") + b"/"
