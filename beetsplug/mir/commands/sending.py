"""Where a list of tracks goes: to the terminal, into a playlist file, into MPD's queue."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from beets import ui
from beets.util import displayable_path

from .. import settings
from ..ground.terminal import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import confuse
    from beets.library import Item, Library
    from beets.logging import BeetsLogger

SUFFIXES = (".m3u", ".m3u8")


class SendingCLIOpts(Protocol):
    """The options that say what may be in a list, and where it goes."""

    within: str | None
    m3u: str | None
    mpd: bool | None


def add_options(cmd: ui.Subcommand) -> None:
    """Declare the options of a command whose result is a list of tracks."""
    add = cmd.parser.add_option
    add("-F", "--features", metavar="SET", help="classic, network, or auto")
    add("--within", metavar="QUERY", help="only tracks that match")
    cmd.parser.add_path_option()
    cmd.parser.add_format_option(target="item")
    add("--m3u", metavar="FILE", help="write them to this playlist, too")
    cmd.parser.set_defaults(mpd=None)


def add_queue_options(cmd: ui.Subcommand) -> None:
    """Declare those of one whose list is to be played in its order."""
    add_options(cmd)
    add = cmd.parser.add_option
    add("--spacing", type="int", metavar="N", help="tracks between two of one artist")
    add("--mpd", action="store_true", help="add them to the end of MPD's queue")


def check(opts: SendingCLIOpts) -> None:
    """Stop before the work if its result could go nowhere."""
    if opts.m3u is not None and not opts.m3u.lower().endswith(SUFFIXES):
        raise ui.UserError(f"--m3u {opts.m3u}: a playlist's name ends in .m3u")
    if opts.mpd:
        settings.mpd_server()


def items_of(lib: Library, ids: Sequence[int]) -> list[Item]:
    """Return items in this order."""
    from ..library.selection import items

    found = {item.id: item for item in items(lib, ids)}
    return [found[id_] for id_ in ids if id_ in found]


def send(
    items: Sequence[Item],
    opts: SendingCLIOpts,
    lib: Library,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Print items, and put them where the options say."""
    for item in items:
        say(format(item))
    place(items, opts, lib, config, log)


def place(
    items: Sequence[Item],
    opts: SendingCLIOpts,
    lib: Library,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Put items into the playlist and into MPD's queue, if the options say so."""
    if opts.m3u is None and not opts.mpd:
        return
    from .cluster.publishing import files_there

    known = files_there([item.path for item in items], lib.directory, log)
    there = [item for item in items if item.path in known]
    if not there:
        raise ui.UserError("no file of these tracks is there: nothing is written")
    if opts.m3u is not None:
        _write(Path(os.path.expanduser(opts.m3u)), there, config, log)
    if opts.mpd:
        _queue([item.path for item in there], config, log)


def _write(
    path: Path, items: Sequence[Item], config: confuse.ConfigView, log: BeetsLogger
) -> None:
    from ..library.formats import Listed, Playlist
    from ..library.playlists import write_one

    style = settings.playlist_style(config)._replace(form="m3u")  # as the option says
    tracks = [Listed(item.path, item.artist, item.title, item.length) for item in items]
    try:
        outcome = write_one(path, Playlist(path.stem, tracks), style)
    except OSError as exc:
        raise ui.UserError(f"cannot write {path}: {exc.strerror}") from exc
    for warning in outcome.warnings:
        log.warning("{}", warning)
    if not outcome.written:
        raise ui.UserError(f"{path}: no track is left for it: nothing is written")
    log.info("{}: entries relative to {}", path, displayable_path(style.relative_to))


def _queue(paths: Sequence[bytes], config: confuse.ConfigView, log: BeetsLogger) -> None:
    from ..library.entries import relative
    from ..library.mpd import QueueError, add_to_queue

    entry = relative(settings.relative_to(config), absolute=True)
    uris = [(entry(path) or path).decode("utf-8", "surrogateescape") for path in paths]
    try:
        added = add_to_queue(settings.mpd_server(), uris)
    except QueueError as exc:
        raise ui.UserError(str(exc)) from exc
    if added.unknown:
        log.warning(
            "MPD does not know {} of {} tracks, such as {}{}: is {} its music_directory, and is"
            " its database up to date (mpc update)?",
            len(added.unknown), len(uris), added.unknown[0],
            f", but it knows {added.known}" if added.known else "",
            displayable_path(settings.relative_to(config)),
        )  # fmt: skip
    log.info("{} tracks are at the end of MPD's queue", added.n_added)
