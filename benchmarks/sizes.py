"""What it costs to keep clusters to the sizes of playlists: spread, stability, genres.

    python benchmarks/sizes.py SET.csv [SET.csv ...] --keep VALUES.npz [VALUES.npz ...]
        [--library library.db ...] [--write]

Sets and kept values are those of quality.py, of which the network's values count; of libraries
copies are read, and both feature sets count. Clusters are those of `beet mircluster`, by both
methods and for several numbers, before and after they are brought to the sizes that it
chooses. Of all sets together an uneven one is made, too: each genre has half as many tracks as
the one before. Of all that are not large, small libraries are drawn by lot.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import quality
from beets.library import Library
from report import replace_section
from sklearn.metrics import adjusted_mutual_info_score

from beetsplug.mir import names
from beetsplug.mir.clusters import clustering, evaluation, settling, shaping
from beetsplug.mir.library.items import read_tracks
from beetsplug.mir.space import encodings

PAGE = Path(__file__).parents[1] / "docs" / "clusters.md"
N_CLUSTERS = (4, 8, 16, 30)
N_DRAWN = (30, 56, 114, 200)
LARGE = 10_000
LESS = 0.5


class Tracks(NamedTuple):
    name: str
    values: np.ndarray  # (n_tracks, 16 or 200), as they are stored
    genres: list[str]
    features: str = names.NETWORK

    def only(self, rows: np.ndarray) -> Tracks:
        some = [self.genres[row] for row in rows]
        return self._replace(values=self.values[rows], genres=some)

    def encoded(self) -> np.ndarray:
        none, dims = [""] * len(self.values), names.DIMS[self.features]
        return encodings.fit(self.values, none, "pca", dims, features=self.features).Z


def of_set(table: Path, kept: Path) -> Tracks:
    paths, genres, _ = quality.read_set(table)
    values = quality.kept(kept, paths)[names.NETWORK].values
    tracks = Tracks(table.stem, values.astype("<f2").astype(np.float32), genres)
    return tracks.only(np.flatnonzero(np.isfinite(values).all(axis=1)))


def of_library(path: Path) -> list[Tracks]:
    with tempfile.TemporaryDirectory() as folder:
        lib = Library(shutil.copy(path, folder), folder)
        found = read_tracks(lib)
        lib._close()
    found = found.only(found.has_network.nonzero()[0])
    return [
        Tracks(
            f"{path.parent.name}, {features}", found.values(features), found.genres, features
        )
        for features in names.FEATURE_SETS
    ]


def uneven(sets: list[Tracks]) -> Tracks:
    values = np.concatenate([each.values for each in sets])
    genres = list(chain.from_iterable(each.genres for each in sets))
    by_size = sorted(set(genres), key=lambda genre: (-genres.count(genre), genre))
    rows = [np.flatnonzero(np.array(genres) == genre) for genre in by_size]
    share = (len(rows[0]) * LESS**number for number in range(len(rows)))
    some = [each[: round(n)] for each, n in zip(rows, share, strict=True)]
    return Tracks("uneven", values, genres).only(np.sort(np.concatenate(some)))


def drawn(tracks: Tracks) -> list[Tracks]:
    random = np.random.default_rng(0)
    n_tracks = len(tracks.values)
    smaller = [n for n in N_DRAWN if n < n_tracks < LARGE]
    return [tracks.only(np.sort(random.choice(n_tracks, n, replace=False))) for n in smaller]


# --- one clustering, before and after ---


def before(method: str, Z: np.ndarray, k: int, random_state: int = 0) -> np.ndarray:
    return getattr(clustering, method)(Z, k, random_state=random_state)


def after(method: str, Z: np.ndarray, k: int, random_state: int = 0) -> shaping.Shaped:
    sizes = shaping.bounds(Z, k)
    if method == "kmeans":
        none = np.zeros(len(Z), dtype=np.int64)
        return settling.settled_kmeans(Z, k, sizes, old=none, random_state=random_state)
    labels = before(method, Z, k, random_state)
    return shaping.shape(Z, labels, k, sizes, random_state=random_state)


class Scores(NamedTuple):
    smallest: float
    median: float
    largest: float  # share of all
    spread: float  # squared distances to the centre, beside those to the centre of all
    stability: float  # adjusted Rand index between bootstrap samples
    ami: float


def scores(labels_of, tracks: Tracks, Z: np.ndarray, k: int) -> Scores:
    """Return the scores of what *labels_of* makes of coordinates and a number of clusters."""
    labels = labels_of(Z, k, 0)
    sizes = np.bincount(labels)[1:]
    within = (clustering.distances_to_centre(Z, labels) ** 2).sum()
    some = Z[evaluation.sample(len(Z), 0)]

    def of_counts(Z, chosen, counts, random_state, n_init):
        return {k: labels_of(Z[chosen], k, random_state) for k in counts}

    return Scores(
        sizes.min(),
        float(np.median(sizes)),
        sizes.max() / len(Z),
        within / ((Z - Z.mean(axis=0)) ** 2).sum(),
        evaluation.stability(of_counts, some, [k], 0)[k],
        adjusted_mutual_info_score(tracks.genres, labels),
    )


# --- the table ---


class Line(NamedTuple):
    about: str
    was_right: bool
    before: Scores
    after: Scores

    def __str__(self) -> str:
        pairs = zip(self.before, self.after, ("{:g}", "{:g}", *["{:.2f}"] * 4), strict=True)
        cells = [f"{form.format(a)} → {form.format(b)}" for a, b, form in pairs]
        return f"| {self.about} | {' | '.join(cells)} |"


def lines_of(tracks: Tracks) -> list[Line]:
    Z = tracks.encoded()
    found = []
    for k in sorted({clustering.sensible_n_clusters(len(Z), k) for k in N_CLUSTERS}):
        for method in names.METHODS:
            found.append(
                Line(
                    f"{tracks.name} | {len(Z)} | {k} {method}",
                    after(method, Z, k).were_right,
                    scores(lambda *a, m=method: before(m, *a), tracks, Z, k),
                    scores(lambda *a, m=method: after(m, *a).labels, tracks, Z, k),
                )
            )
            print(found[-1], flush=True)
    return found


def summary(lines: list[Line]) -> str:
    changed = [line for line in lines if not line.was_right]
    was = np.mean([line.before for line in changed], axis=0)
    now = np.mean([line.after for line in changed], axis=0)
    cells = [f"{name} {was[i]:.3f} → {now[i]:.3f}" for i, name in enumerate(Scores._fields)]
    return (
        f"Of {len(lines)} clusterings {len(changed)} had clusters of other sizes, and are"
        f" listed; on average of these: {', '.join(cells[3:])}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET.csv")
    parser.add_argument("--keep", type=Path, nargs="+", required=True, metavar="VALUES.npz")
    parser.add_argument("--library", type=Path, nargs="*", default=[], metavar="library.db")
    parser.add_argument("--write", action="store_true", help="put the table into docs/")
    options = parser.parse_args()
    sets = [of_set(*pair) for pair in zip(options.sets, options.keep, strict=True)]
    sets += [uneven(sets)]
    sets += chain.from_iterable(map(of_library, options.library))
    lines = [line for each in sets for some in (*drawn(each), each) for line in lines_of(some)]
    head = "| | tracks | asked for | smallest | median | largest | spread | stability | AMI |"
    table = [summary(lines), "", head, f"|{'---|' * 9}"]
    table += [str(line) for line in lines if not line.was_right]
    print("\n" + "\n".join(table))
    if options.write:
        replace_section(PAGE, "sizes", "\n".join(table))


if __name__ == "__main__":
    main()
