"""Why files cannot be had: removed, or away with their disk, which is no fault of theirs.

A disk that is not mounted leaves an empty folder, a link to nowhere, or nothing; one that
has died, and a server that does not answer, give errors for whatever is asked.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from beets.util import syspath

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_ASKED = 5  # files that are to tell whether anything can be read
_MOST_FOLDERS = 20  # in which they are looked for
_CHUNK = 1 << 20
_ABSENT = (FileNotFoundError, NotADirectoryError, ValueError)  # there is a NUL in the path


class Gap(NamedTuple):
    """The topmost folder on the way to a file that is not there, or has nothing in it."""

    folder: bytes
    why: str
    is_certain: bool  # or else somebody may have removed it, with what was in it

    def holds(self, path: bytes) -> bool:
        """Say whether a path leads to that folder, or through it."""
        return os.path.join(path, b"").startswith(os.path.join(self.folder, b""))


def gap(path: bytes) -> Gap | None:
    """Return what is away of the way to a file; None if its folder is there and has files."""
    below, folder = path, os.path.dirname(path)
    why: OSError | ValueError | None = None
    while (problem := _problem(folder)) and os.path.dirname(folder) != folder:
        below, folder, why = folder, os.path.dirname(folder), problem
    try:
        if not _has_entries(folder):
            return Gap(folder, "is empty", is_certain=True)
    except OSError as exc:
        if not isinstance(exc, PermissionError) or not os.access(syspath(folder), os.X_OK):
            return Gap(folder, exc.strerror or str(exc), is_certain=True)
    if why is None:
        return None
    if not isinstance(why, _ABSENT):
        return Gap(below, why.strerror or str(why), is_certain=True)
    if os.path.islink(syspath(below)):
        return Gap(below, "is a link to nowhere", is_certain=True)
    return Gap(below, "is not there", is_certain=False)


def is_removed(path: bytes, music: bytes) -> bool:
    """Say whether somebody has removed a file, and neither its disk nor all *music* is away."""
    try:
        os.stat(syspath(path))
    except _ABSENT:
        away = gap(path)
        return away is None or not (away.is_certain or away.holds(music))
    except OSError:
        return False
    return False


def is_to_blame(path: bytes) -> bool:
    """Say whether a file that could not be read cannot be, while others beside it can.

    If there are none beside it, nobody can say that it is the file and not its disk.
    """
    others = islice(_beside(path), _MOST_ASKED)
    return not can_be_read(path) and any(map(can_be_read, others))


def disk_of(path: bytes) -> int:
    """Return the number of the disk that the folder of a file is on, 0 if nobody can say."""
    with suppress(OSError, ValueError):
        return os.stat(syspath(os.path.dirname(path))).st_dev
    return 0


def can_be_read(path: bytes) -> bool:
    """Say whether all of a file can be read from its disk."""
    with suppress(OSError, ValueError), open(syspath(path), "rb", buffering=0) as file:
        if hasattr(os, "posix_fadvise"):  # what the system has in memory is no sign
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while file.read(_CHUNK):
            pass
        return True
    return False


def _beside(path: bytes) -> Iterator[bytes]:
    """Yield other files on the disk of a file, those of its folder first."""
    folder, disk = os.path.dirname(path), disk_of(path)
    with suppress(OSError):
        folders = (entry.path for entry in _entries(os.path.dirname(folder)) if entry.is_dir())
        for near in chain([folder], islice(folders, _MOST_FOLDERS)):
            for entry in _entries(near):
                if entry.path != path and entry.is_file() and entry.stat().st_dev == disk:
                    yield entry.path


def _entries(folder: bytes) -> Iterator[os.DirEntry[bytes]]:
    with suppress(OSError), os.scandir(folder) as entries:
        yield from entries


def _problem(folder: bytes) -> OSError | ValueError | None:
    try:
        os.stat(syspath(folder))
    except (OSError, ValueError) as exc:
        return exc
    return None


def _has_entries(folder: bytes) -> bool:
    with os.scandir(syspath(folder)) as entries:
        return any(True for _ in entries)
