"""What 10,000, 100,000 and 1,000,000 tracks cost: time, memory, disk, and how that grows.

    python benchmarks/scale.py [--values library.db ...] [--folder FOLDER] [--keep]
        [--tracks 10000 100000 1000000] [--only ROW ...] [--list] [--table] [--write]

Libraries are made by SQL in the folder, once, and stay with --keep: each track is a mixture of
two real ones that sound alike, and noise; the real ones are those of analysed libraries
(--values), or else of the music in --music, which is analysed first. Files are there, empty: a
million of them takes as many inodes and 4 GB for the folders; the database takes 4 GB.

Each row is a `beet` in a process of its own. CPU seconds are those of it and its children;
memory is the most that all of them had together (their PSS, asked for every half second) or one
of them at any time. What is measured is kept in the folder (results.json), so that the table
can come of several runs, of some rows and sizes each.

Growth is the exponent e in seconds ~ tracks^e between two sizes, of CPU seconds, without those
that the same command takes of 100 tracks: its start. It is not told of less than LEAST of them.
"""

from __future__ import annotations

import argparse
import base64
import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from report import replace_section

from beetsplug.mir import fields, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
SIZES = (10_000, 100_000, 1_000_000)
START = 100  # tracks, of which a command's start is taken
LEAST = 0.3  # CPU seconds beyond that, from which on a growth is told
NEIGHBOURS = 10
NOISE = 0.5  # in standard deviations of each value: then as many sound the same as of real ones
OF_ALBUM, ALBUMS_OF_ARTIST = 12, 3
OF_ARTIST = OF_ALBUM * ALBUMS_OF_ARTIST
MTIME = 1_700_000_000
AT_A_TIME = 10_000
EVERY = 0.5  # s
CLUSTER = 5
OURS = (fields.CLUSTER, fields.ORDER, fields.NAME, fields.MODEL)


# --- libraries ---


class Real(NamedTuple):
    """Real tracks that others are made of."""

    classic: NDArray[np.float32]  # (n_tracks, 42)
    network: NDArray[np.float32]  # (n_tracks, 200)
    tags: list[str]
    genres: list[str]


def real(libraries: list[Path]) -> Real:
    """Return the tracks of libraries that have both feature sets."""
    keys = (fields.VECTOR, fields.NETWORK, fields.TAGS)
    joins = " ".join(
        f"JOIN item_attributes AS {key} ON {key}.entity_id = items.id AND {key}.key = '{key}'"
        for key in keys
    )
    values = ", ".join(f"{key}.value" for key in keys)
    found = []
    for path in libraries:
        with closing(sqlite3.connect(path)) as db:
            found += db.execute(f"SELECT {values}, genres, path FROM items {joins}").fetchall()
    if len(found) <= NEIGHBOURS:
        sys.exit(f"only {len(found)} tracks have both feature sets")
    vectors, heard, tags, genres, paths = zip(*found, strict=True)
    folders = [os.fsdecode(path).split("/")[-2:][0] for path in paths]
    return Real(
        np.array([np.frombuffer(base64.b64decode(text), "<f4") for text in vectors]),
        np.array([np.frombuffer(base64.b64decode(text), "<f2") for text in heard], "f4"),
        list(tags),
        [genre or folder for genre, folder in zip(genres, folders, strict=True)],
    )


class MadeUp(NamedTuple):
    """Which real tracks each one is a mixture of; whose title is whose."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    share: NDArray[np.float32]
    album: NDArray[np.int64]


def made_up(rows: Real, n_tracks: int) -> MadeUp:
    """Draw tracks; those of an album, and of an artist, sound alike and come together."""
    from sklearn.neighbors import NearestNeighbors

    random = np.random.default_rng(n_tracks)
    Z = (rows.network - rows.network.mean(axis=0)) / (rows.network.std(axis=0) + 1e-6)
    near = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(Z).kneighbors(return_distance=False)
    one = np.sort(random.integers(len(Z), size=n_tracks))
    artists = np.split(one, range(OF_ARTIST, n_tracks, OF_ARTIST))
    one = np.concatenate([artists[number] for number in random.permutation(len(artists))])
    other = near[one, random.integers(NEIGHBOURS, size=n_tracks)]
    album = np.arange(n_tracks) // OF_ALBUM
    return MadeUp(one, other, random.random(n_tracks, "f4"), album)


def mixed(
    X: NDArray[np.float32], of: MadeUp, block: slice, random: np.random.Generator
) -> NDArray[np.float32]:
    share = of.share[block, None]
    noise = random.standard_normal((len(share), X.shape[1]), "f4") * NOISE * X.std(axis=0)
    mixture = share * X[of.one[block]] + (1 - share) * X[of.other[block]] + noise
    return np.clip(mixture, X.min(axis=0), X.max(axis=0))


def build(folder: Path, rows: Real, n_tracks: int) -> None:
    """Make a library as `beet import` and `beet mirextract` leave it."""
    music, path = folder / "music", folder / "library.db"
    music.mkdir(parents=True)
    (folder / "config.yaml").write_text(config(folder, "mir"))
    beet(folder, ["ls"])  # makes the tables
    of, random = made_up(rows, n_tracks), np.random.default_rng(0)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in ("PRAGMA synchronous = OFF", "PRAGMA journal_mode = OFF", "BEGIN"):
            db.execute(statement)
        for start in range(0, n_tracks, AT_A_TIME):
            block = slice(start, min(start + AT_A_TIME, n_tracks))
            ids = range(block.start + 1, block.stop + 1)
            seconds = random.uniform(120, 420, len(ids)).tolist()
            store_items(db, music, rows, of, ids, seconds)
            classic = mixed(rows.classic, of, block, random)
            heard = mixed(rows.network, of, block, random).astype("<f2")
            tags = [rows.tags[row] for row in of.one[block]]
            db.executemany(
                "INSERT INTO item_attributes (entity_id, key, value) VALUES (?, ?, ?)",
                attributes(ids, seconds, classic, heard, tags),
            )
        db.execute("COMMIT")
    beet(folder, ["mirextract", "-q", "id:1"])  # keeps the network


def store_items(
    db: sqlite3.Connection,
    music: Path,
    rows: Real,
    of: MadeUp,
    ids: range,
    seconds: list[float],
) -> None:
    items = []
    for id_, length in zip(ids, seconds, strict=True):
        album, genre = int(of.album[id_ - 1]), rows.genres[of.one[id_ - 1]]
        artist = album // ALBUMS_OF_ARTIST
        where = f"Artist {artist}/Album {album}/{id_ % OF_ALBUM + 1:02} Title {id_}.ogg"
        empty(music / where)
        items.append(
            (id_, where.encode(), album + 1, f"Title {id_}", f"Artist {artist}", genre,
             f"Album {album}", f"Artist {artist}", length, id_ % OF_ALBUM + 1,
             1960 + album % 60, f"00000000-0000-0000-0000-{id_:012}", MTIME)
        )  # fmt: skip
    db.executemany(
        "INSERT INTO items (id, path, album_id, title, artist, genres, album, albumartist,"
        " length, track, year, mb_trackid, mtime, added, format, samplerate, channels, bitrate)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'OGG', 44100, 2, 192000)",
        items,
    )
    db.executemany(
        "INSERT OR IGNORE INTO albums (id, albumartist, album, genres, year, added)"
        " VALUES (?, ?, ?, ?, ?, 0)",
        [(item[2], item[7], item[6], item[5], item[10]) for item in items],
    )


def empty(path: Path) -> None:
    try:
        file = os.open(path, os.O_CREAT | os.O_WRONLY)
    except FileNotFoundError:
        path.parent.mkdir(parents=True)
        file = os.open(path, os.O_CREAT | os.O_WRONLY)
    os.utime(file, (MTIME, MTIME))
    os.close(file)


def attributes(
    ids: range,
    seconds: list[float],
    classic: NDArray[np.float32],
    heard: NDArray[np.float16],
    tags: list[str],
) -> Iterator[tuple[int, str, str]]:
    columns = [names.VECTOR.index(f"{f.series}_{f.summary}") for f in names.FEATURES]
    values = classic[:, columns].astype(float).tolist()
    for row, id_ in enumerate(ids):
        for field, value in zip(fields.FEATURE_FIELDS, values[row], strict=True):
            yield id_, field, repr(value)
        yield id_, fields.VECTOR, packed(classic[row].astype("<f4"))
        yield id_, fields.VERSION, names.version(60)
        yield id_, fields.NETWORK, packed(heard[row])
        yield id_, fields.NETWORK_VERSION, names.version(60, names.NETWORK_VERSION)
        yield id_, fields.TAGS, tags[row]
        yield id_, fields.SOURCE, f"OGG 44100 Hz 2 ch {seconds[row]:.1f} s @{MTIME}"


def packed(values: NDArray) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")


def analysed(folder: Path, music: Path) -> Path:
    """Return a library of real music, which is made if it is not there."""
    if not (folder / "library.db").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.yaml").write_text(config(folder, "mir", music))
        beet(folder, ["import", "-q", "-A", "-C", str(music)])
        beet(folder, ["mirextract", "-q"])
    return folder / "library.db"


def config(folder: Path, plugins: str, music: Path | None = None) -> str:
    return (
        f"directory: {music or folder / 'music'}\nlibrary: {folder / 'library.db'}\n"
        f"plugins: [{plugins}]\ncreate_backup_before_migrations: no\n"
        "import: {write: no, move: no, copy: no, duplicate_action: keep}\n"
        f"mir: {{playlist_dir: {folder / 'playlists'}, out_dir: {folder / 'plots'}}}\n"
    )


# --- what is measured ---


class Row(NamedTuple):
    name: str
    title: str
    command: tuple[str, ...]
    note: str = ""
    before: Callable[[sqlite3.Connection], object] | None = None
    plugins: str = "mir"


def forget(where: str, keys: tuple[str, ...] = OURS) -> Callable[[sqlite3.Connection], object]:
    """Return what takes the clusters from some items."""
    marks = ", ".join("?" * len(keys))
    return lambda db: db.execute(
        f"DELETE FROM item_attributes WHERE key IN ({marks}) AND {where}", keys
    )


def same_tracks(db: sqlite3.Connection) -> None:
    """Let a fixed field match the very tracks that the cluster has."""
    db.execute("UPDATE items SET bpm = 0 WHERE bpm")
    db.execute(
        "UPDATE items SET bpm = 128 WHERE id IN (SELECT entity_id FROM item_attributes"
        " WHERE key = ? AND value = ?)",
        (fields.CLUSTER, str(CLUSTER)),
    )


ROWS = (
    Row("open", "`beet ls id:1`, beets alone", ("ls", "id:1"), plugins=""),
    Row("open-mir", "`beet ls id:1`", ("ls", "id:1")),
    Row("extract", "`mirextract`, nothing to do", ("mirextract",)),
    Row("cluster", "`mircluster`, the first time", ("mircluster",), before=forget("1")),
    Row("agglomerative", "`mircluster -m agglomerative`", ("mircluster", "-m", "agglomerative"),
        "in two stages"),
    Row("autoencoder", "`mircluster -e autoencoder`", ("mircluster", "-e", "autoencoder"),
        "trained on a sample"),
    Row("again", "`mircluster` again", ("mircluster",)),
    Row("assign", "`mircluster --assign` of 1 %", ("mircluster", "--assign"),
        before=forget("entity_id % 100 = 0")),
    Row("playlists", "playlists: `mircluster --assign` of nothing", ("mircluster", "--assign")),
    Row("fixed", "`beet ls bpm:128` of the same tracks, beets alone", ("ls", "bpm:128"),
        "", same_tracks, ""),
    Row("ls", f"`beet ls mircluster:{CLUSTER}`", ("ls", f"mircluster:{CLUSTER}")),
    Row("sounds", "`beet ls sounds:mellow:99..`", ("ls", "sounds:mellow:99..")),
    Row("sounds-like", "`beet ls sounds_like:17`", ("ls", "sounds_like:17")),
    Row("similar", "`mirsimilar 17`, the nearest 25", ("mirsimilar", "17", "-n", "25")),
    Row("radio", "`mirradio 17 -n 100`", ("mirradio", "17", "-n", "100")),
    Row("path", "`mirpath 17 18`", ("mirpath", "17", "18")),
    Row("line", "`mircluster --line`", ("mircluster", "--line")),
    Row("map", "`mirplot --map`", ("mirplot", "--map")),
    Row("plot", "`mirplot`", ("mirplot",)),
)  # fmt: skip


def measured(folder: Path, row: Row) -> dict[str, float]:
    """Run a row's command; return seconds, most memory, and the database's size (MB)."""
    (folder / "config.yaml").write_text(config(folder, row.plugins))
    database = folder / "library.db"
    if row.before:
        with closing(sqlite3.connect(database)) as db, db:
            row.before(db)
    found = beet(folder, list(row.command))
    (folder / "config.yaml").write_text(config(folder, "mir"))
    return {**found, "database": database.stat().st_size / 1e6}


def beet(folder: Path, command: list[str]) -> dict[str, float]:
    """Run `beet` in a process; stop if it fails."""
    environment = os.environ | {"BEETSDIR": str(folder)}
    start, peak = time.perf_counter(), 0.0
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "beets", *command],
            env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
        )  # fmt: skip
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, memory_of(process.pid))
            time.sleep(min(EVERY, 0.02 + (time.perf_counter() - start) / 20))
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        n_lines = sum(1 for _ in out)
        if process.returncode:
            sys.exit(f"beet {' '.join(command)}: {err.read()[-2000:]}")
    return {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": max(peak, usage.ru_maxrss / 1e3),
        "lines": n_lines,
    }


def memory_of(pid: int) -> float:
    """Return the memory of a process and all below it in MB, 0 where nobody tells."""
    total = 0.0
    with suppress(OSError, ValueError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(text.split("Pss:")[1].split()[0]) / 1e3
        for task in Path(f"/proc/{pid}/task").iterdir():
            children = (task / "children").read_text().split()
            total += sum(memory_of(int(child)) for child in children)
    return total


# --- the table ---


def growth(row: str, few: int, many: int, results: dict) -> float | None:
    """Return the exponent between two sizes, None if it takes too little to be told."""
    start, less, more = (results.get(str(n), {}).get(row) for n in (START, few, many))
    if not (start and less and more):
        return None
    one, two = (each["cpu"] - start["cpu"] for each in (less, more))
    if two < LEAST or one <= 0:
        return None
    return math.log(two / max(one, LEAST)) / math.log(many / few)


def table(results: dict, sizes: list[int]) -> str:
    there = [n for n in sizes if str(n) in results]
    steps = [*pairwise(there)]
    head = [f"{n:,}: CPU s (wall)" for n in there] + [f"growth to {b:,}" for _, b in steps]
    lines = [
        f"| | {' | '.join([*head, *[f'{n:,}: GB' for n in there]])} | |",
        f"|{'---|' * (2 + len(head) + len(there))}",
    ]
    for row in ROWS:
        found = [results[str(n)].get(row.name) for n in there]
        if not any(found):
            continue
        times = [f"{each['cpu']:.1f} ({each['wall']:.1f})" if each else "" for each in found]
        grown = [growth(row.name, *step, results) for step in steps]
        exponents = ["" if each is None else f"{each:.2f}" for each in grown]
        memory = [f"{each['peak'] / 1e3:.2f}" if each else "" for each in found]
        cells = " | ".join([*times, *exponents, *memory])
        lines.append(f"| {row.title} | {cells} | {row.note} |")
    return "\n".join([*lines, "", *disk(results, there)])


def disk(results: dict, there: list[int]) -> list[str]:
    built = [results[str(n)].get("database") for n in there]
    after = [results[str(n)].get("again", {}).get("database") for n in there]
    return [
        f"The database of {n:,} tracks takes {one:,.0f} MB when they are analysed"
        + (f", {two:,.0f} MB with clusters." if two else ".")
        for n, one, two in zip(there, built, after, strict=True)
        if one
    ]


# --- main ---


def run(options: argparse.Namespace, folder: Path) -> dict:
    if options.table:
        return known(folder)
    rows = [row for row in ROWS if not options.only or row.name in options.only]
    for n_tracks in [START, *options.tracks]:
        where = folder / str(n_tracks)
        if not (where / "built").exists():
            shutil.rmtree(where, ignore_errors=True)
            libraries = options.values or [analysed(folder / "rows", options.music)]
            start = time.perf_counter()
            build(where, real(libraries), n_tracks)
            (where / "built").touch()
            keep(folder, n_tracks, "database", (where / "library.db").stat().st_size / 1e6)
            print(f"{n_tracks:,} made in {time.perf_counter() - start:.0f} s", flush=True)
        for row in [] if options.build else rows:
            found = {**measured(where, row), "busy": os.getloadavg()[0]}
            keep(folder, n_tracks, row.name, found)
            told = "  ".join(f"{key} {value:,.1f}" for key, value in found.items())
            print(f"{n_tracks:>9,}  {row.name:<14} {told}", flush=True)
    return known(folder)


def known(folder: Path) -> dict:
    """Return what was measured in this folder, by size and row."""
    path = folder / "results.json"
    return json.loads(path.read_text()) if path.exists() else {}


def keep(folder: Path, n_tracks: int, name: str, value: object) -> None:
    results = known(folder)
    results.setdefault(str(n_tracks), {})[name] = value
    (folder / "results.json").write_text(json.dumps(results, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--values", type=Path, nargs="+", help="analysed libraries that tracks are made of")
    add("--music", type=Path, default=Path(".cache/music"), help="... or music, as the demo's")
    add("--folder", type=Path, default=Path(tempfile.gettempdir()) / "beets-mir-scale")
    add("--tracks", type=int, nargs="+", default=[*SIZES])
    add("--only", nargs="+", choices=[row.name for row in ROWS], metavar="ROW")
    add("--build", action="store_true", help="only make the libraries")
    add("--table", action="store_true", help="only print what is known")
    add("--keep", action="store_true", help="leave the libraries in the folder")
    add("--list", action="store_true", help="name the rows")
    add("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{row.name:<14} {row.title}" for row in ROWS))
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    results = run(options, options.folder)
    text = table(results, options.tracks)
    print(f"\n{text}")
    if options.write:
        replace_section(PAGE, "scale", text)
    if not options.keep and not options.table:
        for n_tracks in [START, *options.tracks]:
            shutil.rmtree(options.folder / str(n_tracks), ignore_errors=True)


if __name__ == "__main__":
    main()
