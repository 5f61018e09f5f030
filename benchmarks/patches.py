"""How many patches of a track does the network have to hear?

For each number: the share of each track's five nearest neighbours by all patches that are
among its five nearest by so many of them, evenly spread; the precision of those five by
genre, of labelled music; the CPU seconds that they take.

    pip install --no-deps musicnn
    python benchmarks/patches.py --music DIR [--genres]

With --genres the last folder of each path is its genre. A neighbour by the same artist, as
the tags have it, does not count.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import mediafile
import numpy as np
from report import SUFFIXES

from beetsplug.mir.names import DIMS, NETWORK
from beetsplug.mir.sound.audio import open_sound
from beetsplug.mir.sound.network import patches, weights
from beetsplug.mir.space.encodings import fit

NUMBERS = (1, 2, 3, 4, 6, 9, 12, 18, 24)
N_NEAREST = 5
MOST_HEARD = 120  # patches of a track: all of six minutes


def values(path: Path, network) -> tuple[np.ndarray, float]:
    """Return the values of each patch of a track, and the CPU seconds that one takes."""
    with open_sound(os.fsencode(path)) as sound:
        y = np.concatenate(list(sound.blocks()))
    length = int(np.ceil(patches.PATCH_SECONDS * sound.sr))
    starts = range(0, max(1, len(y) - length + 1), length)
    chosen = evenly([y[start : start + length] for start in starts], MOST_HEARD)
    start = time.process_time()
    heard = [network(patches.patch(part, sound.sr)) for part in chosen]
    return np.array(heard), (time.process_time() - start) / len(heard)


def evenly(things, n_wanted: int):
    """Return so many of them, each in the middle of an equal share."""
    n_wanted = min(n_wanted, len(things))
    return [things[(2 * i + 1) * len(things) // (2 * n_wanted)] for i in range(n_wanted)]


def nearest(X: np.ndarray, artists: np.ndarray) -> np.ndarray:
    """Return the nearest other tracks by default, none by the same artist."""
    Z = fit(X, [""] * len(X), "pca", DIMS[NETWORK], features=NETWORK).Z
    distances = np.linalg.norm(Z[:, None] - Z, axis=2)
    same = (artists[:, None] == artists) & (artists != "")[:, None]
    distances[same | np.eye(len(X), dtype=bool)] = np.inf
    return np.argsort(distances, axis=1, kind="stable")[:, :N_NEAREST]


def artist(path: Path) -> str:
    try:
        return (mediafile.MediaFile(str(path)).artist or "").casefold()
    except mediafile.UnreadableFileError:
        return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--music", type=Path, required=True)
    parser.add_argument("--genres", action="store_true", help="folders are genres")
    options = parser.parse_args()
    paths = sorted(p for p in options.music.rglob("*") if p.suffix in SUFFIXES)
    network = weights.load(Path("/nowhere"))
    found = [values(path, network) for path in paths]
    heard = [each for each, _ in found]
    seconds = np.mean([cpu for _, cpu in found])
    genres = np.array([path.parent.name for path in paths])
    artists = np.array([artist(path) for path in paths])
    by_all = nearest(np.array([each.mean(axis=0) for each in heard]), artists)
    print(f"{len(paths)} tracks, {np.mean([len(each) for each in heard]):.0f} patches each")
    print(f"| patches | neighbours kept |{' P@5 |' * options.genres} CPU s a track |")
    for number in NUMBERS:
        some = [np.mean(evenly(each, number), axis=0) for each in heard]
        near = nearest(np.array(some), artists)
        kept = [len(set(a) & set(b)) for a, b in zip(near, by_all, strict=True)]
        precision = (genres[near] == genres[:, None]).mean()
        label = f" {precision:.3f} |" if options.genres else ""
        share = np.mean(kept) / N_NEAREST
        print(f"| {number} | {share:.2f} |{label} {number * seconds:.3f} |")


if __name__ == "__main__":
    main()
