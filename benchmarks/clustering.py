"""The cost of `beet mircluster` on a large library, beside bare scikit-learn KMeans.

    python benchmarks/clustering.py [--tracks 100000] [--write]

Builds a library of made-up tracks (a mixture of forty kinds of sound, each an ellipsoid
in the space of the sixteen features) and runs the command on it. Then the two-stage
agglomerative clustering is compared with the full one, where both run.
"""

from __future__ import annotations

import argparse
import base64
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from report import replace_section

from beetsplug.mir import fields, names
from beetsplug.mir.clusters import clustering, hierarchy
from beetsplug.mir.ground.grouping import means
from beetsplug.mir.space import linear
from beetsplug.mir.space.encoders import signed

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
N_KINDS = 40
BARE = """
import sys, time, numpy as np
from sklearn.cluster import KMeans
X = np.load(sys.argv[1])
start = time.process_time()
KMeans(16, random_state=0).fit(X)
print(time.process_time() - start)
"""


def made_up(n_tracks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features (n_tracks, 16) and the kind of each track."""
    random = np.random.default_rng(0)
    centres = random.normal(0, 1, (N_KINDS, 16))
    shapes = random.normal(0, 0.35, (N_KINDS, 16, 16))
    kinds = random.integers(N_KINDS, size=n_tracks)
    X = centres[kinds]
    for kind in range(N_KINDS):
        of_kind = kinds == kind
        X[of_kind] += random.normal(size=(of_kind.sum(), 16)) @ shapes[kind]
    return X, kinds


def build(folder: Path, X: np.ndarray, kinds: np.ndarray) -> dict[str, str]:
    """Make a library of the tracks; return the environment that `beet` needs for it."""
    (folder / "music").mkdir()
    (folder / "config.yaml").write_text(
        f"directory: {folder / 'music'}\nlibrary: {folder / 'library.db'}\nplugins: mir\n"
        f"mir: {{playlist_dir: {folder / 'playlists'}}}\n"
    )
    environment = {**os.environ, "BEETSDIR": str(folder)}
    subprocess.run(
        [sys.executable, "-m", "beets", "ls"], env=environment, check=True, capture_output=True
    )
    ids = range(1, len(X) + 1)
    with sqlite3.connect(folder / "library.db") as db:
        db.executemany(
            "INSERT INTO items (id, path, title, artist, genres, album, added, mtime)"
            " VALUES (?, ?, ?, ?, ?, '', 0, 0)",
            [
                (id_, f"{id_ // 1000}/{id_}.ogg".encode(), f"Title {id_}",
                 f"Artist {id_ // 12}", f"Kind {kind}")
                for id_, kind in zip(ids, kinds.tolist(), strict=True)
            ],
        )  # fmt: skip
        insert = "INSERT INTO item_attributes (entity_id, key, value) VALUES (?, ?, ?)"
        for column, field in enumerate(fields.FEATURE_FIELDS):
            values = map(repr, X[:, column].tolist())
            db.executemany(insert, [(i, field, v) for i, v in zip(ids, values, strict=True)])
        db.executemany(insert, [(id_, fields.VERSION, names.version(60)) for id_ in ids])
        db.executemany(
            insert, [(i, fields.VECTOR, v) for i, v in zip(ids, map(packed, X), strict=True)]
        )
    db.close()
    return environment


def packed(features: np.ndarray) -> str:
    """Return what the field `mir_vector` has: here only the sixteen, and zeros."""
    vector = np.zeros(len(names.VECTOR), dtype="<f4")
    for feature, value in zip(names.FEATURES, features, strict=True):
        vector[names.VECTOR.index(f"{feature.series}_{feature.summary}")] = value
    return base64.b64encode(vector.tobytes()).decode("ascii")


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Run a command; return its wall time, its CPU time (s) and its peak memory (GB)."""
    start = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
    if status:
        sys.exit(f"{' '.join(command)}:\n{error.decode()}")
    wall = time.perf_counter() - start
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20


def commands(folder: Path, X: np.ndarray, environment: dict[str, str]) -> list[str]:
    """Return the table of the commands' cost."""
    np.save(folder / "X.npy", linear.normalise(signed(X)))
    bare = min(
        float(subprocess.check_output([sys.executable, "-c", BARE, str(folder / "X.npy")]))
        for _ in range(3)
    )
    process = [sys.executable, "-c", BARE, str(folder / "X.npy")]
    wall, cpu, peak = measured(process, environment)
    rows = [
        f"{len(X)} tracks, 16 clusters.",
        "",
        "| | wall (s) | CPU (s) | beside bare | peak (GB) |",
        "|---|---|---|---|---|",
        f"| `KMeans(16).fit(X)`, best of three, without any import | | {bare:.1f} | 1 | |",
        f"| the same as a process: imports, load, fit | {wall:.1f} | {cpu:.1f}"
        f" | {cpu / bare:.1f} | {peak:.2f} |",
    ]
    for title, options in {
        "`beet mircluster`": [],
        "the same again": [],
        "`beet mircluster --assign` of 1 track": ["--assign"],
        "`beet mircluster -m agglomerative`": ["-m", "agglomerative"],
        "`beet mircluster -e autoencoder`": ["-e", "autoencoder"],
    }.items():
        if "--assign" in options:
            with sqlite3.connect(folder / "library.db") as db:
                db.execute("DELETE FROM item_attributes WHERE key LIKE 'mircluster%'"
                           " AND entity_id = 1")  # fmt: skip
            db.close()
        wall, cpu, peak = measured(
            [sys.executable, "-m", "beets", "mircluster", *options], environment
        )
        rows.append(f"| {title} | {wall:.1f} | {cpu:.1f} | {cpu / bare:.1f} | {peak:.2f} |")
        print(rows[-1], flush=True)
    return rows


def two_stages() -> list[str]:
    """Return the table of what two stages cost in quality, and save in memory and time."""
    X, _ = made_up(clustering.MOST_IN_TREE)
    inputs = linear.normalise(signed(X))
    Z = linear.pca(inputs, 8).transform(inputs)
    start = time.process_time()
    full = hierarchy.cut(hierarchy.tree(Z), 16)
    seconds = time.process_time() - start
    kmeans = clustering.kmeans(Z, 16) - 1
    rows = [
        f"{len(Z)} tracks, 16 clusters; spread is the mean squared distance to the centre.",
        "",
        "| Ward on | CPU (s) | spread, full = 1 | adjusted Rand index with the full one |",
        "|---|---|---|---|",
        f"| all tracks | {seconds:.1f} | 1 | 1 |",
    ]
    for n_groups in (300, 1000, 2000, 3000, 5000):
        start = time.process_time()
        members = clustering.small_groups(Z, np.full(len(Z), -1), n_groups, 0)
        weights = np.bincount(members).astype(float)
        merges = hierarchy.tree(means(Z, members), weights=weights)
        labels = hierarchy.cut(merges, 16)[members]
        seconds = time.process_time() - start
        rows.append(
            f"| {n_groups} groups | {seconds:.1f} | {spread(Z, labels) / spread(Z, full):.3f}"
            f" | {adjusted_rand(full, labels):.2f} |"
        )
        print(rows[-1], flush=True)
    shifted = clustering.kmeans(Z, 16, random_state=1) - 1
    rows.append(f"| (k-means) | | {spread(Z, kmeans) / spread(Z, full):.3f}"
                f" | {adjusted_rand(full, kmeans):.2f} |")  # fmt: skip
    rows.append(
        f"\nTwo k-means from other starts agree by {adjusted_rand(kmeans, shifted):.2f}."
    )
    return rows


def spread(Z: np.ndarray, labels: np.ndarray) -> float:
    return float((clustering.distances_to_centre(Z, labels) ** 2).mean())


def adjusted_rand(a: np.ndarray, b: np.ndarray) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(a, b))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/")
    options = parser.parse_args()
    hierarchy.tree(np.zeros((3, 2)))  # compile before anything is timed
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        X, kinds = made_up(options.tracks)
        environment = build(folder, X, kinds)
        text = "\n".join([*commands(folder, X, environment), "", *two_stages()])
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\n{text}\n\n(this script itself: {own:.1f} GB)")
    if options.write:
        replace_section(PAGE, "clustering", text)


if __name__ == "__main__":
    main()
