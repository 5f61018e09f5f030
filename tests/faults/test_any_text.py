"""Any text of tags, files and settings stays text: in playlists, names, MPD, pages, figures."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import tempfile
import threading
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import confuse
import numpy as np
import pytest
from beets import ui
from beets.dbcore.query import InvalidQueryArgumentValueError
from beets.library import Item, Library
from hypothesis import strategies as st

from beetsplug.mir import names
from beetsplug.mir.commands.cluster import publishing, snapshot
from beetsplug.mir.library import m3u, playlists, storing
from beetsplug.mir.library.entries import inexpressible, relative
from beetsplug.mir.library.formats import FORMATS, Listed, Playlist
from beetsplug.mir.library.mpd import QueueError, Server, add_to_queue
from beetsplug.mir.plots.catalogue import PLOTS, missing
from beetsplug.mir.plots.map import page
from beetsplug.mir.plots.material import Material
from beetsplug.mir.plots.plot import TENSORFLOW
from beetsplug.mir.plots.save import save
from beetsplug.mir.queries.sounds import SoundsQuery
from beetsplug.mir.queries.sounds_like import SoundsLikeQuery
from tests.beet import Beet
from tests.browser import in_chromium, opened
from tests.faults import LONG
from tests.faults.texts import HOSTILE, file_names, paths, texts
from tests.faults.trying import hold
from tests.map.libraries import Scripts, data_of
from tests.map.libraries import made_up as made_up_map
from tests.test_gallery import Parsed, figure, shown
from tests.test_gallery import library as of_gallery

WHAT = "any text through {}"
XSPF = "{http://xspf.org/ns/0/}"


def harmless(text: str) -> bool:
    """Say whether lines hold nothing that steers a terminal."""
    bad = ("Cc", "Cs", "Zl", "Zp")
    marks = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")
    return not any(unicodedata.category(c) in bad or c in marks for c in text.replace("\n", ""))


def said(error: type[Exception], work, *args):
    """Return what an error says, empty if there is none, and what comes of the work."""
    try:
        return "", work(*args)
    except error as exc:
        return str(exc), None


@contextlib.contextmanager
def folder():
    """Yield a new folder: Hypothesis needs one for each example."""
    path = Path(tempfile.mkdtemp())
    try:
        yield path
    finally:
        shutil.rmtree(path)


@pytest.fixture
def _no_power_cuts(monkeypatch):
    """Write files without a wait for the disk: what stands in them is asked for."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


# Playlists


def read_back(path: Path, form: str) -> list[bytes]:
    """Return the entries of a playlist as a reader of its format sees them."""
    data = path.read_bytes()
    if form == "xspf":
        locations = ET.fromstring(data).iter(f"{XSPF}location")
        return [unquote_to_bytes((found.text or "").encode()) for found in locations]
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    assert lines.pop() == b""
    if form == "pls":
        assert lines[0] == b"[playlist]"
        found = dict(line.split(b"=", 1) for line in lines[1:])
        n = int(found.pop(b"NumberOfEntries"))
        return [found[b"File%d" % number] for number in range(1, n + 1)]
    return [line for line in lines if not line.startswith(b"#")]


@pytest.mark.usefixtures("_no_power_cuts")
def test_playlists(tally):
    def check(tracks, title, form, extended):
        with folder() as root:
            music, lists = os.fsencode(root / "music"), root / "lists"
            listed = [
                Listed(os.path.join(music, path), artist, name, 1.0)
                for path, artist, name in tracks
            ]
            style = playlists.Style(music, form=form, extended=extended)
            outcome = playlists.write(
                lists, {"list": Playlist(title, listed)}, style,
                there=lambda paths: {*paths},
            )  # fmt: skip

            entry = relative(music)
            lines = [entry(track.path) for track in listed]
            wanted = [line for line in dict.fromkeys(lines) if not inexpressible(line)]
            found = read_back(lists / f"list.{form}", form)
            assert [line.removeprefix(b"./") for line in found] == wanted
            assert {path.name for path in lists.iterdir()} == {
                f"list.{form}",
                playlists.MANIFEST,
            }
            assert len(outcome.warnings) == sum(bool(inexpressible(line)) for line in lines)
            json.loads((lists / playlists.MANIFEST).read_bytes())
            if form.startswith("m3u"):  # and as we read those of others
                entries = m3u.read(os.fsencode(lists / f"list.{form}"), music)
                whole = [os.path.join(music, line) for line in wanted]
                assert m3u.known(entries, whole) == whole

    track = st.tuples(paths(), texts(), texts())
    hold(
        tally, WHAT.format("playlists, read back"), check,
        st.lists(track, min_size=1, max_size=4), texts(), st.sampled_from([*FORMATS]),
        st.booleans(), some=60, all_=2000,
        examples=[
            ([(b"\xef\xbb\xbfa.ogg", "", "")], "", "m3u", False),
            ([("\u200e.ogg".encode(), "", "")], "", "xspf", False),
        ],
    )  # fmt: skip


@pytest.mark.usefixtures("_no_power_cuts")
def test_names_of_playlists(tally):
    """Whatever clusters and the template are called, files lie in their folder."""

    def check(of_clusters, template, replacements):
        lib = SimpleNamespace(replacements=replacements)
        config = confuse.RootView([confuse.ConfigSource({"playlist_name": template})])
        told, found = said(
            ui.UserError, publishing._file_names, lib, dict(enumerate(of_clusters)), config
        )
        assert harmless(told)
        if told:
            return
        with folder() as root:
            lists = {name: Playlist(name, []) for name in found.values()}
            outcome = playlists.write(root / "lists", lists, playlists.Style(b"/music"))
            assert len(outcome.written) == len(of_clusters)
            assert [path.name for path in root.iterdir()] == ["lists"]
            files = {path.name for path in (root / "lists").iterdir()} - {playlists.MANIFEST}
            assert files == {f"{name}.m3u" for name in found.values()}
            for path in (root / "lists").glob("*.m3u"):  # now they are somebody else's
                path.write_bytes(b"mine")
            playlists.write(root / "lists", lists, playlists.Style(b"/music"))
            assert all(path.read_bytes() == b"mine" for path in (root / "lists").glob("*.m3u"))

    beets_own = [(re.compile(r"[\\/]"), "_"), (re.compile(r"^\."), "_")]
    template = st.one_of(
        st.sampled_from(["$cluster $name", "$name", "mir-$cluster", "../$name $cluster"]),
        st.builds("{} $cluster {} $name".format, texts(), texts()),
    )
    hold(
        tally, WHAT.format("names of playlists"), check,
        st.lists(texts(), min_size=1, max_size=3), template,
        st.sampled_from([[], beets_own]), some=60, all_=2000,
        examples=[(["a\0b"], "$name", []), (["\ud800"], "$name", []), ([".."], "$name", [])],
    )  # fmt: skip


def test_names_of_snapshots(tally):
    def check(name):
        told, found = said(ui.UserError, snapshot._checked, name)
        assert told or os.path.basename(found) == found == name
        assert told or harmless(name)
        assert name not in (".", "..") or told

    hold(tally, WHAT.format("names of snapshots"), check, texts(), some=80, all_=3000)


# Queries


def test_queries(tally):
    def check(text, query):
        told, _ = said(InvalidQueryArgumentValueError, query, "sounds", text)
        assert harmless(told)

    hold(
        tally, WHAT.format("queries"), check, texts(),
        st.sampled_from([SoundsQuery, SoundsLikeQuery]), some=80, all_=3000,
        examples=[("\x1b[31m", SoundsQuery), ("0:\x1b[31m", SoundsLikeQuery)],
    )  # fmt: skip


# MPD


class Recording:
    """An MPD that knows everything and takes down each line that it is told."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._listening.getsockname()[1]

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(timeout=60)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                with connection, connection.makefile("rb") as lines:
                    connection.sendall(b"OK MPD 0.23.0\n")
                    for line in lines:
                        self.lines.append(line)
                        connection.sendall(self.answer(line))

    def answer(self, line: bytes) -> bytes:
        return b"Id: 1\nOK\n" if line.startswith(b"addid ") else b"OK\n"


class Refusing(Recording):
    """An MPD that takes no password."""

    def answer(self, line: bytes) -> bytes:
        if line.startswith(b"password"):
            return b"ACK [3@0] {password} incorrect password\n"
        return super().answer(line)


@pytest.fixture
def recording():
    server = Recording()
    yield server
    server.close()


def unquoted(argument: bytes) -> str:
    """Return what MPD reads of an argument in quotes."""
    assert argument[:1] == argument[-1:] == b'"'
    inner = argument[1:-1]
    assert not re.search(rb'(?<!\\)(?:\\\\)*"', inner)
    return re.sub(rb"\\(.)", rb"\1", inner, flags=re.DOTALL).decode()


def test_commands_to_mpd(tally, recording):
    def check(uris, password):
        recording.lines.clear()
        server = Server("127.0.0.1", recording.port, password)
        refused, added = said(QueueError, add_to_queue, server, uris)
        if refused:
            assert refused == "mpd.password: has a line break, or is no UTF-8, or too long"
            assert not any(line.startswith(b"addid") for line in recording.lines)
            return
        told = [line.removesuffix(b"\n") for line in recording.lines]
        commands = [line.split(b" ", 1) for line in told]
        assert {words[0] for words in commands} <= {
            b"password", b"notcommands", b"addid", b"search"
        }  # fmt: skip
        asked = [unquoted(words[1]) for words in commands if words[0] == b"addid"]
        assert asked == [uri for uri in uris if uri not in added.unknown]
        assert added.n_added + len(added.unknown) == len(uris)

    hold(
        tally, WHAT.format("commands to MPD"), check,
        st.lists(st.one_of(texts(), paths().map(os.fsdecode)), max_size=5),
        st.one_of(st.just(""), texts()), some=40, all_=1500,
        examples=[(['x"\naddid "y', "a\\", 'b"', "c\r", "\udcff"], "")],
    )  # fmt: skip


@pytest.mark.parametrize("settings", ["password: sesame", "host: sesame@127.0.0.1", ""])
def test_the_password_is_nowhere_to_be_read(tally, tmp_path, made_up, monkeypatch, settings):
    """Neither where it is refused, nor where nobody answers, nor in what is configured."""
    monkeypatch.delenv("MPD_HOST", raising=False)
    monkeypatch.delenv("MPD_PORT", raising=False)
    server = Refusing()
    n_tried = 0
    commands = (
        ("-vv", "mirradio", "1", "-n", "2", "--mpd"), ("-vv", "config"), ("config", "-d"),
        ("-vv", "mirsimilar", "1", "--mpd"),
    )  # fmt: skip
    try:
        for port in (server.port, 1):
            here = "" if settings.startswith("host") else "host: 127.0.0.1, "
            section = f"mpd: {{{here}{settings}, port: {port}}}\n"
            if not settings:
                monkeypatch.setenv("MPD_HOST", "sesame@127.0.0.1")
                section = f"mpd: {{port: {port}}}\n"
            made_up.configure(section)
            for command in commands:
                _, out, err = made_up.run(*command)
                assert "sesame" not in out + err
                assert "Traceback" not in err or "sesame" not in err
                n_tried += 1
        assert any(line.startswith(b"password") for line in server.lines)
    finally:
        server.close()
        tally("MPD's password in outputs, logs and settings", tried=n_tried, lost=0)


@pytest.mark.parametrize(
    "section",
    ["{host: [sesame@box]}", "{host: {sesame: 1}}", "{password: [sesame]}", "sesame@box"],
)
def test_a_password_in_a_setting_of_a_wrong_type_is_not_shown(beet: Beet, section):
    beet.configure(f"mpd: {section}\n")

    for options in ((), ("-d",)):
        _, out, err = beet.run("config", *options)
        assert "sesame" not in out + err


# Pages


def outline(html: str) -> list[tuple]:
    """Return the elements of a page with the names of their attributes."""
    found = Parsed(html)
    return [tag for tag in found.tags if tag not in (("bdi",), ("span", "class"))]


def test_the_page_of_figures(tally):
    usual = outline(shown(of_gallery(query="x"), [figure()]))

    def check(text):
        html = shown(of_gallery(text, query=text or "x"), [figure()])
        html.encode()
        assert outline(html) == usual
        assert not set(html) & set("\0\x1b\x07\x9b")

    hold(
        tally, WHAT.format("the page of figures"), check, texts(), some=8, all_=500,
        examples=[("<img src=x onerror=alert(1)>",), ("</bdi><p>",)],
    )  # fmt: skip


def test_the_map(tally):
    usual = Scripts(page({"title": "x"}))

    def check(text, key):
        html = page({"title": text, key: [text]})
        html.encode()
        found = Scripts(html)
        assert [script[0] for script in found.scripts] == [s[0] for s in usual.scripts]
        assert data_of(html)["title"] == text

    hold(
        tally, WHAT.format("the map"), check, texts(), texts(), some=4, all_=200,
        examples=[("</script><script>alert(1)", "<!--<script>")],
    )  # fmt: skip


@pytest.mark.skipif(not LONG, reason="tests/map has a page of hostile titles")
@in_chromium
def test_the_map_in_a_browser(tally, browser, tmp_path):
    tried = 0
    for start in range(0, len(HOSTILE), 20):
        titles = list(HOSTILE[start : start + 20])
        library = made_up_map(60, titles=titles)
        path = tmp_path / "map.html"
        path.write_text(library.page())
        with opened(browser, path) as (tab, troubles):
            tab.wait_for_selector("canvas")
            assert not troubles
            assert tab.evaluate("document.scripts.length") == 2
        tried += len(titles)
    tally(WHAT.format("the map in Chromium"), tried=tried, lost=0)


# Figures


def test_figures(tally, without_tensorflow):
    drawn = [name for name, plot in PLOTS.items() if TENSORFLOW not in plot.needs]
    some = drawn if LONG else ["features-by-genre", "genre-order"]
    X = np.random.default_rng(0).normal(size=(40, 16))

    def check(genres, name):
        of_tracks = [genres[number % len(genres)] for number in range(40)]
        material = Material(X=X, genres=of_tracks, ids=np.arange(40) % 3 + 1, epochs=3)
        if missing(PLOTS[name], material):
            return
        with folder() as root:
            save(PLOTS[name].draw(material), root / "a.svg")
            ET.fromstring((root / "a.svg").read_bytes())

    hold(
        tally, WHAT.format("figures"), check, st.lists(texts(), min_size=2, max_size=5),
        st.sampled_from(some), some=2, all_=60,
        examples=[(["$x$", "$\\frac{", "\0\x1b"], some[0])],
    )  # fmt: skip


# Whole stories


def hostile_library(beet: Beet, tags: list[tuple[str, str, str]], files: list[bytes]) -> None:
    """Fill a library with analysed tracks of these titles, artists and genres."""
    beet("ls")
    lib = Library(str(beet.root / "library.db"), str(beet.root / "music"))
    centres = np.random.default_rng(0).normal(0, 2, (4, 42))
    with lib.transaction():
        for number, (title, artist, genre) in enumerate(tags):
            path = os.path.join(
                os.fsencode(beet.music), b"%d " % number + files[number % len(files)]
            )
            Path(os.fsdecode(path)).touch()
            values = centres[number % 4] + np.random.default_rng(number).normal(0, 1, 42)
            item = Item(path=path, title=title, artist=artist, album=genre, genres=[genre])
            lib.add(item)
            storing.store_features(
                item, dict(zip(names.VECTOR, values, strict=True)), names.version(60), "print"
            )
    lib._close()


@pytest.mark.usefixtures("_no_power_cuts")
def test_whole_stories(tally, tmp_path):
    n_run = 0

    def check(tags, files, kept, form):
        nonlocal n_run
        n_run += 1
        beet = Beet(tmp_path / f"beets {n_run}")
        settings = {
            "playlist_dir": str(beet.playlists), "playlist_name": "$cluster $name",
            "playlist_format": form, "extended": True, "playlist_outside": "absolute",
        }  # fmt: skip
        beet.configure(f"mir: {json.dumps(settings)}\n")
        hostile_library(beet, [tags[number % len(tags)] for number in range(24)], files)
        before = {path.name for path in beet.root.iterdir()}
        commands = [
            ("mircluster", "-k", "3"), ("mircluster", "--keep", "1", "--", kept),
            ("mircluster", "-k", "3", "-y"), ("mirsimilar", "1", "--why"),
            ("mirradio", "1", "-n", "5"), ("mirpath", "1", "9", "-n", "5"),
            ("mircheck", "--duplicates"), ("mirextract", "-p", "-f"),
            ("mircluster", "--line"), ("mircluster", "--snapshot", kept),
            ("ls", "-f", "$mircluster_name"), ("mirplot", "--list"),
            ("mirplot", "--map", "--only", "features-by-genre"),
        ]  # fmt: skip
        for command in commands if LONG else commands[:-1]:
            code, out, err = beet.run(*command)
            assert code in (0, 1), err
            assert "Traceback" not in err
            assert harmless(out + err), (command, out, err)
            if command[0] == "mircluster" and not {"--keep", "--snapshot"} & {*command}:
                assert code == 0, err
        for path in beet.playlists.glob(f"*.{form}"):
            for line in read_back(path, form):
                file = line if line.startswith(b"/") else os.path.join(
                    os.fsencode(beet.music), line.removeprefix(b"./")
                )  # fmt: skip
                assert os.path.isfile(file)
        made = {path.name for path in beet.root.iterdir()} - before
        assert made <= {"playlists", "mir-plots", "mir-model.npz", "state.pickle"} | {
            name for name in made if name.startswith(("library.db", "mir-"))
        }
        if LONG:
            Parsed((beet.root / "mir-plots" / "index.html").read_text())
            Scripts((beet.root / "mir-plots" / "map.html").read_text())
        shutil.rmtree(beet.root)

    stored = texts(stored=True)
    tags = st.lists(st.tuples(stored, stored, stored), min_size=1, max_size=24)
    hold(
        tally, WHAT.format("whole stories of `beet`"), check, tags,
        st.lists(file_names(), min_size=1, max_size=5), stored,
        st.sampled_from([*FORMATS]), some=1, all_=8,
    )  # fmt: skip
