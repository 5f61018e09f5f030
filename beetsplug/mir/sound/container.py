"""A file becomes packets: what FFmpeg may open, and what of it can be read.

PyAV decodes, which carries its own FFmpeg: every format, none slower than libsndfile
(``docs/performance.md``), and it can start in the middle of a file. A file decides by
its content, not by its name, how FFmpeg takes it; so only demuxers are allowed that
read sound out of the file itself, none that opens others on its behalf.
"""

from __future__ import annotations

import io
import os
import re
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import av

from .errors import NO_FILE, AudioError, UnreadError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from av.container import InputContainer

FORMATS = (
    "3g2", "3gp", "aa", "aac", "aax", "ac3", "act", "adx", "aea", "aiff", "amr", "ape", "asf",
    "ast", "au", "avi", "avr", "bonk", "brstm", "caf", "daud", "dsf", "dts", "dtshd",
    "eac3", "flac", "flv", "gsm", "iamf", "iff", "ircam", "kux", "laf", "loas", "matroska",
    "matroska,webm", "mlp", "mov", "mov,mp4,m4a,3gp,3g2,mj2", "mp3", "mp4", "mpc", "mpc8",
    "mpeg", "mpegts", "msf", "mxf", "nistsphere", "nut", "ogg", "oma", "osq", "paf", "pvf",
    "qcp", "qoa", "rka", "rm", "rso", "sbc", "sds", "shn", "smjpeg", "sol", "sox", "spdif",
    "tak", "truehd", "tta", "voc", "vqf", "w64", "wav", "webm", "wsd", "wtv", "wv", "wve",
    "xa", "xwma",
)  # fmt: skip
"""FFmpeg's demuxers of sound and of films; playlists (hls, concat, dash, sdp) are not here."""

_OPTIONS: dict[str, Any] = {
    "options": {
        "fflags": "fastseek",  # find a place in an MP3 by its size, without reading up to it
        "format_whitelist": ",".join(FORMATS),
        "protocol_whitelist": "file",
    },
    # Until version 19 PyAV refuses a file whose tags are not UTF-8 unless told otherwise.
    **({"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}),
}

_PAGE = re.compile(rb"OggS\x00([\x00-\x07])")  # with its flags
_STREAM = re.compile(rb"fLaC([\x00\x80])\x00\x00\x22")  # with the first of its metadata
_HEAD_BYTES = 8  # at most
_FIRST_PAGE = 2  # flag of an Ogg page that begins a stream
_CHUNK = 1 << 20


@contextmanager
def open_container(path: bytes, part: range | None = None) -> Iterator[InputContainer]:
    """Open a file, or only the bytes of a *part* of it.

    Raises :class:`AudioError` if there is no sound to be had from it, and for what goes
    wrong while it is open; :class:`UnreadError` if any of that was that it could not be
    read, of which FFmpeg makes an early end.
    """
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError) as exc:  # a NUL is in no name
        raise AudioError(NO_FILE) from exc
    except OSError as exc:
        raise _unread(exc) from exc
    if not stat.S_ISREG(status.st_mode):
        raise AudioError("not a file")
    if not status.st_size:
        raise AudioError("the file is empty")
    try:
        with _opened(path, part) as file, av.open(file, "r", **_OPTIONS) as container:
            if not container.streams.audio:
                raise AudioError("there is no sound in it")
            yield container
    except av.FFmpegError as exc:
        raise AudioError(f"cannot be decoded ({exc.strerror or exc})") from exc
    except OSError as exc:
        raise _unread(exc) from exc


def links(path: bytes, form: str) -> list[range]:
    """Return the bytes of each link of a chained file of FFmpeg's format *form*.

    FFmpeg passes over a link of an Ogg file (RFC 3533) with another codec, ends at one of
    another rate, and hears parts of a joined FLAC file twice. Of other formats none is told.
    """
    if form not in ("ogg", "flac"):
        return []
    starts = _ogg_links(path) if form == "ogg" else _flac_links(path)
    ends = [*starts[1:], os.path.getsize(path)]
    return [range(start, end) for start, end in zip(starts, ends, strict=False)]


def _ogg_links(path: bytes) -> list[int]:
    """Return where links begin: with a first page for each of their streams."""
    starts = []
    before = 0  # flags of the page before
    for place, flags in _heads(path, _PAGE):
        if flags[0] & _FIRST_PAGE and not before & _FIRST_PAGE:
            starts.append(place)
        before = flags[0]
    return starts


def _flac_links(path: bytes) -> list[int]:
    return [place for place, _ in _heads(path, _STREAM)]


def _heads(path: bytes, head: re.Pattern[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the place of each head in a file, and what is bracketed in it."""
    with open(path, "rb") as file:
        place = 0  # of what is held, in the file
        held = b""
        while chunk := file.read(_CHUNK):
            held += chunk
            end = 0
            for found in head.finditer(held):
                yield place + found.start(), found[1]
                end = found.end()
            rest = held[max(end, len(held) - _HEAD_BYTES + 1) :]  # one may begin here
            place += len(held) - len(rest)
            held = rest


def _opened(path: bytes, part: range | None) -> _File:
    return _File(path) if part is None else _Part(path, part)


def _unread(exc: OSError) -> UnreadError:
    return UnreadError(f"cannot be read ({exc.strerror or exc})")


class _File(io.FileIO):
    """A file for FFmpeg, which would make an early end of one that cannot be read on.

    So it ends there, and that is told when it is closed (:class:`UnreadError`). What is
    raised in the middle PyAV would keep, and raise of another file.
    """

    def __init__(self, path: bytes) -> None:
        self._failure: OSError | None = None
        try:
            super().__init__(path)
        except OSError as exc:
            raise _unread(exc) from exc
        # FFmpeg looks at the suffix where the content leaves it in doubt.
        self.name = "file:" + os.path.abspath(path).decode("ascii", "backslashreplace")

    def read(self, size: int | None = -1, /) -> bytes:
        if self._failure is None:
            try:
                return super().read(size) or b""
            except OSError as exc:
                self._failure = exc
        return b""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, value, traceback)
        if self._failure and (kind is None or issubclass(kind, Exception)):
            raise _unread(self._failure)


class _Part(_File):
    """Some bytes of a file as if they were all of it."""

    def __init__(self, path: bytes, part: range) -> None:
        super().__init__(path)
        self._part = part
        super().seek(part.start)

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._part.stop - super().tell())
        wanted = left if size is None or size < 0 else min(size, left)
        return super().read(wanted)

    def seek(self, place: int, whence: int = os.SEEK_SET, /) -> int:
        start, length = self._part.start, len(self._part)
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: length}[whence]
        return super().seek(start + max(0, base + place)) - start

    def tell(self) -> int:
        return super().tell() - self._part.start
