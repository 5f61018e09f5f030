"""Playlists of clusters, named and put where the configuration says."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import confuse
from beets import plugins, ui
from beets.util import displayable_path, sanitize_path, syspath
from beets.util.functemplate import Template

from ... import settings
from ...ground.stages import stage
from ...ground.terminal import say
from ...ground.text import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...library.formats import Listed, Playlist
    from ...library.playlists import Outcome, Style

LINE = 0
"""Stands for the line where clusters stand by their ids."""

LINE_TITLE = "from end to end"
_MOST_BYTES = 200  # of a file name; most file systems take 255


class Plan(NamedTuple):
    """Where playlists go and how they are written, as it is configured."""

    directory: Path
    style: Style
    before: Mapping[str, Playlist]  # what stands there, if no manifest tells


class Stored(NamedTuple):
    """Playlists as this process has just stored them; who writes after that makes others."""

    playlists: Mapping[int, Playlist]  # by the ids of their clusters
    writes: int  # :func:`rows.writes_of_others` before their tracks were read


def prepare(lib: Library, names: Mapping[int, str], config: confuse.ConfigView) -> Plan:
    """Return what clusters of these names are published by.

    UserError if it is not well configured: to be known before anything is stored.
    """
    directory = settings.playlist_dir(config)
    with suppress(OSError):  # as below
        names = {**names, LINE: LINE_TITLE} if line_of(lib, directory) else names
    _file_names(lib, names, config)
    return Plan(directory, settings.playlist_style(config), _before(lib, directory, config))


def publish(
    lib: Library,
    plan: Plan,
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    only: Collection[int] | None = None,
    stored: Stored | None = None,
) -> None:
    """Write the playlists of the clusters in the library, or of some; say what was done.

    *stored*: what they are if nobody has changed them meanwhile.
    """
    with stage(log, "playlists") as did:
        outcome = write(lib, plan, config, log, only=only, stored=stored)
        did(f"entries relative to {displayable_path(plan.style.relative_to)}")
    say(f"{len(outcome.written)} playlists in {plan.directory}")
    if outcome.removed:
        say(f"{len(outcome.removed)} old playlists removed")


def refresh(lib: Library, config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Write those playlists anew whose tracks are others, or are called otherwise, than before.

    UserError if they cannot be written. Where we have written none of this library's, there
    is nothing to do.
    """
    from ...library.playlists import has_manifest

    plan = Plan(settings.playlist_dir(config), settings.playlist_style(config), {})
    with told_of(plan.directory):
        if config["pretend"].get(bool) or not has_manifest(plan.directory, _called(lib)):
            return
    outcome = write(lib, plan, config, log, anew=False)
    log.debug("{} playlists changed, {} removed", len(outcome.changed), len(outcome.removed))


def write(
    lib: Library,
    plan: Plan,
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    anew: bool = True,
    only: Collection[int] | None = None,
    line: Sequence[int] | None = None,
    stored: Stored | None = None,
) -> Outcome:
    """Write the playlists as :func:`publish` does, and say nothing but warnings.

    Unless *anew*, those whose tracks are the same as the last time are not looked at. *line*:
    the items of a new line; that of before is looked at with the whole.
    They are what the library says, not what this process knows: another may have changed it.
    """
    from ...ground.files import alone_in
    from ...library import playlists
    from ...library.listing import read_listed

    directory = plan.directory
    with told_of(directory):
        directory.mkdir(parents=True, exist_ok=True)
        with alone_in(directory):
            if line is None and only is None:
                line = line_of(lib, directory)
            listed = read_listed(lib, line or ())
            outcome = playlists.write(
                directory,
                playlists_of(lib, config, only, [*listed.values()], stored),
                plan.style,
                plan.before,
                library=_called(lib),
                there=lambda paths: files_there(paths, lib.directory, log),
                anew=anew,
                whole=only is None,
                line=None if line is None else [*listed],
            )
    for warning in outcome.warnings:
        log.warning("{}", warning)
    if outcome.changed or outcome.removed:
        _tell_others(lib)
    return outcome


@contextmanager
def told_of(directory: Path) -> Iterator[None]:
    """Make a UserError of what is wrong with the folder of playlists."""
    try:
        yield
    except (FileExistsError, NotADirectoryError) as exc:
        is_lost = directory.is_symlink() and not directory.exists()
        kind = "a link to nowhere" if is_lost else "a file"
        raise ui.UserError(f"{directory}: is no folder for playlists, but {kind}") from exc
    except OSError as exc:
        why = exc.strerror or str(exc)
        raise ui.UserError(f"cannot write playlists to {directory}: {why}") from exc


def playlists_of(
    lib: Library,
    config: confuse.ConfigView,
    only: Collection[int] | None = None,
    line: Sequence[Listed] = (),
    stored: Stored | None = None,
) -> dict[str, Playlist]:
    """Return the playlists of the clusters in the library, and of the *line* if there is one.

    They are known by their files' names.
    """
    from ...library.formats import Playlist
    from ...library.listing import read_playlists
    from ...library.rows import writes_of_others

    if stored and stored.writes == writes_of_others(lib):
        found = {**stored.playlists}
    else:
        found = read_playlists(lib, only)
    if line:
        found[LINE] = Playlist(LINE_TITLE, line)
    titles = {id_: playlist.title for id_, playlist in found.items()}
    file_names = _file_names(lib, titles, config)
    return {file_names[id_]: playlist for id_, playlist in found.items()}


def line_of(lib: Library, directory: Path) -> list[int]:
    """Return the items of the line through the library that is in a folder (OSError)."""
    from ...library.playlists import read_line

    return read_line(directory, _called(lib))


def files_of(
    lib: Library, names: Mapping[int, str], config: confuse.ConfigView
) -> dict[int, Path]:
    """Return the files of those clusters, called by *names*, whose playlist is there.

    None if the configuration does not say where: it is told of when they are written.
    """
    from ...library.playlists import written

    # Who only looks need not hear of what is wrong with the playlists.
    with suppress(ui.UserError, confuse.ConfigError, OSError):
        directory, style = settings.playlist_dir(config), settings.playlist_style(config)
        there = written(directory, _called(lib))
        files = {
            id_: style.file_of(name) for id_, name in _file_names(lib, names, config).items()
        }
        paths = {id_: directory / name for id_, name in files.items() if name in there}
        return {id_: path for id_, path in paths.items() if path.is_file()}
    return {}


def _called(lib: Library) -> str:
    """Return what tells a library from others whose playlists may be in the same folder."""
    return os.path.realpath(os.fsdecode(lib.path))


def _tell_others(lib: Library) -> None:
    """Let plugins that update a player do so, once, at the end of the command.

    Some listen to smartplaylist's event, others only to changes of the library.
    """
    from ...library.selection import one_item

    plugins.send("smartplaylist_update")
    if item := one_item(lib):
        plugins.send("database_change", lib=lib, model=item)


def _before(lib: Library, directory: Path, config: confuse.ConfigView) -> dict[str, Playlist]:
    """Return the playlists of the clusters in the library, if no manifest tells of them."""
    from ...library.playlists import has_manifest

    # A folder that cannot be read is told of when it is written to; names may clash.
    with suppress(ui.UserError, OSError):
        return {} if has_manifest(directory) else playlists_of(lib, config)
    return {}


def files_there(paths: Sequence[bytes], music: bytes, log: BeetsLogger) -> set[bytes]:
    """Return the files that are there, and count the others in a warning.

    What is away with a disk, or with all of the *music*, counts as there.
    """
    from ...library.away import gap, is_removed

    away = [path for path in dict.fromkeys(paths) if not os.path.exists(syspath(path))]
    gone = dict.fromkeys(path for path in away if is_removed(path, music))
    gaps = [gap(path) for path in away if path not in gone]
    for folder in dict.fromkeys(found.folder for found in gaps if found):
        log.warning(
            "{}: the music is not there; playlists name its tracks all the same",
            displayable_path(folder),
        )
    if gone:
        log.warning(
            "{} files are gone and left out of the playlists, such as {}",
            len(gone), displayable_path(next(iter(gone))),
        )  # fmt: skip
    return {*paths} - gone.keys()


def _file_names(
    lib: Library, names: Mapping[int, str], config: confuse.ConfigView
) -> dict[int, str]:
    """Return a file name without suffix for each cluster, safe on the file system."""
    pattern = config["playlist_name"].as_str()
    found = {}
    for label, name in names.items():
        filled = Template(pattern).substitute(
            {"cluster": str(label or "line"), "name": name}, {}
        )
        # beets' `replace` may be set to nothing: a name of ours is one all the same.
        safe = sanitize_path(printable(filled).replace("/", "_"), lib.replacements)
        safe = safe.replace(os.sep, "_")
        found[label] = safe.encode()[:_MOST_BYTES].decode("utf-8", "ignore").strip()
    counts = Counter(name.lower() for name in found.values())
    if "" in counts or len(counts) < len(found):
        raise ui.UserError(
            f"mir.playlist_name: {pattern!r} does not give each cluster a name of its own"
        )
    return found
