"""How often are the genres right that `beet mircheck` suggests, and what wrong ones named?

    python benchmarks/suggestions.py SET.csv [SET.csv ...] [--keep VALUES.npz [VALUES.npz ...]]
        [--features network]

Tables and kept values are those of quality.py, which computes what is not kept. The tracks of a
tenth of the artists lose their genre, all the others are the library that suggests, ten times
until all have been asked, and that for some deals. Then one genre in twenty is replaced by
another, drawn by lot, and the library is audited. Tables have no lengths and no titles: all
tracks count as equally long, and two are one recording if they sound just so.
"""

from __future__ import annotations

import argparse
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
import quality

from beetsplug.mir import names
from beetsplug.mir.clusters import voting
from beetsplug.mir.ground.grouping import factorize
from beetsplug.mir.space import encodings
from beetsplug.mir.space.similarity import Others, Recordings, neighbours_of_all, space_of

BOUNDS = (0.5, 0.6, 0.7, 0.8, 0.9)
N_PARTS, N_DEALS = 10, 3
PLANTED, N_PLANTINGS = 0.05, 20
SIZES, N_SMALL = (30, 50, 100, 200), 100


class Tracks(NamedTuple):
    Z: np.ndarray  # (n_tracks, n_components)
    genres: np.ndarray  # (n_tracks,), a number for each
    artists: np.ndarray  # so, too; -1 for none


class Asked(NamedTuple):
    """What is said of all tracks."""

    genres: np.ndarray  # suggested; -1 if there are too few neighbours
    confidences: np.ndarray
    alone: np.ndarray  # no neighbour bears their genre


def tracks_of(values: np.ndarray, genres: list[str], artists: list[str], features: str):
    there = np.isfinite(values).all(axis=1)
    X = values[there].astype("<f2" if features == names.NETWORK else "<f4").astype(np.float32)
    Z = encodings.fit(X, [""] * len(X), "pca", names.DIMS[features], features=features).Z
    artists = [artist.casefold() for artist in artists]
    return Tracks(Z, *(factorize(texts)[0][there] for texts in (genres, artists)))


def ask(tracks: Tracks, genres: np.ndarray) -> Asked:
    """Ask the neighbours of all as mircheck does; *genres* are known ones, -1 for none."""
    n = len(tracks.Z)
    none = np.full(n, -1)
    neighbours, distances = neighbours_of_all(
        space_of(tracks.Z), voting.N_VOTERS, Recordings(none, none, np.zeros(n)),
        among=genres >= 0, asked=np.ones(n, bool),
        others=Others(tracks.artists, voting.OF_ONE_MAKER),
    )  # fmt: skip
    votes = np.where(neighbours >= 0, genres[neighbours], -1)
    poll = voting.poll(votes, distances)
    tells = (genres >= 0) & (poll.genres >= 0)
    calibration = voting.calibrate(poll.shares[tells], (poll.genres == genres)[tells])
    own = [(genre,) if genre >= 0 else () for genre in genres.tolist()]
    alone = voting.stands_alone(votes, own)
    return Asked(poll.genres, calibration.confidence(poll.shares), alone)


def suggestions(tracks: Tracks) -> list[str]:
    """Return the table of how many suggestions there are, and how many are right."""
    confidences, right = [], []
    for deal in range(N_DEALS):
        parts = dealt(tracks.artists, np.random.default_rng(deal))
        for part in range(N_PARTS):
            hidden = parts == part
            asked = ask(tracks, np.where(hidden, -1, tracks.genres))
            confidences.append(np.where(asked.genres < 0, 0, asked.confidences)[hidden])
            right.append((asked.genres == tracks.genres)[hidden])
    confidence, is_right = np.concatenate(confidences), np.concatenate(right)
    lines = ["| confidence from | suggestions, of all tracks | right | said on average |"]
    lines.append("|---|---|---|---|")
    for bound in BOUNDS:
        sure = confidence >= bound
        cells = [sure.mean(), mean(is_right[sure]), mean(confidence[sure])]
        lines.append(f"| {bound} | {' | '.join(map(quality.cell, cells))} |")
    return lines


def dealt(artists: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a part for each track, the same for all of an artist."""
    of_artist = random.integers(N_PARTS, size=artists.max() + 1)
    alone = random.integers(N_PARTS, size=len(artists))
    return np.where(artists >= 0, of_artist[artists], alone)


def audits(tracks: Tracks) -> list[str]:
    """Return the table of how many planted genres are named, and how many of all named."""
    counts = {bound: np.zeros(4, int) for bound in BOUNDS}
    for planting in range(N_PLANTINGS):
        genres, planted = with_planted(tracks.genres, np.random.default_rng(planting))
        asked = ask(tracks, genres)
        for bound, count in counts.items():
            named = asked.alone & (asked.genres >= 0) & (asked.confidences >= bound)
            found = named & planted
            mended = found & (asked.genres == tracks.genres)
            count += [named.sum(), found.sum(), mended.sum(), planted.sum()]
    lines = ["| confidence from | named, of all tracks | planted ones found | of those named |"
             " given their own again, of those found |", "|---|---|---|---|---|"]  # fmt: skip
    for bound, (named, found, mended, planted) in counts.items():
        cells = [
            named / N_PLANTINGS / len(genres), found / planted,
            found / named if named else None, mended / found if found else None,
        ]  # fmt: skip
        lines.append(f"| {bound} | {' | '.join(map(quality.cell, cells))} |")
    return lines


def with_planted(genres: np.ndarray, random: np.random.Generator):
    """Return genres of which some are others, and which those are."""
    planted = np.zeros(len(genres), bool)
    planted[random.choice(len(genres), round(PLANTED * len(genres)), replace=False)] = True
    moved = random.integers(1, genres.max() + 1, size=len(genres))
    return np.where(planted, (genres + moved) % (genres.max() + 1), genres), planted


def small(tracks: Tracks) -> list[str]:
    """Return the table of what few known genres are worth."""
    bound = 0.8
    lines = [f"| known genres | suggestions from {bound} on, of all tracks | right |"
             " said on average |", "|---|---|---|---|"]  # fmt: skip
    for size in SIZES:
        if size > len(tracks.Z) / 2:
            break
        sure, right, said = [], [], []
        for number in range(N_SMALL):
            random = np.random.default_rng(number)
            order = random.permutation(tracks.artists.max() + 1)[tracks.artists]
            hidden = np.ones(len(order), bool)
            hidden[np.argsort(order, kind="stable")[:size]] = False
            asked = ask(tracks, np.where(hidden, -1, tracks.genres))
            is_sure = hidden & (asked.genres >= 0) & (asked.confidences >= bound)
            sure.append(is_sure.sum() / hidden.sum())
            right += (asked.genres == tracks.genres)[is_sure].tolist()
            said += asked.confidences[is_sure].tolist()
        cells = map(quality.cell, [np.mean(sure), mean(right), mean(said)])
        lines.append(f"| {size} | {' | '.join(cells)} |")
    return lines


def mean(values) -> float | None:
    return float(np.mean(values)) if len(values) else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET.csv")
    parser.add_argument("--keep", type=Path, nargs="+", default=[], metavar="VALUES.npz")
    parser.add_argument("--features", choices=names.FEATURE_SETS, default=names.NETWORK)
    options = parser.parse_args()
    if len(options.keep) > len(options.sets):
        parser.error("there are more kept values than sets")
    for table, keep in zip_longest(options.sets, options.keep):
        of_files, genres, artists = quality.read_set(table)
        found = quality.kept(keep, of_files)
        if options.features not in found:
            found[options.features] = quality.TOOLS[options.features](of_files)
            quality.keep(keep, of_files, found)
        tracks = tracks_of(found[options.features].values, genres, artists, options.features)
        print(f"{table}, {len(tracks.Z)} tracks\n")
        for lines in (suggestions(tracks), audits(tracks), small(tracks)):
            print("\n".join(lines), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
