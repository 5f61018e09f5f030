"""How many tracks a second do workers of a scheduler analyse, beside the pool's?

All on this machine: what is measured is what the way through the scheduler costs. Each runs
in turn, several times, so that a change in the machine's speed meets all of them.

    pip install distributed; pip install --no-deps musicnn
    python benchmarks/machines.py --music DIR [--limit N] [--rounds N] [--out docs/cluster.md]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from report import SUFFIXES, replace_section

from beetsplug.mir.sound import machines, pool
from beetsplug.mir.sound.network import weights
from beetsplug.mir.sound.tasks import Result, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[[list[Task]], Iterator[list[Result]]]

WORKERS = (1, 2, 4)


class Silent:
    """Hears nothing of what is no result."""

    def warn(self, text: str) -> None: ...

    def watch(self, address: str) -> None: ...


def executors(network: Path) -> dict[tuple[str, int], Run]:
    """Return what analyses, by its name and its number of workers."""
    found: dict[tuple[str, int], Run] = {}
    for n in WORKERS:
        scheduler = machines.Scheduler("local", n, network=network)
        found["pool", n] = partial(pool.analyse_all, n_workers=n)
        found["workers", n] = partial(on_machines, scheduler=scheduler)
    return found


def on_machines(tasks: list[Task], scheduler: machines.Scheduler) -> Iterator[list[Result]]:
    return machines.analyse_all(tasks, Silent(), scheduler)


def rate(run: Run, tasks: list[Task]) -> float:
    """Return the tracks a second from the first result on, and so without the start."""
    n_first = n_done = 0
    first = 0.0
    for results in run(tasks):
        assert not [result.error for result in results if result.error or result.unseen]
        n_done += len(results)
        if n_done and not n_first:
            n_first, first = n_done, time.perf_counter()
    assert n_done == len(tasks)
    return (n_done - n_first) / (time.perf_counter() - first)


def report(rates: dict[tuple[str, int], list[float]], n_tracks: int, rounds: int) -> str:
    lines = [
        f"{n_tracks} tracks, the median of {rounds} rounds on {os.cpu_count()} cores.",
        "",
        "| | the pool | a scheduler's workers here | ratio |",
        "|---|---|---|---|",
    ]
    for n in WORKERS:
        ours, theirs = (statistics.median(rates[name, n]) for name in ("pool", "workers"))
        workers = "1 worker" if n == 1 else f"{n} workers"
        lines.append(f"| {workers} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.2f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--music", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="so many tracks")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    paths = sorted(p for p in options.music.rglob("*") if p.suffix in SUFFIXES)[: options.limit]
    rates: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        network = Path(folder) / "network.bin"
        weights.keep(network, weights.from_package())
        tasks = [Task(key, os.fsencode(path), 60, network) for key, path in enumerate(paths)]
        for _ in range(options.rounds):
            for name, run in executors(network).items():
                rates.setdefault(name, []).append(rate(run, tasks))
                print(*name, f"{rates[name][-1]:.2f}", flush=True)
    text = report(rates, len(paths), options.rounds)
    print(text)
    if options.out:
        replace_section(options.out, "machines", text)


if __name__ == "__main__":
    main()
