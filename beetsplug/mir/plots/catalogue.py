"""Every figure by its name; what it is and how to read it stands where it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    bias,
    colourings,
    genre,
    line,
    linear,
    matrix,
    network,
    plane,
    scores,
    shares,
    space,
    spread,
    tree,
)

if TYPE_CHECKING:
    from .material import Material
    from .plot import Plot

PLOTS = {
    "centroids-by-median": spread.centroids_by_median,
    "centroids-by-genre": spread.centroids_by_genre,
    "features-by-genre": matrix.features_by_genre,
    "correlations": linear.correlations,
    "loadings": linear.loadings,
    "explained-variance": linear.explained_variance,
    "pca-1d": line.pca_1d,
    "pca-2d": plane.pca_2d,
    "pca-3d": space.pca_3d,
    "autoencoder-layout": network.layout,
    "autoencoder-training": network.training_curve,
    "autoencoder-1d": line.autoencoder_1d,
    "autoencoder-2d": plane.autoencoder_2d,
    "autoencoder-3d": space.autoencoder_3d,
    "kmeans-3d": space.kmeans_3d,
    "agglomerative-3d": space.agglomerative_3d,
    "library-clusters": space.library_clusters,
    "dendrogram": tree.tree_of_clusters,
    "metrics": scores.metrics,
    "genres-of-clusters": shares.genres_of_clusters,
    "genre-means": genre.genres_on_average,
    "genre-order": genre.genre_order,
    "colourings": colourings.colourings,
    "genre-bias": bias.genre_bias,
}
"""In the order of the gallery."""


def missing(plot: Plot, material: Material) -> str | None:
    """Say in a few words why a figure cannot be drawn, None if it can."""
    return next((need.otherwise for need in plot.needs if not need.met(material)), None)
