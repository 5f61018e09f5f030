"""`beet mircluster --snapshot`: save the playlists of now, never to be changed."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from beets import ui

from ... import settings
from ...ground.terminal import say
from . import publishing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...library.formats import Listed, Playlist


def run(lib: Library, name: str, config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Write all playlists into a new folder of this name among those of the clusters."""
    playlists = publishing.playlists_of(lib, config, line=_line(lib, config))
    if not playlists:
        raise ui.UserError("there are no clusters yet: run `beet mircluster` first")
    folder = settings.playlist_dir(config) / _checked(name)
    if os.path.lexists(folder):
        raise ui.UserError(f"{folder}: is there already, and a snapshot is never changed")
    if config["pretend"].get(bool):
        say(f"{len(playlists)} playlists would be saved in {folder}")
        return
    with publishing.told_of(folder):
        n_written = _save(lib, folder, playlists, config, log)
    say(f"{n_written} playlists saved in {folder}")


def _line(lib: Library, config: confuse.ConfigView) -> list[Listed]:
    """Return the tracks of the line that there is."""
    from ...library.listing import read_listed

    directory = settings.playlist_dir(config)
    with publishing.told_of(directory):
        return [*read_listed(lib, publishing.line_of(lib, directory)).values()]


def _checked(name: str) -> str:
    """Return a name that is one of a folder (UserError)."""
    plain = name.isprintable() and name == name.strip() and not name.startswith(".")
    if not plain or set(name) & set('/\\:*?"<>|') or not 0 < len(name.encode()) <= 200:
        raise ui.UserError(f"--snapshot {name!r}: is no name for a folder")
    return name


def _save(
    lib: Library,
    folder: Path,
    playlists: Mapping[str, Playlist],
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> int:
    """Write the playlists and return how many there are; half a snapshot is none (OSError)."""
    from ...ground.files import folder_beside
    from ...library.playlists import write_one

    style = settings.playlist_style(config)
    tracks = [track.path for playlist in playlists.values() for track in playlist.tracks]
    there = publishing.files_there(tracks, lib.directory, log)
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = folder_beside(folder)
    warnings: dict[str, None] = {}
    n_written = 0
    try:
        for name, playlist in playlists.items():
            kept = [track for track in playlist.tracks if track.path in there]
            outcome = write_one(
                new / style.file_of(name), playlist._replace(tracks=kept), style
            )
            n_written += len(outcome.written)
            warnings |= dict.fromkeys(outcome.warnings)
        new.rename(folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    for warning in warnings:
        log.warning("{}", warning)
    return n_written
