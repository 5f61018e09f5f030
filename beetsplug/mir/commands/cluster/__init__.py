"""`beet mircluster`: group the analysed tracks by sound, and write the playlists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from beets import ui

from ... import settings
from .. import refuse
from ..options import add_clustering, option

if TYPE_CHECKING:
    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

_OF_FIT = ["encoding", "dims", "method", "clusters", "min_size", "max_size", "fresh"]
_OF_VALUES = ["features", "epochs", "genre_bias"]
_OF_PLAYLISTS = ["per_artist", "length"]
_OF_ALL = [*_OF_FIT, *_OF_VALUES, *_OF_PLAYLISTS, "yes", "cached"]
_UNUSED = {
    "line": ["method", "clusters", "min_size", "max_size", "fresh", "yes"],
    "evaluate": [*_OF_FIT, *_OF_PLAYLISTS],
    "assign": [*_OF_FIT, *_OF_VALUES],
    "snapshot": _OF_ALL,
    "keep": _OF_ALL,
    "release": _OF_ALL,
}
_JOBS = tuple(_UNUSED)


class ClusterCLIOpts(Protocol):
    """The options that are no settings."""

    assign: bool | None
    by: str | None
    clusters: str | None
    evaluate: bool | None
    fresh: bool | None
    keep: int | None
    line: bool | None
    neighbours: bool | None
    out: str | None
    release: int | None
    snapshot: str | None
    yes: bool | None


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mircluster", help="group tracks by sound and write playlists")
    add_clustering(cmd.parser)
    add = cmd.parser.add_option
    add("--min-size", metavar="N", help="fewest tracks of a cluster (auto; 0: any)")
    add("--max-size", metavar="N", help="most tracks of a cluster (auto; 0: any)")
    add("--per-artist", type="int", metavar="N", help="most tracks of one in a playlist")
    add("--length", metavar="TIME", help="of a playlist, such as 2h: its most typical tracks")
    add("--cached", action="store_true", help="use values of any version, as they are")
    add("-p", "--pretend", action="store_true", help="show the clusters, change nothing")
    add("-y", "--yes", action="store_true", help="let tracks that do not match lose theirs")
    add("--fresh", action="store_true", help="forget the clusters there are, and their ids")
    add("--keep", type="int", metavar="ID", help="keep a cluster, under a name that follows")
    add("--release", type="int", metavar="ID", help="keep a cluster no longer")
    add("--assign", action="store_true", help="only place tracks that have no cluster")
    add("--snapshot", metavar="NAME", help="only save the playlists of now in a folder")
    add("--line", action="store_true", help="only write one playlist along all tracks' sound")
    add("--evaluate", action="store_true", help="score all encodings, methods and numbers")
    add("--neighbours", action="store_true", help="score what is near, of each feature set")
    add("--by", metavar="FIELD", help="evaluate against this field instead of genre")
    add("--out", metavar="FILE", help="write the evaluation to a .csv or .json file")

    def func(lib: Library, opts: ClusterCLIOpts, args: list[str]) -> None:
        from . import assign, evaluate, keeping, line, neighbours, snapshot

        _check(opts, args)
        settings.overlay(config, opts)
        if opts.keep is not None:
            keeping.keep(lib, opts.keep, args, config, log)
        elif opts.release is not None:
            keeping.release(lib, opts.release, config)
        elif opts.evaluate:
            job = neighbours if opts.neighbours else evaluate
            job.run(lib, args, config, log, out=opts.out)
        elif opts.snapshot is not None:
            snapshot.run(lib, opts.snapshot, config, log)
        elif opts.line:
            line.run(lib, args, config, log)
        elif opts.assign:
            assign.run(lib, args, config, log)
        else:
            exact, fresh = opts.clusters is not None, bool(opts.fresh)
            run(lib, args, config, log, exact=exact, fresh=fresh, yes=bool(opts.yes))

    cmd.func = func
    return cmd


def _check(opts: ClusterCLIOpts, args: list[str]) -> None:
    """Refuse options that play no part in what is asked for."""
    jobs = [name for name in _JOBS if getattr(opts, name) is not None]
    if len(jobs) > 1:
        raise ui.UserError(f"{' and '.join(map(option, jobs))} are different jobs")
    if not opts.evaluate and (opts.by or opts.out or opts.neighbours):
        raise ui.UserError("--by, --out and --neighbours belong to --evaluate")
    if jobs:
        job, unused = option(jobs[0]), _UNUSED[jobs[0]]
        if opts.neighbours:
            job, unused = f"{job} --neighbours", [*unused, "epochs", "genre_bias"]
        refuse(opts, {name: option(name) for name in unused}, job)
    if args and (opts.release is not None or opts.snapshot is not None):
        takes = "the number of a cluster" if opts.snapshot is None else "a name (in quotes)"
        raise ui.UserError(f"{option(jobs[0])} takes {takes}, and nothing else")


def run(
    lib: Library,
    query: list[str],
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    exact: bool = False,
    fresh: bool = False,
    yes: bool = False,
) -> None:
    """Cluster the matching tracks; unless it is pretence, store ids and write playlists.

    *exact*: make as many clusters as asked for, however few tracks each gets. *fresh*: do
    as if there had never been any. *yes*: do not ask whether others may lose theirs.
    """
    from ...library.items import clusters
    from .. import reading
    from . import fitting, keeping, losing, writing

    study = settings.read_study(config)
    if study.encoding == "autoencoder":
        reading.need_tensorflow()
    analysed = reading.analysed(lib, query, log, cached=study.cached)
    found, study = reading.of_one_set(analysed, study, log)
    there, kept = clusters(lib), keeping.read(lib, cached=study.cached)
    losers = there.keys() - {track.id for track in found.tracks} - kept.ids
    unheard = losers & {track.id for track in analysed.tracks}
    pretend = config["pretend"].get(bool)
    if not losing.agreed(losers, unheard, query=bool(query), yes=yes, pretend=pretend):
        return
    taken = set(there.values())
    if fresh:
        found, taken = kept.all_else_forgotten(found), set(kept.names)
    fitted = fitting.fit(found, study, log, exact=exact, taken=taken, kept=kept)
    writing.show(fitted, kept)
    if not pretend:
        writing.store_clustering(lib, fitted, kept, config, log)
