"""How good are lists of neighbours, radios and paths on real music, beside plainer ways?

    python benchmarks/neighbours.py SET.csv [SET.csv ...] [--keep VALUES.npz [VALUES.npz ...]]

Tables and kept values are those of quality.py, which computes what is not kept; only the
network's values count. Lists are made in each set by itself, radios and paths in all sets
together. Tables have no lengths and no titles: all tracks count as equally long, and two are
one recording if they sound just so.
"""

from __future__ import annotations

import argparse
from functools import partial
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
import quality

from beetsplug.mir import names
from beetsplug.mir.ground.grouping import factorize
from beetsplug.mir.space import encodings
from beetsplug.mir.space.similarity import Recordings, nearest, space_of
from beetsplug.mir.space.ways import path, spaced_order, wander

N_SEEDS = 1000
N_LIST, N_PRECISE = 25, 5
N_WAYS, N_RADIO, N_PATH = 100, 50, 20
SPACING = 5
DRIFTS = (0.0, 0.3, 1.0)


class Tracks(NamedTuple):
    values: np.ndarray  # (n_tracks, 200), as they are stored
    Z: np.ndarray  # (n_tracks, 16)
    genres: np.ndarray  # (n_tracks,), a number for each
    artists: np.ndarray  # so, too; -1 for none

    @property
    def same(self) -> Recordings:
        none = np.full(len(self.Z), -1)
        return Recordings(none, none, np.zeros(len(self.Z)))


def tracks_of(values: np.ndarray, genres: list[str], artists: list[str]) -> Tracks:
    there = np.isfinite(values).all(axis=1)
    X = values[there].astype("<f2").astype(np.float32)
    Z = encodings.fit(X, [""] * len(X), "pca", names.DIMS["network"], features="network").Z
    numbers = (factorize(texts)[0][there] for texts in (genres, artists))
    return Tracks(X.astype(float), Z, *numbers)


# --- lists of neighbours ---


def by_euclid(Z: np.ndarray, seed: int, n: int, among: np.ndarray) -> np.ndarray:
    far = np.where(among, np.linalg.norm(Z - Z[seed], axis=1), np.inf)
    far[seed] = np.inf
    return np.argsort(far, kind="stable")[:n]


def scaled(space, same: Recordings, seed: int, n: int, among: np.ndarray) -> np.ndarray:
    own = np.array([seed])
    return nearest(space, space.Z[seed], n, same, without=own, among=among)[0]


def lists(tracks: Tracks) -> list[str]:
    """Return the table of how often they are of the same genre, and how often the same."""
    n = len(tracks.Z)
    seeds = np.random.default_rng(0).choice(n, min(N_SEEDS, n), replace=False)
    ways = {
        "Euclid, 200 values": partial(by_euclid, tracks.values),
        "Euclid, 16 components": partial(by_euclid, tracks.Z),
        "`mirsimilar`": partial(scaled, space_of(tracks.Z), tracks.same),
    }
    lines = [
        f"{n} tracks, {len(seeds)} lists of {N_LIST}; a track is in"
        f" {len(seeds) * N_LIST / n:.1f} on average.",
        "",
        f"| | P@{N_PRECISE} | lists that the most frequent track is in | share |",
        "|---|---|---|---|",
    ]
    for name, near in ways.items():
        times, right = np.zeros(n, int), []
        for seed in seeds:
            times[near(seed, N_LIST, np.ones(n, bool))] += 1
            others = (tracks.artists != tracks.artists[seed]) | (tracks.artists < 0)
            found = near(seed, N_PRECISE, others)
            right.append((tracks.genres[found] == tracks.genres[seed]).mean())
        most = times.max()
        lines.append(f"| {name} | {np.mean(right):.3f} | {most} | {most / len(seeds):.1%} |")
    return lines


# --- radios and paths ---


class Ways:
    """The orders of tracks of one kind, and what they are like."""

    def __init__(self, tracks: Tracks) -> None:
        self.tracks = tracks
        Z = tracks.Z
        drawn = np.random.default_rng(0).choice(len(Z), (2, 10_000))
        self.usual = np.linalg.norm(Z[drawn[0]] - Z[drawn[1]], axis=1).mean()
        self.orders: dict[str, list[np.ndarray]] = {}

    def add(self, **orders: np.ndarray) -> None:
        for name, order in orders.items():
            self.orders.setdefault(name, []).append(np.array(order))

    def lines(self, title: str) -> list[str]:
        return [f"| {title}: {name} | {self._cells(o)} |" for name, o in self.orders.items()]

    def _cells(self, orders: list[np.ndarray]) -> str:
        Z, artists = self.tracks.Z, self.tracks.artists
        steps = [np.linalg.norm(np.diff(Z[order], axis=0), axis=1) for order in orders]
        means, mosts = ([of(each) / self.usual for each in steps] for of in (np.mean, np.max))
        close = [n_close(artists[order]) for order in orders]
        return f"{np.mean(means):.3f} | {np.mean(mosts):.3f} | {np.mean(close):.2f}"


def n_close(artists: np.ndarray) -> int:
    """Count the pairs of one artist with fewer than five others between them."""
    pairs = ((artists[:-gap], artists[gap:]) for gap in range(1, SPACING + 1))
    return sum(int(((a == b) & (a >= 0)).sum()) for a, b in pairs)


def greedy(Z: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the rows from the first on, each time the nearest that is left."""
    order, left = [rows[0]], list(rows[1:])
    while left:
        far = np.linalg.norm(Z[left] - Z[order[-1]], axis=1)
        order.append(left.pop(int(far.argmin())))
    return np.array(order)


def on_the_line(Z: np.ndarray, a: int, b: int, n: int) -> np.ndarray:
    """Return the rows from *a* to *b* by the nearest unused to points on the straight line."""
    order = [a]
    for share in np.linspace(0, 1, n)[1:-1]:
        far = np.linalg.norm(Z - (Z[a] + share * (Z[b] - Z[a])), axis=1)
        far[[*order, b]] = np.inf
        order.append(int(far.argmin()))
    return np.array([*order, b])


def radios(tracks: Tracks, drift: float) -> Ways:
    random, ways, space = np.random.default_rng(0), Ways(tracks), space_of(tracks.Z)
    for seed in random.choice(len(tracks.Z), N_WAYS, replace=False):
        home = space.Z[seed].astype(float)
        walk = wander(space, seed, home, tracks.same, tracks.artists, drift=drift,
                      spacing=SPACING)  # fmt: skip
        rows = np.array(list(islice(walk, N_RADIO)))
        ways.add(**{
            "`mirradio`": spaced_order(space, rows, tracks.artists, SPACING),
            "as they were drawn": rows,
            "random": np.append(rows[0], random.permutation(rows[1:])),
            "greedy": greedy(space.Z, rows),
        })  # fmt: skip
    return ways


def paths(tracks: Tracks) -> tuple[Ways, list[int]]:
    """Return paths, and how long they are."""
    random, ways, space = np.random.default_rng(0), Ways(tracks), space_of(tracks.Z)
    lengths = []
    for _ in range(N_WAYS):
        a, b = random.choice(len(tracks.Z), 2, replace=False).tolist()
        rows = path(space, [a, b], N_PATH, tracks.same, tracks.artists, spacing=SPACING)
        ways.add(**{
            "`mirpath`": rows,
            "random": np.array([a, *random.permutation(rows[1:-1]), b]),
            "nearest to the straight line": on_the_line(space.Z, a, b, len(rows)),
        })  # fmt: skip
        lengths.append(len(rows))
    return ways, lengths


def on_ways(tracks: Tracks) -> list[str]:
    found, lengths = paths(tracks)
    short = [n for n in lengths if n < N_PATH]
    lines = [
        f"{len(tracks.Z)} tracks, {N_WAYS} radios of {N_RADIO} each and {N_WAYS} paths of"
        f" {N_PATH}.",
        "",
        "| | mean step | largest step | artist again within 5 |",
        "|---|---|---|---|",
    ]
    for drift in DRIFTS:
        lines += radios(tracks, drift).lines(f"radio, drift {drift:g}")
    lines += [*found.lines("path"), ""]
    shortest = f", the shortest {min(short)}" if short else ""
    return [*lines, f"Of {N_WAYS} paths {len(short)} were shorter than asked{shortest}."]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET.csv")
    parser.add_argument("--keep", type=Path, nargs="+", default=[], metavar="VALUES.npz")
    options = parser.parse_args()
    if len(options.keep) > len(options.sets):
        parser.error("there are more kept values than sets")
    columns = []
    for table, keep in zip_longest(options.sets, options.keep):
        of_files, genres, artists = quality.read_set(table)
        found = quality.kept(keep, of_files)
        if names.NETWORK not in found:
            found[names.NETWORK] = quality.network(of_files)
            quality.keep(keep, of_files, found)
        columns.append((found[names.NETWORK].values, genres, artists))
        print(f"{table}: ", end="")
        print("\n".join(lists(tracks_of(*columns[-1]))), end="\n\n", flush=True)
    values, genres, artists = zip(*columns, strict=True)
    of_all = tracks_of(np.concatenate(values), list(chain(*genres)), list(chain(*artists)))
    print("\n".join(on_ways(of_all)))


if __name__ == "__main__":
    main()
