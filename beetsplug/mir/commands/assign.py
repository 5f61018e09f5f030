"""`beet mircluster --assign`: place new tracks with the saved model, without fitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beets import ui

from .. import settings
from ..ground.stages import stage
from ..ground.terminal import say
from ..names import CLASSIC, NETWORK
from . import fitting, keeping, publishing, reading, writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ..clusters.model import Model
    from ..library.items import Analysed, Track


def run(lib: Library, query: list[str], config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Place the matching tracks that have features but no cluster; all others stay.

    With a model that cannot be used, cluster them anew together with those that have one.
    Playlists whose tracks have moved are rewritten in any case.
    """
    try:
        new = reading.unplaced(lib, query, log)
    except ui.UserError:
        _refresh_playlists(lib, config, log)
        raise
    if not new:
        say("all matching tracks that are analysed have a cluster")
        _refresh_playlists(lib, config, log)
        return
    _place_or_recluster(lib, new, config, log)


def _refresh_playlists(lib: Library, config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Write what has changed in playlists though no track is new: `beet move` does that."""
    from ..library.items import read_clusters

    clusters = read_clusters(lib)
    if clusters and not config["pretend"].get(bool):
        names = {id_: tracks[0].cluster_name for id_, tracks in clusters.items()}
        publishing.publish(clusters, publishing.target(lib, names, config), log)


def _place_or_recluster(
    lib: Library,
    new: Analysed,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    from ..clusters.model import ModelError, load
    from ..library.items import models

    path = writing.model_path(lib)
    if not path or not path.exists():
        raise ui.UserError(f"there is no model yet ({path}): run `beet mircluster` first")
    try:
        with stage(log, "loading the model"):
            model = load(path, models(lib))
    except ModelError as exc:
        log.warning("{}; clustering anew", exc)
        _recluster(lib, {track.id for track in new.tracks}, config, log)
        return
    _place(lib, new, model, config, log)


def _recluster(
    lib: Library, new: set[int], config: confuse.ConfigView, log: BeetsLogger
) -> None:
    """Cluster anew as the configuration says, into as many clusters as there are."""
    import numpy as np

    from ..library.items import clusters, read_tracks

    every = read_tracks(lib)
    rows = [i for i, track in enumerate(every.tracks) if track.cluster or track.id in new]
    found, study = every.only(np.array(rows)), settings.read_study(config)
    if study.features == settings.AUTO and not found.has_network.all():
        study = study._replace(features=CLASSIC)  # with the network's some would lose theirs
    found, study = reading.of_one_set(found, study, log)
    tracks = found.tracks
    kept = keeping.read(lib)
    n_clusters = len({track.cluster for track in tracks} - {0} | kept.names.keys())
    if n_clusters > 1:
        study = study._replace(n_clusters=n_clusters)
    if study.encoding == "autoencoder":
        reading.need_tensorflow()
    taken = set(clusters(lib).values())
    fitted = fitting.fit(found, study, log, exact=True, taken=taken, kept=kept)
    writing.show(fitted, kept)
    if not config["pretend"].get(bool):
        writing.store_clustering(lib, fitted, kept, config, log)


def _place(
    lib: Library,
    found: Analysed,
    model: Model,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    from ..library.items import read_clusters, versions

    features = model.encoder.features
    if features == NETWORK:
        try:
            found = reading.that_were_heard(found, log)
        except ui.UserError:
            _refresh_playlists(lib, config, log)
            raise
    new, X = found.tracks, found.values(features)
    if unlike := versions(new, features) - set(model.mir_version.split(", ")):
        log.warning(
            "the model is of tracks analysed by {}, these are by {}",
            model.mir_version, ", ".join(sorted(unlike)),
        )  # fmt: skip
    with stage(log, "placing"):
        placed, Z = model.place(X, [track.genre for track in new])
        clusters = read_clusters(lib)
    names = dict(zip(model.ids.tolist(), model.names, strict=True))
    names |= {id_: tracks[0].cluster_name for id_, tracks in clusters.items()}
    arrived = _arrived(new, placed)
    say(f"{len(new)} tracks placed")
    for line in writing.lines(arrived, names, arrived):
        say(line)
    if not config["pretend"].get(bool):
        with stage(log, "ordering"):
            _insert(lib, clusters, new, placed, Z, model)
        names = {id_: names[id_] for id_ in clusters}
        writing.store(lib, clusters, names, config, log, changed=arrived)


def _arrived(new: Sequence[Track], placed: NDArray[np.int64]) -> dict[int, list[Track]]:
    """Return the new tracks of each cluster."""
    arrived: dict[int, list[Track]] = {}
    for track, id_ in zip(new, placed.tolist(), strict=True):
        arrived.setdefault(id_, []).append(track)
    return arrived


def _insert(
    lib: Library,
    clusters: dict[int, list[Track]],
    new: Sequence[Track],
    placed: NDArray[np.int64],
    Z: NDArray[np.float64],
    model: Model,
) -> None:
    """Put each new track into its cluster's list where it fits best.

    A track of the list whose features are gone keeps its place; nothing is put beside it
    for its sound.
    """
    import numpy as np

    from ..clusters.order.path import insert
    from ..ground.grouping import factorize
    from ..library.items import features_of

    arrived = _arrived(new, placed)
    there = [track for id_ in arrived for track in clusters.get(id_, [])]
    X_there = features_of(lib, [track.id for track in there], model.encoder.features)
    Z_there = model.encoder.transform(X_there, [track.genre for track in there])
    Z_of = {track.id: z for track, z in zip([*there, *new], [*Z_there, *Z], strict=True)}
    for id_, tracks in arrived.items():
        both = [*clusters.get(id_, []), *tracks]
        Z_both = np.array([Z_of[track.id] for track in both])
        known = np.isfinite(Z_both).all(axis=1)
        Z_both[~known] = Z_both[known].mean(axis=0)
        artists, _ = factorize([track.artist for track in both])
        path = np.arange(len(both) - len(tracks))
        for sample in range(len(path), len(both)):
            path = insert(path, Z_both, artists, sample)
        clusters[id_] = [both[index] for index in path.tolist()]
