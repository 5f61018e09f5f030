"""`beet mirextract`: analyse the tracks that have no current features."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, cast

from beets import ui
from beets.util import displayable_path

from .. import fields, names, settings
from ..source import source
from ..stages import stage
from ..terminal import say
from . import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence
    from optparse import Values

    import confuse
    from beets.library import Item, Library
    from beets.logging import BeetsLogger

    from ..extraction import Result


class Job(NamedTuple):
    """An item to analyse."""

    item_id: int
    path: bytes
    source: str | None  # None if the file is missing
    seconds: float


class Plan(NamedTuple):
    """What is to be done, and how many items need nothing."""

    jobs: Sequence[Job]
    n_current: int
    n_failed_before: int


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mirextract", help="analyse the sound of tracks")
    add = cmd.parser.add_option
    add("-f", "--force", action="store_true", help="analyse tracks that have features, too")
    add("--whole", dest="excerpt", action="store_const", const=0, help="hear whole tracks")
    add("-t", "--threads", type="int", metavar="N", help="how many tracks at a time")
    add("-p", "--pretend", action="store_true", help="only show what would be analysed")
    add("--limit", type="int", metavar="N", help="analyse at most N tracks")
    add("--playlist", metavar="FILE", help="only the tracks of this .m3u file")
    add("--retry", action="store_true", help="try again what failed before")
    add("-q", "--quiet", action="store_true", help="show nothing but warnings")

    def func(lib: Library, opts: Values, args: list[str]) -> None:
        settings.overlay(config, opts)
        run(lib, args, config, log)

    cmd.func = func
    return cmd


def run(lib: Library, query: list[str], config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Analyse the matching items that need it, and say what was done."""
    n_workers = settings.count(config, "threads", 0)
    quiet = config["quiet"].get(bool)
    excerpt = settings.count(config, "excerpt", 0)
    with stage(log, "planning") as did:
        plan = _plan(_items(lib, query, config, log), config, names.current_versions(excerpt))
        did(f"{len(plan.jobs)} to be analysed, {plan.n_current} are current")
        did(f"{plan.n_failed_before} failed before")
    if config["pretend"].get(bool):
        for job in plan.jobs:
            say(displayable_path(job.path))
        return
    n_done = n_failed = 0
    try:
        with stage(log, "analysing and storing") as did:
            did(f"{n_workers} processes, {f'excerpts of {excerpt} s' if excerpt else 'whole'}")
            for result in _analysed(lib, plan.jobs, excerpt, n_workers, quiet, log):
                n_done += 1
                n_failed += result.error is not None
    finally:  # also when interrupted: what was analysed is stored
        if not quiet:
            say(_summary(plan, n_done - n_failed, n_failed))


def _items(
    lib: Library, query: list[str], config: confuse.ConfigView, log: BeetsLogger
) -> Iterator[Item]:
    """Return the items that match the query and, if one is given, are in the playlist."""
    if config["playlist"].get() is None:
        return iter(lib.items(query))
    wanted = listed.paths(config, {item.path for item in lib.items()}, log)
    return (item for item in lib.items(query) if item.path in wanted)


def _plan(items: Iterable[Item], config: confuse.ConfigView, current: Container[str]) -> Plan:
    """Sort the items: to be analysed, longest first, or analysed or failed as they are."""
    force, retry = config["force"].get(bool), config["retry"].get(bool)
    jobs: list[Job] = []
    n_current = n_failed_before = 0
    for item in items:
        job = Job(cast("int", item.id), item.path, source(item), item.length or 0.0)
        if force:
            jobs.append(job)
        elif _is_current(item, job.source, current):
            n_current += 1
        elif _has_failed(item, job.source) and not retry:
            n_failed_before += 1
        else:
            jobs.append(job)
    if config["limit"].get() is not None:
        del jobs[settings.count(config, "limit", 0) :]
    # A long one at the end would keep one worker busy while the others have nothing to do.
    jobs.sort(key=lambda job: -job.seconds)
    return Plan(jobs, n_current, n_failed_before)


def _is_current(item: Item, source: str | None, current: Container[str]) -> bool:
    """Say whether the features are current and of this file, or of one that is away."""
    stored = item.get(fields.SOURCE, with_album=False)
    return item.get(fields.VERSION, with_album=False) in current and source in (stored, None)


def _has_failed(item: Item, source: str | None) -> bool:
    """Say whether this very file could not be analysed before."""
    failed = item.get(fields.ERROR, with_album=False) is not None
    return failed and item.get(fields.SOURCE, with_album=False) == source


def _analysed(
    lib: Library,
    jobs: Sequence[Job],
    excerpt: int,
    n_workers: int,
    quiet: bool,
    log: BeetsLogger,
) -> Iterator[Result]:
    """Analyse in the workers, store here, show progress; yield what is stored."""
    if not jobs:
        return
    from ..extraction import Task, analyse_all
    from ..progress import Progress

    tasks = (Task(index, job.path, excerpt) for index, job in enumerate(jobs))
    batches = analyse_all(tasks, min(n_workers, len(jobs)))
    with closing(batches), Progress(len(jobs), quiet=quiet) as progress:
        for results in batches:
            _patiently(_store, lib, jobs, results, names.version(excerpt))
            for result in results:
                if result.error or result.warning:
                    with progress.paused():
                        _tell(result, log)
                yield result
            progress.advance(len(results))


def _tell(result: Result, log: BeetsLogger) -> None:
    log.warning("{}: {}", displayable_path(result.task.path), result.error or result.warning)
    if result.trace:
        log.debug("{}", result.trace)


def _patiently(store: Callable[..., None], *args: object) -> None:
    """Store, waiting as long as it takes while another beet writes to the library."""
    while True:
        try:
            return store(*args)
        except sqlite3.OperationalError as exc:  # after the five seconds that beets waits
            if "locked" not in str(exc):
                raise


def _store(lib: Library, jobs: Sequence[Job], results: Sequence[Result], version: str) -> None:
    """Store results in one short transaction; items removed in the meantime are left out."""
    from ..library import store_error, store_features

    with lib.transaction():
        for result in results:
            job = jobs[result.task.key]
            item = lib.get_item(job.item_id)
            if item is None:
                continue
            if result.values is None:
                store_error(item, result.error or "", job.source)
            else:
                store_features(item, result.values, version, job.source or "")


def _summary(plan: Plan, n_analysed: int, n_failed: int) -> str:
    skipped = plan.n_current + plan.n_failed_before
    text = f"{n_analysed} analysed, {skipped} skipped, {n_failed} failed"
    if plan.n_failed_before:
        text += f" ({plan.n_failed_before} skipped that failed before: see --retry)"
    remaining = len(plan.jobs) - n_analysed - n_failed
    return f"{text}, {remaining} not reached" if remaining else text
