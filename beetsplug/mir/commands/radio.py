"""`beet mirradio`: a list that begins at some tracks, and stays near them or wanders off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from beets import ui

from .. import settings
from ..ground.stages import stage
from . import around, sending

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

N_TRACKS = 50
"""How long it is when nobody says."""


class RadioCLIOpts(sending.SendingCLIOpts, Protocol):
    """The options that are no settings."""

    n: int | None
    hours: float | None


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mirradio", help="make a playlist that goes on from some tracks")
    add = cmd.parser.add_option
    add("-n", type="int", metavar="N", help=f"how many tracks (default: {N_TRACKS})")
    add("--hours", type="float", metavar="H", help="or how long")
    add("--drift", type="float", metavar="X", help="0 stays near, 1 wanders off")
    add("--random-state", type="int", metavar="N", help="another number, another list")
    sending.add_queue_options(cmd)

    def func(lib: Library, opts: RadioCLIOpts, args: list[str]) -> None:
        _check(opts)
        settings.overlay(config, opts)
        run(lib, args, opts, config, log)

    cmd.func = func
    return cmd


def _check(opts: RadioCLIOpts) -> None:
    if opts.n is not None and opts.hours is not None:
        raise ui.UserError("-n and --hours both say how long the list is")
    if opts.n is not None and opts.n < 1:
        raise ui.UserError("-n has to be at least 1")
    if opts.hours is not None and not 0 < opts.hours < float("inf"):
        raise ui.UserError("--hours has to be more than 0")
    sending.check(opts)


def run(
    lib: Library,
    query: list[str],
    opts: RadioCLIOpts,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Print the list, and put it where the options say."""
    from ..space.ways import spaced_order, wander

    drift = float(config["drift"].get(settings.Number(0, 1, whole=False)))
    spacing = settings.count(config, "spacing", 0)
    random_state = settings.count(config, "random_state", 0)
    found = around.read(lib, config, log)
    seeds = around.reference(lib, found, query, log)
    among = around.within(lib, found, "--within", opts.within)
    artists = found.sounds.artists
    with stage(log, "radio"):
        walk = wander(
            found.space, around.typical(found, seeds), found.place_of(seeds), found.same,
            artists, drift=drift, spacing=spacing, among=among, random_state=random_state,
        )  # fmt: skip
        rows = list(_as_long_as(walk, found.sounds.seconds, opts))
        order = spaced_order(found.space, rows, artists, spacing)
    _say_if_short(rows, found.sounds.seconds, opts, log)
    items = sending.items_of(lib, [int(id_) for id_ in found.sounds.ids[order]])
    sending.send(items, opts, lib, config, log)


def _as_long_as(
    walk: Iterable[int], seconds: NDArray[np.float64], opts: RadioCLIOpts
) -> Iterator[int]:
    """Yield of a walk as many tracks as are asked for, or as last so long."""
    most = opts.n or (N_TRACKS if opts.hours is None else None)
    total = 0.0
    for n, row in enumerate(walk, start=1):
        yield row
        total += float(seconds[row])
        if n == most or (opts.hours is not None and total >= 3600 * opts.hours):
            return


def _say_if_short(
    rows: list[int], seconds: NDArray[np.float64], opts: RadioCLIOpts, log: BeetsLogger
) -> None:
    if opts.hours is not None:
        hours = float(seconds[rows].sum()) / 3600
        if hours < opts.hours:
            log.warning("there are no more tracks: {} last {:.1f} hours", len(rows), hours)
    elif len(rows) < (opts.n or N_TRACKS):
        log.warning("there are no more tracks than {}", len(rows))
