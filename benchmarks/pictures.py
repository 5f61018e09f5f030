"""What `beet mirplot` takes: whole, figure by figure, and for one figure alone.

    python benchmarks/pictures.py --library 1000=DIR [--library 20000=DIR] [--times 3]

Each DIR has a `config.yaml` of beets that names a library of analysed tracks; it is copied
and nothing in it is changed. `beet ls` of the same library and the import of what draws and
clusters are taken before and after each run: where others use the machine, all that can be
compared are CPU seconds, and better still how many times as much something takes as these.
A first run, which compiles and keeps colours, is not counted.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

IMPORTS = "import matplotlib.figure, sklearn.cluster, sklearn.metrics"
ALONE = ["mirplot", "--only", "pca-2d"]
_STAGE = re.compile(r"^mir: ([\w -]+): ([\d.]+) s, ([\d.]+) s CPU", re.MULTILINE)


class Took(NamedTuple):
    """What a process took, in seconds, and what it wrote to the error stream."""

    wall: float
    cpu: float
    err: str


def run(*args: str) -> Took:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(args, capture_output=True, text=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(wall, cpu, done.stderr)


def beet(config: Path, *args: str) -> Took:
    program = "import sys; from beets.ui import main; sys.exit(main())"
    return run(sys.executable, "-c", program, "-c", os.fspath(config), *args)


def copied(source: Path, folder: Path) -> Path:
    """Copy a library with its configuration; return the configuration of the copy."""
    there = folder / source.name
    shutil.copytree(source, there)
    config = there / "config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(os.fspath(source), os.fspath(there)), encoding="utf-8")
    return config


def show(label: str, taken: list[Took], unit: float) -> None:
    wall, cpu = (median(values) for values in list(zip(*taken, strict=True))[:2])
    print(f"{label:<28}{wall:>9.1f}{cpu:>9.1f}{cpu / unit:>9.1f}", flush=True)


def measure(label: str, config: Path, times: int) -> None:
    print(f"{label} tracks{'':<20}{'wall s':>9}{'CPU s':>9}{'x ls':>9}")
    out = ["-o", os.fspath(config.parent / "pictures")]
    beet(config, *ALONE, *out)
    of_ls, of_imports, alone, whole = [], [], [], []
    for _ in range(times):
        of_ls.append(beet(config, "ls"))
        of_imports.append(run(sys.executable, "-c", IMPORTS))
        alone.append(beet(config, *ALONE, *out))
        whole.append(beet(config, "-vv", "mirplot", *out))
        of_ls.append(beet(config, "ls"))
    unit = median(took.cpu for took in of_ls)
    show("beet ls", of_ls, unit)
    show("import matplotlib, sklearn", of_imports, unit)
    show("mirplot --only pca-2d", alone, unit)
    show("mirplot", whole, unit)
    stages = [{name: cpu for name, _, cpu in _STAGE.findall(took.err)} for took in whole]
    for name in stages[0]:
        cpu = median(float(found.get(name, 0)) for found in stages)
        print(f"  {name:<35}{cpu:>9.1f}{cpu / unit:>9.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", action="append", required=True, metavar="N=DIR")
    parser.add_argument("--times", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for number, library in enumerate(args.library):
            label, _, source = library.partition("=")
            place = Path(folder) / str(number)
            measure(label, copied(Path(source).resolve(), place), args.times)


if __name__ == "__main__":
    main()
