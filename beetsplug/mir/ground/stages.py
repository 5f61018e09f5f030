"""What each stage of a command took, did and decided: in the log of `beet -vv`."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beets.logging import BeetsLogger


@contextmanager
def stage(log: BeetsLogger, name: str) -> Iterator[Callable[[str], None]]:
    """Log when a stage of the work ends, how long it took, and what was said of it.

    Seconds of the clock come first, then those of this process on all of its threads.
    """
    said: list[str] = []
    start, cpu_start = time.perf_counter(), time.process_time()
    try:
        yield said.append
    finally:  # also of what went wrong
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu_start
        log.debug("{}: {:.2f} s, {:.2f} s CPU{}", name, seconds, cpu, _joined(said))


def _joined(said: list[str]) -> str:
    return "".join(f"; {text}" for text in said)
