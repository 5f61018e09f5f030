"""The workers of a scheduler as they come and go: who may analyse, who is refused and why."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from importlib import metadata
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, NamedTuple

from ... import names
from ..tasks import version_of
from .connection import OF_THE_WAY, LostError, hear, submit, workers
from .dispatch import Worker
from .there import get_ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from distributed import Client, Future

    from ..tasks import Listener

PATIENCE = 10.0
"""Seconds without a worker, after which it is said that one is waited for."""

_PACKAGE = "beets-mir"
_VERSIONS = {"VERSION": "features of version", "NETWORK_VERSION": "a network of version"}
_CODE, _WEIGHTS = "code", "weights"
_TOPIC = "all"  # what the scheduler tells of workers
_SILENCE = 60.0  # seconds without news of the workers, and the scheduler is lost
_ANSWER = 10.0  # seconds for what a worker has answered to be here


class Gone(NamedTuple):
    """A worker that has left, and whether it died rather than being sent home."""

    worker: Worker
    died: bool


class _Interview(NamedTuple):
    """What a new worker was asked, and who takes its answers."""

    futures: dict[str, Future]
    take: Callable[[Worker, dict[str, Future]], None]


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
        self._last_news = time.monotonic()
        self._version = version_of(_PACKAGE)
        hear(client, _TOPIC, self._hear)

    def close(self) -> None:
        """Hear nothing more of the workers."""
        hear(self._client, _TOPIC, None)

    def look(self) -> tuple[list[Worker], list[Gone]]:
        """Return who may be used from now on, and who has left of those (LostError)."""
        present = self._present()
        before = set(self.weights)
        gone = [Gone(w, w.address not in self._sent_home) for w in before - present]
        for worker in {*before, *self._interviews, *self._refused} - present:
            self._forget(worker)
        for worker in present - {*before, *self._interviews, *self._refused}:
            self._ask_versions(worker)
        for worker, interview in [*self._interviews.items()]:
            if all(future.done() for future in interview.futures.values()):
                del self._interviews[worker]
                interview.take(worker, interview.futures)
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

    def _present(self) -> set[Worker]:
        """Return who is there, as far as is known (LostError)."""
        found = workers(self._client)
        now = time.monotonic()
        if found is None:
            if now - self._last_news > _SILENCE:
                raise LostError
            return {*self.weights, *self._interviews, *self._refused}
        self._last_news = now
        return {
            Worker(address, about["local_directory"], about["nthreads"], bool(about["nanny"]))
            for address, about in found.items()
        }

    def _ask_versions(self, worker: Worker) -> None:
        """Ask what any Python can answer: Dask gives up a worker that lacks what is called."""
        questions: dict[str, tuple[Callable[[str], object], str]] = {
            _PACKAGE: (metadata.version, _PACKAGE),
            **{name: (resolve_name, f"{names.__name__}:{name}") for name in _VERSIONS},
            _CODE: (resolve_name, f"{get_ready.__module__}:{get_ready.__name__}"),
        }
        futures = {
            name: submit(self._client, worker.address, *question)
            for name, question in questions.items()
        }
        self._interviews[worker] = _Interview(futures, self._take_versions)

    def _take_versions(self, worker: Worker, futures: dict[str, Future]) -> None:
        ours = {_PACKAGE: self._version, **{name: getattr(names, name) for name in _VERSIONS}}
        for name, version in ours.items():
            theirs = _answer(futures[name])
            # The package may be where only beets finds it; the others then say what it is.
            if not isinstance(theirs, Exception) and theirs != version:
                what = _VERSIONS.get(name, name)
                return self.refuse(worker, f"it has {what} {theirs}, here is {version}")
        code = futures[_CODE].exception(_ANSWER)
        if isinstance(code, ModuleNotFoundError):
            return self.refuse(worker, f"{_PACKAGE} is not installed there ({code})")
        if code is not None:
            return self.refuse(worker, f"it cannot analyse ({code!r})")
        future = submit(self._client, worker.address, get_ready, worker.folder, self._network)
        self._interviews[worker] = _Interview({_WEIGHTS: future}, self._take_ready)
        return None

    def _take_ready(self, worker: Worker, futures: dict[str, Future]) -> None:
        ready = _answer(futures[_WEIGHTS])
        if isinstance(ready, Exception):
            self.refuse(worker, f"it cannot analyse ({ready!r})")
        else:
            self.weights[worker] = ready

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


def _answer(future: Future) -> Any:
    """Return what a worker answered, or the error that it met."""
    try:
        return future.result(_ANSWER)
    except Exception as exc:  # whatever may be wrong with a machine of others
        return exc
