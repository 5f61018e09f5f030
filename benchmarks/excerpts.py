"""How well does an excerpt stand for the whole track?

For each number and length of windows: the rank correlation (Spearman), over the tracks
of a folder, between each feature of the excerpt and that of the whole track. Only tracks
of at least two minutes count, since a short one is its own excerpt.

    python benchmarks/excerpts.py --music DIR [--out docs/excerpts.md]
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from beetsplug.mir.audio import open_sound
from beetsplug.mir.features.extract import extract
from beetsplug.mir.names import FEATURES

PLANS = [
    (30, 5.0), (45, 5.0), (60, 2.5), (60, 5.0), (60, 7.5), (60, 10.0), (60, 15.0), (60, 30.0),
    (90, 5.0), (90, 10.0), (120, 5.0), (120, 10.0),
]  # fmt: skip
LEAST_SECONDS = 120
SUFFIXES = {".ogg", ".opus", ".mp3", ".flac", ".m4a"}


def spread(length: float, total: float, window: float) -> list[tuple[float, float]]:
    """Return start and end of windows in the middle of equal shares of the track."""
    n_windows = max(1, round(total / window))
    share, seconds = length / n_windows, total / n_windows
    return [((i + 0.5) * share - seconds / 2, seconds) for i in range(n_windows)]


def features(path: Path) -> list[dict[str, float]] | None:
    """Return the features of the whole track and of each plan's excerpt."""
    with open_sound(bytes(path)) as sound:
        sr = sound.sr
        y = np.concatenate(list(sound.blocks()))
    length = len(y) / sr
    if length < LEAST_SECONDS:
        return None
    pieces = [[[y]]]
    for total, window in PLANS:
        cut = [(round(a * sr), round((a + s) * sr)) for a, s in spread(length, total, window)]
        pieces.append([[y[a:b]] for a, b in cut])
    return [extract(piece, sr) for piece in pieces]


def table(tracks: list[list[dict[str, float]]]) -> str:
    """Return a Markdown table: a row a feature, a column a plan."""
    heads = [f"{round(total / window)} x {window:g} s" for total, window in PLANS]
    lines = [f"| {len(tracks)} tracks | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    correlations = []
    for feature in FEATURES:
        key = f"{feature.series}_{feature.summary}"
        whole, *excerpts = ([track[i][key] for track in tracks] for i in range(len(PLANS) + 1))
        row = [float(spearmanr(whole, values).statistic) for values in excerpts]
        correlations.append(row)
        lines.append(f"| {feature.name} | " + " | ".join(f"{r:.3f}" for r in row) + " |")
    worst = np.min(correlations, axis=0)
    lines.append("| **least** | " + " | ".join(f"**{r:.3f}**" for r in worst) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--music", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    paths = sorted(p for p in options.music.rglob("*") if p.suffix in SUFFIXES)
    with ProcessPoolExecutor() as pool:
        tracks = [found for found in pool.map(features, paths) if found]
    text = table(tracks)
    print(text)
    if options.out:
        options.out.write_text(text)


if __name__ == "__main__":
    main()
