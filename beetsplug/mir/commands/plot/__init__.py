"""`beet mirplot`: draw the analysed tracks, as figures and as a map to explore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import confuse
from beets import ui

from ... import settings
from ...ground.stages import stage
from ...ground.terminal import say
from ...names import NETWORK
from .. import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...library.items import Analysed
    from ...plots.material import Material
    from ...plots.palette import Look

FORMATS = ("svg", "png", "pdf")
MAP = "map.html"
GALLERY = "index.html"
BIAS = 0.5  # of the picture that shows a genre bias, if none is configured


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
    from . import colours, mapping, showing

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
        looks = colours.looks(lib, found, study, log, whole=not query)
        if config["map"].get(bool):
            with stage(log, "map"):
                page = mapping.page(
                    lib, found, study, config, out_dir, log, looks=looks, whole=not query,
                    lines=lines,
                )  # fmt: skip
                _write(out_dir / MAP, page)
        if figures:
            material = _material(found, study, looks)
            _draw(material, names, kind, out_dir, log)
            with stage(log, "page"):
                page = showing.page(
                    lib, query, found, material, study, config, names, kind, out_dir
                )
            _write(out_dir / GALLERY, page)
    except OSError as exc:
        raise ui.UserError(f"cannot write pictures to {out_dir}: {exc.strerror}") from exc


def _material(found: Analysed, study: settings.Study, looks: Mapping[str, Look]) -> Material:
    import numpy as np

    from ...plots.material import Material

    return Material(
        X=found.X,
        heard=found.values(NETWORK) if study.features == NETWORK else None,
        genres=[track.genre for track in found.tracks],
        ids=np.array([track.cluster for track in found.tracks]),
        epochs=study.epochs,
        random_state=study.random_state,
        bias=study.genre_bias or BIAS,
        genre_looks=looks,
    )


def _draw(
    material: Material, names: Sequence[str], kind: str, out_dir: Path, log: BeetsLogger
) -> None:
    """Draw figures, and say which cannot be drawn."""
    from ...plots.catalogue import PLOTS, missing
    from ...plots.save import save

    for name in PLOTS:
        if names and name not in names:
            continue
        path = out_dir / f"{name}.{kind}"
        if reason := missing(PLOTS[name], material):
            log.warning("{}: skipped: {}", name, reason)
            path.unlink(missing_ok=True)  # of an earlier time: it shows other tracks
        else:
            with stage(log, name):
                save(PLOTS[name].draw(material), path)
            say(str(path))


def _write(path: Path, text: str) -> None:
    from ...ground.files import replace

    replace(path, text.encode())
    say(str(path))
