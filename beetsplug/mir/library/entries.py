"""What stands for a file in a playlist, such that MPD finds it."""

from __future__ import annotations

import codecs
import os
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Entry = Callable[[bytes], bytes | None]

_BLANK_AT_AN_END = re.compile(rb"(?:^|/)\s|\s(?:/|$)")


def inexpressible(line: bytes) -> str | None:
    """Return why MPD 0.23 could not find the file that a line names; None if it could."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return "its name is not UTF-8"
    if b"\n" in line:
        return "there is a line break in its name"
    if _BLANK_AT_AN_END.search(line):
        return "a name in its path starts or ends with a blank, which MPD drops"
    return None


def protected(line: bytes) -> bytes:
    """Keep a path that starts with # from being taken for a comment, or with x: for a URI.

    Or with what would be a mark of the file's encoding where it comes first.
    """
    misread = line.startswith((b"#", codecs.BOM_UTF8)) or b":" in line.partition(b"/")[0]
    return b"./" + line if misread else line


def relative(folder: bytes, *, absolute: bool = False) -> Entry:
    """Return what makes of a path its entry relative to a folder, with slashes.

    One that leads into the folder through links is inside. One outside has no entry
    (None), or is its own if *absolute*: MPD takes ``../`` for no part of its music.
    """
    inside = os.path.join(folder, b"")
    real = os.path.join(os.path.realpath(folder), b"")
    below = _called_from(folder)

    def entry(path: bytes) -> bytes | None:
        if b"\0" in path:  # which no file has in its name
            return None
        if path.startswith(inside):
            line: bytes | None = path[len(inside) :]
        elif (parent := below(os.path.dirname(path))) is not None:
            line = os.path.join(parent, os.path.basename(path))
        elif (resolved := os.path.realpath(path)).startswith(real):
            line = resolved[len(real) :]
        else:
            line = path if absolute else None
        return line and line.replace(os.sep.encode(), b"/")

    return entry


def _called_from(folder: bytes) -> Callable[[bytes], bytes | None]:
    """Return what says how a directory is called from *folder*, None if it is outside.

    Only the way down to *folder* is looked at for links: those in it are MPD's to follow.
    """

    @cache
    def below(directory: bytes) -> bytes | None:
        if _is_same(directory, folder):
            return b""
        parent, name = os.path.split(directory)
        above = below(parent) if name else None
        return None if above is None else os.path.join(above, name)

    return below


def _is_same(a: bytes, b: bytes) -> bool:
    try:
        return os.path.samefile(a, b)
    except OSError:
        return False
