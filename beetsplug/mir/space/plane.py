"""A plane on which neighbours stay neighbours: t-SNE of what lies in many dimensions.

Conventions
-----------
X : coordinates, shape (n_samples, n_components), finite; near (Euclid) means alike
plane : places, shape (n_samples, 2); only who is near whom has a meaning, not the axes

The method is that of van der Maaten and Hinton 2008, by openTSNE, which can also go on
from given places: docs/plane.md has what it and others keep of the neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from ..ground.grouping import means
from ..ground.magnitude import moderate
from ..ground.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERPLEXITY = 30.0  # about how many neighbours each track is drawn to
STEPS_APART = 250  # with forces exaggerated, in which groups find each other
STEPS = 500
STEPS_ON = 50  # from places that are good but for a few: more move the others for no gain
EXAGGERATION = 4.0
LEAST_KNOWN = 0.5  # share of tracks with a place; with fewer only their arrangement counts
FEWEST = 8  # distinct tracks; fewer are drawn better by their principal components
MANY = 10_000  # tracks, from which on forces are interpolated on a grid
MOST_UNFOLDED = 50_000  # tracks; of more, so many drawn by lot, and the others amid them
N_STORED = 5  # neighbours with a place, between which a track without one begins
_FARTHEST = 1e4  # from the middle, a hundred times what planes reach: no place beyond is ours
_INITIAL_DEVIATION = 1e-4  # of the places that all steps start from (openTSNE's advice)
_JITTER = 0.01  # share of the deviation; places that are equal would never part


@one_thread
def neighbour_plane(
    X: NDArray[np.float64],
    *,
    start: NDArray[np.float64] | None = None,
    random_state: int = 0,
) -> NDArray[np.float64]:
    """Return a place for each track, finite; equal tracks get the same.

    *start* has the places, shape (n_samples, 2), that this function gave to most tracks
    before, and NaN for tracks without one: those with a place hardly move. The same
    *random_state* gives the same plane, in whatever order the tracks come. It takes
    two minutes for 50,000 tracks, and a third of that from a *start*. Of more than
    :data:`MOST_UNFOLDED` the others lie amid their nearest of those.
    """
    points, members = _distinct(X)
    if len(points) < FEWEST:
        return _principal(points)[members]
    places = np.full((len(points), 2), np.nan)
    if start is not None:
        places = _places_of(start, members, len(points))
    return _tsne(points, places, random_state)[members]


@one_thread
def kept(X: NDArray[np.float64], plane: NDArray[np.float64], n: int = 10) -> float:
    """Return which share of each track's *n* nearest on the plane is so in X, 0 to 1.

    One as near in X as the *n*-th nearest counts too. Of one track there is nothing to lose.
    """
    n = min(n, len(X) - 1)
    if n < 1:
        return 1.0
    X, plane = moderate(X), moderate(plane)
    reach = _distances(X, _nearest(X, n)).max(axis=1)
    found = _distances(X, _nearest(plane, n))
    return float((found <= reach[:, None]).mean())


def _distinct(X: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the distinct rows, centred and within [-1, 1], and which of them each row is."""
    if not len(X):
        return np.zeros((0, 2), np.float32), np.zeros(0, np.int64)
    X = moderate(X)
    centred = X - X.mean(axis=0)
    reach = np.abs(centred).max(initial=0.0)
    scaled = (centred / reach if reach else centred).astype(np.float32)
    points, members = np.unique(scaled, axis=0, return_inverse=True)
    return points, members.ravel()


def _principal(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the first two principal components, 0 where there are fewer."""
    plane = np.zeros((len(points), 2))
    if len(points) > 1:
        n_components = min(2, *points.shape)
        plane[:, :n_components] = PCA(n_components, svd_solver="full").fit_transform(points)
    return plane


def _places_of(
    start: NDArray[np.float64], members: NDArray[np.int64], n_points: int
) -> NDArray[np.float64]:
    """Return the mean place of each point's tracks, NaN where none has one.

    One that is farther than any can be is none: among such, openTSNE's tree has no end.
    """
    known = _known(start) & (np.abs(start) <= _FARTHEST).all(axis=1)
    groups, tracks_of = np.unique(members[known], return_inverse=True)
    places = np.full((n_points, 2), np.nan)
    places[groups] = means(start[known], tracks_of)
    return places


def _known(places: NDArray[np.float64]) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(places), axis=1)
    return known


def _tsne(
    points: NDArray[np.float32], places: NDArray[np.float64], random_state: int
) -> NDArray[np.float64]:
    """Go on from *places* if most points have one, else run all the way."""
    known = _known(places)
    if len(points) > MOST_UNFOLDED:
        return _in_two_stages(points, places, known, random_state)
    if not known.any() or not np.ptp(places[known], axis=0).any():
        return _unfold(points, _principal(points), random_state)
    filled = _filled(points, places, known)
    if known.mean() < LEAST_KNOWN:
        return _unfold(points, filled, random_state)
    return _steps(_embedding(points, filled, random_state), STEPS_ON)


def _in_two_stages(
    points: NDArray[np.float32],
    places: NDArray[np.float64],
    known: NDArray[np.bool_],
    random_state: int,
) -> NDArray[np.float64]:
    """Let some points find their places, unless most have one, and put the others amid them."""
    if known.mean() < LEAST_KNOWN:
        drawn = np.random.default_rng(random_state).permutation(len(points))[:MOST_UNFOLDED]
        some = places[drawn]
        places = np.full_like(places, np.nan)
        places[drawn] = _tsne(points[drawn], some, random_state)
        known = _known(places)
    return _filled(points, places, known)


def _filled(
    points: NDArray[np.float32], places: NDArray[np.float64], known: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Put each point without a place amid its nearest with one.

    By the median: the mean of two clouds is in neither.
    """
    filled = places.copy()
    if not known.all():
        near = _stored(points[known], points[~known])
        filled[~known] = np.median(places[known][near], axis=1)
    return filled


def _stored(points: NDArray[np.float32], new: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return those of points with a place that are nearest to new ones; of very many, near."""
    n_neighbors = min(N_STORED, len(points))
    if len(points) * len(new) > MOST_UNFOLDED**2:
        from scipy.spatial import KDTree

        k = np.arange(1, n_neighbors + 1)
        near: NDArray[np.int64] = KDTree(points).query(new, k=k, eps=1.0)[1]
        return near
    search = NearestNeighbors(n_neighbors=n_neighbors).fit(points)
    found: NDArray[np.int64] = search.kneighbors(new, return_distance=False)
    return found


def _unfold(
    points: NDArray[np.float32], arrangement: NDArray[np.float64], random_state: int
) -> NDArray[np.float64]:
    """Run all the way, from an arrangement of which only the proportions count."""
    initial = arrangement + _jitter(arrangement, random_state)
    initial *= _INITIAL_DEVIATION / initial[:, 0].std()
    embedding = _embedding(points, initial, random_state)
    apart = embedding.optimize(STEPS_APART, exaggeration=EXAGGERATION, momentum=0.5)
    return _steps(apart, STEPS)


def _jitter(places: NDArray[np.float64], random_state: int) -> NDArray[np.float64]:
    noise = np.random.default_rng(random_state).standard_normal(places.shape)
    return noise * (_JITTER * float(places.std()))


def _embedding(
    points: NDArray[np.float32], initial: NDArray[np.float64], random_state: int
) -> Any:
    """Return openTSNE's embedding, not yet moved; it takes most of a second to import."""
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN

    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    likeness = PerplexityBasedNN(points, perplexity, method="exact", random_state=random_state)
    forces = "fft" if len(points) >= MANY else "bh"
    return TSNEEmbedding(
        initial, likeness, negative_gradient_method=forces, random_state=random_state
    )


def _steps(embedding: Any, n_steps: int) -> NDArray[np.float64]:
    places: NDArray[np.float64] = np.array(embedding.optimize(n_steps, momentum=0.8))
    return places


def _nearest(Z: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Return the *n* nearest others of each sample, shape (n_samples, n)."""
    nearest: NDArray[np.int64] = (
        NearestNeighbors(n_neighbors=n).fit(Z).kneighbors(return_distance=False)
    )
    return nearest


def _distances(X: NDArray[np.float64], others: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how far each sample is from its others, column by column of *others*."""
    columns = [np.linalg.norm(X - X[column], axis=1) for column in others.T]
    return np.column_stack(columns)
