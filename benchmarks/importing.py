"""What does `auto: yes` cost an import? (docs/import.md)

Imports the same tracks with and without it, in turn: pieces of the given music, each a track
of an album of ten, into a library that has some clustered tracks already. As-is, without
tags from the network, is the fastest that beets imports; so it is what shows a delay best.

    python benchmarks/importing.py --music DIR [--tracks N] [--seconds S] [--out docs/import.md]

Nothing else should run on the machine. The pieces lie in --work, which is as large as they
are, twice.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import mediafile
import numpy as np
import soundfile as sf
from report import SUFFIXES, replace_section

from beetsplug.mir.sound.audio import open_sound

ALBUM = 10  # tracks
BEFORE = 60  # tracks in the library before


def main() -> None:
    """Make the tracks, import them in all ways, say what it took."""
    args = arguments()
    with tempfile.TemporaryDirectory(dir=args.work) as folder:
        work = Path(folder)
        cut(args.music, args.seconds, BEFORE, work / "before")
        cut(args.music, args.seconds, args.tracks, work / "new", skip=BEFORE)
        base(work)
        rounds = [one_round(work) for _ in range(args.rounds)]
    text = table(rounds, args)
    print(text)
    if args.out:
        replace_section(args.out, "importing", text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--music", type=Path, required=True, help="a folder, only read")
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=30, help="length of a track")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, help="where there is room")
    parser.add_argument("--out", type=Path, help="the page with the table")
    return parser.parse_args()


# --- the tracks ---


def cut(music: Path, seconds: int, count: int, folder: Path, skip: int = 0) -> None:
    """Write pieces of music as tagged FLAC files, the first *skip* of them left out."""
    some = islice(pieces(music, seconds), skip, skip + count)
    for number, (y, sr) in enumerate(some):
        write(folder, number, y, sr)


def pieces(music: Path, seconds: int):
    """Yield each so many seconds of the music, and their rate; again and again."""
    paths = sorted(path for path in music.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        sys.exit(f"{music}: there is no music")
    for path in cycle(paths):
        with open_sound(os.fsencode(path)) as sound:
            y, sr = np.concatenate([*sound.blocks()]), sound.sr
        for start in range(0, len(y) - seconds * sr, seconds * sr):
            yield y[start : start + seconds * sr], sr


def write(folder: Path, number: int, y: np.ndarray, sr: int) -> None:
    album = folder / f"Album {number // ALBUM}"
    album.mkdir(parents=True, exist_ok=True)
    path = album / f"{number % ALBUM}.flac"
    sf.write(path, np.clip(y, -1, 1), sr)
    file = mediafile.MediaFile(path)
    file.update({"title": f"Title {number}", "artist": "Artist", "album": album.name})
    file.save()


# --- the imports ---


def base(work: Path) -> None:
    """Make the library as it is before."""
    begin(work, auto=False)
    beet(work, "import", "-qA", str(work / "before"))
    beet(work, "mirextract", "-q")
    beet(work, "mircluster")
    shutil.copytree(work / "beets", work / "base")


def one_round(work: Path) -> dict[str, float]:
    """Return the seconds of each command: once without `auto`, once with it."""
    took = {}
    begin(work, auto=False)
    took["plain"], took["plain import"] = timed_import(work)
    took["analysis"] = beet(work, "mirextract", "-q")
    begin(work, auto=True)
    took["auto"], took["auto import"] = timed_import(work)
    if left := subprocess.check_output([*COMMAND, "mirextract", "-p"], env=environment(work)):
        sys.exit(f"not analysed: {left.decode()}")
    return took


def begin(work: Path, *, auto: bool) -> None:
    """Let the library be as it was before."""
    shutil.rmtree(work / "beets", ignore_errors=True)
    if (work / "base").exists():
        shutil.copytree(work / "base", work / "beets")
    (work / "beets").mkdir(exist_ok=True)
    (work / "beets" / "config.yaml").write_text(
        f"directory: {work / 'beets' / 'music'}\n"
        f"library: {work / 'beets' / 'library.db'}\n"
        "plugins: [mir, hook]\n"
        "import: {copy: yes, write: yes, duplicate_action: keep}\n"
        f"mir: {{auto: {'yes' if auto else 'no'}}}\n"
        f"hook: {{hooks: [{{event: import, command: touch {work / 'imported'}}}]}}\n"
    )


def timed_import(work: Path) -> tuple[float, float]:
    """Return the seconds of the command, and those until its last track was imported."""
    start = time.time()
    took = beet(work, "import", "-qA", str(work / "new"))
    return took, (work / "imported").stat().st_mtime - start


COMMAND = [sys.executable, "-m", "beets"]


def environment(work: Path) -> dict[str, str]:
    return {**os.environ, "BEETSDIR": str(work / "beets")}


def beet(work: Path, *args: str) -> float:
    """Run a command; return its seconds."""
    os.sync()  # what the one before has written is not this one's to wait for
    start = time.perf_counter()
    subprocess.run(
        [*COMMAND, *args], check=True, env=environment(work), capture_output=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - start


# --- the table ---

ROWS = {
    "import": ("plain", "plain import"),
    "`mirextract` after it": ("analysis", None),
    "import with `auto`": ("auto", "auto import"),
}


def table(rounds: list[dict[str, float]], args: argparse.Namespace) -> str:
    """Return medians, and of each round how the whole compares with its parts."""
    lines = ["| | s | its last track is there after, s |", "|---|---|---|"]
    for name, (whole, until) in ROWS.items():
        lines.append(f"| {name} | {median(rounds, whole)} | {median(rounds, until)} |")
    ratios = [took["auto"] / (took["plain"] + took["analysis"]) for took in rounds]
    shares = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    return (
        f"{args.tracks} tracks of {args.seconds} s, {os.cpu_count()} cores,"
        f" {len(rounds)} rounds: medians.\n\n" + "\n".join(lines) + "\n\n"
        f"With `auto`, as a share of the other two together, each round: {shares}.\n"
    )


def median(rounds: list[dict[str, float]], key: str | None) -> str:
    return f"{statistics.median(took[key] for took in rounds):.1f}" if key else ""


if __name__ == "__main__":
    main()
