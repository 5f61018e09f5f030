"""A real MPD loads every entry of every playlist."""

import shutil
import socket
import subprocess
import time

import pytest

from beetsplug.mir.library import playlists
from tests.conftest import noise, skip_or_fail

NAMES = [
    *("plain.wav", "with some blanks.wav", "#hash.wav", "#folder/x.wav", "a/#1 b#.wav"),
    *("Über/é ß.wav", "日本/音.wav", "e\u0301.wav", "a'b\"c.wav", "a%20b.wav", "a:b?c*.wav"),
    *("back\\slash.wav", "-dash.wav", "~home.wav", ".hidden/x.wav", "tab\tinside.wav"),
]
INEXPRESSIBLE = [" blank.wav", "a/ blank.wav", " a/b.wav", "a /b.wav", "line\nbreak.wav"]


@pytest.fixture
def mpd(tmp_path):
    """Start MPD on the folder `music` with a null output; yield a function that asks it."""
    for program in ("mpd", "mpc"):
        if not shutil.which(program):
            skip_or_fail(f"{program} is not installed")
    (tmp_path / "music").mkdir(exist_ok=True)
    (tmp_path / "playlists").mkdir(exist_ok=True)
    (tmp_path / "mpd.conf").write_text(
        f'music_directory "{tmp_path}/music"\n'
        f'playlist_directory "{tmp_path}/playlists"\n'
        f'db_file "{tmp_path}/db"\n'
        f'bind_to_address "{tmp_path}/socket"\n'
        'zeroconf_enabled "no"\n'
        'filesystem_charset "UTF-8"\n'
        'audio_output {\n type "null"\n name "null"\n}\n'
    )
    server = subprocess.Popen(
        ["mpd", "--no-daemon", "--stderr", str(tmp_path / "mpd.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(tmp_path / "socket")

    def mpc(*args):
        command = ["mpc", "--host", str(tmp_path / "socket"), *args]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    yield mpc
    server.terminate()
    server.wait(timeout=60)


def wait_for(path):
    for _ in range(600):
        with socket.socket(socket.AF_UNIX) as client:
            if not client.connect_ex(str(path)):
                return
        time.sleep(0.1)
    pytest.fail("MPD does not answer")


def loaded(mpc, name):
    mpc("clear")
    mpc("load", name)
    return mpc("--format", "%file%", "playlist").splitlines()


def write_sounds(music, names):
    import soundfile as sf

    for name in names:
        (music / name).parent.mkdir(parents=True, exist_ok=True)
        sf.write(music / name, noise(0.1), 44100)


def test_mpd_finds_every_odd_name_that_it_can_express(tmp_path, mpd):
    music = tmp_path / "music"
    write_sounds(music, NAMES + INEXPRESSIBLE)
    mpd("--wait", "update")

    paths = [bytes(music / name) for name in NAMES + INEXPRESSIBLE]
    outcome = playlists.write(tmp_path / "playlists", {"mir-1": paths}, bytes(music))

    assert loaded(mpd, "mir-1") == NAMES
    assert len(outcome.warnings) == len(INEXPRESSIBLE)


def test_mpd_finds_what_links_lead_to_and_what_lies_outside(tmp_path, mpd):
    write_sounds(tmp_path, ["music/a.wav", "music/d/b.wav", "other/c.wav", "other/d.wav"])
    (tmp_path / "Music").symlink_to(tmp_path / "music")
    (tmp_path / "music" / "link").symlink_to(tmp_path / "other")
    (tmp_path / "favourites").symlink_to(tmp_path / "music" / "d")
    mpd("--wait", "update")
    names = ["Music/a.wav", "favourites/b.wav", "Music/link/c.wav", "other/d.wav"]
    paths = [bytes(tmp_path / name) for name in names]

    folder, music = tmp_path / "playlists", bytes(tmp_path / "music")
    playlists.write(folder, {"skip": paths}, music)
    playlists.write(folder, {"absolute": paths}, music, absolute=True)

    inside = ["a.wav", "d/b.wav", "link/c.wav"]
    assert loaded(mpd, "absolute") == [*inside, str(tmp_path / "other/d.wav")]
    playlists.write(folder, {"skip": paths}, music)
    assert loaded(mpd, "skip") == inside


def test_what_we_leave_out_is_what_this_mpd_cannot_load(tmp_path, mpd):
    """Once an MPD can, this fails, and the names may go back into the playlists."""
    blanks = [name for name in INEXPRESSIBLE if "\n" not in name]
    write_sounds(tmp_path / "music", blanks)
    mpd("--wait", "update")
    for index, name in enumerate(blanks):
        (tmp_path / "playlists" / f"{index}.m3u").write_text(f"./{name}\n")

    assert [loaded(mpd, str(index)) for index in range(len(blanks))] == [[]] * len(blanks)


def test_mpd_plays_the_clusters_of_real_music(analysed, tmp_path, mpd):
    analysed("mircluster", "-k", "4")
    (tmp_path / "music").rmdir()
    shutil.copytree(analysed.music, tmp_path / "music")
    for playlist in analysed.playlists.glob("*.m3u"):
        shutil.copy(playlist, tmp_path / "playlists")
    mpd("--wait", "update")

    for label in range(1, 5):
        paths = analysed("ls", "-f", "$path", f"mircluster:{label}", "mir_order+").splitlines()
        relative = [path.removeprefix(f"{analysed.music}/") for path in paths]
        assert relative
        assert loaded(mpd, f"mir-{label}") == relative
    mpd("play")
    assert "[playing]" in mpd("status")
