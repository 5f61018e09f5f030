"""From features to a clustering, as `mircluster` is told to, and what is said on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beets import ui

from ..ground.stages import stage
from ..ground.terminal import say
from ..names import CLASSIC, ENCODINGS, METHODS
from . import listening, reading

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    import numpy as np
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ..clusters.result import Clustering
    from ..clusters.shaping import Bounds, Shaped
    from ..library.items import Analysed
    from ..settings import Study
    from ..space.encodings import Encoded

_BIASED = {(e, m) for e in ENCODINGS for m in METHODS if e == "autoencoder" or m != "kmeans"}
_NO_BIAS = (
    "a genre bias changes nothing with {study.encoding} and {study.method}:"
    " it works with -e autoencoder or -m agglomerative"
)


def fit(
    found: Analysed,
    study: Study,
    log: BeetsLogger,
    *,
    exact: bool,
    taken: Set[int],
) -> Clustering:
    """Cluster these tracks, and say what comes of it; nothing is stored.

    *exact*: make as many clusters as asked for, however few tracks each gets. No new
    cluster gets an id that is *taken*.
    """
    import numpy as np

    from ..clusters import matching
    from ..clusters.result import Clustering

    tracks, X = found.tracks, found.values(study.features)
    if exact and study.n_clusters and study.n_clusters > len(tracks):
        raise ui.UserError(f"cannot make {study.n_clusters} clusters of {len(tracks)} tracks")
    _warn_of_bias(study, log)
    genres = [track.genre for track in tracks]
    old = np.array([track.cluster for track in tracks])
    encoded = reading.encoded(X, genres, study.encoding, study.n_dims, study, log)
    for line in _about(encoded, study):
        say(line)
    n_clusters = _chosen_number(encoded.Z, study, exact, log)
    ids = matching.match(_labels(encoded.Z, n_clusters, genres, old, study, log), old, taken)
    if old.any():
        say(str(matching.changes(ids, old)))
    names = _names(found, ids, log)
    bias = study.genre_bias if study.method == "agglomerative" else 0.0
    return Clustering(encoded, ids, names, genres, bias)


def _warn_of_bias(study: Study, log: BeetsLogger) -> None:
    """Say so if the genre bias that is asked for has no effect."""
    if study.genre_bias and (study.encoding, study.method) not in _BIASED:
        log.warning("{}", _NO_BIAS.format(study=study))


def _about(encoded: Encoded, study: Study) -> list[str]:
    """Return what the encoding keeps, and of principal components what they are made of."""
    from ..space.encoders import Network
    from ..space.linear import strongest

    layers, Z = encoded.encoder.layers, encoded.Z
    share = layers.explained.sum()
    what = f"{study.features} features, {study.encoding}"
    first = f"{len(Z)} tracks, {what}: {Z.shape[1]} dimensions"
    if encoded.training:
        epochs = len(encoded.training.history)
        return [f"{first} that bring back {share:.0%} of the variance, after {epochs} epochs"]
    if study.encoding != "pca" or isinstance(layers, Network):
        return [first]
    first = f"{first} with {share:.0%} of the variance"
    if study.features != CLASSIC:  # its values have no names
        return [first]
    return [
        first,
        *(
            f"{number + 1:>4}  {explained:>4.0%}  {' '.join(strongest(layers, number))}"
            for number, explained in enumerate(layers.explained)
        ),
    ]


def _chosen_number(Z: NDArray[np.float64], study: Study, exact: bool, log: BeetsLogger) -> int:
    """Return how many clusters to make: as many as asked for, if *exact*, or fewer.

    UserError if the number is to be chosen, and there is nothing to choose from.
    """
    from ..clusters.choosing import choose_n_clusters
    from ..clusters.clustering import sensible_n_clusters
    from ..ground.progress import Progress

    if study.n_clusters is not None:
        return study.n_clusters if exact else sensible_n_clusters(len(Z), study.n_clusters)
    try:
        steps = Progress(0, unit="step")
        with stage(log, "choosing the number of clusters"), steps as progress:
            choice = choose_n_clusters(
                Z, study.method, most=len(Z) // 2, random_state=study.random_state,
                on_round=progress.extend, on_step=progress.advance,
            )  # fmt: skip
    except ValueError as exc:
        raise ui.UserError(f"-k auto: {exc}") from exc
    say(f"{choice.n_clusters} clusters: {choice.why}")
    return choice.n_clusters


def _labels(
    Z: NDArray[np.float64],
    n_clusters: int,
    genres: Sequence[str],
    old: NDArray[np.int64],
    study: Study,
    log: BeetsLogger,
) -> NDArray[np.int64]:
    """Return the clusters of the tracks, shape (n_tracks,), from 1, and say how many."""
    from ..clusters import shaping

    n_possible = _at_most_different(Z, n_clusters)
    sizes = shaping.bounds(Z, n_possible, study.min_size, study.max_size)
    with stage(log, f"clustering by {study.method}") as did:
        if study.method == "kmeans":
            n_old = len(set(old.tolist()) - {0})
            did("one start is where clusters are" if n_old == n_possible else "new starts only")
        did(f"of {sizes.fewest} to {sizes.most} tracks each")
        shaped = _shaped(Z, n_possible, sizes, genres, old, study)
    n_found = shaped.labels.max()
    say(f"{study.method}: {n_found} clusters{f'; {shaped}' if str(shaped) else ''}")
    if n_found != n_possible:
        say(f"(no {n_possible} of {sizes.fewest} to {sizes.most} tracks each could be made)")
    return shaped.labels


def _at_most_different(Z: NDArray[np.float64], n_clusters: int) -> int:
    """Return so many clusters, or fewer if there are fewer different tracks, which is said."""
    from ..space.linear import at_most_distinct

    n_possible = at_most_distinct(Z, n_clusters)
    if n_possible < n_clusters:
        say(f"(no {n_clusters} clusters: there are only {n_possible} different tracks)")
    return n_possible


def _shaped(
    Z: NDArray[np.float64],
    n_clusters: int,
    sizes: Bounds,
    genres: Sequence[str],
    old: NDArray[np.int64],
    study: Study,
) -> Shaped:
    from ..clusters import clustering, settling, shaping

    random_state = study.random_state
    if study.method == "kmeans":
        return settling.settled_kmeans(Z, n_clusters, sizes, old=old, random_state=random_state)
    if len(Z) > clustering.MOST_IN_TREE:
        say(f"in two stages: first {clustering.N_GROUPS} small groups by k-means")
    labels = clustering.agglomerative(
        Z, n_clusters, genres=genres, bias=study.genre_bias, random_state=random_state
    )
    return shaping.shape(Z, labels, n_clusters, sizes, random_state=random_state)


def _names(found: Analysed, ids: NDArray[np.int64], log: BeetsLogger) -> dict[int, str]:
    """Return a name for each cluster, and say which clusters have another than before."""
    from ..clusters import naming

    tracks = found.tracks
    old = {track.cluster: track.cluster_name for track in tracks if track.cluster}
    with stage(log, "naming") as did:
        genres = [track.genre for track in tracks]
        names = naming.describe(found.X, ids, genres, old, listening.tag_scores(found, log))
        did(f"{sum(old.get(id_) == name for id_, name in names.items())} names stay")
    for line in naming.changes(old, names):
        say(line)
    return names
