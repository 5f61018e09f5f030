"""What a worker gives up before it opens files that anybody may have made.

Parsers of sound are large, and a file can be made to mislead them. A worker has no use for
much memory, nor for writing anything but what numba keeps of compiled loops, nor for a
memory dump that could fill a disk; so the system refuses it those.
"""

from __future__ import annotations

from contextlib import suppress
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
