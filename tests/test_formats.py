"""Playlists in four formats, as MPD and VLC read them."""

from __future__ import annotations

import time
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.library import playlists
from beetsplug.mir.library.formats import FORMATS, Listed, Playlist
from tests.conftest import skip_or_fail
from tests.test_mpd import NAMES, loaded, mpd, write_sounds  # noqa: F401

XSPF = "{http://xspf.org/ns/0/}"
ENTRIES = {
    b"a/1.ogg": Listed(b"/m/a/1.ogg", "Air", "Playground", 61.4),
    b"#2.ogg": Listed(b"/m/#2.ogg", "", "Only a title", 0.2),
    b"3.ogg": Listed(b"/m/3.ogg", "Björk", "", 0),
}
NOT_IN_XSPF_FOR_MPD = [name for name in NAMES if set(name) & set("%#?\t")]
NOT_IN_VLC = [name for name in NAMES if "#" in name or "%" in name]


def test_a_plain_list_has_nothing_but_paths():
    assert FORMATS["m3u"]("Title", ENTRIES, False) == b"a/1.ogg\n./#2.ogg\n3.ogg\n"
    assert FORMATS["m3u8"] is FORMATS["m3u"]


def test_an_extended_list_has_title_names_and_lengths():
    assert FORMATS["m3u"]("soft · Ambient", ENTRIES, True).decode() == (
        "#EXTM3U\n#PLAYLIST:soft · Ambient\n"
        "#EXTINF:61,Air - Playground\na/1.ogg\n"
        "#EXTINF:0,Only a title\n./#2.ogg\n"
        "#EXTINF:-1,Björk - 3\n3.ogg\n"
    )


def test_pls_numbers_what_it_lists():
    assert FORMATS["pls"]("Title", ENTRIES, False).decode() == (
        "[playlist]\nFile1=a/1.ogg\nFile2=./#2.ogg\nFile3=3.ogg\nNumberOfEntries=3\nVersion=2\n"
    )
    assert "Title3=Björk - 3\nLength3=-1\n" in FORMATS["pls"]("", ENTRIES, True).decode()


def test_xspf_is_what_its_namespace_says():
    root = ET.fromstring(FORMATS["xspf"]("soft · Ambient", ENTRIES, True))

    assert (root.tag, root.get("version")) == (f"{XSPF}playlist", "1")
    assert root.findtext(f"{XSPF}title") == "soft · Ambient"
    tracks = [
        {child.tag.removeprefix(XSPF): child.text for child in track}
        for track in root.iter(f"{XSPF}track")
    ]
    assert tracks == [
        {"location": "a/1.ogg", "title": "Playground", "creator": "Air", "duration": "61400"},
        {"location": "./%232.ogg", "title": "Only a title", "duration": "200"},
        {"location": "3.ogg", "creator": "Björk"},
    ]
    plain = ET.fromstring(FORMATS["xspf"]("", ENTRIES, False))
    assert {child.tag for track in plain.iter(f"{XSPF}track") for child in track} == {
        f"{XSPF}location"
    }


@given(title=st.text(), artist=st.text(), name=st.text())
def test_no_text_breaks_a_line_or_the_xml(title, artist, name):
    entries = {b"1.ogg": Listed(b"1.ogg", artist, title, 1.0)}

    lines = FORMATS["m3u"](name, entries, True).decode().split("\n")
    assert len(lines) == 5
    assert lines[3:] == ["1.ogg", ""]
    assert not any(line.startswith("File2") for line in lines)
    assert len(FORMATS["pls"](name, entries, True).decode().split("\n")) == 7
    root = ET.fromstring(FORMATS["xspf"](name, entries, True))
    assert root.findtext(f".//{XSPF}location") == "1.ogg"


@given(
    line=st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1)
)
def test_any_path_is_one_location(line):
    entries = {line.encode(): Listed(b"", "", "", 0)}

    root = ET.fromstring(FORMATS["xspf"]("", entries, False))

    location = root.findtext(f".//{XSPF}location")
    assert not set("#?\r\0") & set(location)
    assert ":" not in location.split("/")[0]


def write_all(folder, form: str) -> list[str]:
    """Write sounds of odd names, and a playlist of them all in their own folder."""
    write_sounds(folder, NAMES)
    tracks = [
        Listed(bytes(folder / name), "Ein Künstler", f"Title {number}", 0.1)
        for number, name in enumerate(NAMES)
    ]
    style = playlists.Style(bytes(folder), form=form, extended=True)
    outcome = playlists.write(folder, {"list": Playlist("soft · Ambient", tracks)}, style)
    assert not outcome.warnings
    return NAMES


@pytest.mark.parametrize("form", FORMATS)
def test_mpd_loads_every_format_from_its_music(tmp_path, mpd, form):  # noqa: F811
    names = write_all(tmp_path / "music", form)
    mpd("--wait", "update")

    found = loaded(mpd, f"list.{form}")

    # It takes a location as it stands, and what would end a URI has to be quoted.
    unknown = NOT_IN_XSPF_FOR_MPD if form == "xspf" else []
    assert [name for name in found if name in names] == [
        name for name in names if name not in unknown
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_vlc_reads_every_format(tmp_path, form):
    names = write_all(tmp_path, form)

    title, found = parsed_by_vlc(tmp_path / f"list.{form}")

    if form != "pls":  # which has no place for it
        assert title == "soft · Ambient"
    assert [name for _, name in found] == [
        name if form != "pls" else f"Ein Künstler - {name}"
        for name in (f"Title {number}" for number in range(len(names)))
    ]
    # But for XSPF it takes a # for the end of a path, and unquotes it.
    lost = [] if form == "xspf" else NOT_IN_VLC
    for (path, _), name in zip(found, names, strict=True):
        if name not in lost:
            assert path == str(tmp_path / name)


def parsed_by_vlc(path):
    """Return what VLC makes of a playlist: its title, and path and title of each track."""
    from urllib.parse import unquote

    try:
        import vlc
    except (ImportError, OSError, NameError):
        skip_or_fail("VLC's library is not installed")
    instance = vlc.Instance("--no-video", "--aout=dummy", "--quiet")
    media = instance.media_new_path(str(path))
    media.parse_with_options(vlc.MediaParseFlag.local, 10_000)
    deadline = time.monotonic() + 10
    while media.get_parsed_status() is None or not media.get_parsed_status():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    items = media.subitems()
    found = []
    for number in range(items.count()):
        item = items.item_at_index(number)
        path = unquote(item.get_mrl().removeprefix("file://"))
        found.append((path, item.get_meta(vlc.Meta.Title)))
    return media.get_meta(vlc.Meta.Title), found
