"""Every figure by its name: what it is, how to read it, how to draw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..space import autoencoder
from . import bias, genre, line, linear, network, plane, scores, shares, space, spread, tree
from .matrix import feature_matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from .material import Material


_N_LOADINGS = 8  # components; the others say little


class Plot(NamedTuple):
    """A figure that can be drawn."""

    title: str
    how_to_read: str  # one sentence
    draw: Callable[[Material], Figure]
    needs: tuple[str, ...] = ()  # of REQUIREMENTS


class Requirement(NamedTuple):
    """What some figures need."""

    met: Callable[[Material], bool]
    otherwise: str


REQUIREMENTS = {
    "tensorflow": Requirement(
        lambda material: autoencoder.available(),
        "needs TensorFlow, which is not installed: pip install 'beets-mir[tensorflow]'",
    ),
    "genres": Requirement(lambda material: any(material.genres), "no track has a genre"),
    "clusters": Requirement(
        lambda material: bool((material.ids > 0).any()), "run `beet mircluster` first"
    ),
    "difference": Requirement(
        lambda material: material.n_distinct > 1, "needs two tracks that differ"
    ),
    "three": Requirement(
        lambda material: material.n_distinct > 2, "needs three tracks that differ"
    ),
}


def missing(plot: Plot, material: Material) -> str | None:
    """Say in a few words why a figure cannot be drawn, None if it can."""
    unmet = (REQUIREMENTS[need] for need in plot.needs)
    return next((need.otherwise for need in unmet if not need.met(material)), None)


def _centroids_by_median(material: Material) -> Figure:
    medians, deviations = material.series("centroid"), material.series("centroid_std")
    return spread.centroids_by_median(medians, deviations, material.by_genre)


def _centroids_by_genre(material: Material) -> Figure:
    medians, deviations = material.series("centroid"), material.series("centroid_std")
    return spread.centroids_by_group(medians, deviations, material.by_genre)


def _features(material: Material) -> Figure:
    return feature_matrix(material.normalised, material.genres, material.by_genre.order)


def _loadings(material: Material) -> Figure:
    found = material.components
    return linear.loadings(found.components[:_N_LOADINGS], found.explained[:_N_LOADINGS])


def _pca_1d(material: Material) -> Figure:
    title = "The first principal component (share of the variance), by genre"
    return line.sorted_and_by_group(title, material.pca(1), material.by_genre)


def _pca_2d(material: Material) -> Figure:
    title = "The first two principal components (share of the variance), both ways, by genre"
    return plane.both_aspects(title, material.pca(2), material.by_genre)


def _pca_3d(material: Material) -> Figure:
    title = "The first three principal components (share of the variance), by genre"
    return space.from_sides(title, [(material.pca(3), material.by_genre)])


def _autoencoder_1d(material: Material) -> Figure:
    title = "The code of a one-dimensional autoencoder, by genre"
    return line.sorted_and_by_group(title, material.codes(1), material.by_genre)


def _autoencoder_2d(material: Material) -> Figure:
    title = "The codes of a two-dimensional autoencoder, both ways, by genre"
    return plane.both_aspects(title, material.codes(2), material.by_genre)


def _autoencoder_3d(material: Material) -> Figure:
    title = "The codes of a three-dimensional autoencoder, by genre"
    return space.from_sides(title, [(material.codes(3), material.by_genre)])


def _kmeans(material: Material) -> Figure:
    rows = [(found, material.kmeans(found)) for found in material.spaces_3d()]
    return space.from_sides(_clusters_title("k-means", rows), rows)


def _agglomerative(material: Material) -> Figure:
    rows = [(found, material.agglomerative(found)) for found in material.spaces_3d()]
    return space.from_sides(_clusters_title("Agglomerative", rows), rows)


def _clusters_title(method: str, rows: list[space.Row]) -> str:
    return f"{method} clusters on {' and '.join(found.name for found, _ in rows)}"


def _library_clusters(material: Material) -> Figure:
    title = "The library's clusters in the first three principal components"
    return space.from_sides(title, [(material.pca(3), material.by_id)])


def _dendrogram(material: Material) -> Figure:
    found, clusters = material.top_of_tree()
    return tree.tree_of_clusters(found, clusters, material.genres)


def _genre_bias(material: Material) -> Figure:
    sides = []
    for strength in (0.0, material.bias):
        found = material.spaces_3d(strength)[-1]
        sides.append(bias.Side(strength, found, material.agglomerative(found, strength)))
    return bias.genre_bias(sides, material.by_genre)


PLOTS = {
    "centroids-by-median": Plot(
        "Spectral centroids, sorted by median",
        "Each column is a track: the dot is its typical centroid, the bar how far it moves.",
        _centroids_by_median,
    ),
    "centroids-by-genre": Plot(
        "Spectral centroids, sorted by genre",
        "The same columns put together by genre: steps between genres are what sound tells.",
        _centroids_by_genre,
        ("genres",),
    ),
    "features-by-genre": Plot(
        "Sixteen features of every track",
        "Each column is a track and each row a feature, bright where its value is large.",
        _features,
    ),
    "correlations": Plot(
        "Correlations of the features",
        "Strong colours mark pairs of features that say nearly the same, or the opposite.",
        lambda material: linear.correlations(material.normalised),
    ),
    "loadings": Plot(
        "Loadings of the principal components",
        "Each column is a component: strong colours mark the features it is made of.",
        _loadings,
    ),
    "explained-variance": Plot(
        "Explained variance",
        "The line says how much of what differs between tracks so many components keep.",
        lambda material: linear.explained_variance(material.components.explained),
    ),
    "pca-1d": Plot(
        "PCA in one dimension",
        "Left every track by rank, right the same values genre by genre: where ticks are"
        " dense, a genre has its place on the axis.",
        _pca_1d,
    ),
    "pca-2d": Plot(
        "PCA in two dimensions",
        "Points near each other sound alike; the right half is the left one turned over,"
        " and the histograms count tracks along each axis.",
        _pca_2d,
    ),
    "pca-3d": Plot(
        "PCA in three dimensions",
        "The same cloud of tracks from three sides: what is near in all of them is near.",
        _pca_3d,
    ),
    "autoencoder-layout": Plot(
        "Layout of the autoencoder",
        "Features enter at the left, are squeezed through the code in the middle and come"
        " out again at the right; thick lines are strong weights.",
        lambda material: network.layout(material.training(3)),
        ("tensorflow",),
    ),
    "autoencoder-training": Plot(
        "Training of the autoencoder",
        "Both lines should fall together: tracks kept aside that get worse would mean that"
        " the network learns by heart.",
        lambda material: network.training_curve(material.training(3)),
        ("tensorflow",),
    ),
    "autoencoder-1d": Plot(
        "Autoencoder in one dimension",
        "As PCA in one dimension, with the only code of the smallest network.",
        _autoencoder_1d,
        ("tensorflow",),
    ),
    "autoencoder-2d": Plot(
        "Autoencoder in two dimensions",
        "As PCA in two dimensions, with codes that can follow curves.",
        _autoencoder_2d,
        ("tensorflow",),
    ),
    "autoencoder-3d": Plot(
        "Autoencoder in three dimensions",
        "As PCA in three dimensions, with codes that can follow curves.",
        _autoencoder_3d,
        ("tensorflow",),
    ),
    "kmeans-3d": Plot(
        "k-means clusters",
        "Each colour and number is a cluster; numbers stand at the clusters' centres.",
        _kmeans,
    ),
    "agglomerative-3d": Plot(
        "Agglomerative clusters",
        "The same points as for k-means, coloured by the clusters that Ward's method finds.",
        _agglomerative,
    ),
    "library-clusters": Plot(
        "The clusters of the library",
        "Where the playlists lie that `beet mircluster` has made, by their numbers.",
        _library_clusters,
        ("clusters",),
    ),
    "dendrogram": Plot(
        "Dendrogram of the clusters",
        "From the right, clusters join into larger ones: the farther left they join, the"
        " less alike they are.",
        _dendrogram,
        ("difference",),
    ),
    "metrics": Plot(
        "Metrics of the evaluation",
        "Each panel is a score over the number of clusters, each line a space and method,"
        " and higher is better.",
        lambda material: scores.metrics(material.rows),
        ("three",),
    ),
    "genres-of-clusters": Plot(
        "Genres of each cluster",
        "A bar of few colours is a cluster of few genres.",
        lambda material: shares.genres_of_clusters(material.by_genre, material.by_id),
        ("clusters", "genres"),
    ),
    "genre-means": Plot(
        "Genres on average",
        "The line joins the genres' mean places by a short path, which gives their order.",
        lambda material: genre.genre_means(material.pca(3), material.by_genre),
        ("genres",),
    ),
    "genre-order": Plot(
        "Order and colours of the genres",
        "Genres beside each other sound alike on average, and have colours that are alike.",
        lambda material: genre.genre_order(material.by_genre),
        ("genres",),
    ),
    "genre-bias": Plot(
        "Genre bias off and on",
        "Left sound alone, right with genres drawing tracks together: the clusters below"
        " then follow the genres above.",
        _genre_bias,
        ("genres",),
    ),
}
"""Every figure by name, in the order of the gallery."""
