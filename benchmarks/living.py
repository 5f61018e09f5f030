"""What a library that lives pays: at the end of other commands, and for one new track.

    python benchmarks/living.py [--tracks 100000] [--library LIBRARY.db] [--write]

Builds a library as similarity.py does, clusters it, and runs `beet` in processes of their own,
as a user does, in turn: without the plugin and with it, on a track of ours and on one that is
not; and `mircluster --assign` of one track that has lost its cluster. Each is run --times
times; the median counts. What a listener costs is timed by itself, within a process.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from report import replace_section
from similarity import filled

from beetsplug.mir import fields

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
OURS, OTHER, NEW = 5, 7, 9  # ids
LISTENED = """
import time
from types import SimpleNamespace
from beets.library import Item
from beetsplug.mir import MirPlugin

upkeep, item = MirPlugin()._upkeep, Item(title="a", artist="b", path=b"/c")
start = time.perf_counter()
for _ in range(100_000):
    upkeep.database_change(None, item)
upkeep.cli_exit(None)
print((time.perf_counter() - start) / 100_000)
"""


class Beet:
    """`beet` on a library that is made up."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "library.db"

    def configure(self, plugins: str) -> None:
        (self.root / "config.yaml").write_text(
            f"directory: {self.root}\nlibrary: {self.database}\nplugins: {plugins}\n"
            "import: {write: no, move: no, copy: no}\n"
            f"mir: {{playlist_dir: {self.root / 'playlists'}}}\n"
        )

    def __call__(self, *args: str) -> float:
        """Run a command; return the seconds that it took."""
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "beets", *args],
            check=True, capture_output=True, env={**os.environ, "BEETSDIR": str(self.root)},
        )  # fmt: skip
        return time.perf_counter() - start

    def forget(self, id_: int, *keys: str) -> None:
        """Take attributes from a track, all if none is named."""
        where = f" AND key IN ({', '.join('?' * len(keys))})" if keys else ""
        with sqlite3.connect(self.database) as db:
            db.execute(f"DELETE FROM item_attributes WHERE entity_id = ?{where}", (id_, *keys))
        db.close()


def measure(beet: Beet, n_times: int) -> dict[str, float]:
    """Return the seconds of each case."""
    took: dict[str, list[float]] = {}
    for number in range(n_times):
        for plugins in ("", "mir"):
            beet.configure(plugins or "[]")
            for name, id_ in (("other", OTHER), ("ours", OURS)):
                change = ("modify", "-y", f"id:{id_}", f"title={plugins}{number}")
                took.setdefault(f"{name} {plugins}".strip(), []).append(beet(*change))
            took.setdefault(f"ls {plugins}".strip(), []).append(beet("ls", f"id:{OURS}"))
        beet.forget(NEW, fields.CLUSTER, fields.ORDER, fields.NAME)
        took.setdefault("assign", []).append(beet("mircluster", "--assign"))
    return {name: median(values) for name, values in took.items()}


def table(seconds: dict[str, float], listened: float, n_tracks: int) -> str:
    def row(what: str, name: str) -> str:
        without, with_ = seconds[name], seconds[f"{name} mir"]
        return f"| {what} | {without:.2f} s | {with_:.2f} s |"

    return "\n".join(
        [
            f"| {n_tracks:,} tracks, one process each | without the plugin | with it |",
            "|---|---|---|",
            row("`beet ls id:5`", "ls"),
            row("`beet modify` of a track that is not analysed", "other"),
            row("`beet modify` of one in a cluster: playlists are looked at", "ours"),
            f"| `beet mircluster --assign` of one track | | {seconds['assign']:.2f} s |",
            "",
            f"Of a command that touches nothing of ours the listener takes {1e6 * listened:.1f}"
            " µs for each track that it stores.",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="put it into docs/performance.md")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        beet = Beet(Path(folder))
        filled(beet.root, args.tracks, args.library)
        beet.configure("mir")
        for row in range(args.tracks):  # files that are there, as in a library in use
            path = beet.root / f"{row // 1000}/{row}.ogg"
            path.parent.mkdir(exist_ok=True)
            path.touch()
        beet("mircluster")
        beet.forget(OTHER)
        seconds = measure(beet, args.times)
    listened = subprocess.run(
        [sys.executable, "-c", LISTENED], check=True, capture_output=True, text=True
    )
    text = table(seconds, float(listened.stdout), args.tracks)
    print(text)
    if args.write:
        replace_section(PAGE, "living", text)


if __name__ == "__main__":
    main()
