"""What fresh processes need to know: where this package is, their threads, when to end."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMERIC_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


@contextmanager
def one_numeric_thread() -> Iterator[None]:
    """Let processes that are started meanwhile compute in one thread each."""
    unset = [name for name in _NUMERIC_THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "1"))
    try:
        yield
    finally:
        for name in unset:
            del os.environ[name]


def make_importable() -> None:
    """Let fresh processes import this package when beets found it by its `pluginpath`."""
    plugins = Path(__file__).resolve().parents[2]
    if plugins.name == "beetsplug" and str(plugins.parent) not in sys.path:
        sys.path.append(str(plugins.parent))


def end_with_parent() -> None:
    """Let this process end when the one that has started it does, whatever both are doing.

    One that is killed cannot tell its workers, which would go on with what they have.
    """
    Thread(target=_end_with_parent, name="mir parent", daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)
