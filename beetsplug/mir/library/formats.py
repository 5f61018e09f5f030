"""Playlists as the bytes that players read: M3U, XSPF, PLS."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree as ET  # nothing is parsed  # nosec B405

from ..ground.text import printable
from .entries import protected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_XSPF = "http://xspf.org/ns/0/"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_URI = re.compile("[%#?\x00-\x1f\x7f\ufffe\uffff]")


class Listed(NamedTuple):
    """A track, and what players show of it."""

    path: bytes
    artist: str
    title: str
    seconds: float  # 0 if nobody knows

    @property
    def name(self) -> str:
        """How it is called in a line: "Artist - Title", without a title as its file."""
        title = self.title or os.path.splitext(os.path.basename(os.fsdecode(self.path)))[0]
        return printable(" - ".join(filter(None, (self.artist, title))))


class Playlist(NamedTuple):
    """A list of tracks with a title."""

    title: str
    tracks: Sequence[Listed]


Entries = dict[bytes, Listed]
"""Tracks by the lines that stand for them, in order; each line is UTF-8 without breaks."""


def m3u(title: str, entries: Entries, extended: bool) -> bytes:
    """Return a list of paths, if *extended* with lengths and names before them."""
    lines = [b"#EXTM3U", b"#PLAYLIST:" + _utf8(title)] if extended else []
    for line, track in entries.items():
        if extended:
            lines.append(b"#EXTINF:%d,%s" % (_whole(track.seconds), _utf8(track.name)))
        lines.append(protected(line))
    return b"".join(line + b"\n" for line in lines)


def pls(title: str, entries: Entries, extended: bool) -> bytes:
    """Return a list of numbered settings; the format has no place for a *title*."""
    lines = [b"[playlist]"]
    for number, (line, track) in enumerate(entries.items(), start=1):
        lines.append(b"File%d=%s" % (number, protected(line)))
        if extended:
            lines.append(b"Title%d=%s" % (number, _utf8(track.name)))
            lines.append(b"Length%d=%d" % (number, _whole(track.seconds)))
    lines += [b"NumberOfEntries=%d" % len(entries), b"Version=2"]
    return b"".join(line + b"\n" for line in lines)


def xspf(title: str, entries: Entries, extended: bool) -> bytes:
    """Return XML as xspf.org describes it."""
    root = ET.Element("playlist", version="1", xmlns=_XSPF)
    if extended:
        _add(root, "title", title)
    tracks = ET.SubElement(root, "trackList")
    for line, track in entries.items():
        element = ET.SubElement(tracks, "track")
        # Whatever a path holds, another one would be of another file.
        ET.SubElement(element, "location").text = _reference(protected(line))
        if extended:
            for name, text in (("title", track.title), ("creator", track.artist)):
                if text:
                    _add(element, name, text)
            if track.seconds > 0:
                _add(element, "duration", str(round(1000 * track.seconds)))
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data + b"\n"


FORMATS: dict[str, Callable[[str, Entries, bool], bytes]] = {
    "m3u": m3u,  # the only one that MPD takes in its playlist directory
    "m3u8": m3u,  # for players that read .m3u in another encoding than UTF-8
    "xspf": xspf,
    "pls": pls,
}
"""What writes each format, by the suffix of its files."""


def _reference(line: bytes) -> str:
    """Return a URI reference that MPD, too, understands, which takes it as it stands.

    So only that is quoted which would end the path or could not stand in XML.
    """
    return _NO_URI.sub(lambda found: quote(found[0]), line.decode())


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _NO_XML.sub("\ufffd", printable(text))


def _utf8(text: str) -> bytes:
    return printable(text).encode()


def _whole(seconds: float) -> int:
    """Return a length as M3U and PLS have it: -1 is one that nobody knows."""
    return round(seconds) if seconds > 0 else -1
