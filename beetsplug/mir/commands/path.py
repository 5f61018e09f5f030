"""`beet mirpath`: from one track to another in small steps, through others if asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from beets import ui

from .. import settings
from ..ground.stages import stage
from . import around, sending

if TYPE_CHECKING:
    from collections.abc import Sequence

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

    from ..queries.alike import Surroundings


class PathCLIOpts(sending.SendingCLIOpts, Protocol):
    """The options that are no settings."""

    n: int
    through: list[str] | None


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mirpath", help="go from one track to another in small steps")
    cmd.parser.usage = "%prog FROM TO [options]  (each an id, or a query in quotes)"
    add = cmd.parser.add_option
    add("-n", type="int", default=20, metavar="N", help="how many tracks (default: 20)")
    add("--through", action="append", metavar="QUERY", help="on the way; can be repeated")
    sending.add_queue_options(cmd)

    def func(lib: Library, opts: PathCLIOpts, args: list[str]) -> None:
        if len(args) != 2:
            raise ui.UserError("say from where to where: two ids, or queries in quotes")
        through = opts.through or []
        if opts.n < len(args) + len(through):
            raise ui.UserError(f"-n has to be at least {len(args) + len(through)}")
        sending.check(opts)
        settings.overlay(config, opts)
        run(lib, [args[0], *through, args[1]], opts, config, log)

    cmd.func = func
    return cmd


def run(
    lib: Library,
    stops: Sequence[str],
    opts: PathCLIOpts,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Print the path through the stops, and put it where the options say."""
    from ..space.ways import path

    spacing = settings.count(config, "spacing", 0)
    found = around.read(lib, config, log)
    rows = [
        around.typical(found, around.reference(lib, found, around.split("path", stop), log))
        for stop in stops
    ]
    _check_distinct(rows, stops, found)
    among = around.within(lib, found, "--within", opts.within)
    with stage(log, "path"):
        way = path(
            found.space, rows, opts.n, found.same, found.sounds.artists,
            spacing=spacing, among=among,
        )  # fmt: skip
    if len(way) == len(rows) < opts.n:
        log.warning("nothing lies between: these tracks are too near each other")
    elif len(way) < opts.n:
        log.warning("too little lies between for {} tracks: {} are there", opts.n, len(way))
    items = sending.items_of(lib, [int(id_) for id_ in found.sounds.ids[way]])
    sending.send(items, opts, lib, config, log)


def _check_distinct(rows: Sequence[int], stops: Sequence[str], found: Surroundings) -> None:
    """Stop if two stops are one recording."""
    from itertools import combinations

    import numpy as np

    from ..space.similarity import are_same

    for (a, of_a), (b, of_b) in combinations(zip(rows, stops, strict=True), 2):
        if are_same(found.space, a, np.array([b]), found.same)[0]:
            raise ui.UserError(f"{of_a!r} and {of_b!r} are the same recording")
