"""Playlists of any program: which files their lines may mean, and what a file seems to be.

Programs write paths in their own ways, and nothing in an .m3u says which. So a line is
offered in each way that it can be read, the most literal first; what counts is the first
that the library knows.
"""

from __future__ import annotations

import codecs
import json
import os
import re
from typing import TYPE_CHECKING
from unicodedata import normalize
from urllib.parse import unquote_to_bytes

from beets.util import normpath, syspath

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ENCODING = re.compile(rb"(?im)^#EXTENC:\s*([\w.-]+)")
_FILE_URI = re.compile(rb"(?i)file:(?://(?:localhost)?)?(/.*)", re.DOTALL)
_DRIVE = re.compile(rb"/?[A-Za-z]:(/.*)", re.DOTALL)
_STREAM = re.compile(rb"(?i)(?!file:)[a-z][a-z0-9+.-]+://")

_ROOT_TAG = re.compile(rb"(?i)\A\s*(?:<[?!][^>]*>\s*)*<([a-z]\w*)")
_XML = {
    b"playlist": "an XSPF playlist",
    b"smil": "a WPL playlist",
    b"asx": "an ASX playlist",
    b"winampxml": "a B4S playlist",
    b"plist": "a property list, as iTunes exports",
    b"html": "a web page",
}
_CUE = re.compile(rb"(?im)^\s*FILE\s.*\s(?:WAVE|MP3|AIFF|FLAC|BINARY|MOTOROLA)\s*$")


def read(playlist: bytes, relative_to: bytes) -> list[tuple[bytes, ...]]:
    """Return the entries of an .m3u file, each as the paths that it may mean.

    An entry is relative to the playlist's own folder or, as in those that we write, to
    *relative_to*. Raises OSError if the file cannot be read.
    """
    data = _bytes(playlist)
    encodings = [name.decode("ascii") for name in _ENCODING.findall(data)] + ["cp1252"]
    bases = dict.fromkeys([os.path.dirname(playlist), relative_to])
    return [
        tuple(
            dict.fromkeys(
                normpath(os.path.join(base, path))
                for path in _readings(line, encodings)
                for base in bases
            )
        )
        for line in _lines(data)
    ]


def known(entries: Sequence[Sequence[bytes]], paths: Container[bytes]) -> list[bytes | None]:
    """Return of each entry the first path that is among the *paths*; None if none is."""
    return [next((path for path in entry if path in paths), None) for entry in entries]


def foreign(playlist: bytes) -> str | None:
    """Return what a file seems to be that is no .m3u, else None. Raises OSError."""
    data = _bytes(playlist)
    if data.lstrip()[:10].lower() == b"[playlist]":
        return "a PLS playlist"
    if tag := _ROOT_TAG.match(data):
        return _XML.get(tag[1].lower(), "XML")
    if _CUE.search(data):
        return "a cue sheet"
    if b"\n#EXT-X-" in data:
        return "a stream in parts (HLS)"
    if b"\0" in data:
        return "no text at all"
    return "JSON" if _is_json(data) else None


def form(playlist: bytes) -> str:
    """Return of a list of paths how they are written. Raises OSError."""
    data = _bytes(playlist)
    lines = _lines(data)
    if not lines:
        return "a list without entries"
    if all(map(_STREAM.match, lines)):
        return "a list of streams"
    traits = [
        "in UTF-8" if _is_utf8(data) else "in an encoding that is not UTF-8",
        *(["with backslashes"] if b"\\" in data else []),
        *(["with percent signs"] if b"%" in data else []),
    ]
    return f"a list of {len(lines)} paths {', '.join(traits)}"


def _bytes(playlist: bytes) -> bytes:
    """Return what stands in a file without its byte order mark, of UTF-16 as UTF-8."""
    with open(syspath(playlist), "rb") as file:
        data = file.read()
    if data.startswith(_UTF16):
        return data.decode("utf-16", "replace").encode()
    # Without a mark: every second byte of most letters is 0, which is part of no path.
    for encoding, high, low in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        if 4 * data[high::2].count(0) > len(data[high::2]) and not data[low::2].count(0):
            return data.decode(encoding, "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n" if b"\n" in data else b"\r")
    return [line.rstrip(b"\r") for line in lines if line.strip() and not line.startswith(b"#")]


def _readings(line: bytes, encodings: Sequence[str]) -> Iterator[bytes]:
    """Yield the paths that a line may stand for, some of them more than once."""
    for path in _unquoted(line):
        for decoded in _decoded(path, encodings):
            for slashed in _slashed(decoded):
                yield from _normal_forms(slashed)


def _unquoted(line: bytes) -> list[bytes]:
    if uri := _FILE_URI.fullmatch(line.strip()):
        return [_unescape(uri[1]), uri[1]]
    return [line, line.strip(), _unescape(line), _unescape(line.strip())]


def _unescape(path: bytes) -> bytes:
    """Take out percent-encoding, if what comes out can be a path."""
    plain = unquote_to_bytes(path)
    return path if b"\0" in plain else plain


def _decoded(path: bytes, encodings: Sequence[str]) -> Iterator[bytes]:
    yield path
    if _is_utf8(path):
        return
    for encoding in encodings:
        try:
            yield path.decode(encoding).encode()
        except (LookupError, UnicodeError):
            continue


def _slashed(path: bytes) -> Iterator[bytes]:
    """Yield a path as it is, and one of Windows with slashes, from the root or the folder."""
    yield path
    slashed = path.replace(b"\\", b"/")
    if slashed != path:
        yield slashed
    if drive := _DRIVE.fullmatch(slashed):
        yield drive[1]
        yield drive[1].lstrip(b"/")


def _normal_forms(path: bytes) -> Iterator[bytes]:
    """Yield a path as it is, with accents as part of their letters, and by themselves."""
    yield path
    if not path.isascii() and _is_utf8(path):
        yield normalize("NFC", path.decode()).encode()
        yield normalize("NFD", path.decode()).encode()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_json(data: bytes) -> bool:
    if not data.lstrip().startswith((b"{", b"[")):
        return False
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
