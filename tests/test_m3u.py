"""Playlists of other programs: which files their lines mean."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.library import m3u
from tests.conftest import Beet, noise, sine

MUSIC = b"/music"
NAME = "Zoë/Ænima #1 100%.ogg"


def read(tmp_path: Path, data: bytes) -> list[tuple[bytes, ...]]:
    (tmp_path / "a.m3u").write_bytes(data)
    return m3u.read(bytes(tmp_path / "a.m3u"), MUSIC)


def test_an_entry_is_relative_to_the_playlist_or_to_the_music(tmp_path):
    text = b"\xef\xbb\xbf#EXTM3U\r\n#EXTINF:1,x\r\n/abs/a.ogg\r\n\r\nsub/../b.ogg\r\n"

    a, b = read(tmp_path, text)

    assert a == (b"/abs/a.ogg",)
    assert b == (bytes(tmp_path / "b.ogg"), b"/music/b.ogg")


@pytest.mark.parametrize(
    "line",
    [
        NAME.encode(),
        NAME.encode("cp1252"),
        NAME.replace("/", "\\").encode("cp1252"),
        unicodedata.normalize("NFD", NAME).encode(),
        b" Zo%C3%AB/%C3%86nima%20%231%20100%25.ogg ",
        b"file:///music/Zo%C3%AB/%C3%86nima%20%231%20100%25.ogg",
        b"FILE://localhost/music/Zo%c3%ab/%c3%86nima%20%231%20100%25.ogg",
        b"file:/music/Zo%EB/%C6nima%20%231%20100%25.ogg",
        "file:///music/Zoë/Ænima #1 100%.ogg ".encode(),
        "M:\\Zoë\\Ænima #1 100%.ogg".encode(),
        "\\music\\Zoë\\Ænima #1 100%.ogg".encode("cp1252"),
        "C:\\music\\Zoë\\Ænima #1 100%.ogg".encode(),
        b"file:///C:/music/Zo%C3%AB/%C3%86nima%20%231%20100%25.ogg",
    ],
)
def test_a_line_is_read_in_each_way_in_which_programs_write(tmp_path, line):
    (entry,) = read(tmp_path, line + b"\n")

    assert f"/music/{NAME}".encode() in entry


def test_a_name_in_decomposed_letters_is_found_from_composed_ones(tmp_path):
    decomposed = unicodedata.normalize("NFD", f"/music/{NAME}").encode()

    assert decomposed in read(tmp_path, NAME.encode())[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_and_be_encoded_in_any_usual_way(tmp_path, encoding, end):
    text = end.join(["#EXTM3U", "#EXTINF:1,ä", NAME, "", "b.ogg", ""])

    a, b = read(tmp_path, text.encode(encoding))

    assert f"/music/{NAME}".encode() in a
    assert b == (bytes(tmp_path / "b.ogg"), b"/music/b.ogg")


def test_a_playlist_may_say_how_it_is_encoded(tmp_path):
    text = "#EXTM3U\n#EXTENC: cp1250\nŻółw.ogg\n".encode("cp1250")

    assert "/music/Żółw.ogg".encode() in read(tmp_path, text)[0]
    for encoding in (b"no-such", b"zlib", b"\xff"):
        assert read(tmp_path, b"#EXTENC: " + encoding + b"\nKino.ogg\n")


@given(st.lists(st.binary(min_size=1).filter(lambda b: not set(b) & set(b"\n\0")), max_size=5))
def test_the_most_literal_reading_comes_first(lines):
    import tempfile

    lines = [line for line in lines if line.strip() and not line.lower().startswith(b"file:")]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.m3u").write_bytes(b"".join(b"./" + line + b"\n" for line in lines))
        entries = m3u.read(bytes(Path(folder) / "a.m3u"), MUSIC)

        from beets.util import normpath

        assert [entry[0] for entry in entries] == [
            normpath(bytes(Path(folder)) + b"/./" + line.rstrip(b"\r")) for line in lines
        ]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"[playlist]\nFile1=a.ogg\nLength1=1\n", "PLS"),
        (b"\xef\xbb\xbf[Playlist]\r\nFile1=a.ogg\r\n", "PLS"),
        (
            b'<?xml version="1.0"?>\n<playlist version="1" xmlns="http://xspf.org/ns/0/">',
            "XSPF",
        ),
        (b'<?wpl version="1.0"?>\r\n<smil><head/></smil>', "WPL"),
        ('<?wpl version="1.0"?>\r\n<smil><head/></smil>'.encode("utf-16"), "WPL"),
        (b'<ASX version="3.0"><entry><ref href="a.wma"/></entry></ASX>', "ASX"),
        (b"<?xml?><!DOCTYPE plist PUBLIC '-//Apple//DTD PLIST'><plist>", "iTunes"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"<some><thing/></some>", "XML"),
        (b'REM x\nFILE "a.wav" WAVE\n  TRACK 01 AUDIO\n', "cue sheet"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\na.ts\n", "HLS"),
        (json.dumps({"playlist": {"track": []}}).encode(), "JSON"),
        (b"fLaC\0\0\0\x22\x10\0\x10\0" * 50, "no text"),
        (b"a.ogg\n", None),
        (b"[live] a.ogg\n", None),
        (b"{x}.ogg\n", None),
        (b"[" * 100_000, None),
        (b"<!>" * 5000 + b"!", None),
        (b"", None),
    ],
)
def test_what_is_no_m3u_is_recognised(tmp_path, data, kind):
    (tmp_path / "a").write_bytes(data)

    found = m3u.foreign(bytes(tmp_path / "a"))

    assert found is None if kind is None else kind in found


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"#EXTM3U\n", "a list without entries"),
        (b"http://a/b\nHTTPS://c\n", "a list of streams"),
        (b"a.ogg\nhttp://a/b\n", "a list of 2 paths in UTF-8"),
        (
            b"a\\\xe9.ogg\n",
            "a list of 1 paths in an encoding that is not UTF-8, with backslashes",
        ),
        (b"a%20b.ogg", "a list of 1 paths in UTF-8, with percent signs"),
    ],
)
def test_how_a_list_of_paths_is_written_is_said(tmp_path, data, form):
    (tmp_path / "a").write_bytes(data)

    assert m3u.form(bytes(tmp_path / "a")) == form


def test_a_foreign_playlist_selects_tracks_the_literal_name_before_others(beet: Beet):
    for name in ("a b.wav", "a%20b.wav", "c d.wav", "Zoë.wav"):
        beet.add(name, sine(440, 0.2))
    lines = ["music\\c%20d.wav", "a%20b.wav", "http://radio/stream"]
    (beet.root / "a.m3u").write_text("\r".join(lines))

    code, out, err = beet.run("mirextract", "-p", "--playlist", "a.m3u")

    assert code == 0
    assert sorted(Path(line).name for line in out.splitlines()) == ["a%20b.wav", "c d.wav"]
    assert err.count("not in the library") == 1
    assert "radio/stream" in err


def test_what_a_playlist_without_tracks_seems_to_be_is_said(beet: Beet):
    beet.add("a.wav", noise(0.2))
    (beet.root / "a.pls").write_text("[playlist]\nFile1=a.wav\n")
    (beet.root / "b.m3u").write_bytes(b"x\\y.wav\nz.wav\n" * 100)

    code, out, err = beet.run("mirextract", "--playlist", "a.pls")
    assert (code, out) == (1, "")
    assert err.strip().endswith("a.pls seems to be a PLS playlist: --playlist reads .m3u files")

    code, out, err = beet.run("mirextract", "--playlist", "b.m3u")
    assert (code, out) == (0, "0 analysed, 0 skipped, 0 failed\n")
    assert err.strip().endswith(
        "b.m3u names no track of the library;"
        " it seems to be a list of 200 paths in UTF-8, with backslashes"
    )
