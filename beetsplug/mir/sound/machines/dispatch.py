"""Which task goes to which worker, while workers come, go and die.

Nothing here knows Dask. A worker that dies may have been killed by any of the tasks that
it had: these are suspects, and each runs alone on its next worker. So the innocent are
cleared, and a task that kills two workers is known.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..tasks import time_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..tasks import Task

TASKS_A_THREAD = 2
"""In flight, so that no thread waits for its next one."""

MOST_KILLED = 2
"""Workers; a task that killed so many gets no other."""

MOST_UNSEEN = 20
"""Files in a row that nobody sees, and the music is elsewhere."""

_MOST_ASKED = 2  # workers for a file that one does not see


@dataclass(eq=False)
class Errand:
    """A task on its way, and what happened to it so far."""

    task: Task
    killed: list[str] = field(default_factory=list)  # workers that died of it, or beside it
    unseen: dict[str, str] = field(default_factory=dict)  # why, by the workers that said so
    since: float | None = None  # when a thread was there for it, if others left it one
    is_running: bool = False  # which is known when it was asked for

    @property
    def is_suspect(self) -> bool:
        """Say whether it may be what killed a worker."""
        return bool(self.killed)


class Worker(NamedTuple):
    """One incarnation of a worker: started again, it is another one."""

    address: str
    folder: str  # its own; no two incarnations have the same
    n_threads: int
    has_nanny: bool  # which starts it again


class Dispatch:
    """The workers that may be used, what each has, and what waits to be given again."""

    def __init__(self) -> None:
        self.has: dict[Worker, list[Errand]] = {}
        """The errands of each worker, those first that were given first."""
        self._again: deque[Errand] = deque()

    @property
    def is_busy(self) -> bool:
        """Say whether there is anything to wait for."""
        return bool(self._again) or any(self.has.values())

    def arrive(self, worker: Worker) -> None:
        """Use a worker from now on."""
        self.has[worker] = []

    def leave(self, worker: Worker, *, killed: bool) -> list[Errand]:
        """Do without a worker from now on, and give what it had to others.

        Returns the errands that are given to nobody, since they have *killed* too many.
        """
        errands = self.has.pop(worker, [])
        for errand in errands:
            errand.killed += [worker.address] if killed else []
        self._again += [errand for errand in errands if len(errand.killed) < MOST_KILLED]
        return [errand for errand in errands if len(errand.killed) >= MOST_KILLED]

    def settle(self, worker: Worker, errand: Errand) -> None:
        """Take note that something came of an errand."""
        self.has[worker].remove(errand)

    def again(self, worker: Worker, errand: Errand) -> None:
        """Take an errand from a worker, to be given to any."""
        self.settle(worker, errand)
        self._again.append(errand)

    def not_seen(self, worker: Worker, errand: Errand, reason: str) -> bool:
        """Take note that a worker does not see a file; say whether another is to try."""
        errand.unseen[worker.address] = reason
        others = {other.address for other in self.has} - set(errand.unseen)
        if not others or len(errand.unseen) >= _MOST_ASKED:
            self.settle(worker, errand)
            return False
        self.again(worker, errand)
        return True

    def give(self, take: Callable[[], Task | None]) -> Iterator[tuple[Worker, Errand]]:
        """Yield who gets what next, until nobody can take more or there is nothing to give.

        New tasks are taken one at a time, each for a worker that has room for it.
        """
        n_suspects = sum(errand.is_suspect for errand in self._again)
        for worker in sorted(self.has, key=lambda worker: len(self.has[worker])):
            if any(errand.is_suspect for errand in self.has[worker]):
                continue
            if n_suspects and not self.has[worker]:
                n_suspects -= 1
                yield worker, self._given(worker, self._next_suspect(worker))
            elif n_suspects:  # soon it has nothing else to do
                n_suspects -= 1
            else:
                yield from self._filled(worker, take)

    def overdue(self) -> Iterator[tuple[Worker, Errand]]:
        """Yield what has had a thread for longer than any file needs."""
        now = time.monotonic()
        for worker, errands in self.has.items():
            for errand in errands[: worker.n_threads]:
                errand.since = errand.since or now
                if now - errand.since > time_limit(errand.task):
                    yield worker, errand

    def _filled(
        self, worker: Worker, take: Callable[[], Task | None]
    ) -> Iterator[tuple[Worker, Errand]]:
        while len(self.has[worker]) < TASKS_A_THREAD * worker.n_threads:
            errand = self._next_again(worker)
            if errand is None:
                task = take()
                if task is None:
                    return
                errand = Errand(task)
            yield worker, self._given(worker, errand)

    def _given(self, worker: Worker, errand: Errand) -> Errand:
        errand.since, errand.is_running = None, False
        self.has[worker].append(errand)
        return errand

    def _next_suspect(self, worker: Worker) -> Errand:
        """Take a suspect; rather one that did not have this worker already."""
        suspects = [errand for errand in self._again if errand.is_suspect]
        errand = min(suspects, key=lambda errand: worker.address in errand.killed)
        self._again.remove(errand)
        return errand

    def _next_again(self, worker: Worker) -> Errand | None:
        """Take what waits to be given again and is no suspect, nor unseen by this worker."""
        others = {other.address for other in self.has}
        for errand in self._again:
            may_see = worker.address not in errand.unseen or others <= set(errand.unseen)
            if not errand.is_suspect and may_see:
                self._again.remove(errand)
                return errand
        return None


class Sight:
    """Who sees the music: counts the files in a row that are not there for a worker."""

    def __init__(self) -> None:
        self._of_each: Counter[Worker] = Counter()
        self._of_all: Counter[Worker] = Counter()

    def seen(self, worker: Worker) -> None:
        """Take note that a worker saw a file."""
        del self._of_each[worker]
        self._of_all.clear()

    def unseen(self, worker: Worker) -> None:
        """Take note that a worker did not see a file."""
        self._of_each[worker] += 1
        self._of_all[worker] += 1

    def is_blind(self, worker: Worker) -> bool:
        """Say whether a worker sees nothing."""
        return self._of_each[worker] >= MOST_UNSEEN

    def is_dark(self, workers: Iterable[Worker]) -> bool:
        """Say whether none of the workers sees anything."""
        return self._of_all.total() >= MOST_UNSEEN and set(workers) <= set(self._of_all)
