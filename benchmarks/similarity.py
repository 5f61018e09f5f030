"""The cost of neighbours, radios and paths in a large library, beside other tools.

    python -m venv /tmp/musly && /tmp/musly/bin/pip install pymusly
    python benchmarks/similarity.py --musly /tmp/musly/bin/python --million [--write]

Builds a library of --tracks tracks that have network values: each a mixture of a row and one
of its hundred nearest, with a little noise. The rows are those of --library, a beets library
that was heard by the network, or made up. --database takes a library as it is, instead.

Each part is a process of its own; its peak memory is that of all of it, with Python and what
is imported. The library has just been written: it is read from memory, not from the disk.
Neighbours, radios and paths start each time from a space in which nothing is measured yet, as
in a command. musly and bliss-audio search values of their own, made up: what they cost does
not depend on them.
"""

from __future__ import annotations

import argparse
import base64
import importlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
from report import replace_section

from beetsplug.mir import fields, names

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
N_SEEDS = 20
N_NEAREST, N_RADIO, N_PATH = 25, 100, 20
N_LISTED, N_TIMES = 20_000, 5
MILLION = 1_000_000
N_BLISS = 23
OF_ONE_ARTIST = 12
CHOSEN = "bench_chosen"
AT_A_TIME = 1000
MOST_ROWS = 10_000
BY_MUSLY = f"""
import sys, time, numpy as np, pymusly
n, random, tracks = int(sys.argv[1]), np.random.default_rng(0), []
jukebox = pymusly.MuslyJukebox()
for width in np.geomspace(1, 30, 40):  # half a minute of noise each, more and more muffled
    shape = random.normal(size=64) * np.exp(-np.arange(64) / width)
    y = np.convolve(random.normal(size=30 * 22050), shape, "same")
    tracks.append(jukebox.track_from_audiodata((y / 10 / y.std()).tolist()))
jukebox.set_style(tracks)
numbered = [(i, tracks[i % len(tracks)]) for i in range(n)]
jukebox.add_tracks(numbered)
took = []
for seed in range({N_SEEDS}):
    start = time.perf_counter()
    far = np.array(jukebox.compute_similarity(numbered[seed], numbered))
    near = np.argpartition(far, {N_NEAREST})[:{N_NEAREST}]
    near[np.argsort(far[near])]
    took.append(time.perf_counter() - start)
print(np.median(took))
"""


# --- made-up libraries ---


def source(library: Path | None) -> np.ndarray:
    """Return rows of network values that tracks are made of."""
    if library:
        from beets.library import Library

        from beetsplug.mir.library.sounding import read_sounds

        values = read_sounds(Library(os.fsencode(library)), names.NETWORK).values
        drawn = np.random.default_rng(0).permutation(len(values))[:MOST_ROWS]
        return values[drawn].astype("f4")
    from planes import made_up

    return made_up().astype("f4")


def grown(rows: np.ndarray, n_tracks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return values (n_tracks, 200), as a library keeps them, and the row each comes from."""
    from planes import nearest

    random = np.random.default_rng(0)
    near = nearest(rows, min(100, len(rows) - 1))
    one = random.integers(len(rows), size=n_tracks)
    other = near[one, random.integers(near.shape[1], size=n_tracks)]
    X = np.empty((n_tracks, rows.shape[1]), "<f2")
    deviation = rows.std(axis=0)
    for start in range(0, n_tracks, 20_000):
        block = slice(start, start + 20_000)
        share = random.random((len(one[block]), 1), "f4")
        noise = 0.1 * deviation * random.standard_normal((len(share), rows.shape[1]), "f4")
        X[block] = share * rows[one[block]] + (1 - share) * rows[other[block]] + noise
    return X, one


def build(folder: str, n_tracks: str, library: str = "") -> dict:
    """Make a library in a folder."""
    return {
        "path": str(filled(Path(folder), int(n_tracks), Path(library) if library else None))
    }


def filled(folder: Path, n_tracks: int, library: Path | None) -> Path:
    """Make a library with all that an analysis stores; return its path."""
    from beets.library import Library

    path = folder / "library.db"
    Library(os.fsencode(path), os.fsencode(folder))._close()  # its tables
    X, of_row = grown(source(library), n_tracks)
    random = np.random.default_rng(1)
    artists = np.empty(n_tracks, np.int64)  # whose tracks sound alike
    artists[np.argsort(of_row, kind="stable")] = np.arange(n_tracks) // OF_ONE_ARTIST
    seconds = random.uniform(120, 420, n_tracks)
    classic = random.standard_normal((n_tracks, len(names.FEATURES)))
    vector = "A" * len(base64.b64encode(bytes(4 * len(names.VECTOR))))
    with sqlite3.connect(path) as db:
        for start in range(0, n_tracks, AT_A_TIME):
            rows = range(start, min(start + AT_A_TIME, n_tracks))
            db.executemany(
                "INSERT INTO items (id, path, title, artist, genres, album, length, mb_trackid,"
                " added, mtime) VALUES (?, ?, ?, ?, 'Rock', ?, ?, ?, 0, 0)",
                [
                    (row + 1, f"{row // 1000}/{row}.ogg".encode(), f"Title {row}",
                     f"Artist {artists[row]}", f"Album {artists[row]}", float(seconds[row]),
                     f"00000000-0000-0000-0000-{row:012}")
                    for row in rows
                ],
            )  # fmt: skip
            stored = (
                (row + 1, key, value)
                for row in rows
                for key, value in [
                    (fields.VERSION, names.version(60)),
                    (fields.VECTOR, vector),
                    *zip(fields.FEATURE_FIELDS, map(repr, classic[row].tolist()), strict=True),
                    (fields.NETWORK_VERSION, f"{names.VERSIONS[names.NETWORK]}-60"),
                    (fields.NETWORK, base64.b64encode(X[row].tobytes()).decode("ascii")),
                ]
            )
            db.executemany(
                "INSERT INTO item_attributes (entity_id, key, value) VALUES (?, ?, ?)", stored
            )
    db.close()
    return path


# --- what runs in processes of their own ---


def nothing() -> dict:
    importlib.import_module("beets.library")
    return {}


def read(database: str) -> dict:
    from beets.library import Library

    from beetsplug.mir.library.sounding import read_sounds

    lib = Library(os.fsencode(database))
    return {"s": seconds_of(lambda: read_sounds(lib, names.NETWORK))}


def whole(database: str) -> dict:
    from beets.library import Library

    from beetsplug.mir.queries.alike import surroundings

    lib = Library(os.fsencode(database))
    return {"s": seconds_of(lambda: surroundings(lib))}


def ways(database: str) -> dict:
    from beets.library import Library

    from beetsplug.mir.queries.alike import surroundings
    from beetsplug.mir.space.similarity import nearest
    from beetsplug.mir.space.ways import path, spaced_order, wander

    found = surroundings(Library(os.fsencode(database)))
    artists, same = found.sounds.artists, found.same

    def near(space, seed, other):
        nearest(space, space.Z[seed], N_NEAREST, same, without=np.array([seed]))

    def radio(space, seed, other, drift):
        home = space.Z[seed].astype(float)
        walk = wander(space, seed, home, same, artists, drift=drift)
        spaced_order(space, list(islice(walk, N_RADIO)), artists)

    def way(space, seed, other):
        path(space, [seed, other], N_PATH, same, artists)

    result = {}
    for name, run in {
        "nearest": near,
        "radio": partial(radio, drift=0.0),
        "wandering": partial(radio, drift=0.5),
        "path": way,
    }.items():
        random = np.random.default_rng(0)
        took = []
        for _ in range(N_SEEDS):
            space = replace(found.space, breadths=np.full(len(artists), np.nan))
            took.append(
                seconds_of(partial(run, space, *random.choice(len(artists), 2, replace=False)))
            )
        result |= {name: median(took), f"{name}, most": max(took)}
    return result | {"tracks": len(artists)}


def bliss(n_tracks: str) -> dict:
    X = np.random.default_rng(0).standard_normal((int(n_tracks), N_BLISS), "f4")

    def near(seed):
        far = np.linalg.norm(X - X[seed], axis=1)
        rows = np.argpartition(far, N_NEAREST)[:N_NEAREST]
        return rows[np.argsort(far[rows])]

    return {"s": median(seconds_of(partial(near, seed)) for seed in range(N_SEEDS))}


def million() -> dict:
    from beetsplug.mir.library.sounding import Sounds
    from beetsplug.mir.queries.alike import _placed
    from beetsplug.mir.space.similarity import Recordings, nearest, space_of

    X, _ = grown(source(None), MILLION)
    none = np.full(MILLION, -1)
    seconds = np.random.default_rng(0).uniform(120, 420, MILLION)
    sounds = Sounds(names.NETWORK, np.arange(MILLION), X, none, none, none, seconds)
    start = time.perf_counter()
    space = space_of(_placed(sounds))
    placed = time.perf_counter() - start
    same = Recordings(none, none, seconds)
    took = []
    for seed in np.random.default_rng(0).choice(MILLION, N_SEEDS, replace=False):
        fresh = replace(space, breadths=np.full(MILLION, np.nan))
        took.append(
            seconds_of(
                partial(
                    nearest, fresh, space.Z[seed], N_NEAREST, same, without=np.array([seed])
                )
            )
        )
    return {"placed": placed, "nearest": median(took), "most": max(took)}


def seconds_of(run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def peak() -> float:
    """Return the most memory this process had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # elsewhere a parent's may count, too
        line = next(li for li in status.read_text().splitlines() if li.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


PARTS = {
    "build": build,
    "nothing": nothing,
    "read": read,
    "whole": whole,
    "ways": ways,
    "bliss": bliss,
    "million": million,
}


def child(part: str, *arguments: object) -> dict:
    command = [sys.executable, __file__, "--child", part, *map(str, arguments)]
    output = subprocess.check_output(command, text=True)
    return json.loads(output.splitlines()[-1])


# --- `beet ls` ---


def listed(folder: Path, library: Path | None) -> list[str]:
    """Time `beet ls` by sound and by a plain attribute, in turn.

    beets reads all attributes of each track to find a plain one: without ours, it is quicker.
    """
    database = Path(child("build", folder, N_LISTED, library or "")["path"])
    bare = folder / "bare.db"
    with sqlite3.connect(database) as db:
        db.executemany(
            "INSERT INTO item_attributes (entity_id, key, value) VALUES (?, ?, 'yes')",
            [(1 + number * (N_LISTED // N_NEAREST), CHOSEN) for number in range(N_NEAREST)],
        )
    db.close()
    shutil.copy(database, bare)
    with sqlite3.connect(bare) as db:
        db.execute("DELETE FROM item_attributes WHERE key != ?", (CHOSEN,))
    db.close()
    calls = {
        "`beet ls sounds_like:17`": ("sounds_like:17", "[mir]", database),
        f"`beet ls {CHOSEN}:yes`, beets alone": (f"{CHOSEN}:yes", "[]", database),
        "the same where no track is analysed": (f"{CHOSEN}:yes", "[]", bare),
    }
    took = {title: [] for title in calls}
    for turn in range(1 + N_TIMES):  # the first fills caches
        for title, call in calls.items():
            seconds = seconds_of(partial(ls, folder, *call))
            took[title] += [seconds] if turn else []
    ours = median(next(iter(took.values())))
    return [
        f"{N_LISTED} tracks, {N_NEAREST} of which match; medians of {N_TIMES} processes.",
        "",
        "| | wall s | by sound / this |",
        "|---|---|---|",
        *(
            f"| {title} | {median(of):.2f} | {ours / median(of):.2f} |"
            for title, of in took.items()
        ),
    ]


def ls(folder: Path, query: str, plugins: str, database: Path) -> None:
    (folder / "config.yaml").write_text(
        f"directory: {folder}\nlibrary: {database}\nplugins: {plugins}\n"
    )
    command = [sys.executable, "-m", "beets", "ls", query]
    environment = os.environ | {"BEETSDIR": str(folder)}
    output = subprocess.check_output(command, env=environment, text=True)
    if len(output.splitlines()) != N_NEAREST:
        sys.exit(f"beet ls {query} gave {len(output.splitlines())} tracks")


# --- the tables ---


def reading(database: Path) -> list[str]:
    of_nothing, of_read = child("nothing"), child("read", database)
    of_all = child("whole", database)
    return [
        "| | s | peak MB |",
        "|---|---|---|",
        f"| a process that imports beets | | {of_nothing['peak']:.0f} |",
        f"| reading the values | {of_read['s']:.2f} | {of_read['peak']:.0f} |",
        f"| reading and placing them | {of_all['s']:.2f} | {of_all['peak']:.0f} |",
    ]


def finding(found: dict, n_tracks: int, python: str) -> list[str]:
    def row(name: str, title: str) -> str:
        return f"| {title} | {found[name]:.3f} | {found[f'{name}, most']:.3f} |"

    lines = [
        f"| {N_SEEDS} seeds | median s | most s |",
        "|---|---|---|",
        row("nearest", f"nearest {N_NEAREST}"),
        row("radio", f"radio of {N_RADIO}, drift 0"),
        row("wandering", f"radio of {N_RADIO}, drift 0.5"),
        row("path", f"path of {N_PATH}"),
        f"| nearest {N_NEAREST} by Euclid in bliss-audio's {N_BLISS} values, numpy"
        f" | {child('bliss', n_tracks)['s']:.3f} | |",
    ]
    try:
        subprocess.run([python, "-c", "import pymusly"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        print("pymusly is not installed, and left out")
        return lines
    output = subprocess.check_output([python, "-c", BY_MUSLY, str(n_tracks)], text=True)
    return [
        *lines,
        f"| nearest {N_NEAREST} by musly, of its own values | {float(output):.3f} | |",
    ]


def of_million() -> list[str]:
    found = child("million")
    return [
        f"{MILLION} tracks, made up in memory: 200 values each at half precision.",
        "",
        "| | s |",
        "|---|---|",
        f"| placing them: 16 components | {found['placed']:.1f} |",
        f"| nearest {N_NEAREST}, median of {N_SEEDS} | {found['nearest']:.3f} |",
        f"| most | {found['most']:.3f} |",
        f"| peak memory of all, with the making up | {found['peak']:.0f} MB |",
    ]


def tables(folder: Path, options: argparse.Namespace) -> list[str]:
    if options.database:
        database = folder / "library.db"
        shutil.copy(options.database, database)  # beets may migrate it
    else:
        build_at = child("build", folder, options.tracks, options.library or "")
        database = Path(build_at["path"])
    lines = told(reading(database))
    found = child("ways", database)
    lines = [f"{found['tracks']} tracks.", "", *lines, ""]
    lines += [*told(finding(found, found["tracks"], options.musly)), ""]
    (folder / "listed").mkdir()
    lines += told(listed(folder / "listed", options.library))
    if options.million:
        lines += ["", *told(of_million())]
    return lines


def told(lines: list[str]) -> list[str]:
    print("\n".join(lines), end="\n\n", flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--library", type=Path, help="whose values tracks are made of")
    parser.add_argument("--database", type=Path, help="a library to measure, instead")
    parser.add_argument("--musly", default=sys.executable, help="a Python that has pymusly")
    parser.add_argument("--million", action="store_true", help="a million tracks, too")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        part, *arguments = options.child
        print(json.dumps(PARTS[part](*arguments) | {"peak": peak()}))
        return
    with tempfile.TemporaryDirectory() as name:
        text = "\n".join(tables(Path(name), options)) + "\n"
    if options.write:
        replace_section(PAGE, "similarity", text)


if __name__ == "__main__":
    main()
