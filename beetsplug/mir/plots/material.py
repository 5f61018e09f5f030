"""What figures are drawn from: computed when the first of them asks, and once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from ..clusters import clustering, evaluation, hierarchy
from ..ground.grouping import means
from ..names import CLASSIC, FEATURES, NETWORK
from ..space import autoencoder, encodings
from ..space.encoders import Linear, signed
from ..space.linear import distinct, normalise
from .canvas import Space
from .groups import Groups, by_look, by_number
from .looks import looks as looks_of
from .treetop import Top, top

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from ..space.autoencoder import Training
    from ..space.encoders import Values
    from .palette import Look

    T = TypeVar("T")

DEFAULT_N_CLUSTERS = 16


class Material:
    """The tracks and all that figures show of them.

    *X* are the features as they are stored, shape (n_tracks, 16), of at least one track;
    *heard* what the network made of them, shape (n_tracks, 200), if that is what the
    encodings are to start from; *genres* a name for each track, empty if there is none;
    *ids* the library's clusters, shape (n_tracks,), 0 for none. *bias* is the strength of
    the genre bias where it is on. *genre_looks* say how the genres look, all of them;
    without, that comes of these tracks alone.
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
        genre_looks: Mapping[str, Look] | None = None,
    ) -> None:
        self.X = X
        self.heard = heard
        self.features = CLASSIC if heard is None else NETWORK
        self.genres = genres
        self.ids = np.asarray(ids, dtype=np.int64)
        self.bias = bias
        self._genre_looks = genre_looks
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
        """Sixteen, or fewer for few tracks."""
        return clustering.sensible_n_clusters(len(self), DEFAULT_N_CLUSTERS)

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
        return Material(
            X=self.X, genres=self.genres, ids=self.ids, epochs=self._epochs,
            random_state=self._random_state, bias=self.bias, genre_looks=self.looks,
        )  # fmt: skip

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

    def spaces_3d(self, bias: float = 0.0) -> list[Space]:
        """Return the 3-D PCA, and the codes if they can be had."""
        return [self.pca(3), *([self.codes(3, bias)] if autoencoder.available() else [])]

    def kmeans(self, space: Space) -> Groups:
        """Return clusters of a space by k-means."""
        return self._once(
            ("kmeans", space.name),
            lambda: by_number(
                clustering.kmeans(space.Z, self.n_clusters, random_state=self._random_state)
            ),
        )

    def agglomerative(self, space: Space, bias: float = 0.0) -> Groups:
        """Return clusters of a space by Ward's method."""
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
    def rows(self) -> list[evaluation.Row]:
        """The scores of both methods in all spaces that can be had, for 2 to 20 clusters."""
        chosen = evaluation.sample(len(self), self._random_state)
        spaces = {
            name: self._encoded(*space).Z[chosen]
            for name, space in encodings.spaces_at_hand(self.features).items()
        }
        truth = [self.genres[index] for index in chosen]
        return evaluation.evaluate(spaces, truth, random_state=self._random_state)

    def _encoded(self, name: str, dims: int, bias: float = 0.0) -> encodings.Encoded:
        return self._once(
            (name, dims, bias),
            lambda: encodings.fit(
                self.X if self.heard is None else self.heard, self.genres, name, dims,
                bias=bias, epochs=self._epochs, random_state=self._random_state,
                features=self.features,
            ),
        )  # fmt: skip

    def _once(self, key: tuple[object, ...], compute: Callable[[], T]) -> T:
        """Compute what a key stands for, the first time it is asked for."""
        if key not in self._known:
            self._known[key] = compute()
        return cast("T", self._known[key])
