"""`beet mirsimilar`: the tracks that sound most like some, nearest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from beets import ui

from .. import fields, settings
from ..ground.stages import stage
from ..ground.terminal import say
from . import around, sending

if TYPE_CHECKING:
    from collections.abc import Callable

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ..queries.alike import Surroundings


class SimilarCLIOpts(sending.SendingCLIOpts, Protocol):
    """The options that are no settings."""

    n: int
    unlike: str | None
    why: bool | None
    other_artists: bool | None


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mirsimilar", help="list what sounds most like some tracks")
    add = cmd.parser.add_option
    add("-n", type="int", default=25, metavar="N", help="how many (default: 25)")
    add("--unlike", metavar="QUERY", help="away from what these sound like")
    add("--why", action="store_true", help="say what they have in common, and what not")
    add("--other-artists", action="store_true", help="none by the artists that are asked for")
    sending.add_options(cmd)

    def func(lib: Library, opts: SimilarCLIOpts, args: list[str]) -> None:
        if opts.n < 1:
            raise ui.UserError("-n has to be at least 1")
        sending.check(opts)
        settings.overlay(config, opts)
        run(lib, args, opts, config, log)

    cmd.func = func
    return cmd


def run(
    lib: Library,
    query: list[str],
    opts: SimilarCLIOpts,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Print what sounds most like the reference, and write it to a playlist if asked."""
    from ..space.similarity import away_from, nearest

    found = around.read(lib, config, log)
    seeds = around.reference(lib, found, query, log)
    place = found.place_of(seeds)
    among = _among(lib, found, seeds, opts)
    if opts.unlike is not None:
        others = around.reference(lib, found, around.split("--unlike", opts.unlike), log)
        among &= _nearer(found, place, found.place_of(others))
        place = away_from(place, found.place_of(others))
    with stage(log, "nearest"):
        rows, distances = nearest(
            found.space, place, opts.n, found.same, without=seeds, among=among
        )
    if not len(rows):
        raise ui.UserError("no other track is left to compare the reference with")
    if len(rows) < opts.n:
        log.info("there are only {} others", len(rows))
    why = _reasons(lib, found, seeds, log) if opts.why else lambda row: ""
    items = sending.items_of(lib, [int(id_) for id_ in found.sounds.ids[rows]])
    for item, row, distance in zip(items, rows.tolist(), distances.tolist(), strict=True):
        item[fields.DISTANCE] = distance
        say(format(item))
        if reason := why(row):
            say(f"    {reason}")
    sending.place(items, opts, lib, config, log)


def _among(
    lib: Library, found: Surroundings, seeds: NDArray[np.int64], opts: SimilarCLIOpts
) -> NDArray[np.bool_]:
    """Say of each track whether it may be an answer."""
    import numpy as np

    among = around.within(lib, found, "--within", opts.within)
    among = np.ones(len(found.sounds), np.bool_) if among is None else among
    if opts.other_artists:
        known = found.sounds.artists[seeds]
        among &= ~np.isin(found.sounds.artists, known[known >= 0])
    return among


def _nearer(
    found: Surroundings, place: NDArray[np.float64], other: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Say of each track whether it is nearer to the reference than to what is not wanted."""
    import numpy as np

    from ..space.similarity import nearer_to

    if np.allclose(place, other):
        raise ui.UserError("--unlike: that is the reference itself")
    return nearer_to(found.space, place, other)


def _reasons(
    lib: Library, found: Surroundings, seeds: NDArray[np.int64], log: BeetsLogger
) -> Callable[[int], str]:
    """Return what says in words why a track is like the reference."""
    from ..clusters import reasons
    from ..library.items import read_tracks
    from .listening import tag_scores

    analysed = read_tracks(lib, [int(id_) for id_ in found.sounds.ids])
    ranks = reasons.ranks_of(analysed.X)
    scores = tag_scores(analysed, log)
    row_of = {track.id: row for row, track in enumerate(analysed.tracks)}
    of_seeds = [row_of[id_] for id_ in found.sounds.ids[seeds].tolist() if id_ in row_of]

    def why(row: int) -> str:
        here = row_of.get(int(found.sounds.ids[row]))
        if here is None or not of_seeds:
            return ""
        of_both = (None, None) if scores is None else (scores[of_seeds].mean(0), scores[here])
        return reasons.alike(ranks[of_seeds].mean(0), ranks[here], *of_both)

    return why
