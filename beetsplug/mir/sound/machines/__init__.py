"""Many files become values on many machines: a scheduler of Dask hands them to its workers.

Which worker gets what is decided here, and not by the scheduler: it knows neither what a
worker must have, nor which of several files has killed it. Each task goes to one worker,
and its result comes back here, where it counts once.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import NO_FILE
from ..tasks import Result, fault, time_limit
from .connection import (
    PATIENCE,
    LostError,
    MachinesError,
    Security,
    cancel,
    connected,
    dashboard,
    gathered,
    is_open,
    is_running,
    other_version,
    started,
    submit,
)
from .dispatch import MOST_UNSEEN, Dispatch, Errand, Sight, Worker
from .mapping import mapped
from .staff import Staff
from .there import analyse_there

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from distributed import Client, Future

    from ..tasks import Listener, Task

_SECOND = 1.0  # after which results are handed on, and workers are looked for
_LOOK_AGAIN = 0.1  # seconds after which to ask for tasks again, where there were none yet


class Scheduler(NamedTuple):
    """Which scheduler, and what it takes to work with it."""

    address: str  # full
    n_workers: int = 0  # that are started here, with a scheduler of their own
    security: Security | None = None
    path_map: Mapping[bytes, bytes] = {}  # from folders here to the workers'
    network: Path | None = None  # the kept weights for the tasks that ask for one


def analyse_all(
    tasks: Iterable[Task | None], listener: Listener, scheduler: Scheduler
) -> Generator[list[Result]]:
    """Do as an :class:`..tasks.Executor` does, on the workers of a scheduler (MachinesError).

    What a worker cannot see though this process does comes back as unseen.
    """
    if not scheduler.n_workers and is_open(scheduler.address):
        listener.warn(
            f"{scheduler.address}: whoever is on the network can read what goes there, and"
            " have the workers run anything: see `security:` (docs/cluster.md)"
        )
    try:
        with _connected(scheduler) as client:
            yield from _Machines(client, scheduler, listener).results(_Todo(iter(tasks)))
    except LostError as exc:
        raise MachinesError(f"{scheduler.address}: the scheduler is lost") from exc


def _connected(scheduler: Scheduler) -> AbstractContextManager[Client]:
    if scheduler.n_workers:
        return started(scheduler.n_workers)
    return connected(scheduler.address, scheduler.security)


class _Todo:
    """The tasks that nobody has yet."""

    def __init__(self, tasks: Iterator[Task | None]) -> None:
        self._tasks = tasks
        self.is_over = False

    def take(self) -> Task | None:
        """Return the next one; None if there is none, or none yet."""
        try:
            return next(self._tasks)
        except StopIteration:
            self.is_over = True
            return None


class _UnderWay(NamedTuple):
    """An errand at a worker."""

    future: Future
    worker: Worker
    errand: Errand
    n_bytes: int  # of its file, as this process sees it


class _Machines:
    """What is under way on the workers, and what comes of it."""

    def __init__(self, client: Client, scheduler: Scheduler, listener: Listener) -> None:
        self._client, self._listener = client, listener
        self._path_map = scheduler.path_map
        self._dispatch, self._sight = Dispatch(), Sight()
        self._staff = Staff(client, listener, _contents(scheduler.network))
        self._under_way: dict[str, _UnderWay] = {}
        self._done: SimpleQueue[str] = SimpleQueue()

    def results(self, todo: _Todo) -> Generator[list[Result]]:
        """Yield the results of each second."""
        if address := dashboard(self._client):
            self._listener.watch(address)
        if warning := other_version(self._client):
            self._listener.warn(warning)
        try:
            while self._dispatch.is_busy or not todo.is_over:
                yield self._settled_by_looking()
                yield self._results_of_a_second(todo)
        finally:
            self._staff.close()

    def _settled_by_looking(self) -> list[Result]:
        """Learn who comes, goes and hangs; return what that settles (MachinesError)."""
        if self._is_dark():
            raise MachinesError(
                f"the workers do not see the music ({MOST_UNSEEN} files in a row): see path_map"
            )
        come, gone = self._staff.look()
        results = []
        for worker, died in gone:
            if died:
                self._listener.warn(f"{worker.address}: this worker died: others do its files")
            results += self._without(worker, killed=died)
        for worker in come:
            self._dispatch.arrive(worker)
        for worker, errand in [*self._dispatch.overdue()]:
            if self._hangs(errand):
                results += self._hanging(worker, errand)
        return results

    def _results_of_a_second(self, todo: _Todo) -> list[Result]:
        results: list[Result] = []
        # While nobody is there to work, who comes should not have to wait.
        deadline = time.monotonic() + (_SECOND if self._dispatch.has else _LOOK_AGAIN)
        while (left := deadline - time.monotonic()) > 0:
            results += self._give(todo)
            if todo.is_over and not self._dispatch.is_busy:
                break
            keys = self._next_done(min(left, _LOOK_AGAIN))
            for key, answer in self._answers(keys).items():
                results += self._taken(self._under_way.pop(key), answer)
            if self._is_dark():
                break
        return results

    def _give(self, todo: _Todo) -> list[Result]:
        """Give out what workers have room for; return what is settled without them."""
        results = []
        for worker, errand in self._dispatch.give(todo.take):
            try:
                n_bytes = os.path.getsize(errand.task.path)
            except (OSError, ValueError):  # a NUL in the path
                self._dispatch.settle(worker, errand)
                results.append(Result(errand.task, error=NO_FILE))
                continue
            try:
                self._submit(worker, errand, n_bytes)
            except LostError:  # as the next look finds, when what is here has been handed on
                self._dispatch.again(worker, errand)
                break
        return results

    def _submit(self, worker: Worker, errand: Errand, n_bytes: int) -> None:
        task = errand.task
        weights = self._staff.weights[worker] if task.network else None
        path = mapped(task.path, self._path_map)
        future = submit(
            self._client, worker.address, analyse_there,
            path, n_bytes, task.excerpt, weights, task.measured, worker.n_threads,
        )  # fmt: skip
        self._under_way[future.key] = _UnderWay(future, worker, errand, n_bytes)
        future.add_done_callback(lambda done: self._done.put(done.key))

    def _next_done(self, seconds: float) -> list[str]:
        """Return the keys of what is done, if anything is in so many seconds."""
        keys: list[str] = []
        with suppress(Empty):
            keys.append(self._done.get(timeout=seconds))
            while True:
                keys.append(self._done.get_nowait())
        return [key for key in keys if key in self._under_way]  # else it was given again

    def _answers(self, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return what workers have answered; what they could not is given again, or a fault."""
        answers: dict[str, Mapping[str, Any]] = {}
        finished = {}
        for key in keys:
            future, worker, errand, _ = self._under_way[key]
            if future.status == "error":
                answers |= self._failed(key, future)
            elif future.status == "cancelled":  # somebody has restarted the scheduler's workers
                del self._under_way[key]
                self._dispatch.again(worker, errand)
            else:
                finished[key] = future
        try:
            answers |= gathered(self._client, finished) if finished else {}
        except OSError:  # the next look says whether it is the worker or the scheduler
            for key in finished:
                self._done.put(key)
        return answers

    def _failed(self, key: str, future: Future) -> dict[str, Mapping[str, Any]]:
        """Return a fault of ours as an answer; none if the worker has died: a look tells."""
        from distributed import KilledWorker

        try:
            future.result(PATIENCE)
        except KilledWorker:
            pass
        except Exception as exc:  # a fault of ours: it costs this file only, and is shown
            failed = fault(self._under_way[key].errand.task, exc)
            return {key: {"error": failed.error, "trace": failed.trace}}
        return {}

    def _taken(self, done: _UnderWay, answer: Mapping[str, Any]) -> list[Result]:
        """Return what an answer says of a file; nothing if another worker is to say it."""
        _, worker, errand, _ = done
        if reason := answer.get("unseen"):
            return self._not_seen(worker, errand, reason)
        self._sight.seen(worker)
        self._dispatch.settle(worker, errand)
        return [Result(errand.task, **answer)]

    def _not_seen(self, worker: Worker, errand: Errand, reason: str) -> list[Result]:
        if not os.path.exists(errand.task.path):
            self._dispatch.settle(worker, errand)
            return [Result(errand.task, error=NO_FILE)]
        self._sight.unseen(worker)
        path = os.fsdecode(mapped(errand.task.path, self._path_map))
        reason = f"{worker.address} looked for {path}: {reason}"
        others_may = self._dispatch.not_seen(worker, errand, reason)
        if self._sight.is_blind(worker) and not self._is_dark():
            self._staff.refuse(worker, f"it does not see the music ({path}; see path_map)")
            self._without(worker, killed=False)
        if others_may:
            return []
        return [Result(errand.task, unseen="; ".join(errand.unseen.values()))]

    def _is_dark(self) -> bool:
        return self._sight.is_dark(self._dispatch.has)

    def _hangs(self, errand: Errand) -> bool:
        """Say whether a thread has been at it for too long, and not at what others gave it."""
        keys = [key for key, under in self._under_way.items() if under.errand is errand]
        if not keys:  # it went with another that hangs
            return False
        [key] = keys
        if not is_running(self._client, key):
            errand.since = None
            return False
        if not errand.is_running:  # since when, nobody knows
            errand.is_running, errand.since = True, time.monotonic()
            return False
        return True

    def _hanging(self, worker: Worker, errand: Errand) -> list[Result]:
        """Give up a file that takes too long, and the worker with it."""
        if worker not in self._dispatch.has:  # two files of one worker
            return []
        self._dispatch.settle(worker, errand)
        if worker.has_nanny:
            self._listener.warn(f"{worker.address}: this worker hangs, and is started again")
            self._staff.start_again(worker)
        else:
            self._staff.refuse(worker, "it hangs")
        error = f"its analysis took more than {time_limit(errand.task):.0f} s"
        return [Result(errand.task, error=error), *self._without(worker, killed=False)]

    def _without(self, worker: Worker, *, killed: bool) -> list[Result]:
        """Go on without a worker; return what is given to no other."""
        theirs = [key for key, under in self._under_way.items() if under.worker == worker]
        futures = [self._under_way.pop(key).future for key in theirs]
        cancel(self._client, futures)
        return [
            Result(errand.task, error=f"its analysis killed {' and '.join(errand.killed)}")
            for errand in self._dispatch.leave(worker, killed=killed)
        ]


def _contents(network: Path | None) -> bytes | None:
    """Return the kept weights of a network, or where none could be kept, the package's."""
    if network is None:
        return None
    from ..network import weights

    try:
        kept = weights.is_kept(network)
        return network.read_bytes() if kept else weights.pack(weights.from_package())
    except (OSError, weights.WeightsError) as exc:
        raise MachinesError(f"cannot send the network to the workers ({exc})") from exc
