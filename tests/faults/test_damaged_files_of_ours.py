"""What the plugin keeps, damaged: read, or refused in a line, and nothing else is lost.

Files with random bytes or of another version, attributes that somebody has put into the
library, a configuration of anything that YAML can say.
"""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import os
import random
import shutil
import sqlite3
import traceback
import warnings
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from beets import logging

from beetsplug.mir import fields, settings
from beetsplug.mir.clusters import model
from beetsplug.mir.commands.plot import colours, earlier
from beetsplug.mir.ground import arrays
from beetsplug.mir.library import playlists
from beetsplug.mir.sound.network import weights
from beetsplug.mir.space import places
from tests.beet import Beet
from tests.conftest import add_tracks, let_hear, soon

from . import LONG, times
from .damage import damaged

if TYPE_CHECKING:
    from collections.abc import Callable

ASSIGN = ("mircluster", "--assign")
EXTRACT = ("mirextract", "-q", "id:99999")  # which keeps the network, and has nothing to do
MAP = ("mirplot", "--map", "--only", "explained-variance", "-o", "pictures")
MODEL, PLANE, COLOURS, FIGURES, LISTS, NETWORK = FILES = (
    "library.db.mir-model.npz",
    "library.db.mir-plane.npz",
    "library.db.mir-colours.json",
    f"pictures/{earlier.MANIFEST}",
    f"playlists/{playlists.MANIFEST}",
    "mir-network.bin",
)

STRANGE = [
    None, True, False, 0, -1, 2**31, 10**30, 1.5, float("nan"), float("inf"), 1e300, "", "a",
    "\ud800", "\0", "../../x", "/", "a\nb", [], [1], ["a"], {}, {"a": 1}, [[]], [None],
]  # fmt: skip
"""What a JSON file can hold where something else is meant."""


@pytest.fixture(scope="module")
def everything(tmp_path_factory) -> Beet:
    """A library with all that the plugin keeps, and three tracks that are in no cluster."""
    beet = Beet(tmp_path_factory.mktemp("everything") / "beets")
    beet("ls")
    add_tracks(beet.root, 40, seed=1)
    let_hear(beet, 40)
    configure(beet)
    beet("mircluster", "-k", "4")
    beet("mircluster", "--line")
    beet(*MAP)
    add_tracks(beet.root, 3, seed=3)
    let_hear(beet, 43)
    (beet.playlists / "mine.m3u").write_text("mine\n")
    (beet.root / NETWORK).write_bytes(weights.pack(some_weights()))
    return beet


def configure(beet: Beet, extra: str = "") -> None:
    beet.configure(extra or f"mir: {{playlist_dir: {beet.playlists}}}\n")


def some_weights() -> weights.Weights:
    """Return weights of the right shapes, of a network that has learnt nothing."""
    lot = np.random.default_rng(0)

    def filters(*shape: int) -> weights.Filters:
        made = [lot.normal(0, 0.1, shape), *lot.normal(0, 0.1, (3, shape[-1]))]
        return weights.Filters(*(array.astype(np.float32) for array in made))

    front = [filters(7, 38, 4), filters(7, 67, 4), *(filters(n, 1, 4) for n in (128, 64, 32))]
    middle = [filters(7, 20, 8), filters(7, 8, 8), filters(7, 8, 8)]
    ones = np.ones(1, np.float32)
    tags = weights.Dense(np.zeros((200, 50), np.float32), np.zeros(50, np.float32))
    return weights.Weights(
        ones, ones, tuple(front), tuple(middle), filters(1, 2 * (20 + 3 * 8), 200), tags
    )


# --- files: by what reads them ----------------------------------------------------------


def read_model(path: Path) -> None:
    model.load(path)


def read_places(path: Path) -> None:
    found = places.load(path)
    assert np.isfinite(found.plane).all()


def read_colours(path: Path) -> None:
    for look in colours._known(path, logging.getLogger("beets.mir")).values():
        assert 0 <= look.place <= 1


def read_figures(path: Path) -> None:
    for name, drawn in earlier.read(path.parent).items():
        json.dumps([name, *drawn], ensure_ascii=False).encode()
        assert drawn.day is not None


def read_lists(path: Path) -> None:
    manifest = playlists._read_manifest(path.parent)
    if manifest is not None:
        playlists._write_manifest(path.parent, manifest)


def read_network(path: Path) -> None:
    weights.load.cache_clear()
    weights._tried(path, weights.read(path))


READERS = {
    MODEL: read_model, PLANE: read_places, COLOURS: read_colours, FIGURES: read_figures,
    LISTS: read_lists, NETWORK: read_network,
}  # fmt: skip

TOLD = (model.ModelError, places.PlacesError, weights.WeightsError)


def bytes_damaged(lot: random.Random, data: bytes) -> bytes:
    kinds = [
        lambda: damaged(lot, data, [data])[1],
        lambda: lot.randbytes(lot.randrange(3000)),
        lambda: data[: lot.randrange(len(data))],
        lambda: bytes(len(data)),
        lambda: b"",
        lambda: b"[" * 100_000,
        lambda: b'{"a":' * 100_000,
    ]
    return lot.choice(kinds)()


def said_otherwise(lot: random.Random, value: object) -> object:
    """Return JSON with something strange at one place of it."""
    if lot.random() < 0.2 or not isinstance(value, dict | list) or not value:
        return lot.choice(STRANGE)
    if isinstance(value, list):
        place = lot.randrange(len(value))
        return [*value[:place], said_otherwise(lot, value[place]), *value[place + 1 :]]
    key = lot.choice([*value])
    if lot.random() < 0.2:
        return {**value, str(lot.choice(STRANGE)): value[key]}
    return {**value, key: said_otherwise(lot, value[key])}


def npy(lot: random.Random, array: np.ndarray) -> bytes:
    """Return an array that is another one, or is none."""
    file = io.BytesIO()
    kind = lot.randrange(9)
    if kind == 0:
        np.save(file, np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    elif kind == 1:
        np.save(file, np.array(lot.choice(["a", 1, np.nan, True, 1j, np.datetime64("2026")])))
    elif kind == 2:
        np.save(file, array.ravel()[: lot.randrange(array.size + 1)])
    elif kind == 3:
        np.save(file, np.stack([array, array]))
    elif kind == 4 and array.dtype.kind in "fi":
        with np.errstate(all="ignore"):
            np.save(file, array.astype(lot.choice(["S8", "U4", "f2"])))
    elif kind < 7 and array.dtype.kind in "fi":
        changed = array.copy()
        most = (
            2**62 if array.dtype.kind == "i" else lot.choice([np.nan, np.inf, 1e38, 1e-38, 0])
        )
        changed.flat[lot.randrange(array.size)] = most
        np.save(file, changed)
    else:
        np.save(file, array)
        data = file.getvalue()
        shape = lot.choice([b"(9999999999,)", b"(-1,)", b"((((((", b"(1,", b"'a'", b"(2**40,)"])
        at = data.index(b"(")
        return data[:at] + shape + data[data.index(b"}") :]
    return file.getvalue()


def arrays_changed(lot: random.Random, data: bytes) -> bytes:
    """Return an .npz, right by its checksums, with one array changed, missing or too many."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    name = lot.choice([*entries])
    way = lot.randrange(10)
    array = np.load(io.BytesIO(entries[name]))
    if way == 0:
        del entries[name]
    elif way == 1:
        entries["more.npy"] = npy(lot, array)
    elif way == 2:
        return data_of_bomb()
    elif name == "about.npy":
        about = said_otherwise(lot, json.loads(str(array)))
        file = io.BytesIO()
        np.save(file, np.array(json.dumps(about)))
        entries[name] = file.getvalue()
    else:
        entries[name] = npy(lot, array)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for each, content in entries.items():
            archive.writestr(each, content)
    return out.getvalue()


@cache
def data_of_bomb() -> bytes:
    """Return 64 MB in 64 kB."""
    file = io.BytesIO()
    np.savez_compressed(file, bomb=np.zeros(1 << 23))
    return file.getvalue()


def changed(lot: random.Random, name: str, data: bytes) -> bytes:
    if lot.random() < 0.4:
        return bytes_damaged(lot, data)
    if name.endswith(".json"):
        return json.dumps(said_otherwise(lot, json.loads(data))).encode()
    if name == NETWORK:
        packed = arrays_changed(lot, data.partition(b"\n")[2])
        return weights._header(packed) + b"\n" + packed
    return arrays_changed(lot, data)


N_CHANGES = times(60, 1000)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_read_or_refused(everything: Beet, tmp_path, name, tally):
    whole = (everything.root / name).read_bytes()
    path = tmp_path / Path(name).name
    lot = random.Random(name)
    faults = []
    for _ in range(N_CHANGES):
        path.write_bytes(changed(lot, name, whole))
        faults += wrong(READERS[name], path)
    tally("files of ours changed, and read", tried=N_CHANGES, lost=len(faults))
    assert not faults, "\n\n".join(faults[:20])


def wrong(read: Callable[[Path], None], path: Path) -> list[str]:
    """Return what is wrong with how a file is read or refused."""
    try:
        read(path)
    except TOLD as exc:
        line = str(exc)
        return [] if str(path) in line and len(line.splitlines()) == 1 else [line]
    except Exception:
        return [traceback.format_exc()]
    return []


def test_an_archive_takes_no_more_memory_than_its_file(tmp_path):
    with pytest.raises(ValueError, match="more than there is"):
        arrays.unpack(data_of_bomb())


@pytest.mark.parametrize("array", [np.array([1j]), np.array([True]), np.array([b"a"])])
def test_what_is_neither_a_number_nor_a_text_is_no_array_of_ours(array):
    with pytest.raises(ValueError, match="neither numbers nor texts"):
        arrays.unpack(arrays.pack(a=array))


def test_a_model_whose_names_nothing_can_be_written_with_is_none(everything: Beet, tmp_path):
    found = arrays.unpack((everything.root / MODEL).read_bytes())
    about = json.loads(str(found["about"]))
    about["names"][0] = "\ud800"
    (tmp_path / "a").write_bytes(arrays.pack(**{**found, "about": json.dumps(about)}))

    with pytest.raises(model.ModelError, match="surrogates"):
        model.load(tmp_path / "a")


@pytest.mark.parametrize(
    "note",
    [
        {"\ud800.svg": ["print", 3, "", "2026-11-27"]},
        {"a.svg": ["print", 3, "\ud800", "2026-11-27"]},
        {"a.svg": ["print", float("inf"), "", "2026-11-27"]},
    ],
)
def test_a_note_on_figures_that_no_page_can_show_says_nothing(tmp_path, note):
    (tmp_path / earlier.MANIFEST).write_text(json.dumps(note))

    assert earlier.read(tmp_path) == {}


# --- files: through `beet` --------------------------------------------------------------

JOBS = {MODEL: ASSIGN, PLANE: MAP, COLOURS: MAP, FIGURES: MAP, LISTS: ASSIGN, NETWORK: EXTRACT}


def put_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def put_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def put_no_end(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def put_a_link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "nowhere" / "at all")


def put_too_much(path: Path) -> None:
    os.truncate(path, 1 << 40)


PLACED = [put_a_folder, put_a_pipe, put_no_end, put_a_link_to_nowhere, put_too_much]


def state(beet: Beet) -> dict[str, object]:
    """Return what no damage to a file of ours may touch."""
    with sqlite3.connect(beet.root / "library.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kinds = {kind for (kind,) in db.execute("SELECT typeof(value) FROM item_attributes")}
        ours = f"key LIKE 'mir%' AND key NOT IN ({', '.join('?' * len(_OF_CLUSTERS))})"
        values = db.execute(
            f"SELECT entity_id, key, value FROM item_attributes WHERE {ours} ORDER BY 1, 2",
            _OF_CLUSTERS,
        ).fetchall()
        items = db.execute("SELECT * FROM items ORDER BY id").fetchall()
    db.close()
    assert kinds == {"text"}
    assert not [value for *_, value in values if value in ("nan", "inf", "-inf")]
    return {
        "items": items,
        "values": values,
        "mine": (beet.playlists / "mine.m3u").read_text(),
        "music": sorted(os.listdir(beet.music)),
    }


_OF_CLUSTERS = (fields.CLUSTER, fields.NAME, fields.ORDER, fields.MODEL)


def ran(beet: Beet, *args: str) -> list[str]:
    """Run a command; return what is wrong with how it ended."""
    with warnings.catch_warnings(), soon():
        warnings.simplefilter("error")
        try:
            code, _, err = beet.run(*args)
        except Exception:
            return [f"{args}: {traceback.format_exc(limit=-4)}"]
    lines = err.splitlines()
    clear = code == 0 or (code == 1 and len(lines) >= 1)
    return (
        [] if clear and "Traceback" not in err and len(lines) < 6 else [f"{args}: {code} {err}"]
    )


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_costs_a_line_and_nothing_else(everything: Beet, tmp_path, name, tally):
    before = state(everything)
    lot = random.Random(name)
    faults = []
    n = times(1, len(PLACED) + 8)
    for number in range(n):
        beet = everything.copy(tmp_path / f"{number}")
        configure(beet)
        path = beet.root / name
        if LONG and number < len(PLACED):
            PLACED[number](path)
        else:
            path.write_bytes(changed(lot, name, path.read_bytes()))
        faults += ran(beet, *JOBS[name])
        if state(beet) != before:
            faults.append(f"{name} {number}: something else is changed")
        shutil.rmtree(beet.root)
    tally("files of ours changed, and a command run", tried=n, lost=len(faults))
    assert not faults, "\n\n".join(faults[:20])


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-9], bytes.swapcase])
def test_a_loop_whose_file_is_damaged_is_compiled_anew(tmp_path, suffix, damage):
    source = "from beetsplug.mir.ground.compiled import compiled\n"
    (tmp_path / "loops.py").write_text(source + "@compiled\ndef twice(x): return 2 * x\n")
    assert twice(tmp_path) == (6.0, 0)
    assert twice(tmp_path) == (6.0, 1)
    [path] = tmp_path.rglob(f"*.{suffix}")
    path.write_bytes(damage(path.read_bytes()))

    assert twice(tmp_path) == (6.0, 0)

    assert twice(tmp_path) == (6.0, 1)


def twice(folder: Path) -> tuple[float, int]:
    """Return twice three by a loop in a module there, and how often one was found compiled."""
    spec = importlib.util.spec_from_file_location("loops", folder / "loops.py")
    loops = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loops)
    return loops.twice(3.0), sum(loops.twice.stats.cache_hits.values())


PARTS = times(1, 8)  # of what follows, each of which lasts some minutes on a busy machine


# --- attributes -------------------------------------------------------------------------

VALUES: list[object] = [
    None, 0, -1, 1, 3, 10**18, -(2**63), 0.5, float("inf"), -1e308, "", " ", "0", "-1",
    "1", "2",
    "3", "1e9", "1" * 400, "nan", "inf", "-inf", "0x1f", "\u0663", "\xb2", "a", "a\nb\x1b[2J",
    "\u202e", "\0", "x" * 100_000, "[]", "2-60", "2-whole", "2-", "1-60", "9-9", "-",
    "; ;", "#EXTM3U",
    "../../x", b"", b"\xff\xfe", b"1", b"\0" * 1000, "AAAA", "AA" * 72, "/" * 72 * 3,
    base64.b64encode(np.full(42, np.nan, "<f4")).decode(),
    base64.b64encode(np.full(42, 3e38, "<f4")).decode(),
    base64.b64encode(np.full(42, 0, "<f4")).decode(),
    base64.b64encode(np.full(200, np.inf, "<f2")).decode(),
    base64.b64encode(np.full(200, 6e4, "<f2")).decode(),
    base64.b64encode(np.full(200, 0, "<f2")).decode(),
    "\ufffe", "%if{", "$title", "<script>",
]  # fmt: skip

COMMANDS = [
    ("ls", "-f", " ".join(f"${field}" for field in fields.TYPES)),
    ("ls", "mircluster:1..", "mir_centroid:..500", "mir_error::."),
    ("ls", "sounds_like:1"),
    ("ls", "sounds:dark"),
    ("info", "-l"),
    ("mirextract", "-p"),
    ("mirextract", "-q", "id:1..2"),
    ("mircluster", "-y", "-k", "3"),
    ("mircluster", "-y", "-k", "3", "--cached", "-F", "classic"),
    ("mircluster", "--keep", "2", "Two"),
    ("mircluster", "--release", "1"),
    ("mircluster", "--snapshot", "then"),
    ("mircluster", "--line"),
    ASSIGN,
    MAP,
    ("mirsimilar", "id:1"),
    ("mirradio", "id:1"),
    ("mirpath", "id:1", "id:2"),
    ("mircheck",),
    ("modify", "-yWM", "title=x", "id:1"),
    ("rm", "-f", "id:5"),
]


def put(beet: Beet, lot: random.Random, n: int) -> list[tuple[str, str]]:
    """Put strange values into the attributes of some tracks; return what and where."""
    done = []
    with sqlite3.connect(beet.root / "library.db") as db:
        for _ in range(n):
            key, value = lot.choice([*fields.TYPES]), lot.choice(VALUES)
            whom = lot.choice(["= 1", "= 2", "< 9", "% 2", "> 0"])
            db.execute(
                f"DELETE FROM item_attributes WHERE key = ? AND entity_id {whom}", (key,)
            )
            db.execute(
                "INSERT INTO item_attributes (entity_id, key, value)"
                f" SELECT id, ?, ? FROM items WHERE id {whom}",
                (key, value),
            )
            done.append((f"{key} of {whom}", repr(value)[:60]))
    db.close()
    return done


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_an_attribute_holds_commands_go_on(everything: Beet, tmp_path, tally, part):
    lot = random.Random(f"attributes {part}")
    faults = []
    n = times(8, 25)
    for number in range(n):
        beet = everything.copy(tmp_path / f"{number}")
        configure(beet)
        done = put(beet, lot, lot.choice([1, 3, 10]))
        command = lot.choice(COMMANDS)
        if found := ran(beet, *command):
            faults.append(f"{done} {found}")
        shutil.rmtree(beet.root)
    tally("attributes of any value, and a command run", tried=n, lost=len(faults))
    assert not faults, "\n\n".join(faults[:20])


# --- the configuration ------------------------------------------------------------------

TEXTS = [
    "", "~", "true", "false", "0", "-1", "1", "2", "3.5", "1e3", ".nan", ".inf", "-.inf",
    "1e308",
    "9" * 30, "-" + "9" * 30, '""', '" "', "a", "auto", '"0"', '"-1"', '"5"', '"\u0663"',
    '"\xb2"',
    "2h", "9" * 400 + "h", "1.5d 3m", "0h", '"\\0"', '"\\ud800"', '"a\\nb"', "../../x", "/",
    "~nobody/x", "/dev/null", "/dev/null/x", "$name", '"%if{"', '"${"', '"$cluster"',
    "x" * 5000,
    "[]", "[1]", "[a, b]", "{}", "{a: 1}", "2026-01-01", "!!binary aGk=", "!!set {a}",
    "[[[[1]]]]",
    "kmeans", "pca", "network", "classic", "m3u", "svg", "absolute", "*", '"*"', "&a 3",
    "genre",
]  # fmt: skip

CONFIGURED = [
    ("ls", "id:1"),
    ("mirextract", "-p"),
    ("mirextract", "-q", "id:1"),
    ("mircluster", "-p", "-k", "3"),
    ("mircluster", "-p"),
    ("mircluster", "-y"),
    ("mircluster", "--line"),
    ASSIGN,
    ("mirplot", "--map", "-o", "pictures"),
    ("mirplot", "--only", "explained-variance"),
    ("mirplot", "--track", "id:1"),
    ("mirsimilar", "id:1"),
    ("mirradio", "id:1"),
    ("mirpath", "id:1", "id:2"),
    ("mirfollow", "-p", "id:1"),
    ("mircheck",),
    ("modify", "-yWM", "title=x", "id:1"),
    ("import", "-q", "-A", "--singletons", "nothing.wav"),
]


@pytest.mark.parametrize("text", [r'"\0"', r'"\ud800"'])
@pytest.mark.parametrize(
    ("option", "command"),
    [
        ("out_dir", ("mirplot", "--map")),
        ("playlist_dir", ("mircluster", "-k", "3")),
        ("relative_to", ("mircluster", "-k", "3")),
        ("playlist", ("mirextract", "-p")),
    ],
)
def test_what_no_file_can_be_called_is_told(everything: Beet, tmp_path, option, command, text):
    beet = everything.copy(tmp_path / "beets")
    configure(beet, f"mir: {{{option}: {text}}}\n")

    code, _, err = beet.run(*command)

    assert code == 1
    (line,) = err.splitlines()
    assert f"mir.{option}: no file can be called" in line


LEFT_OUT = "`mir:` holds no settings and is left out"


def test_an_empty_section_is_none(everything: Beet, tmp_path):
    beet = everything.copy(tmp_path / "beets")
    for text, said in (("", ""), ("~", ""), *((text, LEFT_OUT) for text in ("[3]", "3", "a"))):
        configure(beet, f"mir: {text}\n")

        code, out, err = beet.run("ls", "-f", "$mircluster", "id:1")

        assert (code, out.strip().isdecimal()) == (0, True)
        assert said in err
        assert len(err.splitlines()) == bool(said)


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_the_configuration_says_a_command_works_or_tells(
    everything: Beet, tmp_path, tally, part
):
    lot = random.Random(f"settings {part}")
    faults = []
    n = times(12, 40)
    beet = everything.copy(tmp_path / "beets")
    for _ in range(n):
        option, text, command = (
            lot.choice([*settings.DEFAULTS]),
            lot.choice(TEXTS),
            lot.choice(CONFIGURED),
        )
        extra = f"  {option}: {text}\n"
        if option != "playlist_dir":
            extra += f"  playlist_dir: {beet.playlists}\n"
        configure(beet, f"mpd: {{port: 1}}\nmir:\n{extra}")
        faults += [f"{extra} {found}" for found in ran(beet, *command)]
    configure(beet)
    assert state(beet)
    tally("settings of any value, and a command run", tried=n, lost=len(faults))
    assert not faults, "\n\n".join(faults[:20])
