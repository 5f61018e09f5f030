"""`beet mirplot`: draw the analysed tracks, as figures and as a map to explore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import confuse
from beets import ui

from ... import settings
from ...ground.stages import stage
from ...ground.terminal import say
from .. import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beets.library import Library
    from beets.logging import BeetsLogger


FORMATS = ("svg", "png", "pdf")


class PlotCLIOpts(Protocol):
    """The options that decide what is drawn."""

    line: Sequence[str] | None
    list: bool | None
    map: bool | None
    only: Sequence[str] | None


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mirplot", help="draw the tracks by their sound")
    add = cmd.parser.add_option
    add("-F", "--features", metavar="SET", help="classic, network, or auto")
    add("-o", "--out-dir", metavar="DIR", help="where the pictures go")
    add("--format", choices=FORMATS, help="svg, png or pdf")
    add("--only", action="append", metavar="NAME", help="draw this figure; can be repeated")
    add("--list", action="store_true", help="show the names of all figures")
    add("--map", action="store_true", help="make a page to explore instead of figures")
    add("--plane", dest="map_plane", choices=settings.PLANES, help="what the map in 2-D is")
    add("--line", action="append", metavar="FILE", help="draw an .m3u file in the map")
    add("--map-links", action="store_true", help="let the page play the files")

    def func(lib: Library, opts: PlotCLIOpts, args: list[str]) -> None:
        if opts.list:
            _list()
            return
        names = _names(opts.only or [])
        settings.overlay(config, opts)
        if not config["map"].get(bool):
            refuse(opts, {"line": "--line"}, "figures: it is drawn in the map (--map)")
        figures = bool(names) or not opts.map
        run(lib, args, config, log, names=names, figures=figures, lines=opts.line or [])

    cmd.func = func
    return cmd


def _list() -> None:
    from ...plots.catalogue import PLOTS

    for name, plot in PLOTS.items():
        say(f"{name:<22}{plot.title}")


def _names(only: Sequence[str]) -> list[str]:
    """Return the figures that are asked for; names can also be joined by commas."""
    if not only:
        return []
    from ...plots.catalogue import PLOTS

    names = [name.strip() for names in only for name in names.split(",")]
    if unknown := [name for name in names if name not in PLOTS]:
        known = ", ".join(PLOTS)
        raise ui.UserError(
            f"--only: no figure is named {', '.join(unknown)}; there are {known}"
        )
    return names


def run(
    lib: Library,
    query: list[str],
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    names: Sequence[str] = (),
    figures: bool = True,
    lines: Sequence[str] = (),
) -> None:
    """Draw *names* of the matching tracks, or all figures; without *figures* the map only.

    The map has *lines* through the tracks of these .m3u files.
    """
    from .. import reading
    from . import mapping
    from .files import MAP, write

    kind = config["format"].get(confuse.Choice(FORMATS))
    _ = settings.map_plane(config)  # what cannot be is told at once
    out_dir = settings.folder(config["out_dir"], default="mir-plots")
    study = settings.read_study(config)
    found, study = reading.of_one_set(reading.analysed(lib, query, log), study, log)
    tracks = found.tracks
    if len(tracks) < 2:
        raise ui.UserError("a picture needs two tracks, and only one is analysed")
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        if config["map"].get(bool):
            with stage(log, "map"):
                page = mapping.page(
                    lib, found, study, config, out_dir, log, whole=not query, lines=lines
                )
                write(out_dir / MAP, page)
        if figures:
            from . import figures as drawing

            drawing.draw(found, study, names, kind, out_dir, log)
    except OSError as exc:
        raise ui.UserError(f"cannot write pictures to {out_dir}: {exc.strerror}") from exc
