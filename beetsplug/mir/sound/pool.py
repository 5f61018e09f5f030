"""Many files become values: a pool of processes that no single file can bring down."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from concurrent.futures import TimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

# A pool in which a task may die or hang at the cost of that task only, which the
# standard library's cannot; pure Python, maintained since 2013.
from pebble import ProcessExpired, ProcessPool

from ..ground.processes import end_with_parent, make_importable, one_numeric_thread
from ..ground.signals import held, kept_from_children
from .confinement import confine
from .tasks import Result, Task, analyse, fault, time_limit

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from pebble import ProcessFuture

_MOST_TRIES = 3  # of a task whose worker was killed, or lost it
_LOST_AFTER = 60.0  # seconds in which nothing comes of a task that no worker has
_LOOK_AGAIN = 0.1  # seconds after which to ask for tasks again, where there were none yet
_ASIDE = 10  # how nice: a tenth of a core is left to who stands aside of one that wants all
# Exit codes of a worker that somebody has ended: pebble answers SIGTERM by one of its own.
_KILLED = (
    -signal.SIGTERM,
    signal.SIGTERM,
    -signal.Signals["SIGKILL" if os.name == "posix" else "SIGTERM"],
)


def analyse_all(
    tasks: Iterable[Task | None], n_workers: int, *, aside: bool = False
) -> Generator[list[Result]]:
    """Do as an :class:`.tasks.Executor` does, in *n_workers* processes of this machine.

    0 workers compute in this process. Workers that stand *aside* leave the machine to
    whoever wants it, where the system can tell processes that.
    """
    if not n_workers:
        yield from map(_analysed_here, tasks)
        return
    make_importable()
    with one_numeric_thread(), _Workers(n_workers, aside=aside) as workers:
        todo = iter(tasks)
        while workers.feed(todo):
            yield list(_results_of_a_second(workers, todo))
            workers.find_lost()


def _analysed_here(task: Task | None) -> list[Result]:
    if task is not None:
        return [analyse(task)]
    time.sleep(_LOOK_AGAIN)
    return []


class _Workers:
    """The processes, and the tasks that they have; the pool is made anew when it breaks."""

    def __init__(self, n_workers: int, *, aside: bool = False) -> None:
        self._n_workers = n_workers
        self._aside = aside
        self._pool = self._new_pool()
        self._tries: Counter[int] = Counter()
        self._done: SimpleQueue[ProcessFuture[Result]] = SimpleQueue()
        self._last_sign = time.monotonic()
        self.tasks: dict[ProcessFuture[Result], Task] = {}

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def feed(self, todo: Iterator[Task | None]) -> bool:
        """Take enough to keep every worker busy; say whether there is anything to wait for."""
        while len(self.tasks) < 2 * self._n_workers:
            try:
                task = next(todo)
            except StopIteration:
                return bool(self.tasks)
            if task is None:
                return True
            self.start(task)
        return True

    def start(self, task: Task) -> None:
        """Give a task to the next worker that is free."""
        if not self.tasks:  # nobody had anything to give a sign of
            self._last_sign = time.monotonic()
        self._tries[task.key] += 1
        try:
            future = self._schedule(task)
        except RuntimeError:  # the pool is broken
            self._renew()
            future = self._schedule(task)
        self.tasks[future] = task
        future.add_done_callback(lambda _: self._done.put(future))

    def next_result(self, timeout: float) -> Result | None:
        """Return the next result, None if a task had to be started again.

        Raises queue.Empty if there is neither for *timeout* seconds.
        """
        future = self._done.get(timeout=timeout)
        self._last_sign = time.monotonic()
        if future not in self.tasks:
            return None  # it was started again
        task = self.tasks.pop(future)
        try:
            return future.result()
        except BrokenProcessPool:
            return self._again(task, "its workers were killed")
        except ProcessExpired as exc:
            reason = f"its analysis crashed (exit code {exc.exitcode})"
            killed = exc.exitcode in _KILLED
            return self._again(task, reason) if killed else Result(task, error=reason)
        except TimeoutError:
            return Result(task, error=f"its analysis took more than {time_limit(task):.0f} s")
        except Exception as exc:  # a fault of ours: it costs this file only, and is shown
            return fault(task, exc)

    def find_lost(self) -> None:
        """Start again the tasks that a worker took with it when it was killed.

        The pool does not notice if that happens before the worker has told which it took.
        """
        n_running = sum(future.running() for future in self.tasks)
        silent = time.monotonic() - self._last_sign > _LOST_AFTER
        if silent and n_running < min(self._n_workers, len(self.tasks)):
            self._renew()

    def _again(self, task: Task, reason: str) -> Result | None:
        """Start a task again, since it was not its fault; once too often, and it was."""
        if self._tries[task.key] >= _MOST_TRIES:
            return Result(task, error=reason)
        self.start(task)
        return None

    def _renew(self) -> None:
        """Open another pool, with the tasks of the old one."""
        self._stop()
        tasks, self.tasks = list(self.tasks.values()), {}
        self._pool, self._last_sign = self._new_pool(), time.monotonic()
        for task in tasks:
            self.start(task)

    def _schedule(self, task: Task) -> ProcessFuture[Result]:
        # The first task starts the workers: of a start that is broken off some would be left.
        with held(), kept_from_children():
            return self._pool.schedule(analyse, args=[task], timeout=time_limit(task))

    def _new_pool(self) -> ProcessPool:
        # Fresh ("spawn") processes on every system: a fork would inherit beets' open database.
        return ProcessPool(
            max_workers=self._n_workers,
            initializer=_begin,
            initargs=[self._aside],
            context=get_context("spawn"),
        )

    def _stop(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def _results_of_a_second(workers: _Workers, todo: Iterator[Task | None]) -> Iterator[Result]:
    deadline = time.monotonic() + 1.0
    while workers.feed(todo) and (left := deadline - time.monotonic()) > 0:
        with suppress(Empty):
            if result := workers.next_result(min(left, _LOOK_AGAIN)):
                yield result


def _begin(aside: bool) -> None:
    """Let a fresh worker give up what it does not need, and end with beets.

    One that stands aside lets all else on the machine come before it, where there are
    priorities.
    """
    end_with_parent()
    confine()
    if aside and hasattr(os, "nice"):
        os.nice(_ASIDE)
