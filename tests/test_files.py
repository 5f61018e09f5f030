"""A file is the old one or the new one, and nothing is left beside it."""

import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from beetsplug.mir.ground import files
from tests.conftest import REPOSITORY


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "a"
    for data in (b"old", b"", b"new"):
        files.replace(path, data)
        assert path.read_bytes() == data
    assert names_in(tmp_path) == ["a"]


def test_data_reach_the_disk_before_the_name_and_the_name_before_the_end(tmp_path, monkeypatch):
    """Otherwise a power cut leaves an empty file."""
    steps = []

    def fsync(handle: int) -> None:
        status = os.fstat(handle)
        folder = stat.S_ISDIR(status.st_mode)
        steps.append(("folder", None) if folder else ("file", status.st_size))

    real_replace = os.replace
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(
        os, "replace", lambda a, b: (steps.append(("rename", None)), real_replace(a, b))
    )
    files.replace(tmp_path / "a", b"12345")

    assert steps == [("file", 5), ("rename", None), ("folder", None)]


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_a_full_disk_leaves_the_old_file_alone(tmp_path, monkeypatch, step):
    path = tmp_path / "a"
    files.replace(path, b"old")

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space"):
        files.replace(path, b"new")

    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a"]


def test_a_link_stays_one_and_its_file_is_replaced(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("old")
    for name in ("file", "not yet there"):
        (tmp_path / name).symlink_to(tmp_path / "elsewhere" / name)
        files.replace(tmp_path / name, b"new")

        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "elsewhere" / name).read_bytes() == b"new"
    assert names_in(tmp_path / "elsewhere") == ["file", "not yet there"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o444])
def test_the_mode_is_kept_and_a_new_file_has_the_usual_one(tmp_path, mode):
    (tmp_path / "usual").touch()
    files.replace(tmp_path / "a", b"old")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "usual").stat().st_mode

    (tmp_path / "a").chmod(mode)
    files.replace(tmp_path / "a", b"new")
    assert (tmp_path / "a").stat().st_mode & 0o7777 == mode


def test_the_owner_is_kept_by_those_who_may_give_files_away(tmp_path):
    path = tmp_path / "a"
    path.touch()
    try:
        os.chown(path, 1234, 1235)
    except PermissionError:
        pytest.skip("only root may")
    files.replace(path, b"new")

    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)


def test_a_folder_in_the_place_of_a_file_is_an_error(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError):
        files.replace(tmp_path / "a", b"new")

    assert names_in(tmp_path) == ["a"]


def test_two_writers_never_have_the_same_name(tmp_path):
    a, b = (files.write_beside(tmp_path / "a", data) for data in (b"first", b"second"))
    assert a != b
    files.put_in_place(b, tmp_path / "a")
    files.put_in_place(a, tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == b"first"


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from beetsplug.mir.ground import files\n"
        "files.write_beside(Path(sys.argv[1]), b'half')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], cwd=REPOSITORY)
    assert len(names_in(tmp_path)) == 1
    mine = files.write_beside(tmp_path / "mine", b"half")
    left = f".mir-{dead_process()}"
    kept = [mine.name, f"{left}-1.new.txt", f"{left}.new", ".mir-x-1.new", ".mir-1-1.new"]
    for name in kept[1:]:
        (tmp_path / name).touch()
    (tmp_path / f".mir-{os.getpid()}-0.new").touch()  # as in a container
    (tmp_path / f".mir-{10**30}-0.new").touch()
    (tmp_path / f"{left}-2.new").mkdir()
    (tmp_path / f"{left}-2.new" / "a").touch()

    files.replace(tmp_path / "b", b"new")

    assert names_in(tmp_path) == sorted(["b", *kept])
    assert time.time() - mine.stat().st_mtime < 1000


def test_a_pipe_is_never_replaced(tmp_path):
    pipe, link = tmp_path / "pipe", tmp_path / "list.m3u"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(OSError, match="no file"):
            files.replace(path, b"new")

    assert pipe.is_fifo()
    assert sorted(tmp_path.iterdir()) == [link, pipe]
