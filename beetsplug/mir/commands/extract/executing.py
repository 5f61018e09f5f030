"""Who analyses: the processes of this machine, or the workers of a scheduler.

It is chosen here and nowhere else; what comes with an import is analysed where it is.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from beets import ui

from ... import settings
from .. import refuse

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    import confuse
    from beets.logging import BeetsLogger

    from ...ground.progress import Progress
    from ...sound.machines import Scheduler
    from ...sound.tasks import Executor, Listener, Result, Task

LOCAL = "local"
"""A scheduler that is started here, for trying out."""


class Voice:
    """Tells the user what an executor has to say beside its results."""

    def __init__(self, progress: Progress, log: BeetsLogger) -> None:
        self._progress, self._log = progress, log

    def warn(self, text: str) -> None:
        """Log a warning."""
        with self._progress.paused():
            self._log.warning("{}", text)

    def watch(self, address: str) -> None:
        """Show a page's address in the line of progress."""
        self._progress.now(address)


def refuse_threads(opts: object, config: confuse.ConfigView) -> None:
    """Stop if processes of this machine are asked for where others do the work."""
    if settings.scheduler(config) not in (None, LOCAL):
        refuse(opts, {"threads": "--threads"}, "--scheduler")


def executor(config: confuse.ConfigView, n_tasks: int, network: Path | None) -> Executor:
    """Return what analyses so many files, some of them heard by a *network* (UserError)."""
    address = settings.scheduler(config)
    n_workers = settings.count(config, "threads", int(address == LOCAL))
    if address is None:
        return partial(_in_pool, n_workers=min(n_workers, n_tasks))
    return partial(_on_machines, scheduler=_scheduler(config, address, n_workers, network))


def _in_pool(
    tasks: Iterable[Task | None], _listener: Listener, *, n_workers: int
) -> Generator[list[Result]]:
    from ...sound.pool import analyse_all

    return analyse_all(tasks, n_workers)


def _on_machines(
    tasks: Iterable[Task | None], listener: Listener, *, scheduler: Scheduler
) -> Generator[list[Result]]:
    from ...sound.machines import analyse_all
    from ...sound.machines.connection import MachinesError

    try:
        yield from analyse_all(tasks, listener, scheduler)
    except MachinesError as exc:
        raise ui.UserError(str(exc)) from exc


def _scheduler(
    config: confuse.ConfigView, address: str, n_workers: int, network: Path | None
) -> Scheduler:
    from ...sound.machines import Scheduler
    from ...sound.machines.connection import MachinesError, Security, full_address

    path_map, files = settings.path_map(config), settings.security(config)
    if address == LOCAL:  # which sees what is here, and is heard by nobody else
        return Scheduler(LOCAL, n_workers, network=network)
    security = Security(**files) if files else None
    try:
        address = full_address(address, security)
    except MachinesError as exc:
        raise ui.UserError(str(exc)) from exc
    return Scheduler(address, security=security, path_map=path_map, network=network)
