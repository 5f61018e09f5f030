"""What is asked of each file and what comes of it, whoever analyses them."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from traceback import extract_tb, format_exc
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from .network.hearing import Heard

_BYTES_A_SECOND = 5000  # that any machine can take; the densest sound is decoded at 100,000


class Task(NamedTuple):
    """A file to analyse; *key* is the caller's name for it."""

    key: int
    path: bytes
    excerpt: int = 0  # how many seconds of it to hear, 0 for all
    network: Path | None = None  # the kept weights of one that is to hear it, too
    measured: bool = True  # or only heard by the network


class Result(NamedTuple):
    """What came of a task: values by name and what was heard, or why there is neither."""

    task: Task
    values: dict[str, float] | None = None
    heard: Heard | None = None
    error: str | None = None
    of_file: bool = True  # an error: else its disk or the system may be to blame
    warning: str | None = None  # what is odd about a file that has values
    trace: str | None = None  # of an error that is ours
    unseen: str | None = None  # why another machine says nothing of a file that is here


class Listener(Protocol):
    """Hears of what is no result."""

    def warn(self, text: str) -> None:
        """Hear what the user should know while the work goes on."""

    def watch(self, address: str) -> None:
        """Hear of a page that shows how the work goes."""


class Executor(Protocol):
    """Analyses many files: in the processes of a pool, or on the workers of a scheduler."""

    def __call__(
        self, tasks: Iterable[Task | None], listener: Listener, /
    ) -> Generator[list[Result]]:
        """Yield the results of each second, as they come; one a task, in any order.

        Tasks are drawn as workers can take them. A None among them says that there is none
        yet: they are asked for again soon, and results come meanwhile. Closing the iterator
        stops whatever is under way.
        """


def analyse(task: Task) -> Result:
    """Analyse one file in this process; a file that cannot be analysed is a result, too."""
    from .analysis import analyse_file
    from .errors import AudioError, UnreadError
    from .features import compute
    from .network import weights

    try:
        network = weights.load(task.network) if task.network else None
        measures = compute if task.measured else None
        values, heard, warning = analyse_file(task.path, task.excerpt, measures, network)
        return Result(task, values=values, heard=heard, warning=warning)
    except (UnreadError, weights.WeightsError) as exc:
        return Result(task, error=str(exc), of_file=False)
    except AudioError as exc:
        return Result(task, error=str(exc))
    except MemoryError:
        return Result(task, error="there is not enough memory for it")
    except Exception as exc:  # a fault of ours: it costs this file only, and is shown
        return fault(task, exc)


def time_limit(task: Task) -> float:
    """Return the seconds after which a task is taken to hang: far more than any needs.

    That follows from the bytes that there are to decode, not from a length that tags
    claim. A fresh worker has to load and, the first time ever, to compile.
    """
    try:
        return 300.0 + os.path.getsize(task.path) / _BYTES_A_SECOND
    except OSError:
        return 300.0


def fault(task: Task, exc: Exception) -> Result:
    """Return what comes of a task by a fault of ours, which is being handled."""
    return Result(task, error=_report(exc), trace=format_exc())


def _report(exc: Exception) -> str:
    """Return what is needed to report a fault of ours, in a line."""
    place = extract_tb(exc.__traceback__)[-1]
    versions = [f"{name} {version_of(name)}" for name in ("beets-mir", "av", "numpy", "numba")]
    return (
        f"internal error, please report it: {exc!r} at {Path(place.filename).name}"
        f":{place.lineno} ({', '.join(versions)}, Python {platform.python_version()})"
    )


def version_of(distribution: str) -> str:
    """Return the version of a package as it is installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:  # found by beets' `pluginpath`
        return "of no known version"
