"""How well do excerpts of several lengths stand for whole tracks?

For each length: the rank correlation (Spearman), over the tracks of a folder, between each
feature of the excerpt, reached by seeking, and that of the whole track. Only tracks of at
least two minutes count, since a short one is its own excerpt.

    python benchmarks/excerpts.py --music DIR [--out docs/performance.md]
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from report import SUFFIXES, replace_section
from scipy.stats import spearmanr

from beetsplug.mir.names import FEATURES
from beetsplug.mir.sound.analysis import analyse_file
from beetsplug.mir.sound.audio import open_sound
from beetsplug.mir.sound.excerpt import windows

EXCERPTS = (20, 30, 45, 60)
LEAST_SECONDS = 120


def features(path: Path) -> list[dict[str, float]] | None:
    """Return the features of the whole track and of each excerpt; None for a short track."""
    with open_sound(bytes(path)) as sound:
        if (sound.seconds or 0) < LEAST_SECONDS:
            return None
    return [analyse_file(bytes(path), excerpt).values for excerpt in (0, *EXCERPTS)]


def heading(excerpt: int) -> str:
    """Return how many windows and how many decoded seconds an excerpt has."""
    found = windows(3600, excerpt)
    return f"{excerpt}: {len(found)} windows, {sum(w.seconds for w in found):.0f} s"


def table(tracks: list[list[dict[str, float]]]) -> str:
    """Return a Markdown table: a row a feature, a column an excerpt."""
    lines = [
        f"| {len(tracks)} tracks | {' | '.join(map(heading, EXCERPTS))} |",
        "|---" * (len(EXCERPTS) + 1) + "|",
    ]
    rows = []
    for feature in FEATURES:
        key = f"{feature.series}_{feature.summary}"
        whole, *excerpts = ([track[i][key] for track in tracks] for i in range(len(tracks[0])))
        rows.append([float(spearmanr(whole, values).statistic) for values in excerpts])
        lines.append(f"| {feature.name} | " + " | ".join(f"{r:.4f}" for r in rows[-1]) + " |")
    lines.append("| **least** | " + " | ".join(f"**{r:.4f}**" for r in np.min(rows, 0)) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--music", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="the page whose table to replace")
    options = parser.parse_args()
    paths = sorted(p for p in options.music.rglob("*") if p.suffix in SUFFIXES)
    with ProcessPoolExecutor() as pool:
        text = table([found for found in pool.map(features, paths) if found])
    print(text)
    if options.out:
        replace_section(options.out, "excerpts", text)


if __name__ == "__main__":
    main()
