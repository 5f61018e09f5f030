"""Analysis beside an import: a thread takes tracks as they come, and has its own workers.

Nobody waits for the thread while the import runs, and it says nothing meanwhile.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from concurrent.futures import Future, wait
from contextlib import closing
from contextvars import copy_context
from itertools import count
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

from beets.util import syspath

from ... import settings
from ...ground.terminal import Held

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...sound.tasks import Result, Task
    from ..extract.asked import Asked
    from ..extract.planning import Job

_BEFORE_WORK = 1.0  # seconds in which it may turn out that there are less tracks than workers
_MOST_TRIES = 3  # of a track whose file changes or moves while it is analysed
_TO_STOP = 10.0  # seconds in which it does at all events what stopping takes


class Beside:
    """Analyses and stores the tracks that it is told of, in a thread of its own."""

    def __init__(self, lib: Library, config: confuse.ConfigView, log: BeetsLogger) -> None:
        self.ids: list[int] = []
        """The tracks that it was told of."""
        self._arrived: SimpleQueue[Sequence[int]] = SimpleQueue()
        self._all_here, self._stopped = Event(), Event()
        self._outcome: Future[None] = Future()
        self._lib, self._config, self._log = lib, config, log
        self._work: _Work | None = None
        # beets finds its music by a variable of the context; the thread dies with the process.
        run = copy_context().run
        thread = Thread(target=run, args=(self._run,), name="mir", daemon=True)
        self._held = Held(log, thread)
        thread.start()

    @property
    def n_left(self) -> int:
        """How many tracks are neither analysed nor known to be none that can be."""
        return len(self.ids) - (self._work.n_settled if self._work else 0)

    def add(self, ids: Sequence[int]) -> None:
        """Take some more tracks, whose files are in their final place."""
        self.ids += ids
        self._arrived.put(ids)

    def close(self) -> None:
        """Take note that these were all, and say what there was to say so far."""
        self._all_here.set()
        self._held.release()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, but not long; say whether it has come. Raises what went wrong."""
        if not wait([self._outcome], seconds).done:
            return False
        self._outcome.result()
        return True

    def tell(self) -> None:
        """Say what could not be analysed and why, what is odd, and what is left."""
        if self._work:
            self._work.tell(self._log)
        if self.n_left:
            self._log.warning(
                "{} of {} new tracks are not analysed: `beet mirextract` does the rest,"
                " `beet mircluster --assign` places them",
                self.n_left, len(self.ids),
            )  # fmt: skip

    def stop(self) -> None:
        """End at once; what is analysed is stored, and no worker is left behind."""
        self._stopped.set()
        self.close()
        wait([self._outcome], _TO_STOP)

    def _run(self) -> None:
        try:
            self._analyse()
            self._outcome.set_result(None)
        except BaseException as exc:  # raised again where somebody waits
            self._outcome.set_exception(exc)

    def _analyse(self) -> None:
        from ...sound.pool import analyse_all
        from .. import listening
        from ..extract.asked import Asked

        ear = listening.find(self._config, self._log)
        asked = Asked(settings.count(self._config, "excerpt", 0), ear.weights)
        self._work = _Work(self._lib, asked)
        n_workers = settings.count(self._config, "threads", 0)
        if self._all_here.wait(_BEFORE_WORK):
            n_workers = min(n_workers, len(self.ids))
        with closing(analyse_all(self._tasks(self._work), n_workers, aside=True)) as batches:
            for results in batches:
                self._work.store(results)
                if self._stopped.is_set():
                    return

    def _tasks(self, work: _Work) -> Iterator[Task | None]:
        """Yield what is to be analysed, or None while there is nothing, until all is done."""
        while not self._stopped.is_set():
            all_here = self._all_here.is_set()
            work.plan(self._new())
            if task := work.next_task():
                yield task
            elif all_here and not work.under_way:
                return
            else:
                yield None

    def _new(self) -> list[int]:
        ids: list[int] = []
        try:
            while True:
                ids += self._arrived.get_nowait()
        except Empty:
            return ids


class _State(NamedTuple):
    """What a file is like from outside."""

    n_bytes: int
    changed: int  # nanoseconds


class _UnderWay(NamedTuple):
    """What a worker has, or will have soon."""

    job: Job
    before: _State | None

    def has_changed(self, result: Result) -> bool:
        """Say whether another result may come of the file as it is now, or is elsewhere.

        New tags of the same size leave the sound alone; but a file that could not be read
        may have been in the middle of any change.
        """
        now = _state(self.job.path)
        if now is None or self.before is None:
            return True
        return now != self.before if result.error else now.n_bytes != self.before.n_bytes


class _Work:
    """The jobs: those that wait, those under way, and what came of the others."""

    def __init__(self, lib: Library, asked: Asked) -> None:
        from ..extract.missing import Missing

        self.n_settled = 0
        self.under_way: dict[int, _UnderWay] = {}
        self._lib, self._asked = lib, asked
        self._again: list[int] = []
        self._keys = count()
        self._missing = Missing(lib.directory)
        self._to_tell: list[Result] = []
        self._tries: Counter[int] = Counter()
        self._waiting: deque[Job] = deque()

    def plan(self, new: Sequence[int]) -> None:
        """Find out what has to be done for new tracks, and for those of which nothing came."""
        from ..extract.planning import make_plan

        tracks = [*new, *(id_ for id_ in self._again if self._tries[id_] < _MOST_TRIES)]
        self._again.clear()
        if tracks:
            self._tries.update(tracks)
            jobs = make_plan(self._lib, tracks, self._asked.current, self._missing).jobs
            self.n_settled += len(tracks) - len(jobs)
            self._waiting.extend(jobs)

    def next_task(self) -> Task | None:
        """Return the next task for the workers, if one waits."""
        if not self._waiting:
            return None
        key, job = next(self._keys), self._waiting.popleft()
        self.under_way[key] = _UnderWay(job, _state(job.path))
        return self._asked.task(key, job.path, measured=job.measured, heard=job.heard)

    def store(self, results: Sequence[Result]) -> None:
        """Store what came of tasks; those whose files have moved or changed are done again."""
        from ..extract.results import store, why_lost

        done = []
        for result in results:
            task = self.under_way.pop(result.task.key)
            if task.has_changed(result):
                self._again.append(task.job.item_id)
            elif why := why_lost(result):
                self._missing.add(result.task.path, why, was_there=True)
                self.n_settled += 1
            else:
                self._missing.found(result.task.path)
                done.append((task.job, result))
        lost = store(self._lib, done, self._asked)
        self._again += [job.item_id for job in lost]
        self._to_tell += [result for _, result in done if result.error or result.warning]
        self.n_settled += len(done) - len(lost)

    def tell(self, log: BeetsLogger) -> None:
        """Say what could not be analysed and why, what is odd, and what is missing."""
        from ..extract.results import tell

        if n_failed := sum(result.error is not None for result in self._to_tell):
            files = "1 file" if n_failed == 1 else f"{n_failed} files"
            log.warning("{} could not be analysed:", files)
        for result in self._to_tell:
            tell(result, log)
        if self._missing.paths:
            log.warning("{}", self._missing)


def _state(path: bytes) -> _State | None:
    try:
        status = os.stat(syspath(path))
    except (OSError, ValueError):  # there is a NUL in the path
        return None
    return _State(status.st_size, status.st_mtime_ns)
