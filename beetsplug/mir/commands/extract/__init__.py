"""`beet mirextract`: analyse the tracks that have no current features."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from beets import ui
from beets.util import displayable_path

from ... import fields, settings
from ...ground.stages import stage
from ...ground.terminal import say
from .. import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...sound.tasks import Result
    from .asked import Asked, Wanted
    from .missing import Missing
    from .planning import Job, Mend, Plan

_MENDS_AT_A_TIME = 500
_NOT_OF_CHECK = {"excerpt": "--whole"} | {
    name: f"--{name}" for name in ("force", "threads", "scheduler", "pretend", "retry", "quiet")
}


class ExtractCLIOpts(Protocol):
    """The options that are no settings."""

    check: bool | None


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mirextract", help="analyse the sound of tracks")
    add = cmd.parser.add_option
    add("-f", "--force", action="store_true", help="analyse tracks that have features, too")
    add("--whole", dest="excerpt", action="store_const", const=0, help="hear whole tracks")
    add("-t", "--threads", type="int", metavar="N", help="how many tracks at a time")
    add(
        "--scheduler",
        metavar="ADDRESS",
        help="let Dask's workers analyse; or local",
    )
    add("-p", "--pretend", action="store_true", help="only show what would be analysed")
    add("--limit", type="int", metavar="N", help="analyse at most N tracks")
    add("--playlist", metavar="FILE", help="only the tracks of this .m3u file")
    add("--retry", action="store_true", help="try again what failed before")
    add("-q", "--quiet", action="store_true", help="show nothing but warnings")
    add("--check", action="store_true", help="only compare what is stored with librosa's")

    def func(lib: Library, opts: ExtractCLIOpts, args: list[str]) -> None:
        if opts.check:
            refuse(opts, _NOT_OF_CHECK, "--check")
        from . import executing

        settings.overlay(config, opts)
        executing.refuse_threads(opts, config)
        if opts.check:
            from . import comparing

            comparing.run(lib, _ids(lib, args, config, log, in_order=False), config, log)
        else:
            run(lib, args, config, log)

    cmd.func = func
    return cmd


def run(lib: Library, query: list[str], config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Analyse the matching items that need it, and say what was done."""
    from .. import listening
    from .asked import Asked
    from .missing import Missing

    quiet = config["quiet"].get(bool)
    missing = Missing(lib.directory)
    ear = listening.find(config, log)
    asked = Asked(settings.count(config, "excerpt", 0), ear.weights)
    with stage(log, "planning") as did:
        plan = _plan(lib, query, config, asked.current, missing, log)
        did(f"{len(plan.jobs)} to be analysed, {plan.n_current} are current")
        did(f"{plan.n_failed_before} failed before")
    if config["pretend"].get(bool):
        for job in plan.jobs:
            say(displayable_path(job.path))
        return
    n_done = n_failed = 0
    try:
        _mend(lib, plan.mends, quiet)
        with stage(log, "analysing and storing") as did:
            did(asked.described)
            for results in _analysed(lib, plan.jobs, asked, config, missing, log):
                n_done += len(results)
                n_failed += sum(result.error is not None for result in results)
    finally:  # also when interrupted: what was analysed is stored
        if missing.paths:
            log.warning("{}", missing)
        if not quiet:
            say(_summary(plan, n_done - n_failed, n_failed, len(missing.paths)))
            if ear.advice:
                say(ear.advice)


def _plan(
    lib: Library,
    query: list[str],
    config: confuse.ConfigView,
    wanted: Wanted,
    missing: Missing,
    log: BeetsLogger,
) -> Plan:
    from .planning import make_plan

    given = config["limit"].get() is not None
    limit = settings.count(config, "limit", 0) if given else None
    return make_plan(
        lib, _ids(lib, query, config, log, in_order=given), wanted, missing,
        force=config["force"].get(bool), retry=config["retry"].get(bool), limit=limit,
    )  # fmt: skip


def _ids(
    lib: Library,
    query: list[str],
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    in_order: bool,
) -> list[int]:
    """Return the items that match the query and, if one is given, are in the playlist."""
    from ...library.selection import matching
    from . import listed

    ids = matching(lib, query, in_order=in_order)
    if config["playlist"].get() is None:
        return ids
    from ...library.items import read_paths

    paths = read_paths(lib, matching(lib, []))
    wanted = listed.paths(config, set(paths.values()), log)
    return [id_ for id_ in ids if paths.get(id_) in wanted]


def _mend(lib: Library, mends: Sequence[Mend], quiet: bool) -> None:
    """Put right what is wrong though nothing has to be analysed, some at a time."""
    if not mends:
        return
    from ...ground.progress import Progress
    from ...library.source import file_genre
    from ...library.storing import store_attributes

    with Progress(len(mends), unit="file", quiet=quiet) as progress:
        for start in range(0, len(mends), _MENDS_AT_A_TIME):
            some = mends[start : start + _MENDS_AT_A_TIME]
            values: dict[tuple[int, str], str | None] = {}
            for mend in some:
                values |= {(mend.item_id, key): value for key, value in mend.values.items()}
                if mend.wants_genre and (genre := file_genre(mend.path)) is not None:
                    values[mend.item_id, fields.GENRE] = genre
            store_attributes(lib, values)
            progress.advance(len(some))


def _analysed(
    lib: Library,
    jobs: Sequence[Job],
    asked: Asked,
    config: confuse.ConfigView,
    missing: Missing,
    log: BeetsLogger,
) -> Iterator[list[Result]]:
    """Analyse in the workers, store here, show progress; yield what is stored as it is.

    All of a batch at once, before anything is said of it: an interrupt miscounts nothing.
    """
    from .executing import Voice, executor

    analyse_all = executor(config, len(jobs), asked.network)
    if not jobs:
        return
    from ...ground.progress import Progress
    from .results import store, tell, why_lost

    tasks = (
        asked.task(index, job.path, measured=job.measured, heard=job.heard)
        for index, job in enumerate(jobs)
    )
    quiet = config["quiet"].get(bool)
    with (
        Progress(len(jobs), quiet=quiet) as progress,
        closing(analyse_all(tasks, Voice(progress, log))) as batches,
    ):
        for results in batches:
            seen = [result for result in results if not result.unseen]
            lost = list(map(why_lost, seen))
            there = [result for result, why in zip(seen, lost, strict=True) if why is None]
            store(lib, [(jobs[result.task.key], result) for result in there], asked)
            yield there
            for result in (*there, *(result for result in results if result.unseen)):
                if result.error or result.warning or result.unseen:
                    with progress.paused():
                        tell(result, log)
            for result, why in zip(seen, lost, strict=True):
                if why is None:
                    missing.found(result.task.path)
                else:
                    missing.add(result.task.path, why, was_there=True)
            progress.advance(len(results))


def _summary(plan: Plan, n_analysed: int, n_failed: int, n_missing: int) -> str:
    skipped = plan.n_current + plan.n_failed_before
    text = f"{n_analysed} analysed, {skipped} skipped, {n_failed} failed"
    if plan.n_failed_before:
        text += f" ({plan.n_failed_before} skipped that failed before: see --retry)"
    if n_missing:
        text += f", {n_missing} missing"
    remaining = len(plan.jobs) - n_analysed - n_failed - (n_missing - plan.n_missing)
    return f"{text}, {remaining} not reached" if remaining else text
