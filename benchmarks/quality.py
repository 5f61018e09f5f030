"""How good are neighbours and clusters, beside what a user could run instead?

From files to neighbours through this project's own code, as `beet mirextract` and
`beet mircluster` do by default, and beside it bliss-audio (Euclidean distance of its
values) and musly (its own distance), where they are installed:

    pip install bliss-audio pymusly
    python benchmarks/quality.py SET.csv [--keep VALUES.npz]

SET.csv has the columns path (absolute, or relative to the file), genre and artist.
Precision at k leaves tracks of the same artist out. CPU seconds count all threads and, for
this project, the start of the workers; decoding is by PyAV for all but bliss-audio, which
brings FFmpeg. What is kept is used again only for exactly the same tracks.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soxr
from sklearn.metrics import adjusted_mutual_info_score

from beetsplug.mir import names
from beetsplug.mir.clusters import neighbourhood
from beetsplug.mir.clusters.clustering import kmeans
from beetsplug.mir.sound.audio import open_sound
from beetsplug.mir.sound.network import weights
from beetsplug.mir.sound.pool import analyse_all
from beetsplug.mir.sound.tasks import Task
from beetsplug.mir.space import encodings

EXCERPT = 60  # seconds, the default
N_STATES = 5  # of k-means
MUSLY_RATE, MUSLY_SECONDS, MUSLY_START = 22050, 30, 48  # its program's defaults


class Found(NamedTuple):
    """What a tool makes of the tracks, NaN of what it cannot read, and CPU seconds a track."""

    values: np.ndarray  # (n_tracks, n_values), or distances (n_tracks, n_tracks)
    seconds: float


# --- the tools ---


def classic(paths: list[str]) -> Found:
    keys = [f"{feature.series}_{feature.summary}" for feature in names.FEATURES]
    tasks = [Task(key, os.fsencode(path), EXCERPT) for key, path in enumerate(paths)]
    return pooled(tasks, len(keys), lambda result: [result.values[key] for key in keys])


def network(paths: list[str]) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "network.bin"
        weights.keep(kept, weights.from_package())
        tasks = [
            Task(key, os.fsencode(path), EXCERPT, kept, measured=False)
            for key, path in enumerate(paths)
        ]
        return pooled(tasks, names.N_NETWORK_VALUES, lambda result: result.heard.values)


def pooled(tasks: list[Task], n_values: int, values_of) -> Found:
    X = np.full((len(tasks), n_values), np.nan)
    before = of_children()
    for results in analyse_all(tasks, os.cpu_count() or 1):
        for result in results:
            if result.error:
                print(f"{os.fsdecode(result.task.path)}: {result.error}", file=sys.stderr)
            else:
                X[result.task.key] = values_of(result)
    return Found(X, (of_children() - before) / len(tasks))


def of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def bliss(paths: list[str]) -> Found:
    from bliss_audio import Song

    start = time.process_time()
    rows = [attempt(lambda path: list(Song(path).analysis), path) for path in paths]
    seconds = time.process_time() - start
    width = max(len(row) for row in rows if row is not None)
    X = np.array([[np.nan] * width if row is None else row for row in rows])
    return Found(X, seconds / len(paths))


def musly(paths: list[str]) -> Found:
    import pymusly

    jukebox = pymusly.MuslyJukebox()
    start = time.process_time()
    tracks = [
        attempt(lambda path: jukebox.track_from_audiodata(musly_samples(path)), path)
        for path in paths
    ]
    seconds = time.process_time() - start
    there = [index for index, track in enumerate(tracks) if track is not None]
    numbered = [(index, tracks[index]) for index in there]
    # Its documentation asks for at most 1000 tracks, drawn by lot.
    chosen = np.random.default_rng(0).permutation(there)[:1000]
    jukebox.set_style([tracks[index] for index in chosen])
    jukebox.add_tracks(numbered)
    D = np.full((len(paths), len(paths)), np.nan)
    for index, track in numbered:
        D[index, there] = jukebox.compute_similarity((index, track), numbered)
    return Found(D, seconds / len(paths))


def musly_samples(path: str) -> list[float]:
    """Return the samples that musly's program would take: it has no decoder in the wheel."""
    with open_sound(os.fsencode(path)) as sound:
        y = soxr.resample(np.concatenate(list(sound.blocks())), sound.sr, MUSLY_RATE)
    length = MUSLY_SECONDS * MUSLY_RATE
    start = max(0, min(MUSLY_START * MUSLY_RATE, (len(y) - length) // 2))
    return y[start : start + length].tolist()


def attempt(analyse, path: str):
    """Return what comes of a file, None if it cannot be read, which is told."""
    try:
        return analyse(path)
    except Exception as exc:  # each tool has its own
        print(f"{path}: {exc!r}", file=sys.stderr)
        return None


TOOLS = {"classic": classic, "network": network, "bliss-audio": bliss, "musly": musly}
NEEDS = {"network": "musicnn", "bliss-audio": "bliss_audio", "musly": "pymusly"}


# --- scores ---


def space_of(tool: str, values: np.ndarray) -> np.ndarray:
    """Return the coordinates that neighbours are near in."""
    if tool not in names.FEATURE_SETS:
        return values
    dtype = "<f2" if tool == names.NETWORK else "<f4"  # as the library keeps them
    X = values.astype(dtype).astype(np.float64)
    return encodings.fit(X, [""] * len(X), "pca", names.DIMS[tool], features=tool).Z


def score(tool: str, values: np.ndarray, genres: list[str], artists: list[str]):
    if tool == "musly":
        return neighbourhood.of_distances([values], genres, artists), None
    Z = space_of(tool, values)
    k = len(set(genres))
    amis = [
        adjusted_mutual_info_score(genres, kmeans(Z, k, random_state=state))
        for state in range(N_STATES)
    ]
    return neighbourhood.of_space(Z, genres, artists), float(np.mean(amis))


def report(found: dict[str, Found], genres: list[str], artists: list[str]) -> str:
    there = np.all([np.isfinite(np.diag(each.values) if tool == "musly" else each.values[:, 0])
                    for tool, each in found.items()], axis=0)  # fmt: skip
    rows = there.nonzero()[0]
    genres, artists = [genres[row] for row in rows], [artists[row] for row in rows]
    lines = [
        f"{len(rows)} tracks that all could read, {len(set(genres))} genres,"
        f" {len(set(artists) - {''})} artists.",
        "",
        "| | P@1 | P@5 | P@10 | AMI | hubness | CPU s a track |",
        "|---|---|---|---|---|---|---|",
    ]
    for tool, (values, seconds) in found.items():
        chosen = values[np.ix_(rows, rows)] if tool == "musly" else values[rows]
        near, ami = score(tool, chosen, genres, artists)
        cells = [*near[:3], ami, near.hubness, seconds]
        lines.append(f"| {tool} | {' | '.join(map(cell, cells))} |")
    lines.append(f"| chance | {' | '.join([cell(near.chance)] * 3)} | 0 | | |")
    return "\n".join(lines)


def cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


# --- the files ---


def read_set(path: Path) -> tuple[list[str], list[str], list[str]]:
    """Return paths, genres and artists of the tracks that have a genre."""
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["genre"]]
    paths = [str(path.parent / row["path"]) for row in rows]
    return paths, [row["genre"] for row in rows], [row["artist"] for row in rows]


def kept(path: Path | None, paths: list[str]) -> dict[str, Found]:
    if path is None or not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as file:
        if file["paths"].tolist() != paths:
            sys.exit(f"{path}: keeps the values of other tracks")
        return {
            tool: Found(file[tool], float(file[f"{tool} s"])) for tool in TOOLS if tool in file
        }


def keep(path: Path | None, paths: list[str], found: dict[str, Found]) -> None:
    if path:
        seconds = {f"{tool} s": each.seconds for tool, each in found.items()}
        values = {tool: each.values for tool, each in found.items()}
        np.savez(path, paths=np.array(paths), **values, **seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path, metavar="SET.csv")
    parser.add_argument("--keep", type=Path, metavar="VALUES.npz")
    options = parser.parse_args()
    paths, genres, artists = read_set(options.set)
    found = kept(options.keep, paths)
    for tool, run in TOOLS.items():
        if tool in NEEDS and not importlib.util.find_spec(NEEDS[tool]):
            print(f"{tool} is not installed, and left out")
        elif tool not in found:
            found[tool] = run(paths)
            keep(options.keep, paths, found)
    print(report(found, genres, artists))


if __name__ == "__main__":
    main()
