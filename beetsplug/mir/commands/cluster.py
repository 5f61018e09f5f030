"""`beet mircluster`: group the analysed tracks by sound, and write the playlists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beets import ui

from .. import settings
from ..ground.stages import stage
from ..ground.terminal import say
from ..names import ENCODINGS, METHODS
from . import assign, evaluate, fitting, losing, reading, writing

if TYPE_CHECKING:
    from collections.abc import Sequence, Set
    from optparse import Values

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ..clusters.model import Model
    from ..library.items import Track
    from ..settings import Study
    from ..space.encodings import Encoded


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mircluster", help="group tracks by sound and write playlists")
    add = cmd.parser.add_option
    add("-e", "--encoding", choices=ENCODINGS, help="pca, autoencoder, scaled or none")
    add("-d", "--dims", type="int", metavar="N", help="dimensions of the encoding")
    add("--epochs", type="int", metavar="N", help="most epochs of the autoencoder's training")
    add("-m", "--method", choices=METHODS, help="kmeans or agglomerative")
    add("-k", "--clusters", metavar="N", help="how many clusters, or auto")
    add("-b", "--genre-bias", type="float", metavar="B", help="let genre count: 0 to 1")
    add("-p", "--pretend", action="store_true", help="show the clusters, change nothing")
    add("-y", "--yes", action="store_true", help="let tracks that do not match lose theirs")
    add("--fresh", action="store_true", help="forget the clusters there are, and their ids")
    add("--assign", action="store_true", help="only place tracks that have no cluster")
    add("--evaluate", action="store_true", help="score all encodings, methods and numbers")
    add("--by", metavar="FIELD", help="evaluate against this field instead of genre")
    add("--out", metavar="FILE", help="write the evaluation to a .csv or .json file")

    def func(lib: Library, opts: Values, args: list[str]) -> None:
        _check(opts)
        settings.overlay(config, opts)
        if opts.evaluate:
            evaluate.run(lib, args, config, log, out=opts.out)
        elif opts.assign:
            assign.run(lib, args, config, log)
        else:
            exact, fresh = opts.clusters is not None, bool(opts.fresh)
            run(lib, args, config, log, exact=exact, fresh=fresh, yes=bool(opts.yes))

    cmd.func = func
    return cmd


def _check(opts: Values) -> None:
    """Refuse options that play no part in what is asked for."""
    if opts.evaluate and opts.assign:
        raise ui.UserError("--evaluate and --assign are two different jobs")
    if not opts.evaluate and (opts.by or opts.out):
        raise ui.UserError("--by and --out belong to --evaluate")
    job = "--evaluate" if opts.evaluate else "--assign" if opts.assign else ""
    unused = ["encoding", "dims", "method", "clusters", "fresh"]
    unused += ["epochs", "genre_bias"] if opts.assign else []
    if job and (given := [name for name in unused if getattr(opts, name) is not None]):
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise ui.UserError(f"{options}: plays no part in {job}")


def run(
    lib: Library,
    query: list[str],
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    exact: bool = False,
    fresh: bool = False,
    yes: bool = False,
) -> None:
    """Cluster the matching tracks; unless it is pretence, store ids and write playlists.

    *exact*: make as many clusters as asked for, however few tracks each gets. *fresh*: do
    as if there had never been any. *yes*: do not ask whether others may lose theirs.
    """
    from ..library.items import clusters

    study = settings.study(config)
    if study.encoding == "autoencoder":
        reading.need_tensorflow()
    tracks, X = reading.analysed(lib, query, log)
    there = clusters(lib)
    losers = there.keys() - {track.id for track in tracks}
    pretend = config["pretend"].get(bool)
    if not losing.agreed(losers, query=bool(query), yes=yes, pretend=pretend):
        return
    if fresh:
        tracks = [track._replace(cluster=0) for track in tracks]
    taken = set() if fresh else set(there.values())
    _cluster(lib, tracks, X, study, config, log, exact=exact, taken=taken)


def recluster(
    lib: Library,
    tracks: Sequence[Track],
    X: NDArray[np.float64],
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Cluster these tracks anew as the configuration says, into as many as they are in."""
    from ..library.items import clusters

    study = settings.study(config)
    n_clusters = len({track.cluster for track in tracks} - {0})
    if n_clusters > 1:
        study = study._replace(n_clusters=n_clusters)
    if study.encoding == "autoencoder":
        reading.need_tensorflow()
    taken = set(clusters(lib).values())
    _cluster(lib, tracks, X, study, config, log, exact=True, taken=taken)


def _cluster(
    lib: Library,
    tracks: Sequence[Track],
    X: NDArray[np.float64],
    study: Study,
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    exact: bool,
    taken: Set[int],
) -> None:
    import numpy as np

    from ..clusters import matching
    from ..clusters.clustering import distances_to_centre

    if exact and study.n_clusters and study.n_clusters > len(tracks):
        raise ui.UserError(f"cannot make {study.n_clusters} clusters of {len(tracks)} tracks")
    fitting.warn_of_bias(study, log)
    genres = [track.genre for track in tracks]
    old = np.array([track.cluster for track in tracks])
    encoded = reading.encoded(X, genres, study.encoding, study.dims, study, log)
    for line in fitting.about(encoded, study):
        say(line)
    n_clusters = fitting.chosen_number(encoded.Z, study, exact, log)
    labels = fitting.fit(encoded.Z, n_clusters, genres, old, study, log)
    ids = matching.match(labels, old, taken)
    if old.any():
        say(str(matching.changes(ids, old)))
    names = _names(X, ids, tracks, log)
    typical = _by_cluster(
        tracks, ids, distances_to_centre(encoded.Z, ids).argsort(kind="stable")
    )
    for line in writing.lines(typical, names, typical):
        say(line)
    if not config["pretend"].get(bool):
        model = _model(encoded, tracks, ids, names, study)
        with stage(log, "ordering"):
            played = _played(tracks, encoded.Z, ids)
        writing.store(lib, played, names, config, log, model=model)


def _names(
    X: NDArray[np.float64], ids: NDArray[np.int64], tracks: Sequence[Track], log: BeetsLogger
) -> dict[int, str]:
    """Return a name for each cluster, and say which clusters have another than before."""
    from ..clusters import naming

    old = {track.cluster: track.cluster_name for track in tracks if track.cluster}
    with stage(log, "naming") as did:
        names = naming.describe(X, ids, [track.genre for track in tracks], old)
        did(f"{sum(old.get(id_) == name for id_, name in names.items())} names stay")
    for line in naming.changes(old, names):
        say(line)
    return names


def _by_cluster(
    tracks: Sequence[Track], ids: NDArray[np.int64], order: NDArray[np.int64]
) -> dict[int, list[Track]]:
    """Return the tracks of each cluster, in the given order."""
    clusters: dict[int, list[Track]] = {id_: [] for id_ in sorted(set(ids.tolist()))}
    for index in order.tolist():
        clusters[int(ids[index])].append(tracks[index])
    return clusters


def _played(
    tracks: Sequence[Track], Z: NDArray[np.float64], ids: NDArray[np.int64]
) -> dict[int, list[Track]]:
    """Return the tracks of each cluster along a smooth path."""
    import numpy as np

    from ..clusters.order.path import smooth_path
    from ..ground.grouping import factorize, split

    artists, _ = factorize([track.artist for track in tracks])
    labels, members = np.unique(ids, return_inverse=True)
    clusters = {}
    for id_, rows in zip(labels.tolist(), split(members, len(labels)), strict=True):
        path = rows[smooth_path(Z[rows], artists[rows])]
        clusters[id_] = [tracks[index] for index in path.tolist()]
    return clusters


def _model(
    encoded: Encoded,
    tracks: Sequence[Track],
    ids: NDArray[np.int64],
    names: dict[int, str],
    study: Study,
) -> Model:
    import numpy as np

    from ..clusters.model import Model, contraction
    from ..ground.grouping import means

    clusters, members = np.unique(ids, return_inverse=True)
    bias = study.genre_bias if study.method == "agglomerative" else 0.0
    return Model(
        encoded.encoder,
        means(encoded.Z, members),
        clusters,
        [names[id_] for id_ in clusters.tolist()],
        contraction(ids, [track.genre for track in tracks], bias),
        ", ".join(sorted({track.version for track in tracks})),
    )
