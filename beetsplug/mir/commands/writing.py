"""What clustering leaves behind: ids, names and order in the library, and playlists."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from beets import ui
from beets.util import displayable_path, sanitize_path, syspath
from beets.util.functemplate import Template

from .. import settings
from ..ground.stages import stage
from ..ground.terminal import say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

    from ..clusters.model import Model
    from ..clusters.result import Clustering, Rows
    from ..library.items import Track
    from ..library.storing import Place

TRACKS_SHOWN = 3
_MOST_BYTES = 200  # of a file name; most file systems take 255


class Target(NamedTuple):
    """Where playlists go and what stands in them, as it is configured."""

    file_names: Mapping[int, str]  # of each cluster, without suffix
    directory: Path
    music: bytes  # the library's folder
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


def show(clustering: Clustering, tracks: Sequence[Track]) -> None:
    """Print a line for each cluster, with its most typical tracks."""
    typical = _tracks_of(clustering.typical, tracks)
    for line in lines(typical, clustering.names, typical):
        say(line)


def store_clustering(
    lib: Library,
    clustering: Clustering,
    tracks: Sequence[Track],
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Put the clusters in order, and store them with their model and their playlists."""
    with stage(log, "ordering"):
        order = clustering.order([track.artist for track in tracks])
    model = clustering.model(", ".join(sorted({track.version for track in tracks})))
    store(lib, _tracks_of(order, tracks), clustering.names, config, log, model=model)


def _tracks_of(rows: Rows, tracks: Sequence[Track]) -> dict[int, list[Track]]:
    return {id_: [tracks[row] for row in found.tolist()] for id_, found in rows.items()}


def store(
    lib: Library,
    clusters: Mapping[int, Sequence[Track]],
    names: Mapping[int, str],
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    model: Model | None = None,
    changed: Collection[int] | None = None,
) -> None:
    """Store clusters (their tracks in order, by id), the model of them, and playlists.

    Without a *model* that of the library stays, and so do all tracks outside the clusters
    that have *changed*. A new one is whole before the clusters are stored, and takes the
    old one's place after that; the clusters bear its print, so that one that does not
    belong to them is noticed.
    """
    from ..library.storing import Place

    target = _target(lib, names, config)  # what is wrong in it stops before anything is stored
    places = {
        track.id: Place(label, order, names[label])
        for label in (clusters if changed is None else changed)
        for order, track in enumerate(clusters[label], start=1)
    }
    before = _before(lib, target.directory, config)
    with stage(log, "storing") as did:
        n_changed = _store_with_model(lib, places, model, log)
        did(f"{n_changed} of {len(places)} tracks changed")
    say(f"{n_changed} tracks changed")
    _write_playlists(clusters, target, before, log)


def _store_with_model(
    lib: Library, places: Mapping[int, Place], model: Model | None, log: BeetsLogger
) -> int:
    from ..library.storing import store_clusters

    path = model_path(lib)
    if not model or not path:
        return store_clusters(lib, places, only=model is not None)
    from ..clusters.model import pack, print_of
    from ..ground import files

    data = pack(model)
    new = None
    try:
        with _warned(path, log):
            new = files.write_beside(path, data)
        n_changed = store_clusters(lib, places, model=print_of(data))
    except BaseException:
        if new:
            new.unlink(missing_ok=True)
        raise
    if new:
        with _warned(path, log):
            files.put_in_place(new, path)
    return n_changed


@contextmanager
def _warned(path: Path, log: BeetsLogger) -> Iterator[None]:
    """Go on without a model that cannot be saved."""
    try:
        yield
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
    target = _target(lib, names, config)
    _write_playlists(clusters, target, _before(lib, target.directory, config), log)


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


def _write_playlists(
    clusters: Mapping[int, Sequence[Track]],
    target: Target,
    before: Mapping[str, Sequence[bytes]],
    log: BeetsLogger,
) -> None:
    from ..library import playlists

    there = _there(
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
                directory, paths, target.relative_to, before, absolute=target.absolute
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
        lib.directory,
        settings.relative_to(config),
        settings.absolute_outside(config),
    )


def _there(paths: Sequence[bytes], music: bytes, log: BeetsLogger) -> set[bytes]:
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


def model_path(lib: Library) -> Path | None:
    """Return where the model of a library is kept: beside it; None for one in memory."""
    path = os.fsdecode(lib.path)  # bytes before beets 2.13
    return None if path == ":memory:" else Path(f"{path}.mir-model.npz")
