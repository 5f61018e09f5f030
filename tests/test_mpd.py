"""A real MPD loads every entry of every playlist, and takes tracks into its queue."""

import gc
import logging
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager

import confuse
import pytest

from beetsplug.mir import settings
from beetsplug.mir.library import mpd as queue
from beetsplug.mir.library.mpd import Added, QueueError, Server, add_to_queue
from tests.beet import as_at_the_start
from tests.conftest import noise, skip_or_fail
from tests.test_playlists import write_paths

NAMES = [
    *("plain.wav", "with some blanks.wav", "#hash.wav", "#folder/x.wav", "a/#1 b#.wav"),
    *("Über/é ß.wav", "日本/音.wav", "e\u0301.wav", "a'b\"c.wav", "a%20b.wav", "a:b?c*.wav"),
    *("back\\slash.wav", "-dash.wav", "~home.wav", ".hidden/x.wav", "tab\tinside.wav"),
]
INEXPRESSIBLE = [" blank.wav", "a/ blank.wav", " a/b.wav", "a /b.wav", "line\nbreak.wav"]


@pytest.fixture
def mpd(tmp_path):
    """Start MPD on the folder `music` with a null output; yield a function that asks it."""
    with running(tmp_path) as mpc:
        yield mpc


@contextmanager
def running(folder, *more):
    """Run an MPD that listens at `socket` in a folder, with *more* lines in its mpd.conf."""
    server = start(folder, *more)
    try:
        wait_for(folder / "socket")
        yield asking(folder)
    finally:
        server.terminate()
        server.wait(timeout=60)


def start(folder, *more):
    """Start such an MPD, and return its process."""
    for program in ("mpd", "mpc"):
        if not shutil.which(program):
            skip_or_fail(f"{program} is not installed")
    (folder / "music").mkdir(exist_ok=True)
    (folder / "playlists").mkdir(exist_ok=True)
    lines = [
        f'music_directory "{folder}/music"',
        f'playlist_directory "{folder}/playlists"',
        f'db_file "{folder}/db"',
        f'bind_to_address "{folder}/socket"',
        'zeroconf_enabled "no"',
        'filesystem_charset "UTF-8"',
        'audio_output {\n type "null"\n name "null"\n}',
        *more,
    ]
    (folder / "mpd.conf").write_text("\n".join(lines) + "\n")
    return subprocess.Popen(
        ["mpd", "--no-daemon", "--stderr", str(folder / "mpd.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def asking(folder):
    """Return a function that asks the MPD of a folder."""

    def mpc(*args):
        command = ["mpc", "--host", str(folder / "socket"), *args]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    return mpc


def wait_for(path):
    wait_until(lambda: answers(path))


def answers(path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return not client.connect_ex(str(path))


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
    outcome = write_paths(tmp_path / "playlists", {"mir-1": paths}, bytes(music))

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
    write_paths(folder, {"skip": paths}, music)
    write_paths(folder, {"absolute": paths}, music, absolute=True)

    inside = ["a.wav", "d/b.wav", "link/c.wav"]
    assert loaded(mpd, "absolute") == [*inside, str(tmp_path / "other/d.wav")]
    write_paths(folder, {"skip": paths}, music)
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


PASSWORD = "open sesame \"\\'é"


def at_socket(folder, password=""):
    return Server(str(folder / "socket"), 6600, password)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@contextmanager
def impostor(behave):
    """Let a thread answer the first client; yield where."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection:
                behave(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Server("127.0.0.1", listening.getsockname()[1], PASSWORD)
        thread.join(timeout=60)


def answering(*answers):
    """Return what greets as MPD does and gives these answers to addid, then hangs up."""

    def behave(connection):
        left = list(answers)
        connection.sendall(b"OK MPD 0.23.0\n")
        with connection.makefile("rb") as lines:
            for line in lines:
                if not line.startswith(b"addid"):
                    connection.sendall(b"OK\n")
                else:
                    answer = left.pop(0) if left else b""
                    connection.sendall(answer)
                    if not answer.endswith(b"\n"):
                        return

    return behave


def test_every_track_gets_into_the_queue_whatever_its_name(tmp_path, mpd):
    """The playlists can not have names with blanks at an end; the queue can."""
    names = [*NAMES, *(name for name in INEXPRESSIBLE if "\n" not in name)]
    write_sounds(tmp_path / "music", names)
    mpd("--wait", "update")
    mpd("add", names[0])

    assert add_to_queue(at_socket(tmp_path), names) == Added(len(names), [])

    queued = mpd("--format", "%file%", "playlist").splitlines()
    assert queued == [names[0], *names]


def test_what_mpd_does_not_know_is_told_and_the_rest_goes_on(tmp_path, mpd):
    """No folder is taken for its tracks, nor nothing for all of the music."""
    write_sounds(tmp_path, ["music/a.wav", "music/d/b.wav", "other/c.wav"])
    mpd("--wait", "update")
    unknown = ["gone.wav", "d", "", "/", "../other/c.wav", str(tmp_path / "gone.wav")]
    unknown += ["foo://bar", "a.wav\nclear", "a.wav\0", "a\udcff.wav", "x/" * 5000]

    added = add_to_queue(
        at_socket(tmp_path), ["a.wav", *unknown, "d/b.wav", str(tmp_path / "other" / "c.wav")]
    )

    assert added == Added(3, unknown)
    queued = mpd("--format", "%file%", "playlist").splitlines()
    assert queued == ["a.wav", "d/b.wav", str(tmp_path / "other" / "c.wav")]
    assert add_to_queue(at_socket(tmp_path), []) == Added(0, [])


def test_another_music_folder_shows_in_what_mpd_calls_the_same_file(tmp_path, mpd):
    write_sounds(tmp_path, ["music/Air/a.wav", "music/Air/aa.wav", "music/b/a.wav.wav"])
    mpd("--wait", "update")

    for unknown in ("Music/Air/a.wav", "a.wav"):
        added = add_to_queue(at_socket(tmp_path), [unknown])
        assert added == Added(0, [unknown], "Air/a.wav")
    assert add_to_queue(at_socket(tmp_path), ["x/c.wav"]) == Added(0, ["x/c.wav"], "")


def test_a_password_is_given_and_never_told(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    port = free_port()
    quoted = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
    write_sounds(tmp_path / "music", ["a.wav"])
    more = [
        f'password "{quoted}@read,add,control,admin"',
        *('password "look@read"', 'bind_to_address "127.0.0.1"', f'port "{port}"'),
    ]
    with running(tmp_path, *more):
        wait_until(lambda: add_to_queue(at_socket(tmp_path, PASSWORD), ["a.wav"]).n_added)
        tcp = Server("127.0.0.1", port, PASSWORD)
        assert add_to_queue(tcp, ["a.wav"]) == Added(1, [])
        # MPD plays no files by their whole paths for those who come through a port.
        whole = str(tmp_path / "mpd.conf")
        assert add_to_queue(tcp, [whole, "a.wav"]) == Added(1, [whole])
        passwords = ["", "look", PASSWORD + "!", PASSWORD + "\n", PASSWORD + "\udcff"]
        servers = [at_socket(tmp_path), *(tcp._replace(password=word) for word in passwords)]
        said = [refusal(server) for server in servers]

    nothing, little, wrong, broken, unwritable = said[1:]
    where = f"the MPD at 127.0.0.1:{port}"
    assert nothing == f"{where} wants a password to add tracks: mpd.password"
    assert little == f"mpd.password does not permit to add tracks to {where}"
    assert wrong == f"{where} takes another password than mpd.password"
    assert broken == unwritable == "mpd.password: has a line break, or is no UTF-8, or too long"
    assert said[0] == nothing.replace(f"127.0.0.1:{port}", f"{tmp_path}/socket")
    assert "Calling MPD password(******)" in caplog.text
    told = [caplog.text, *said, repr(tcp), str(tcp), f"{tcp}", f"{[tcp]}"]
    assert not any("sesame" in text for text in told)
    assert repr(tcp) == f"Server(127.0.0.1:{port})"


def wait_until(done):
    for _ in range(3000):  # a minute
        if done():
            return
        time.sleep(0.02)
    pytest.fail("it does not come about")


def test_a_full_queue_keeps_what_it_has(tmp_path):
    write_sounds(tmp_path / "music", ["a.wav"])
    with running(tmp_path, 'max_playlist_length "3"') as mpc:
        mpc("--wait", "update")
        with pytest.raises(QueueError) as told:
            add_to_queue(at_socket(tmp_path), ["a.wav", "b.wav", *["a.wav"] * 3])

        assert mpc("playlist").count("\n") == 3
    full = "MPD's queue is full (its max_playlist_length) after 3 of 5 tracks"
    assert str(told.value) == full


# python-mpd2 leaves a socket open where nobody listens.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_where_no_mpd_is_it_says_which_settings_tell(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    port = free_port()
    absent = "No such file or directory"
    for host, what in [
        ("127.0.0.1", f"127.0.0.1:{port} (Connection refused)"),
        (str(tmp_path / "none"), f"{tmp_path}/none ({absent})"),
        ("~/none", f"~/none ({absent})"),
        ("@none of beets-mir", "@none of beets-mir (Connection refused)"),
        ("/" + 200 * "x", f"/{200 * 'x'} (AF_UNIX path too long)"),
    ]:
        assert refusal(Server(host, port, PASSWORD)) == (
            f"no MPD answers at {what}: does it run? mpd.host and mpd.port say where it is"
        )
    gc.collect()


def refusal(server):
    with pytest.raises(QueueError) as told:
        add_to_queue(server, ["a.wav"])
    return str(told.value)


def test_a_host_that_is_not_found_is_named(monkeypatch):
    def nothing(*_args):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(QueueError, match=r"the host a\.\.b is not found"):
        add_to_queue(Server("a..b", 6600, ""), [])
    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    with pytest.raises(QueueError) as told:
        add_to_queue(Server("nowhere", 6600, ""), [])
    assert str(told.value) == (
        "the host nowhere is not found (Name or service not known): mpd.host says where MPD is"
    )


@pytest.mark.parametrize(
    ("behave", "what"),
    [
        (lambda client: client.sendall(b"220 mail ESMTP\r\n"), "is no MPD: "),
        (lambda client: client.sendall(b"\xff\xfe\n"), "is no MPD: "),
        (lambda _client: None, "hangs up: no MPD, or one with no room"),
        (lambda client: client.recv(1), r"\(timed out\): does it run\?"),
    ],
)
def test_what_is_no_mpd_is_told_so(behave, what, monkeypatch):
    monkeypatch.setattr(queue, "_PATIENCE", 0.1)
    with (
        impostor(behave) as server,
        pytest.raises(QueueError, match=rf"at 127.0.0.1:{server.port} .*{what}") as told,
    ):
        add_to_queue(server, ["a.wav"])
    assert "sesame" not in str(told.value)


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ([b"Id: 1\nOK\n"] * 37, "MPD went away"),
        ([b"Id: 1\nOK\n"] * 37 + [b"Id: "], "MPD went away"),
        ([b"Id: 1\nOK\n"] * 37 + [b"ha\n"], "MPD gave an answer that is none of its protocol"),
        ([b"OK\n"] * 37 + [b"\xff\n"], "MPD gave an answer that is none of its protocol"),
        (
            [b"OK\n"] * 37 + [b"ACK [99@0] {addid} new\n"],
            "MPD gave an answer that is none of its protocol",
        ),
        (
            [b"OK\n"] * 37 + [b'ACK [5@0] {} unknown command "addid"\n'],
            'MPD refuses ([5@0] {} unknown command "addid")',
        ),
    ],
)
def test_an_mpd_that_fails_in_the_middle_says_how_far_it_came(answers, what):
    with impostor(answering(*answers)) as server, pytest.raises(QueueError) as told:
        add_to_queue(server, [f"{number}.wav" for number in range(100)])
    assert str(told.value) == f"{what} after 37 of 100 tracks"


def configured(beet, extra=""):
    beet.configure(extra)
    with as_at_the_start(beet.root):
        return tuple(settings.mpd_server())


@pytest.fixture
def _no_environment(monkeypatch):
    monkeypatch.delenv("MPD_HOST", raising=False)
    monkeypatch.delenv("MPD_PORT", raising=False)


@pytest.mark.usefixtures("_no_environment")
def test_mpd_is_where_beets_own_plugins_find_it(beet, monkeypatch):
    assert configured(beet) == ("localhost", 6600, "")
    ours = "mpd: {host: box, port: 6601, password: hush}\n"
    assert configured(beet, ours) == ("box", 6601, "hush")
    assert configured(beet, "mpd: {host: '', port: , password: }\n") == ("localhost", 6600, "")

    monkeypatch.setenv("MPD_HOST", "secret@radio")
    monkeypatch.setenv("MPD_PORT", "6602")
    assert configured(beet) == ("radio", 6602, "secret")
    assert configured(beet, "mpd: {password: hush}\n") == ("radio", 6602, "hush")
    assert configured(beet, ours) == ("box", 6601, "hush")
    assert configured(beet, "mpd: {host: box}\n") == ("box", 6602, "")


@pytest.mark.usefixtures("_no_environment")
@pytest.mark.parametrize(
    ("value", "host", "password"),
    [
        ("", "localhost", ""),
        ("secret@", "localhost", "secret"),
        ("@abstract", "@abstract", ""),
        ("secret@@abstract", "@abstract", "secret"),
        ("/home/me@work/socket", "/home/me@work/socket", ""),
        ("secret@~/me@work", "~/me@work", "secret"),
        ("s@cret@radio", "radio", "s@cret"),
        ("::1", "::1", ""),
    ],
)
def test_a_host_can_bring_its_password_as_with_mpc(beet, monkeypatch, value, host, password):
    monkeypatch.setenv("MPD_HOST", value)
    assert configured(beet) == (host, 6600, password)
    monkeypatch.delenv("MPD_HOST")
    assert configured(beet, f"mpd: {{host: '{value}'}}\n") == (host, 6600, password)


@pytest.mark.usefixtures("_no_environment")
@pytest.mark.parametrize(
    ("extra", "what"),
    [
        ("{host: 3}", "mpd.host: must be a string"),
        ("{port: '6600'}", "mpd.port: must be a whole number, not '6600'"),
        ("{port: 0}", "mpd.port: must be at least 1, not 0"),
        ("{port: 65536}", "mpd.port: must be at most 65535, not 65536"),
        ("{password: 1234}", "mpd.password: must be a string"),
        ("no", "mpd must be a collection, not bool"),
    ],
)
def test_a_wrong_setting_of_mpd_is_told_when_it_is_needed(beet, extra, what):
    with pytest.raises(confuse.ConfigError) as told:
        configured(beet, f"mpd: {extra}\n")
    assert str(told.value) == what
    assert "1234" not in beet("config")


@pytest.mark.usefixtures("_no_environment")
def test_a_wrong_port_of_the_environment_is_named_by_its_variable(beet, monkeypatch):
    monkeypatch.setenv("MPD_PORT", "here")
    with pytest.raises(confuse.ConfigError, match=r"^MPD_PORT: must be a whole number"):
        configured(beet)


@pytest.mark.usefixtures("_no_environment")
def test_the_configuration_is_shown_without_the_password(beet, monkeypatch):
    for secret in ("{password: sesame, host: box}", "{host: sesame@box}"):
        beet.configure(f"mpd: {secret}\n")
        for options in ((), ("-d",)):
            assert "sesame" not in beet("config", *options)
            assert "REDACTED" in beet("config", *options)
    assert "sesame" in beet("config", "--clear")

    monkeypatch.setenv("MPD_HOST", "sesame@box")
    beet.configure("plugins: mir mpdupdate\n")
    assert "sesame" not in beet("config", "-d")
    beet.configure("mpd: {host: box}\n")
    assert "host: box" in beet("config")
