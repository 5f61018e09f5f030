"""Progress of a long job, on the error stream: a bar on a terminal, or lines elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tqdm import tqdm  # the usual progress bar: rate, remaining time, no dependencies

from .terminal import note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Shows how much of *total* is done, how fast, and how long it will take.

    *what* is being done is only said where it is not the command itself. Without *lines*
    nothing is shown where there is no terminal.
    """

    def __init__(
        self,
        total: int,
        *,
        unit: str = "track",
        quiet: bool = False,
        what: str | None = None,
        lines: bool = True,
    ) -> None:
        bar = not quiet and sys.stderr.isatty()
        self._lines = not quiet and not bar and lines
        self._last_line = time.monotonic()
        # Without a bar tqdm still counts, through a stream that leads nowhere.
        self._bar = tqdm(desc=what, total=total, unit=unit, disable=not bar, dynamic_ncols=True)
        self._start = time.monotonic()
        self._total = total
        self._unit = unit
        self._what = f"{what}: " if what else ""
        self._done = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.close()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the bar away while something else is written."""
        self._bar.clear()
        yield
        self._bar.refresh()

    def now(self, what: str) -> None:
        """Say what is being done from now on."""
        self._what = f"{what}: "
        self._bar.set_description_str(what)

    def extend(self, n_more: int) -> None:
        """Tell of more that is to be done."""
        self._total += n_more
        self._bar.total = self._total
        self._bar.refresh()

    def advance(self, n_done: int = 1) -> None:
        """Count some more."""
        self._done += n_done
        self._bar.update(n_done)
        now = time.monotonic()
        if self._lines and self._done and now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = now
            note(self._line(self._done / (now - self._start)))

    def _line(self, rate: float) -> str:
        left = tqdm.format_interval((self._total - self._done) / rate)
        done = f"{self._done}/{self._total} {self._unit}s"
        return f"{self._what}{done}, {rate:.2f} a second, {left} left"
