"""How fast is extraction, beside what a user could run instead, and how true?

Each tool runs in a process of its own and gets the same files in turn, so that a change in
the machine's speed meets all of them. CPU seconds are those of the whole process, all threads.

    pip install bliss-audio; pip install --no-deps musicnn
    python benchmarks/extraction.py --music DIR [--long FILE...] [--out docs/performance.md]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from report import SUFFIXES, replace_section

REPOSITORY = Path(__file__).parents[1]
TOOLS = {
    "default": "this project, by default",
    "classic": "this project, without the network",
    "whole": "this project, whole tracks",
    "whole classic": "this project, whole tracks, without the network",
    "decode": "decoding alone, whole tracks",
    "bliss": "bliss-audio",
    "plain": "plain librosa, whole tracks",
}
NO_FILE = Path("/nowhere")  # where no weights are kept, so that they come from the package
LEAST, MOST = 180, 420  # seconds of the tracks of ordinary length


# --- the processes ---


def tool(name: str):
    """Return a function that analyses the file at a path."""
    if name == "bliss":
        from bliss_audio import Song

        return Song
    from beetsplug.mir.sound.analysis import analyse_file
    from beetsplug.mir.sound.audio import open_sound

    def decode(path: str):
        with open_sound(os.fsencode(path)) as sound:
            return sum(map(len, sound.blocks())) / sound.sr

    def plain_librosa(path: str):
        from beetsplug.mir.sound.features import plain

        with open_sound(os.fsencode(path)) as sound:
            return plain.extract(sound.blocks(), sound.sr)

    return {
        "default": lambda path: analyse_file(os.fsencode(path), 60, network=network()).values,
        "classic": lambda path: analyse_file(os.fsencode(path), 60).values,
        "whole": lambda path: analyse_file(os.fsencode(path), 0, network=network()).values,
        "whole classic": lambda path: analyse_file(os.fsencode(path), 0).values,
        "decode": decode,
        "plain": plain_librosa,
    }[name]


def network():
    """Return the trained network, out of the package `musicnn`."""
    from beetsplug.mir.sound.network.weights import load

    return load(NO_FILE)


def serve(name: str) -> None:
    """Analyse each path that comes in, and answer what it took. The first is a warm-up."""
    run = tool(name)
    for line in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        value = run(json.loads(line))
        answer = {
            "cpu": time.process_time() - cpu,
            "wall": time.perf_counter() - wall,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "value": value if isinstance(value, dict | float) else None,
        }
        print(json.dumps(answer), flush=True)


class Tool:
    """A tool in a process of its own."""

    def __init__(self, name: str) -> None:
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", name],
            env={**os.environ, **one, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def __call__(self, path: Path) -> dict:
        self.process.stdin.write(json.dumps(str(path)) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


# --- what is measured ---


def side_by_side(paths: list[Path], names: list[str], n_plain: int) -> list[dict]:
    """Return for each track its length and what each tool took; plain only for a few."""
    rows = []
    with contextlib.ExitStack() as stack:
        tools = {name: stack.enter_context(contextlib.closing(Tool(name))) for name in names}
        for one in tools.values():
            one(paths[0])  # the warm-up: imports, compiled code, the file cache
        step = max(1, len(paths) // n_plain)
        for index, path in enumerate(paths):
            row = {"path": path}
            for name, one in tools.items():
                if name != "plain" or index % step == 0:
                    row[name] = one(path)
            row["seconds"] = row["decode"]["value"]
            rows.append(row)
            print(
                path.name, {n: round(row[n]["cpu"], 3) for n in names if n in row}, flush=True
            )
    return rows


def throughput(paths: list[Path], rounds: int = 3) -> dict[int, float]:
    """Return tracks a second of the pool with one and with two workers, start included."""
    from beetsplug.mir.sound.pool import analyse_all
    from beetsplug.mir.sound.tasks import Task

    tasks = [Task(key, os.fsencode(path), 60, NO_FILE) for key, path in enumerate(paths * 4)]
    rates: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for n_workers, found in rates.items():
            start = time.perf_counter()
            assert sum(map(len, analyse_all(tasks, n_workers))) == len(tasks)
            found.append(len(tasks) / (time.perf_counter() - start))
    return {n_workers: statistics.median(found) for n_workers, found in rates.items()}


def peaks(paths: list[Path]) -> list[tuple[str, float, float]]:
    """Return name, length and peak memory of each file over the whole track, alone."""
    found = []
    for path in paths:
        with (
            contextlib.closing(Tool("decode")) as decode,
            contextlib.closing(Tool("whole")) as w,
        ):
            found.append((path.name, decode(path)["value"], w(path)["peak"]))
    return found


# --- the report ---


def total(rows: list[dict], name: str, what: str = "cpu") -> float:
    return sum(row[name][what] for row in rows)


def report(rows: list[dict], rates: dict[int, float], memory: list) -> str:
    names = [name for name in TOOLS if any(name in row for row in rows)]
    with_plain = [row for row in rows if "plain" in row]
    ordinary = [row for row in rows if LEAST <= row["seconds"] <= MOST]
    lines = [
        f"{len(rows)} tracks, {total_hours(rows):.1f} h;"
        f" plain librosa on {len(with_plain)} of them.",
        "",
        "| | CPU s a track | wall s a track | x real time a core | peak MB |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        mine = [row for row in rows if name in row]
        speed = sum(row["seconds"] for row in mine) / total(mine, name)
        peak = max(row[name]["peak"] for row in mine)
        cpu, wall = (total(mine, name, what) / len(mine) for what in ("cpu", "wall"))
        lines.append(
            f"| {TOOLS[name]} | {cpu:.3f} | {wall:.3f} | {speed:.0f} | {peak / 1e6:.0f} |"
        )
    lines += ["", "| ratio of CPU time | |", "|---|---|"]
    if with_plain:
        ratio = total(with_plain, "plain") / total(with_plain, "whole")
        lines.append(f"| plain librosa / whole tracks | {ratio:.1f} |")
        ratio = total(with_plain, "plain") / total(with_plain, "default")
        lines.append(f"| plain librosa / default | {ratio:.1f} |")
    if "bliss" in names:
        bliss = total(rows, "bliss")
        for name in ("default", "classic", "whole", "whole classic"):
            lines.append(f"| bliss / {name} | {bliss / total(rows, name):.2f} |")
        for name in ("default", "classic"):
            ratio = total(ordinary, "bliss") / total(ordinary, name)
            what = f"the {len(ordinary)} tracks of 3 to 7 minutes"
            lines.append(f"| bliss / {name}, {what} | {ratio:.2f} |")
    lines.append(f"| tracks a second with two workers / with one | {rates[2] / rates[1]:.2f} |")
    if memory:
        lines += ["", "| whole track | length | peak MB |", "|---|---|---|"]
        lines += [f"| {n} | {s / 60:.0f} min | {peak / 1e6:.0f} |" for n, s, peak in memory]
    return "\n".join(lines) + "\n" + truth(with_plain)


def truth(rows: list[dict]) -> str:
    """Return the rank correlation of whole-track features with the plain statement."""
    if len(rows) < 3:
        return ""
    from scipy.stats import spearmanr

    from beetsplug.mir.names import FEATURES

    lines = ["", f"| feature | Spearman with plain librosa, {len(rows)} tracks |", "|---|---|"]
    for feature in FEATURES:
        key = f"{feature.series}_{feature.summary}"
        sides = ([row[name]["value"][key] for row in rows] for name in ("whole", "plain"))
        lines.append(f"| {feature.name} | {spearmanr(*sides).statistic:.4f} |")
    return "\n".join(lines) + "\n"


def total_hours(rows: list[dict]) -> float:
    return sum(row["seconds"] for row in rows) / 3600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--music", type=Path)
    parser.add_argument("--long", type=Path, nargs="*", default=[])
    parser.add_argument("--plain", type=int, default=30, help="tracks for plain librosa")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--serve")
    options = parser.parse_args()
    if options.serve:
        return serve(options.serve)
    if not options.music:
        parser.error("--music is needed")
    paths = sorted(p for p in options.music.rglob("*") if p.suffix in SUFFIXES)
    names = list(TOOLS)
    with contextlib.suppress(ImportError):
        import bliss_audio  # noqa: F401
    if "bliss_audio" not in sys.modules:
        names.remove("bliss")
        print("bliss-audio is not installed")
    rows = side_by_side(paths, names, options.plain)
    text = report(rows, throughput(paths), peaks(options.long))
    print(text)
    if options.out:
        replace_section(options.out, "extraction", text)
    return None


if __name__ == "__main__":
    main()
