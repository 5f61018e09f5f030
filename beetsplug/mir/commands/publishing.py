"""Playlists of clusters, named and put where the configuration says."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from beets import ui
from beets.util import displayable_path, sanitize_path, syspath
from beets.util.functemplate import Template

from .. import settings
from ..ground.stages import stage
from ..ground.terminal import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

    from ..library.items import Track

_MOST_BYTES = 200  # of a file name; most file systems take 255


class Target(NamedTuple):
    """Where playlists go and what stands in them, as it is configured."""

    file_names: Mapping[int, str]  # of each cluster, without suffix
    directory: Path
    music: bytes  # the library's folder
    relative_to: bytes
    absolute: bool  # entries of tracks outside
    before: Mapping[str, Sequence[bytes]]  # what stands there, if no manifest tells


def target(lib: Library, names: Mapping[int, str], config: confuse.ConfigView) -> Target:
    """Return where the playlists of clusters go; UserError if it is not well configured."""
    directory = settings.playlist_dir(config)
    return Target(
        _file_names(lib, names, config),
        directory,
        lib.directory,
        settings.relative_to(config),
        settings.absolute_outside(config),
        _before(lib, directory, config),
    )


def publish(clusters: Mapping[int, Sequence[Track]], target: Target, log: BeetsLogger) -> None:
    """Write the playlists of clusters (their tracks in order, by id), and say what was done."""
    from ..library import playlists

    there = files_there(
        [track.path for tracks in clusters.values() for track in tracks], target.music, log
    )
    paths = {
        target.file_names[label]: [track.path for track in tracks if track.path in there]
        for label, tracks in clusters.items()
    }
    directory = target.directory
    try:
        with stage(log, "playlists") as did:
            outcome = playlists.write(
                directory, paths, target.relative_to, target.before, absolute=target.absolute
            )
            did(f"entries relative to {displayable_path(target.relative_to)}")
    except OSError as exc:
        raise ui.UserError(f"cannot write playlists to {directory}: {exc.strerror}") from exc
    for warning in outcome.warnings:
        log.warning("{}", warning)
    say(f"{len(outcome.written)} playlists in {directory}")
    if outcome.removed:
        say(f"{len(outcome.removed)} old playlists removed")


def _before(
    lib: Library, directory: Path, config: confuse.ConfigView
) -> dict[str, list[bytes]]:
    """Return the playlists of the clusters in the library, if no manifest tells of them."""
    from ..library.items import read_clusters
    from ..library.playlists import has_manifest

    if has_manifest(directory):
        return {}
    clusters = read_clusters(lib)
    names = {id_: tracks[0].cluster_name for id_, tracks in clusters.items()}
    with suppress(ui.UserError):  # their names may clash
        file_names = _file_names(lib, names, config)
        return {file_names[id_]: [t.path for t in tracks] for id_, tracks in clusters.items()}
    return {}


def files_there(paths: Sequence[bytes], music: bytes, log: BeetsLogger) -> set[bytes]:
    """Return the files that are there, and count the others in a warning.

    When the folder of *music* is away, as with its disk, all in it count as there.
    """
    from ..library.source import has_entries

    there = {path for path in paths if os.path.exists(syspath(path))}
    gone = [path for path in dict.fromkeys(paths) if path not in there]
    if gone and not has_entries(music):
        log.warning(
            "{}: the music is not there; playlists name its tracks all the same",
            displayable_path(music),
        )
        there |= {path for path in gone if path.startswith(os.path.join(music, b""))}
        gone = [path for path in gone if path not in there]
    if gone:
        log.warning(
            "{} files are gone and left out of the playlists, such as {}",
            len(gone), displayable_path(gone[0]),
        )  # fmt: skip
    return there


def _file_names(
    lib: Library, names: Mapping[int, str], config: confuse.ConfigView
) -> dict[int, str]:
    """Return a file name without suffix for each cluster, safe on the file system."""
    pattern = config["playlist_name"].as_str()
    found = {}
    for label, name in names.items():
        filled = Template(pattern).substitute({"cluster": str(label), "name": name}, {})
        safe = sanitize_path(filled.replace("/", "_"), lib.replacements)
        found[label] = safe.encode()[:_MOST_BYTES].decode("utf-8", "ignore").strip()
    counts = Counter(name.lower() for name in found.values())
    if "" in counts or len(counts) < len(found):
        raise ui.UserError(
            f"mir.playlist_name: {pattern!r} does not give each cluster a name of its own"
        )
    return found
