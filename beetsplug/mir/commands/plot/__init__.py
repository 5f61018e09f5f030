"""`beet mirplot`: draw the analysed tracks, as figures and as a map to explore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import confuse
from beets import ui

from ... import settings
from ...ground.stages import stage
from ...ground.terminal import say
from .. import refuse
from ..options import CLUSTERING, add_clustering, option

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...library.items import Analysed


_OF_MAP = ("encoding", "dims", "epochs", "genre_bias")
FORMATS = ("svg", "png", "pdf")


class PlotCLIOpts(Protocol):
    """The options that decide what is drawn."""

    clusters: str | None
    epochs: int | None
    line: Sequence[str] | None
    list: bool | None
    map: bool | None
    only: Sequence[str] | None
    track: bool | None


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mirplot", help="draw the tracks by their sound")
    add_clustering(cmd.parser)
    add = cmd.parser.add_option
    add("--cached", action="store_true", help="use values of any version, as they are")
    add("-o", "--out-dir", metavar="DIR", help="where the pictures go")
    add("--format", choices=FORMATS, help="svg, png or pdf")
    add("--only", action="append", metavar="NAME", help="draw this figure; can be repeated")
    add("--list", action="store_true", help="show the names of all figures")
    add("--map", action="store_true", help="make a page to explore instead of figures")
    add("--plane", dest="map_plane", choices=settings.PLANES, help="what the map in 2-D is")
    add("--line", action="append", metavar="FILE", help="draw an .m3u file in the map")
    add("--track", action="store_true", help="draw each matching track over time instead")
    add("--map-links", action="store_true", help="let the page play the files")

    def func(lib: Library, opts: PlotCLIOpts, args: list[str]) -> None:
        if opts.list:
            _list()
            return
        if opts.track:
            from . import track

            track.check(cmd, opts)
            settings.overlay(config, opts)
            track.run(lib, args, config["format"].get(confuse.Choice(FORMATS)), config, log)
            return
        names = _names(opts.only or [])
        settings.overlay(config, opts)
        if not config["map"].get(bool):
            refuse(opts, {"line": "--line"}, "figures: it is drawn in the map (--map)")
        figures = bool(names) or not opts.map
        used = _used(config, names, figures=figures)
        unused = [name for name in CLUSTERING if name not in used]
        refuse(opts, {name: option(name) for name in unused}, _job(names))
        run(
            lib, args, config, log, names=names, figures=figures, lines=opts.line or [],
            exact=opts.clusters is not None, patient=opts.epochs is not None, used=used,
        )  # fmt: skip

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


def _used(config: confuse.ConfigView, names: Sequence[str], *, figures: bool) -> set[str]:
    """Return which settings of a clustering change what is asked for."""
    used = set(_OF_MAP) if config["map"].get(bool) else set()
    if not figures:
        return used
    if not names:
        return set(CLUSTERING)
    from ...plots.catalogue import PLOTS

    used |= {setting for name in names for setting in PLOTS[name].follows}
    chosen = "clusters" in used and config["clusters"].get() == settings.AUTO
    return used | ({*CLUSTERING} if chosen else set())  # the number follows all of them


def _job(names: Sequence[str]) -> str:
    return ", ".join(names) or "the map"


def run(
    lib: Library,
    query: list[str],
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    names: Sequence[str] = (),
    figures: bool = True,
    lines: Sequence[str] = (),
    exact: bool = False,
    patient: bool = False,
    used: Set[str] = frozenset(CLUSTERING),
) -> None:
    """Draw *names* of the matching tracks, or all figures; without *figures* the map only.

    The map has *lines* through the tracks of these .m3u files. *exact*: make as many
    clusters as asked for, however few tracks each gets. *patient*: train networks of figures
    for as many epochs as asked for, too. Other settings of a clustering
    than those *used* play no part.
    """
    from . import colours, mapping, showing
    from .files import MAP, write

    kind = config["format"].get(confuse.Choice(FORMATS))
    _ = settings.map_plane(config)  # what cannot be is told at once
    out_dir = settings.folder(config["out_dir"], default="mir-plots")
    found, study = _tracks(lib, query, settings.read_study(config), log, used)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        looks = colours.looks(lib, found, study, log, whole=not query)
        n_tracks, found = len(found), mapping.shown(found, study)
        if config["map"].get(bool):
            with stage(log, "map"):
                page = mapping.page(
                    lib, found, study, config, out_dir, log, looks=looks, whole=not query,
                    lines=lines, n_tracks=n_tracks,
                )  # fmt: skip
                write(out_dir / MAP, page)
        if figures:
            from . import figures as drawing

            drawing.draw(
                found, study, looks, names, kind, out_dir, log,
                page=lambda material, shown: showing.page(
                    lib, query, found, material, study, config, shown, kind, out_dir
                ),
                exact=exact, patient=patient, quiet=config["quiet"].get(bool),
                alone=settings.count(config, "threads", 0) < 2,
            )  # fmt: skip
    except OSError as exc:
        raise ui.UserError(f"cannot write pictures to {out_dir}: {exc.strerror}") from exc


def _tracks(
    lib: Library, query: list[str], study: settings.Study, log: BeetsLogger, used: Set[str]
) -> tuple[Analysed, settings.Study]:
    """Return the tracks to draw, and the study with the feature set they have (UserError)."""
    from .. import reading
    from ..cluster.fitting import warn_of_bias

    if study.encoding == "autoencoder" and "encoding" in used:
        reading.need_tensorflow()
    found = reading.analysed(lib, query, log, cached=study.cached)
    found, study = reading.of_one_set(found, study, log)
    if len(found) < 2:
        raise ui.UserError("a picture needs two tracks, and only one is analysed")
    if "genre_bias" in used and "method" in used:
        warn_of_bias(study, log)
    return found, study
