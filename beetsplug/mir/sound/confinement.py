"""What a worker gives up before it opens files that anybody may have made.

Parsers of sound are large, and a file can be made to mislead them. A worker has no use for
much memory, nor for writing anything but what numba keeps of compiled loops, nor for a
memory dump that could fill a disk; so the system refuses it those.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 800 << 20
"""Of memory that is asked for; with the libraries' own a worker stays below 1 GB. One with the
network and all compiled loops takes a third of it."""

MOST_WRITTEN = 1 << 24
"""Bytes of a file; the largest of numba's has some 200,000."""


def confine() -> None:
    """Lower this process's limits for good, where the system knows them (not on Windows)."""
    with suppress(ImportError):
        import resource

        for name, most in _limits():
            kind = getattr(resource, name, None)
            if kind is None:
                continue
            _, hard = resource.getrlimit(kind)
            allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
            with suppress(ValueError, OSError):  # a system that does not let it be lowered
                resource.setrlimit(kind, (allowed, allowed))


def _limits() -> Iterator[tuple[str, int]]:
    # Not RLIMIT_AS: what is only reserved, as libraries do for threads, costs nothing.
    yield "RLIMIT_DATA", MOST_BYTES
    yield "RLIMIT_FSIZE", MOST_WRITTEN
    yield "RLIMIT_CORE", 0


class _Shared:
    """The limits of a process that several analyses share, and others with them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._n_under_way = 0
        self._before: dict[int, tuple[int, int]] = {}

    @contextmanager
    def lowered(self, most_bytes: int) -> Iterator[None]:
        with self._lock:
            if not self._n_under_way:
                self._lower(most_bytes)
            self._n_under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_under_way -= 1
                if not self._n_under_way:
                    self._restore()

    def _lower(self, most_bytes: int) -> None:
        import resource

        limits = {resource.RLIMIT_CORE: 0}
        if has := _bytes_of_this_process():
            limits[resource.RLIMIT_DATA] = has + most_bytes
        for kind, most in limits.items():
            soft, hard = self._before[kind] = resource.getrlimit(kind)
            if soft == resource.RLIM_INFINITY or soft > most:
                with suppress(ValueError, OSError):
                    resource.setrlimit(kind, (most, hard))

    def _restore(self) -> None:
        import resource

        for kind, before in self._before.items():
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, before)


_shared = _Shared()


@contextmanager
def held_in(n_threads: int) -> Iterator[None]:
    """Lower the limits of a process that is not ours alone, while it analyses.

    Each of at most *n_threads* analyses at a time may take as much more memory as a worker
    of the pool may have in all. Files are not limited: others may write large ones.
    """
    if find_spec("resource") is None:  # Windows
        yield
        return
    with _shared.lowered(n_threads * MOST_BYTES):
        yield


def _bytes_of_this_process() -> int:
    """Return what counts as data of this process; 0 where the system does not say."""
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
