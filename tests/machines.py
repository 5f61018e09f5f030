"""A scheduler of Dask and its workers, each a process, as an administrator starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 60.0
REPOSITORY = Path(__file__).parents[1]

# What a worker loads that stands in for one of another machine: by its name a file kills it,
# hangs it or takes its time. It notes what it analyses.
STAND_IN = """
import os, signal, sys, time
from beetsplug.mir import names
from beetsplug.mir.sound.machines import there
from beetsplug.mir.sound.tasks import Result

def get_ready(folder, network):
    pass

def analyse(task):
    name = os.path.basename(task.path)
    with open(os.environ["NOTES"], "ab") as notes:
        notes.write(b"%d %b\\n" % (os.getpid(), name))
    if b"kill" in name:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"hang" in name:
        time.sleep(600)
    if b"break" in name:
        return Result(task, error="there is no sound in it")
    time.sleep(0.05)
    return Result(task, values=dict.fromkeys(names.VECTOR, 0.5))

there.get_ready, there.analyse = get_ready, analyse
"""


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait for an event; how long it takes depends on what else the machine does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


class Machines:
    """A scheduler on this machine, and workers that come and go."""

    def __init__(self, root: Path, *options: str) -> None:
        root.mkdir(parents=True)
        self.notes = root / "notes"
        self._root, self._options = root, options
        self._file = root / "scheduler.json"
        self._processes: list[subprocess.Popen[bytes]] = []
        (root / "stand_in.py").write_text(STAND_IN)
        self.scheduler = self._start(
            "scheduler", "--port", "0", "--no-show", "--dashboard-address", "127.0.0.1:0",
            "--scheduler-file", str(self._file),
        )  # fmt: skip
        wait_until(self._is_up, "the scheduler does not start")
        self.address: str = json.loads(self._file.read_text())["address"]

    def worker(self, *options: str, preload: str = "", nanny: bool = False):
        """Start a worker of one thread, which loads some code first."""
        number = len(self._processes)
        if preload:
            file = self._root / f"preload_{number}.py"
            file.write_text(preload)
            options = (*options, "--preload", str(file))
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-dashboard",
            "--death-timeout", "60", "--local-directory", str(self._root / "workers"),
            "--nanny" if nanny else "--no-nanny", *options,
        )  # fmt: skip

    def stand_in(self, *options: str, **more: object):
        """Start a worker that only seems to analyse."""
        return self.worker(*options, "--preload", str(self._root / "stand_in.py"), **more)

    def analysed(self) -> list[str]:
        """Return the names of the files that stand-ins have begun to analyse."""
        return [line.partition(" ")[2] for line in self._notes()]

    def at_work(self) -> set[int]:
        """Return the processes that have begun to analyse a file."""
        return {int(line.partition(" ")[0]) for line in self._notes()}

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process with all that it has started."""
        if process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
        process.kill()
        process.wait()

    def close(self) -> None:
        """Kill all that is left."""
        for process in reversed(self._processes):
            self.stop(process)

    def _notes(self) -> list[str]:
        return self.notes.read_text().splitlines() if self.notes.exists() else []

    def _is_up(self) -> bool:
        return self._file.exists() and self._file.read_text().endswith("}")

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        log = self._root / f"{kind} {len(self._processes)}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", f"distributed.cli.dask_{kind}"),
                    *options, *self._options, "--host", "127.0.0.1",
                ],
                env={**os.environ, "PYTHONPATH": str(REPOSITORY), "NOTES": str(self.notes)},
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=self._root,
            )  # fmt: skip
        self._processes.append(process)
        return process
