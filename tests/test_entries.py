"""What stands for a file in a playlist."""

import os
from pathlib import Path

import pytest

from beetsplug.mir.library.entries import relative


@pytest.fixture
def srv(tmp_path: Path) -> Path:
    """A folder of music, and one beside it."""
    for name in ("music/artist/a.ogg", "music-2/b.ogg", "other/c.ogg"):
        path = tmp_path / "srv" / name
        path.parent.mkdir(parents=True)
        path.touch()
    return tmp_path / "srv"


def entry_in(folder: Path, path: Path, **options: bool) -> bytes | None:
    return relative(bytes(folder), **options)(bytes(path))


def test_what_lies_in_the_folder_is_relative_to_it(srv):
    assert entry_in(srv / "music", srv / "music/artist/a.ogg") == b"artist/a.ogg"
    assert entry_in(srv / "music", srv / "music/gone/x.ogg") == b"gone/x.ogg"
    assert relative(b"/")(b"/a/b.ogg") == b"a/b.ogg"


def test_what_lies_outside_has_no_entry_unless_it_may_be_absolute(srv):
    for path in (srv / "music-2/b.ogg", srv / "other/c.ogg", srv / "x.ogg", Path("/x.ogg")):
        assert entry_in(srv / "music", path) is None
        assert entry_in(srv / "music", path, absolute=True) == bytes(path)
    assert entry_in(srv / "music", srv / "music/artist/a.ogg", absolute=True) == b"artist/a.ogg"


def test_the_folder_may_be_named_through_a_link(srv, tmp_path):
    (tmp_path / "Music").symlink_to(srv / "music")

    for folder in (srv / "music", tmp_path / "Music"):
        for named in (srv / "music", tmp_path / "Music"):
            assert entry_in(folder, named / "artist/a.ogg") == b"artist/a.ogg"
            assert entry_in(folder, named / "gone/x.ogg") == b"gone/x.ogg"


def test_links_inside_the_folder_stay_as_they_are_called(srv, tmp_path):
    (srv / "music/link").symlink_to(srv / "other")
    (srv / "music/file.ogg").symlink_to(srv / "other/c.ogg")
    (tmp_path / "Music").symlink_to(srv / "music")

    for named in (srv / "music", tmp_path / "Music"):
        assert entry_in(srv / "music", named / "link/c.ogg") == b"link/c.ogg"
        assert entry_in(srv / "music", named / "file.ogg") == b"file.ogg"


def test_links_into_the_folder_lead_there(srv, tmp_path):
    (tmp_path / "favourites").symlink_to(srv / "music/artist")
    (tmp_path / "one.ogg").symlink_to(srv / "music/artist/a.ogg")

    assert entry_in(srv / "music", tmp_path / "favourites/a.ogg") == b"artist/a.ogg"
    assert entry_in(srv / "music", tmp_path / "one.ogg") == b"artist/a.ogg"


def test_a_link_that_leads_round_in_circles_is_outside(srv, tmp_path):
    os.symlink(tmp_path / "b", tmp_path / "a")
    os.symlink(tmp_path / "a", tmp_path / "b")

    assert entry_in(srv / "music", tmp_path / "a/x.ogg") is None


@pytest.mark.parametrize("path", [b"/srv/a\0b", b"/a\0/b", b"a\0"])
def test_what_can_be_no_file_has_no_entry(path):
    for absolute in (True, False):
        assert relative(b"/srv", absolute=absolute)(path) is None
