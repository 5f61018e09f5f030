"""Many files become values: a pool of processes that no single file can bring down."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import TimeoutError
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

# A pool in which a task may die or hang at the cost of that task only, which the
# standard library's cannot; pure Python, maintained since 2013.
from pebble import ProcessExpired, ProcessPool

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from pebble import ProcessFuture

_NUMERIC_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class Task(NamedTuple):
    """A file to analyse; *key* is the caller's name for it."""

    key: int
    path: bytes
    seconds: float = 0.0  # about how long it is
    excerpt: int = 0  # how many seconds of it to hear, 0 for all


class Result(NamedTuple):
    """What came of a task: values by name, or the reason why there are none."""

    task: Task
    values: dict[str, float] | None = None
    error: str | None = None


def analyse(task: Task) -> Result:
    """Analyse one file in this process; a file that cannot be decoded is a result, too."""
    from .analysis import analyse_file
    from .audio import AudioError

    try:
        return Result(task, values=analyse_file(task.path, task.excerpt))
    except AudioError as exc:
        return Result(task, error=str(exc))
    except MemoryError:
        return Result(task, error="there is not enough memory for it")


def analyse_all(tasks: Iterable[Task], n_workers: int) -> Generator[list[Result]]:
    """Yield the results of each second, as they come, computed in *n_workers* processes.

    0 workers compute in this process. Closing the iterator stops the workers.
    """
    if not n_workers:
        yield from ([analyse(task)] for task in tasks)
        return
    with _pool(n_workers) as pool:
        running = _Running(pool)
        todo = iter(tasks)
        for task in islice(todo, 2 * n_workers):  # enough to keep every worker busy
            running.start(task)
        while running.tasks:
            yield list(_results_of_a_second(running, todo))


def time_limit(task: Task) -> float:
    """Return the seconds after which a task is taken to hang: far more than any needs.

    One core analyses whole tracks some 400 times as fast as they play; a fresh worker has
    to load and, the first time ever, to compile.
    """
    return 300.0 + 2.0 * task.seconds


class _Running:
    """The tasks in the pool, and those that just left it."""

    def __init__(self, pool: ProcessPool) -> None:
        self.pool = pool
        self.tasks: dict[ProcessFuture[Result], Task] = {}
        self.done: SimpleQueue[ProcessFuture[Result]] = SimpleQueue()

    def start(self, task: Task) -> None:
        future = self.pool.schedule(analyse, args=[task], timeout=time_limit(task))
        self.tasks[future] = task
        future.add_done_callback(lambda _: self.done.put(future))

    def next_result(self, timeout: float) -> Result:
        """Return the next result; raise queue.Empty if there is none for *timeout* seconds."""
        future = self.done.get(timeout=timeout)
        task = self.tasks.pop(future)
        try:
            return future.result()
        except ProcessExpired as exc:
            return Result(task, error=f"its analysis crashed (exit code {exc.exitcode})")
        except TimeoutError:
            return Result(task, error=f"its analysis took more than {time_limit(task):.0f} s")
        except Exception as exc:  # a fault of ours: it costs this file only, and is shown
            return Result(task, error=f"internal error, please report it: {exc!r}")


def _results_of_a_second(running: _Running, todo: Iterator[Task]) -> Iterator[Result]:
    deadline = time.monotonic() + 1.0
    with suppress(Empty):
        while running.tasks and (left := deadline - time.monotonic()) > 0:
            yield running.next_result(left)
            for task in islice(todo, 1):
                running.start(task)


@contextmanager
def _pool(n_workers: int) -> Iterator[ProcessPool]:
    """Open a pool of fresh processes with one numeric thread each; stop it in any case."""
    _make_importable()
    unset = [name for name in _NUMERIC_THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "1"))
    # Fresh ("spawn") processes on every system: a fork would inherit beets' open database.
    pool = ProcessPool(max_workers=n_workers, context=get_context("spawn"))
    try:
        yield pool
    finally:
        for name in unset:
            del os.environ[name]
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _make_importable() -> None:
    """Let fresh processes import this package when beets found it by its `pluginpath`."""
    plugins = Path(__file__).resolve().parents[1]
    if plugins.name == "beetsplug" and str(plugins.parent) not in sys.path:
        sys.path.append(str(plugins.parent))
