"""The commands that are disturbed, each with the library that it finds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import psutil

from tests.conftest import clicks, noise, sine
from tests.faults.whole import State, state_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.beet import Beet

STARTED = Path(__file__).parent / "started"
PATIENCE = 300.0  # seconds; more than any command takes on a busy machine
MARK = "FAULTS_MARK"


class Running:
    """A `beet` in a process and a session of its own, known with all its children by a mark."""

    def __init__(self, root: Path, *args: str, **environment: str) -> None:
        self.mark = uuid.uuid4().hex
        self.root = root
        self.temporary = root.parent / "tmp"
        self.temporary.mkdir(exist_ok=True)
        paths = [str(STARTED), str(Path(__file__).parents[2])]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "beets", *args],
            env={
                **os.environ, "BEETSDIR": str(root), "TMPDIR": str(self.temporary),
                "PYTHONPATH": os.pathsep.join(paths), MARK: self.mark,
                "TF_CPP_MIN_LOG_LEVEL": "3", **environment,
            },
            cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip

    def end(self, timeout: float = PATIENCE) -> tuple[int, str, str]:
        """Wait for its end; return exit code, output and error output."""
        out, err = self.process.communicate(timeout=timeout)
        return self.process.returncode, out, err

    def workers(self) -> list[psutil.Process]:
        """Return the processes that work for it now."""
        try:
            children = psutil.Process(self.process.pid).children(recursive=True)
            return [each for each in children if "spawn_main" in " ".join(each.cmdline())]
        except psutil.Error:
            return []

    def is_heeding(self) -> bool:
        """Say whether SIGTERM ends it as Ctrl-C does: the command is at work."""
        try:
            text = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return False
        caught = int(text.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught & 1 << 14)

    def left(self) -> list[psutil.Process]:
        """Return the processes that bear its mark, whoever is their parent now."""
        found = []
        for each in psutil.process_iter():
            try:
                if each.environ().get(MARK) == self.mark and each.status() != "zombie":
                    found.append(each)
            except psutil.Error:
                continue
        return found

    def check_nobody_left(self, seconds: float = 20.0) -> None:
        """Wait for the end of all that it has started; they have nothing left to do."""
        deadline = time.monotonic() + seconds
        while left := self.left():
            assert time.monotonic() < deadline, [each.cmdline() for each in left]
            time.sleep(0.05)


@dataclass
class Story:
    """A command, in a library that *make* makes."""

    name: str
    args: tuple[str, ...]
    base: Beet
    folder: Path
    configuration: str = "mir: {network: no}\n"
    has_workers: bool = False
    is_heard_of: str = ""  # what it may say when all is done already
    then: tuple[tuple[str, ...], ...] = ()  # what does the rest if it was disturbed
    lasts: float = field(default=0.0, init=False)  # seconds of the undisturbed run
    heeds_after: float = field(default=0.0, init=False)

    def fresh(self) -> Path:
        """Return a copy of the library."""
        root = Path(mkdtemp(prefix=f"{self.name} ", dir=self.folder))
        copy = self.base.copy(root / "beets")
        copy.configure(self.configuration)
        return copy.root

    @cached_property
    def before(self) -> State:
        """The state that the command finds."""
        return state_of(self.base.root)

    @cached_property
    def after(self) -> list[State]:
        """The states after the command was done once, and twice, undisturbed."""
        root = self.fresh()
        log = root.parent / "steps"
        states = []
        for _ in range(2):
            start = time.monotonic()
            running = Running(root, *self.args, FAULTS_STEPS=str(log))
            while not running.is_heeding() and running.process.poll() is None:
                time.sleep(0.01)
            heeding = time.monotonic() - start
            code, _, err = running.end()
            if not states:
                self.lasts, self.heeds_after = time.monotonic() - start, heeding
                self._steps = log.read_text().split()
            assert self.is_fine(code, err), err
            self.finish(root)
            states.append(state_of(root))
        return states

    def finish(self, root: Path) -> None:
        """Let others do what it leaves, as its documentation says."""
        for args in self.then:
            code, _, err = Running(root, *args).end()
            assert code == 0, err

    def is_fine(self, code: int, err: str) -> bool:
        """Say whether it ended well, or had nothing to do."""
        return code == 0 or bool(self.is_heard_of and self.is_heard_of in err)

    def any_step(self, dice: random.Random) -> int:
        """Return the number of a step, any kind of which among its neighbours is as likely."""
        _ = self.after
        runs = [[*run] for _, run in groupby(enumerate(self._steps, 1), lambda step: step[1])]
        return dice.choice(dice.choice(runs))[0]


def sounds(beet: Beet, n: int = 6, seconds: float = 1.0) -> Beet:
    """Add sounds of three kinds to a library, not analysed."""
    for number in range(n):
        kind: Callable = (lambda s, number=number: sine(300 + 50 * number, s, amplitude=0.5),
                lambda s, number=number: noise(s, seed=number),
                lambda s, number=number: clicks(s, 0.2 + 0.1 * number))[number % 3]  # fmt: skip
        beet.add(f"sound {number}.wav", kind(seconds), genre="Sound")
    return beet
