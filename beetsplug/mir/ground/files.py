"""Files that are whole or not there at all, whatever happens in between."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import struct
import time
import tokenize
import zipfile
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

DAMAGED = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError, TypeError,
    IndexError, AttributeError, NotImplementedError, OverflowError, RuntimeError, MemoryError,
    struct.error, SyntaxError, tokenize.TokenError,
)  # fmt: skip
"""What numpy, zipfile and json say of bytes that are no file of ours."""

_NEW = re.compile(r"\.mir-(\d+)-[0-9a-f]+\.new")
_NO_FILE = "a device or a pipe, and no file"
_DAY = 86400.0  # seconds; nothing takes that long to write
_ours: set[str] = set()  # names that this process has made; in a container all have one number

MOST_BYTES = 1 << 28
"""Of a file of ours: twenty times what is kept of a million tracks."""

LOCK_PATIENCE = 30.0
"""Seconds to wait for another process that writes into the same folder."""


def read(path: Path) -> bytes:
    """Return all of a file of ours (OSError).

    A pipe or a device, that might never end, is none, nor is what is far too large.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, _NO_FILE, str(path))
    if status.st_size > MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return path.read_bytes()


def replace(path: Path, data: bytes) -> None:
    """Write a file under another name and rename it: nobody ever sees half of it (OSError).

    After a power cut it is the old one or the new one. A link stays one, and the file that
    it leads to keeps its mode and, as far as allowed, its owner.
    """
    put_in_place(write_beside(path, data), path)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes that ask for the same out of a folder that is there.

    One that holds it for long is not waited for, nor is a file system that cannot do it.
    """
    handle = None
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        _lock(handle)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _lock(handle: int) -> None:
    deadline = time.monotonic() + LOCK_PATIENCE
    while fcntl and time.monotonic() < deadline:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return


def write_beside(path: Path, data: bytes) -> Path:
    """Write what is to become *path* into its folder; return where (OSError).

    What killed processes left there is removed. A device or a pipe is never replaced.
    """
    target = _target(path)
    if target.exists() and not target.is_file() and not target.is_dir():
        raise OSError(errno.EINVAL, _NO_FILE)
    new = _name_in(target.parent)
    try:
        with open(new, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return new


def folder_beside(folder: Path) -> Path:
    """Make a folder that is to become *folder*, by being renamed; return where (OSError).

    What killed processes left there is removed.
    """
    new = _name_in(folder.parent)
    new.mkdir()
    return new


def _name_in(folder: Path) -> Path:
    """Return a name that no two processes ever have, nor one that was killed and the next."""
    _sweep(folder)
    name = f".mir-{os.getpid()}-{secrets.token_hex(4)}.new"
    _ours.add(name)
    return folder / name


def put_in_place(new: Path, path: Path) -> None:
    """Make *path* of what :func:`write_beside` has written, or remove that (OSError)."""
    target = _target(path)
    try:
        _take_over_rights(new, target)
        os.replace(new, target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _flush_folder(target.parent)


def _target(path: Path) -> Path:
    """Return the file that is meant by a path that may be a link, even to nowhere."""
    return Path(os.path.realpath(path))


def _take_over_rights(new: Path, old: Path) -> None:
    with suppress(FileNotFoundError):
        status = old.stat()
        if hasattr(os, "chown"):
            for owner in ((-1, status.st_gid), (status.st_uid, -1)):
                with suppress(PermissionError):
                    os.chown(new, *owner)
        new.chmod(stat.S_IMODE(status.st_mode))


def _flush_folder(folder: Path) -> None:
    """Let the new name survive a power cut, too; not every system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove what processes have left that were killed while they wrote."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = _NEW.fullmatch(entry.name)
            if found and (not _writes(int(found[1]), entry.name) or _is_old(entry)):
                _remove(entry)


def _remove(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry, ignore_errors=True)
    else:
        with suppress(OSError):
            os.unlink(entry)


def _writes(process: int, name: str) -> bool:
    """Say whether a process may still be writing what has this name."""
    return name in _ours if process == os.getpid() else _runs(process)


def _is_old(entry: os.DirEntry[str]) -> bool:
    return time.time() - entry.stat().st_mtime > _DAY


def _runs(process: int) -> bool:
    """Say whether a process is there; where nobody can say, it is."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True
