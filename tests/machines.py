"""A scheduler of Dask and its workers, each a process, as an administrator starts them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 60.0
REPOSITORY = Path(__file__).parents[1]


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


class Machines:
    """A scheduler on this machine, and workers that come and go."""

    def __init__(self, root: Path, *options: str) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root, self.options = root, options
        self._file = root / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start(
            "scheduler", "--port", "0", "--no-show", "--dashboard-address", "127.0.0.1:0",
            "--scheduler-file", str(self._file), "--host", "127.0.0.1",
        )  # fmt: skip
        wait_until(lambda: self._file.exists() and self._file.read_text().endswith("}"), "up")

    @property
    def address(self) -> str:
        import json

        return json.loads(self._file.read_text())["address"]

    def worker(self, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker of one thread without a nanny, so that killed is killed."""
        nanny = () if "--nanny" in options else ("--no-nanny",)
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1",
            "--local-directory", str(self.root / "workers"), *nanny, *options, **environment,
        )  # fmt: skip

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process with all that it has started."""
        family = []
        if process.poll() is None:
            family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        for child in family:
            if child.is_running():
                child.kill()

    def close(self) -> None:
        for process in reversed(self.processes):
            self.stop(process)

    def _start(self, kind: str, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        log = self.root / f"{kind} {len(self.processes)}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + kind, *options, *self.options],
                env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=self.root,
            )  # fmt: skip
        self.processes.append(process)
        return process


@contextmanager
def machines(root: Path, n_workers: int, *options: str) -> Iterator[Machines]:
    made = Machines(root, *options)
    try:
        for _ in range(n_workers):
            made.worker()
        yield made
    finally:
        made.close()
