"""From features to a clustering, as `mircluster` is told to, and what is said on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beets import ui

from ...ground.stages import stage
from ...ground.terminal import say
from ...names import CLASSIC, ENCODINGS, METHODS
from .. import listening, reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    import numpy as np
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...clusters.result import Clustering
    from ...clusters.shaping import Bounds, Shaped
    from ...library.items import Analysed
    from ...settings import Study
    from ...space.encodings import Encoded
    from .keeping import Kept

_BIASED = {(e, m) for e in ENCODINGS for m in METHODS if e == "autoencoder" or m != "kmeans"}
_NO_BIAS = (
    "a genre bias changes nothing with {study.encoding} and {study.method}:"
    " it works with -e autoencoder or -m agglomerative"
)


class Fitted(NamedTuple):
    """A clustering, and the tracks of its rows: those at hand, and founders of kept ones."""

    clustering: Clustering
    found: Analysed


def fit(
    found: Analysed,
    study: Study,
    log: BeetsLogger,
    *,
    exact: bool,
    taken: Set[int],
    kept: Kept,
) -> Fitted:
    """Cluster these tracks, and say what comes of it; nothing is stored.

    *exact*: make as many clusters as asked for, however few tracks each gets. No new
    cluster gets an id that is *taken*. Those that are *kept* count, but stay as they are:
    the others are made of all other tracks, in a space that is fitted to all at hand.
    """
    import numpy as np

    from ...clusters.result import Clustering

    features = study.features
    is_free, founders = kept.are_free(found.tracks), kept.founders_by(features)
    free = found.only(is_free.nonzero()[0])
    check(len(free), study, len(kept.names), exact=exact)
    warn_of_bias(study, log)
    encoded = reading.encoded(
        found.values(features), found.genres, study.encoding, study.n_dims, study, log
    )
    for line in [*_about(encoded, study), *_about_kept(kept, founders)]:
        say(line)
    Z, ids = encoded.Z[is_free], found.clusters
    n_clusters = chosen_number(Z, study, len(kept.names), exact, log)
    ids[is_free] = _ids(Z, n_clusters, free, taken, study, log)
    names = _names(found, ids, kept.names, log)
    Z_founders = encoded.encoder.transform(founders.values(features), founders.genres)
    clustering = Clustering(
        encoded._replace(Z=np.concatenate([Z, Z_founders])),
        np.concatenate([ids[is_free], founders.clusters]),
        names,
        [*free.genres, *founders.genres],
        study.genre_bias if study.method == "agglomerative" else 0.0,
    )
    return Fitted(clustering, free.and_more(founders))


def check(n_free: int, study: Study, n_kept: int, *, exact: bool) -> None:
    """Stop if so many tracks that are in no kept cluster cannot be clustered as asked for."""
    if not n_free:
        raise ui.UserError("all tracks at hand are in clusters that are kept (--release)")
    beside = f" beside {n_kept} that are kept" if n_kept else ""
    if exact and study.n_clusters and study.n_clusters - n_kept > n_free:
        raise ui.UserError(
            f"cannot make {study.n_clusters - n_kept} clusters of {n_free} tracks{beside}"
        )


def warn_of_bias(study: Study, log: BeetsLogger) -> None:
    """Say so if the genre bias that is asked for has no effect."""
    if study.genre_bias and (study.encoding, study.method) not in _BIASED:
        log.warning("{}", _NO_BIAS.format(study=study))


def _about(encoded: Encoded, study: Study) -> list[str]:
    """Return what the encoding keeps, and of principal components what they are made of."""
    from ...space.encoders import Network
    from ...space.linear import strongest

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


def _about_kept(kept: Kept, founders: Analysed) -> list[str]:
    """Return how many clusters are kept, and which of them have no centre in this space."""
    if not kept.names:
        return []
    n_kept, placed = len(kept.names), set(founders.clusters.tolist())
    return [
        f"{n_kept} cluster{'s are' if n_kept > 1 else ' is'} kept, with {len(kept.ids)} tracks",
        *(
            f'(none of the tracks that "{name}" was kept with has these features:'
            f" cluster {id_} takes no new ones)"
            for id_, name in sorted(kept.names.items())
            if id_ not in placed
        ),
    ]


def chosen_number(
    Z: NDArray[np.float64], study: Study, n_kept: int, exact: bool, log: BeetsLogger
) -> int:
    """Return how many clusters to make: as many as asked for, if *exact*, or fewer.

    Those that are kept count, but there is at least one beside them. UserError if the number
    is to be chosen, and there is nothing to choose from.
    """
    from ...clusters.choosing import choose_n_clusters
    from ...clusters.clustering import sensible_n_clusters
    from ...ground.progress import Progress

    if study.n_clusters is not None:
        wanted = max(1, study.n_clusters - n_kept)
        return wanted if exact else sensible_n_clusters(len(Z), wanted)
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


def _ids(
    Z: NDArray[np.float64],
    n_clusters: int,
    free: Analysed,
    taken: Set[int],
    study: Study,
    log: BeetsLogger,
) -> NDArray[np.int64]:
    """Return the cluster of each track by its id, and say what is not as it was."""
    from ...clusters import matching

    old = free.clusters
    ids = matching.match(labels_of(Z, n_clusters, free.genres, old, study, log), old, taken)
    if old.any():
        say(str(matching.changes(ids, old)))
    return ids


def labels_of(
    Z: NDArray[np.float64],
    n_clusters: int,
    genres: Sequence[str],
    old: NDArray[np.int64],
    study: Study,
    log: BeetsLogger,
) -> NDArray[np.int64]:
    """Return the clusters of the tracks, shape (n_tracks,), from 1, and say how many."""
    from ...clusters import shaping

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
    from ...space.linear import at_most_distinct

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
    from ...clusters import clustering, settling, shaping

    random_state = study.random_state
    if study.method == "kmeans":
        return settling.settled_kmeans(Z, n_clusters, sizes, old=old, random_state=random_state)
    if len(Z) > clustering.MOST_IN_TREE:
        say(f"in two stages: first {clustering.N_GROUPS} small groups by k-means")
    labels = clustering.agglomerative(
        Z, n_clusters, genres=genres, bias=study.genre_bias, random_state=random_state
    )
    return shaping.shape(Z, labels, n_clusters, sizes, random_state=random_state)


def _names(
    found: Analysed, ids: NDArray[np.int64], kept: Mapping[int, str], log: BeetsLogger
) -> dict[int, str]:
    """Return a name for each cluster, and say which clusters have another than before."""
    from ...clusters import naming

    old = {track.cluster: track.cluster_name for track in found.tracks if track.cluster}
    with stage(log, "naming") as did:
        scores = listening.tag_scores(found, log)
        names = naming.describe(found.X, ids, found.genres, old, scores, kept)
        did(f"{sum(old.get(id_) == name for id_, name in names.items())} names stay")
    for line in naming.changes(old, names):
        say(line)
    return names
