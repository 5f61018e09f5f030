"""The workers of a scheduler as they come and go: who may analyse, who is refused and why."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple

from ..tasks import version_of
from .connection import OF_THE_WAY, hear, submit, workers
from .dispatch import Worker
from .there import WEIGHTS, get_ready, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from distributed import Client, Future

    from ..tasks import Listener

PATIENCE = 10.0
"""Seconds without a worker, after which it is said that one is waited for."""

_PACKAGE = "beets-mir"
_TOPIC = "all"  # what the scheduler tells of workers
_ANSWER = 10.0  # seconds for what a worker has answered to be here


class Gone(NamedTuple):
    """A worker that has left, and whether it died rather than being sent home."""

    worker: Worker
    died: bool


class _Interview(NamedTuple):
    """What a new worker was asked, and who takes its answer."""

    future: Future
    take: Callable[[Worker, Future], None]


class Staff:
    """Asks each worker that comes for its versions, and lets it get ready."""

    def __init__(self, client: Client, listener: Listener, network: bytes | None) -> None:
        self.weights: dict[Worker, str | None] = {}
        """Those that may be used, and where they keep the network."""
        self._client, self._listener, self._network = client, listener, network
        self._interviews: dict[Worker, _Interview] = {}
        self._refused: set[Worker] = set()
        self._sent_home: set[str] = set()
        self._alone_since: float | None = time.monotonic()
        self._version = version_of(_PACKAGE)
        hear(client, _TOPIC, self._hear)

    def close(self) -> None:
        """Hear nothing more of the workers."""
        hear(self._client, _TOPIC, None)

    def look(self) -> tuple[list[Worker], list[Gone]]:
        """Return who may be used from now on, and who has left of those (LostError)."""
        present = set(self._present())
        before = set(self.weights)
        gone = [Gone(w, w.address not in self._sent_home) for w in before - present]
        for worker in {*before, *self._interviews, *self._refused} - present:
            self._forget(worker)
        for worker in present - {*before, *self._interviews, *self._refused}:
            self._ask(worker, self._take_version, metadata.version, _PACKAGE)
        for worker, interview in [*self._interviews.items()]:
            if interview.future.done():
                del self._interviews[worker]
                interview.take(worker, interview.future)
        self._say_if_alone()
        return [worker for worker in self.weights if worker not in before], gone

    def refuse(self, worker: Worker, reason: str) -> None:
        """Do without a worker, and say why."""
        self._forget(worker)
        self._refused.add(worker)
        self._listener.warn(f"{worker.address}: this worker is not used: {reason}")

    def start_again(self, worker: Worker) -> None:
        """Let the nanny of a worker that hangs start another in its place."""
        self._forget(worker)
        self._refused.add(worker)  # which that other one is not
        with suppress(*OF_THE_WAY):
            self._client.restart_workers(
                [worker.address], timeout=_ANSWER, raise_for_error=False
            )

    def _present(self) -> Iterator[Worker]:
        for address, about in workers(self._client).items():
            folder, n_threads = about["local_directory"], about["nthreads"]
            yield Worker(address, folder, n_threads, bool(about["nanny"]))

    def _ask(
        self,
        worker: Worker,
        take: Callable[[Worker, Future], None],
        question: Callable[..., object],
        *args: object,
    ) -> None:
        future = submit(self._client, worker.address, question, *args)
        self._interviews[worker] = _Interview(future, take)

    def _take_version(self, worker: Worker, future: Future) -> None:
        """Take the version of the plugin; without one, it may be where only beets finds it."""
        theirs = self._version
        try:
            theirs = future.result(_ANSWER)
        except metadata.PackageNotFoundError:
            pass
        except Exception as exc:
            return self.refuse(worker, f"it cannot say its version ({exc!r})")
        if theirs != self._version:
            return self.refuse(worker, f"it has {_PACKAGE} {theirs}, here is {self._version}")
        return self._ask(
            worker, self._take_ready, get_ready, versions(), worker.folder, self._network
        )

    def _take_ready(self, worker: Worker, future: Future) -> None:
        try:
            ready = future.result(_ANSWER)
        except ModuleNotFoundError as exc:
            return self.refuse(worker, f"{_PACKAGE} is not installed there ({exc})")
        except Exception as exc:
            return self.refuse(worker, f"it cannot analyse ({exc!r})")
        for what, ours in versions().items():
            if ready.get(what) != ours:
                return self.refuse(
                    worker, f"it has version {ready.get(what)} of the {what}, here is {ours}"
                )
        self.weights[worker] = ready[WEIGHTS]
        return None

    def _forget(self, worker: Worker) -> None:
        self.weights.pop(worker, None)
        self._interviews.pop(worker, None)
        self._refused.discard(worker)

    def _hear(self, event: tuple[float, object]) -> None:
        """Take note of workers that were sent home: they have not died of what they had."""
        _, message = event
        if isinstance(message, dict) and message.get("expected"):
            self._sent_home.add(message["worker"])

    def _say_if_alone(self) -> None:
        if self.weights:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = time.monotonic()
        elif time.monotonic() - self._alone_since > PATIENCE:
            self._alone_since = math.inf
            refused = f" ({len(self._refused)} are refused)" if self._refused else ""
            self._listener.warn(f"there is no worker to be used{refused}: waiting for one")
