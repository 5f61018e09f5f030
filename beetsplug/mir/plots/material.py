"""What figures are drawn from: computed when the first of them asks, and once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np

from ..ground.grouping import means
from ..names import CLASSIC, DIMS, FEATURES, METHODS, NETWORK
from ..space import autoencoder, encodings
from ..space.encoders import Linear, signed
from ..space.linear import distinct, normalise
from .axes import axis_names
from .canvas import Space
from .groups import Groups, by_look, by_number
from .labels import counted
from .looks import looks as looks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from ..clusters.evaluation import Row
    from ..space.autoencoder import Training
    from ..space.encoders import Values
    from .palette import Look
    from .treetop import Top

    T = TypeVar("T")

DEFAULT_N_CLUSTERS = 16
MOST_SCORED = 1000
"""Of more tracks, so many are scored: `beet mircluster --evaluate` takes its time for more."""

_ENCODINGS = {
    "pca": "PCA",
    "autoencoder": "autoencoder",
    "scaled": "scaled features",
    "none": "normalised features",
}


# What brings scikit-learn is loaded by what needs it: half of the figures do not.


def _sensible(Z: NDArray[np.float64]) -> int:
    from ..clusters import clustering

    return clustering.sensible_n_clusters(len(Z), DEFAULT_N_CLUSTERS)


def _kmeans(Z: NDArray[np.float64], n_clusters: int) -> NDArray[np.int64]:
    from ..clusters import clustering

    return clustering.kmeans(Z, n_clusters)


Key: TypeAlias = "tuple[object, ...]"

SCORES: Key = ("scores",)
"""The key of :attr:`Material.rows`; that of an encoding are its name, dimensions and bias."""


class Made(NamedTuple):
    """By what the clusters of the study are made: what `mircluster` would do."""

    encoding: str = "pca"
    dims: int = DIMS[CLASSIC]
    method: str = "kmeans"
    bias: float = 0.0
    n_clusters: int | None = None  # None: chosen when they are needed
    choose: Callable[[NDArray[np.float64]], int] = _sensible
    """Says of coordinates how many clusters to make of them."""
    labels: Callable[[NDArray[np.float64], int], NDArray[np.int64]] = _kmeans
    """Makes so many clusters of coordinates, numbered from 1."""


class Best(NamedTuple):
    """A clustering of the tracks that were scored, the best of its method."""

    row: Row
    clusters: Groups


class Material:
    """The tracks and all that figures show of them.

    *X* are the features as they are stored, shape (n_tracks, 16), of at least one track;
    *heard* what the network made of them, shape (n_tracks, 200), if that is what the
    encodings are to start from; *genres* a name for each track, empty if there is none;
    *ids* the library's clusters, shape (n_tracks,), 0 for none. *bias* is the strength of
    the genre bias where it is on, *made* what clusters of these settings are made by.
    *genre_looks* say how the genres look, all of them; without, that comes of these tracks
    alone.
    """

    def __init__(
        self,
        *,
        X: NDArray[np.float64],
        genres: Sequence[str],
        ids: NDArray[np.int64],
        heard: Values | None = None,
        epochs: int = 2000,
        random_state: int = 0,
        bias: float = 0.5,
        made: Made | None = None,
        genre_looks: Mapping[str, Look] | None = None,
    ) -> None:
        self.X = X
        self.heard = heard
        self.features = CLASSIC if heard is None else NETWORK
        self.genres = genres
        self.ids = np.asarray(ids, dtype=np.int64)
        self.bias = bias
        self.made = made or Made()
        self._genre_looks = genre_looks
        self.elsewhere: Callable[[str, Key], object | None] = lambda features, key: None
        """Returns what another process has computed of a feature set's key, if it has."""
        self._epochs = epochs
        self._random_state = random_state
        self._known: dict[tuple[object, ...], object] = {}

    def __len__(self) -> int:
        return len(self.X)

    def series(self, name: str) -> NDArray[np.float64]:
        """Return a feature as it is stored, shape (n_tracks,)."""
        return self.X[:, [feature.name for feature in FEATURES].index(name)]

    @cached_property
    def normalised(self) -> NDArray[np.float64]:
        """The features as encodings see them, shape (n_tracks, 16), in [0, 1]."""
        return normalise(signed(self.X))

    @cached_property
    def n_distinct(self) -> int:
        """How many tracks differ."""
        return len(distinct(self.normalised))

    @cached_property
    def n_clusters(self) -> int:
        """As many as are asked for or chosen, or fewer for few tracks."""
        if self.made.n_clusters is not None:
            return self.made.n_clusters
        return self.made.choose(self.placed.Z)

    @cached_property
    def by_genre(self) -> Groups:
        """The tracks by genre, near genres beside each other."""
        return by_look(self.genres, self.looks)

    @cached_property
    def looks(self) -> Mapping[str, Look]:
        """How each genre looks, the same in all figures."""
        if self._genre_looks is not None:
            return self._genre_looks
        return looks_of(self.pca(3).Z, self.genres, self.series("centroid"))

    @cached_property
    def by_id(self) -> Groups:
        """The tracks by the library's own clusters."""
        return by_number(self.ids)

    @cached_property
    def of_the_sixteen(self) -> Material:
        """The same tracks, with encodings of the sixteen: their values have names."""
        if self.heard is None:
            return self
        sixteen = Material(
            X=self.X, genres=self.genres, ids=self.ids, epochs=self._epochs,
            random_state=self._random_state, bias=self.bias, genre_looks=self.looks,
        )  # fmt: skip
        sixteen.elsewhere = self.elsewhere
        return sixteen

    @property
    def arguments(self) -> dict[str, Any]:
        """What another process needs to compute the same numbers: a material's arguments."""
        return {
            "X": self.X, "heard": self.heard, "genres": self.genres, "ids": self.ids,
            "epochs": self._epochs, "random_state": self._random_state, "bias": self.bias,
        }  # fmt: skip

    @cached_property
    def components(self) -> Linear:
        """All principal components that there are, at most sixteen."""
        layers = self._encoded("pca", len(FEATURES)).encoder.layers
        assert isinstance(layers, Linear)
        return layers

    def pca(self, dims: int) -> Space:
        """Return principal components; those that few tracks do not have are 0."""
        n_there = min(dims, len(self.components.explained))
        Z = self._encoded("pca", len(FEATURES)).Z[:, :n_there]
        missing = dims - n_there
        shares = [*self.components.explained[:n_there], *[0.0] * missing]
        names = [f"component {number} ({share:.0%})" for number, share in enumerate(shares, 1)]
        return Space(f"{dims}-D PCA", np.pad(Z, ((0, 0), (0, missing))), tuple(names))

    def codes(self, dims: int, bias: float = 0.0) -> Space:
        """Return the autoencoder's codes (ImportError without TensorFlow)."""
        names = tuple(f"code {number} (0 to 1)" for number in range(1, dims + 1))
        return Space(f"{dims}-D autoencoder", self._encoded("autoencoder", dims, bias).Z, names)

    def training(self, dims: int) -> Training:
        """Return an autoencoder and how it was trained (ImportError without TensorFlow)."""
        training = self._encoded("autoencoder", dims).training
        assert training is not None
        return training

    @property
    def placed(self) -> Space:
        """The tracks by the encoding that is asked for (ImportError without TensorFlow)."""
        name, dims, *_ = self.made
        bias = self.made.bias if name == "autoencoder" else 0.0
        encoder, Z, _ = self._encoded(name, dims, bias)
        return Space(f"{Z.shape[1]}-D {_ENCODINGS[name]}", Z, axis_names(encoder, name))

    @cached_property
    def by_settings(self) -> Groups:
        """The tracks by the clusters that are asked for."""
        return by_number(self.made.labels(self.placed.Z, self.n_clusters))

    def spaces_3d(self, bias: float = 0.0) -> list[Space]:
        """Return the 3-D PCA, and the codes if they can be had."""
        return [self.pca(3), *([self.codes(3, bias)] if autoencoder.available() else [])]

    def kmeans(self, space: Space) -> Groups:
        """Return clusters of a space by k-means."""
        from ..clusters import clustering

        return self._once(
            ("kmeans", space.name),
            lambda: by_number(
                clustering.kmeans(space.Z, self.n_clusters, random_state=self._random_state)
            ),
        )

    def agglomerative(self, space: Space, bias: float = 0.0) -> Groups:
        """Return clusters of a space by Ward's method."""
        from ..clusters import clustering

        return self._once(
            ("agglomerative", space.name, bias),
            lambda: by_number(
                clustering.agglomerative(
                    space.Z, self.n_clusters, genres=self.genres, bias=bias,
                    random_state=self._random_state,
                )
            ),
        )  # fmt: skip

    def top_of_tree(self) -> tuple[Top, NDArray[np.int64]]:
        """Return the last merges of Ward's method in the 3-D PCA, and the clusters' numbers.

        The numbers have the shape (n_tracks,). Of very many tracks small groups are merged.
        """
        from ..clusters import clustering, hierarchy
        from .treetop import top

        Z = self.pca(3).Z
        n_clusters = min(max(2, self.n_clusters), self.n_distinct)
        if len(Z) <= clustering.MOST_IN_TREE:
            found = top(hierarchy.tree(Z), n_clusters)
        else:
            members = clustering.small_groups(
                Z, np.full(len(Z), -1), clustering.N_GROUPS, self._random_state
            )
            weights = np.bincount(members).astype(np.float64)
            of_groups = top(hierarchy.tree(means(Z, members), weights=weights), n_clusters)
            found = of_groups._replace(members=of_groups.members[members])
        return found, clustering.numbered(Z, found.members)

    @cached_property
    def rows(self) -> list[Row]:
        """The scores of both methods in all spaces that can be had, for 2 to 20 clusters."""
        return self._once(SCORES, self._scores)

    def _scores(self) -> list[Row]:
        from ..clusters import evaluation

        spaces = {
            name: self._encoded(*space).Z[self.scored]
            for name, space in encodings.spaces_at_hand(self.features).items()
        }
        return evaluation.evaluate(spaces, self.scored_genres, random_state=self._random_state)

    def value_of(self, key: Key) -> object:
        """Return what a key stands for: :data:`SCORES`, or an encoding."""
        return self.rows if key == SCORES else self._encoded(*cast("tuple[str, int]", key))

    @cached_property
    def scored(self) -> NDArray[np.int64]:
        """The tracks that are scored: all, or of too many some drawn by lot, in order."""
        from ..clusters import evaluation

        return evaluation.sample(len(self), self._random_state, MOST_SCORED)

    @property
    def scored_genres(self) -> list[str]:
        """The genres of the tracks that are scored."""
        return [self.genres[index] for index in self.scored]

    @property
    def scored_by_genre(self) -> Groups:
        """The tracks that are scored by genre, in the colours of all."""
        return by_look(self.scored_genres, self.looks)

    @property
    def of_how_many(self) -> str:
        """What a title adds where not all tracks are scored."""
        if len(self.scored) == len(self):
            return ""
        return f" ({len(self.scored):,} of {counted(len(self), 'track')}, drawn by lot)"

    def best(self) -> list[Best]:
        """Return the clustering of each method that agrees best with genre, scored ones only.

        By adjusted mutual information; of equals it is the one with fewest clusters, and
        of these the one in the first space.
        """
        from ..clusters import evaluation

        known = [row for row in self.rows if row.adjusted_mutual_info is not None]
        found = []
        for method in METHODS:
            row = max(
                (row for row in known if row.method == method),
                key=lambda row: (row.adjusted_mutual_info, -row.n_clusters),
            )
            name, dims = encodings.SPACES[self.features][row.space]
            Z = self._encoded(name, dims).Z[self.scored]
            ids = evaluation.clustered(Z, method, row.n_clusters, self._random_state)
            found.append(Best(row, by_number(ids)))
        return found

    def _encoded(self, name: str, dims: int, bias: float = 0.0) -> encodings.Encoded:
        return self._once(
            (name, dims, bias),
            lambda: encodings.fit(
                self.X if self.heard is None else self.heard, self.genres, name, dims,
                bias=bias, epochs=self._epochs, random_state=self._random_state,
                features=self.features,
            ),
        )  # fmt: skip

    def _once(self, key: Key, compute: Callable[[], T]) -> T:
        """Compute what a key stands for, the first time it is asked for."""
        if key not in self._known:
            found = self.elsewhere(self.features, key)
            self._known[key] = compute() if found is None else found
        return cast("T", self._known[key])
