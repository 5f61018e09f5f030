"""`beet mirplot --track QUERY`: a figure of one track over time, and of each that matches."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from beets import ui
from beets.util import displayable_path

from ... import fields, names, settings
from ...ground.stages import stage
from ...ground.terminal import say
from .. import around, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import confuse
    from beets.library import Item, Library
    from beets.logging import BeetsLogger

    from ...sound.course import Course

MOST = 10
"""Tracks of which a figure each is drawn."""

_OPTIONS = ("track", "out_dir", "format", "help")
_LEAST_OFF, _LEAST_SHARE = 1e-5, 1e-4  # from which on a value is another than the stored one


def check(cmd: ui.Subcommand, opts: object) -> None:
    """Refuse the options of the other figures."""
    others = {
        str(option.dest): option.get_opt_string()
        for option in cmd.parser.option_list
        if option.dest and option.dest not in _OPTIONS
    }
    refuse(opts, others, "--track")


def run(
    lib: Library, query: list[str], kind: str, config: confuse.ConfigView, log: BeetsLogger
) -> None:
    """Draw a figure of each track that an id or a query means, in a format.

    UserError if there is none of which it can be done.
    """
    from ...library.selection import items
    from ...queries.alike import wanted

    out_dir = settings.folder(config["out_dir"], default="mir-plots")
    excerpt = settings.count(config, "excerpt", 0)
    with around.told():
        ids = wanted(lib, query)
    if len(ids) > MOST:
        log.warning("{} tracks match: the first {} are drawn", len(ids), MOST)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        drawn = [
            _draw(item, out_dir / f"track-{item.id}.{kind}", excerpt, log)
            for item in items(lib, ids[:MOST])
        ]
    except OSError as exc:
        raise ui.UserError(f"cannot write pictures to {out_dir}: {exc.strerror}") from exc
    if not any(drawn):
        raise ui.UserError("nothing is drawn")


def _draw(item: Item, path: Path, excerpt: int, log: BeetsLogger) -> bool:
    """Draw the figure of one track, unless there is nothing to draw, which is told."""
    from ...plots.save import save
    from ...plots.track import figure_of
    from ...sound.course import course
    from ...sound.errors import AudioError

    version = str(item.get(fields.VERSION, "", with_album=False))
    heard = names.heard(version)
    shown = displayable_path(item.path)
    try:
        with stage(log, "analysing"):
            found = course(item.path, excerpt if heard is None else heard)
    except AudioError as exc:
        log.warning("{}: {}", shown, exc)
        return False
    if note := _unlike(item, version, found.values):
        log.warning("{}: {}", shown, note)
    with stage(log, "drawing"):
        save(figure_of(found, _title(item, found)), path)
    say(str(path))
    return True


def _title(item: Item, course: Course) -> str:
    name = item.title or os.path.basename(displayable_path(item.path))
    told = f"{item.artist} - {name}" if item.artist else name
    minutes, seconds = divmod(round(course.seconds), 60)
    return f"{told[:60]} ({minutes}:{seconds:02}, id {item.id})"


def _unlike(item: Item, version: str, values: Mapping[str, float]) -> str:
    """Say so if the library has other values of the track than those that are drawn."""
    import struct

    from ...library.rows import PACKED, unpacked

    stored = unpacked(item.get(fields.VECTOR, with_album=False))
    if stored is None:
        return "not analysed yet: what is drawn is not stored"
    pairs = zip(
        struct.unpack(PACKED, stored), (values[name] for name in names.VECTOR), strict=True
    )
    if all(abs(a - b) <= _LEAST_OFF + _LEAST_SHARE * abs(b) for a, b in pairs):
        return ""
    return f"other values are stored (by {version}) than the file gives now: `beet mirextract`"
