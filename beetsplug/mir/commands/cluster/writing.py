"""What clustering leaves behind: ids, names and order in the library, and the model."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...ground.stages import stage
from ...ground.terminal import say
from . import filling, publishing

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...clusters.model import Model
    from ...clusters.result import Rows
    from ...library.items import Track
    from ...library.storing import AsRead, Place
    from .fitting import Fitted
    from .keeping import Kept

TRACKS_SHOWN = 3


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


def show(fitted: Fitted, kept: Kept) -> None:
    """Print a line for each cluster, with its most typical tracks."""
    clustering, found = fitted
    typical = {**kept.clusters, **_tracks_of(clustering.typical, found.tracks)}
    names = {**clustering.names, **{id_: f"{name} (kept)" for id_, name in kept.names.items()}}
    for line in lines({**typical, **kept.clusters}, names, typical):
        say(line)


def store_clustering(
    lib: Library, fitted: Fitted, kept: Kept, config: confuse.ConfigView, log: BeetsLogger
) -> None:
    """Put the clusters in order, and store them with their model and their playlists.

    Those that are kept stay in the order that they have.
    """
    from ...library.versions import versions

    clustering, found = fitted
    encoder = clustering.encoded.encoder
    typical = _but(kept.names, clustering.typical)
    with stage(log, "filling playlists") as did:
        space = filling.space(encoder, found.values(encoder.features), clustering.encoded.Z)
        picked = filling.fill(typical, space, found.tracks, filling.limits(config))
        did(f"{sum(map(len, picked.values()))} of {sum(map(len, typical.values()))} tracks")
    with stage(log, "ordering"):
        order = clustering.order([track.artist for track in found.tracks], picked)
    model = clustering.model(", ".join(sorted(versions(found.tracks, encoder.features))))
    listed = {**_tracks_of(order, found.tracks), **kept.listed}
    members = {**_tracks_of(typical, found.tracks), **kept.clusters}
    plan = publishing.prepare(lib, clustering.names, config)  # may stop; nothing is stored yet
    n_changed = store(lib, members, listed, clustering.names, log, model=model)
    say(f"{n_changed} tracks changed")
    publishing.publish(lib, plan, config, log)


def _but(ids: Container[int], rows: Rows) -> Rows:
    return {id_: of for id_, of in rows.items() if id_ not in ids}


def _tracks_of(rows: Rows, tracks: Sequence[Track]) -> dict[int, list[Track]]:
    return {id_: [tracks[row] for row in found.tolist()] for id_, found in rows.items()}


def store(
    lib: Library,
    clusters: Mapping[int, Sequence[Track]],
    listed: Mapping[int, Sequence[Track]],
    names: Mapping[int, str],
    log: BeetsLogger,
    *,
    model: Model | None = None,
    known: AsRead | None = None,
) -> int:
    """Store clusters by their ids, what is *listed* in order, and the model of them.

    Without a *model* that of the library stays, and so do all tracks outside these
    clusters, which have to be as they are *known* (storing.OvertakenError). A new one is
    whole before the clusters are stored, and takes the old one's
    place after that; the clusters bear its print, so that one that does not belong to them
    is noticed. Returns how many tracks changed.
    """
    from ...library.storing import store_clusters

    places = _places(clusters, listed, names)
    with stage(log, "storing") as did:
        if model:
            n_changed = _store_with_model(lib, places, model, log)
        else:
            n_changed = store_clusters(lib, places, only=False, known=known)
        did(f"{n_changed} of {len(places)} tracks changed")
    return n_changed


def _places(
    clusters: Mapping[int, Sequence[Track]],
    listed: Mapping[int, Sequence[Track]],
    names: Mapping[int, str],
) -> dict[int, Place]:
    """Return where each track belongs, by its id; what no playlist has is at no place in it."""
    from ...library.storing import Place

    places = {
        track.id: Place(label, 0, names[label])
        for label, tracks in clusters.items()
        for track in tracks
    }
    for label, tracks in listed.items():
        for order, track in enumerate(tracks, start=1):
            places[track.id] = Place(label, order, names[label])
    return places


def _store_with_model(
    lib: Library, places: Mapping[int, Place], model: Model, log: BeetsLogger
) -> int:
    """Store clusters and put their model in place: no other process does so in between.

    Nor does a signal; whoever is killed there leaves clusters that bear another print.
    """
    from ...clusters.model import pack, print_of
    from ...ground import files
    from ...library.storing import store_clusters

    path = model_path(lib)
    if not path:
        return store_clusters(lib, places)
    data = pack(model)
    new = None
    with files.alone_in(path.parent), ExitStack() as until:
        try:
            with _warned(path, log):
                new = files.write_beside(path, data)
            n_changed = store_clusters(lib, places, model=print_of(data), until=until)
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


def model_path(lib: Library) -> Path | None:
    """Return where the model of a library is kept; None for one in memory."""
    return beside(lib, "mir-model.npz")


def beside(lib: Library, name: str) -> Path | None:
    """Return where a file beside the library is; None for a library in memory."""
    path = os.fsdecode(lib.path)  # bytes before beets 2.13
    return None if path == ":memory:" else Path(f"{path}.{name}")
