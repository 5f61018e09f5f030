"""What clustering leaves behind: ids, names and order in the library, and playlists."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from beets import ui
from beets.util import displayable_path, sanitize_path, syspath
from beets.util.functemplate import Template

from .. import settings
from ..stages import stage
from ..terminal import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

    from ..library import Track
    from ..model import Model

TRACKS_SHOWN = 3
_MOST_BYTES = 200  # of a file name; most file systems take 255


class Target(NamedTuple):
    """Where playlists go and what stands in them, as it is configured."""

    file_names: Mapping[int, str]  # of each cluster, without suffix
    directory: Path
    relative_to: bytes
    absolute: bool  # entries of tracks outside


def lines(
    clusters: Mapping[int, Sequence[Track]],
    names: Mapping[int, str],
    typical: Mapping[int, Sequence[Track]],
) -> list[str]:
    """Return a line for each cluster: id, size, name, some typical tracks."""
    width = max(len(names[label]) for label in clusters)
    return [
        f"{label:>4}  {len(tracks):>6} tracks  {names[label]:<{width}}  "
        + "; ".join(map(str, typical[label][:TRACKS_SHOWN]))
        for label, tracks in sorted(clusters.items())
    ]


def store(
    lib: Library,
    clusters: Mapping[int, Sequence[Track]],
    names: Mapping[int, str],
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    model: Model | None = None,
) -> None:
    """Store clusters (their tracks in order, by id), the model of them, and playlists.

    Without a *model* that of the library stays. With one, the old is gone before the
    first cluster is stored: at no time is there one that belongs to other clusters.
    """
    from ..library import Place, store_clusters

    target = _target(lib, names, config)  # what is wrong in it stops before anything is stored
    path = model_path(lib)
    if model and path:
        path.unlink(missing_ok=True)
    places = {
        track.id: Place(label, order, names[label])
        for label, tracks in clusters.items()
        for order, track in enumerate(tracks, start=1)
    }
    with stage(log, "storing") as did:
        n_changed = store_clusters(lib, places)
        did(f"{n_changed} of {len(places)} tracks changed")
        if model and path:
            _save(model, path, log)
    say(f"{n_changed} tracks changed")
    _write_playlists(clusters, target, log)


def _save(model: Model, path: Path, log: BeetsLogger) -> None:
    from ..model import save

    try:
        save(model, path)
    except OSError as exc:
        log.warning("{}: cannot save the model: {}", path, exc.strerror)


def write_playlists(
    lib: Library,
    clusters: Mapping[int, Sequence[Track]],
    names: Mapping[int, str],
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Write the playlists of clusters (their tracks in order, by id), and say what was done."""
    _write_playlists(clusters, _target(lib, names, config), log)


def _write_playlists(
    clusters: Mapping[int, Sequence[Track]], target: Target, log: BeetsLogger
) -> None:
    from .. import playlists

    there = _there([track.path for tracks in clusters.values() for track in tracks], log)
    paths = {
        target.file_names[label]: [track.path for track in tracks if track.path in there]
        for label, tracks in clusters.items()
    }
    directory = target.directory
    try:
        with stage(log, "playlists") as did:
            outcome = playlists.write(
                directory, paths, target.relative_to, absolute=target.absolute
            )
            did(f"entries relative to {displayable_path(target.relative_to)}")
    except OSError as exc:
        raise ui.UserError(f"cannot write playlists to {directory}: {exc.strerror}") from exc
    for warning in outcome.warnings:
        log.warning("{}", warning)
    say(f"{len(outcome.written)} playlists in {directory}")
    if outcome.removed:
        say(f"{len(outcome.removed)} old playlists removed")


def _target(lib: Library, names: Mapping[int, str], config: confuse.ConfigView) -> Target:
    return Target(
        _file_names(lib, names, config),
        settings.playlist_dir(config),
        settings.relative_to(config),
        settings.absolute_outside(config),
    )


def _there(paths: Sequence[bytes], log: BeetsLogger) -> set[bytes]:
    """Return the files that are there, and count the others in a warning.

    Where none is, they are only away, as with their disk, and all count as there.
    """
    there = {path for path in paths if os.path.exists(syspath(path))}
    gone = [path for path in dict.fromkeys(paths) if path not in there]
    if gone and not there:
        log.warning("none of the files is there: playlists name them all the same")
        return set(gone)
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


def model_path(lib: Library) -> Path | None:
    """Return where the model of a library is kept: beside it; None for one in memory."""
    path = os.fsdecode(lib.path)  # bytes before beets 2.13
    return None if path == ":memory:" else Path(f"{path}.mir-model.npz")
