"""What calls itself sound and is something else: it opens nothing, and nobody waits for it.

FFmpeg has demuxers that open other files, addresses and devices for what a file says.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import av
import pytest

from beetsplug.mir.sound.audio import open_sound
from beetsplug.mir.sound.container import FORMATS, AudioError
from tests import sounds
from tests.conftest import noise, sine, soon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.beet import Beet

_IN_OPEN = 0x20

HLS = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:9\n{}#EXTINF:9,\n{{}}\n#EXT-X-ENDLIST\n"
CPL = (
    '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">'
    "<Id>urn:uuid:0eb3d1b9-b77b-4d3f-bbe5-7c69b15dca85</Id><EditRate>24 1</EditRate>"
    "<SegmentList/></CompositionPlaylist>"
)

PLAYLISTS = {
    "hls": HLS.format(""),
    "hls with a key": HLS.format('#EXT-X-KEY:METHOD=AES-128,URI="{}"\n'),
    "hls with a head": HLS.format('#EXT-X-MAP:URI="{}"\n'),
    "hls of variants": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=128000\n{}\n",
    "concat": "ffconcat version 1.0\nfile '{}'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    '<Period><AdaptationSet mimeType="audio/mp4"><Representation id="1"><BaseURL>{}</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>",
    "imf": CPL,
    "vobsub": "# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n"
    "timestamp: 00:00:01:000, filepos: 000000000\n",
    "pls": "[playlist]\nFile1={}\nNumberOfEntries=1\n",
    "asx": '<asx version="3.0"><entry><ref href="{}"/></entry></asx>',
    "reference": "[Reference]\nRef1={}\n",
    "cue": 'FILE "{}" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n',
    "filter": "movie={}[out]",
}


@contextmanager
def opened(folder: Path) -> Iterator[set[str]]:
    """Tell which files of a folder have been opened meanwhile, by whom ever."""
    if sys.platform != "linux":
        pytest.skip("who opens a file is told by Linux only")
    names: set[str] = set()
    libc = ctypes.CDLL(None)
    handle = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(handle, os.fsencode(folder), _IN_OPEN) > 0
    try:
        yield names
        with suppress(BlockingIOError):
            while events := os.read(handle, 1 << 16):
                names |= set(_names(events))
    finally:
        os.close(handle)


def _names(events: bytes) -> Iterator[str]:
    place = 0
    while place < len(events):
        *_, length = struct.unpack_from("iIII", events, place)
        yield os.fsdecode(events[place + 16 : place + 16 + length].rstrip(b"\0"))
        place += 16 + length


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[list[str]]:
    """A file and a server that nobody opens, in all ways that FFmpeg can be told of them."""
    folder = tmp_path / "targets"
    folder.mkdir()
    file = sounds.write(folder / "target.mp3", sine(440, 1))
    with socket.create_server(("127.0.0.1", 0)) as server, opened(folder) as names:
        server.settimeout(0)
        port = server.getsockname()[1]
        yield [
            f"targets/{file.name}", str(file), f"file:{file}", f"concat:{file}|{file}",
            f"subfile,,start,0,end,0,,:{file}", f"crypto+file:{file}", f"cache:{file}",
            f"async:file:{file}", f"http://127.0.0.1:{port}/a.mp3",
            f"tcp://127.0.0.1:{port}", f"rtsp://127.0.0.1:{port}/a", f"ftp://127.0.0.1:{port}/a",
        ]  # fmt: skip
        with pytest.raises(BlockingIOError):
            server.accept()
    assert not names


def refused(path: Path) -> None:
    with pytest.raises(AudioError, match=r"decoded|no sound"), open_sound(bytes(path)) as sound:
        list(sound.blocks())


@pytest.mark.parametrize("text", PLAYLISTS.values(), ids=PLAYLISTS)
@pytest.mark.parametrize("name", ["a.mp3", "ä.m3u8", "a%d.png"])
def test_a_playlist_in_disguise_opens_nothing_else(tmp_path, addresses, text, name):
    for address in addresses:
        (tmp_path / name).write_text(text.replace("{}", address))

        refused(tmp_path / name)


@pytest.mark.parametrize("kind", ["vobsub", "imf"])
def test_what_lies_beside_a_file_under_its_name_is_not_opened(tmp_path, kind):
    """As the pictures of an index of subtitles do, and the later parts of a film."""
    for name in ("a.sub", "a.idx", "a.M00", "a.xml", "ASSETMAP.xml"):
        (tmp_path / name).write_bytes(b"\0\0\1\xba" + bytes(2000))
    (tmp_path / "a.mp3").write_text(PLAYLISTS[kind])
    with opened(tmp_path) as names:
        refused(tmp_path / "a.mp3")
    assert names == {"a.mp3"}


def box(name: str, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I4s", 8 + len(data), name.encode()) + data


def referring(data: bytes, reference: bytes) -> bytes:
    """Return an MP4 file whose sound is said to be in another one."""
    place = data.index(b"dref") - 4
    (size,) = struct.unpack(">I", data[place : place + 4])
    new = box("dref", bytes(4), struct.pack(">I", 1), reference)
    grown = bytearray(data[:place] + new + data[place + size :])
    for name in (b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        at = grown.index(name) - 4
        old = struct.unpack(">I", grown[at : at + 4])[0]
        grown[at : at + 4] = struct.pack(">I", old + len(new) - size)
    return bytes(grown)


def alias(path: str) -> bytes:
    """Return a reference as the Macintosh made them: a path in pieces."""
    name = os.path.basename(path).encode()
    fixed = struct.pack(">II2xHI", 0, 0, 0, 0)
    volume = bytes([4]) + b"disk".ljust(27, b"\0")
    head = fixed + volume + bytes(12) + bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    head += struct.pack(">hh", 1, 9) + bytes(16)
    entries = b""
    for kind, value in ((2, path.encode()), (18, path.encode()), (0, b"targets"), (-1, b"")):
        value += bytes(len(value) % 2)
        entries += struct.pack(">hH", kind, len(value)) + value
    return box("alis", bytes(4), head[8:] + entries)


def test_a_film_whose_sound_is_elsewhere_opens_nothing_else(tmp_path, addresses):
    data = sounds.write(tmp_path / "a.m4a", noise(2)).read_bytes()
    for address in addresses:
        for reference in (box("url ", bytes(4), address.encode() + b"\0"), alias(address)):
            (tmp_path / "b.m4a").write_bytes(referring(data, reference))
            # Older FFmpegs find no sound in it, newer ones that of the film itself.
            with suppress(AudioError), open_sound(bytes(tmp_path / "b.m4a")) as sound:
                list(sound.blocks())


LINKING = {
    *("hls", "applehttp", "concat", "dash", "sdp", "rtsp", "rtp", "sap", "imf", "image2"),
    *("image2pipe", "vobsub", "mlv", "webm_dash_manifest", "ffmetadata", "tedcaptions"),
}
DEVICES = {
    *("alsa", "fbdev", "kmsgrab", "lavfi", "oss", "pulse", "jack", "sndio", "openal"),
    *("video4linux2,v4l2", "x11grab", "avfoundation", "dshow", "gdigrab", "vfwcap", "iec61883"),
}
SCRIPTS = {"avisynth", "vapoursynth", "libgme", "libmodplug", "libopenmpt"}


def test_no_demuxer_is_allowed_that_opens_something_else():
    assert {"hls", "concat", "dash", "lavfi"} <= av.formats_available
    assert not (LINKING | DEVICES | SCRIPTS) & set(FORMATS)


def put_a_socket(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(path)


NO_FILES = {
    "pipe": os.mkfifo,
    "socket": put_a_socket,
    "folder": os.mkdir,
    "device": lambda path: os.symlink("/dev/zero", path),
    "terminal": lambda path: os.symlink("/dev/tty", path),
    "link to itself": lambda path: os.symlink(path, path),
}


@pytest.mark.parametrize("put", NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_file_costs_a_line(beet: Beet, put, monkeypatch):
    beet.add("a.wav", sine(300, 1))
    path = beet.add("b.wav", sine(500, 1))
    monkeypatch.chdir(beet.root)
    os.unlink(path)
    put(os.fsdecode(path))

    with soon():
        code, _, err = beet.run("mirextract", "-q")
        assert code == 0
        assert err.splitlines() == [f"mir: {os.fsdecode(path)}: is missing"], err
        assert beet("ls", "-f", "$title", "mir_version::.").count("\n") == 1
        with (
            pytest.raises(AudioError, match=r"not a file|no such file|levels of"),
            open_sound(path),
        ):
            pass
