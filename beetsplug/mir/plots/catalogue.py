"""Every figure by its name; what it is and how to read it stands where it is drawn."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from . import (
    bias,
    chosen,
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
    way,
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
    "line": way.line_of_tracks,
    "autoencoder-2d": plane.autoencoder_2d,
    "autoencoder-3d": space.autoencoder_3d,
    "kmeans-3d": space.kmeans_3d,
    "agglomerative-3d": space.agglomerative_3d,
    "clusters": chosen.clusters_by_settings,
    "library-clusters": space.library_clusters,
    "dendrogram": tree.tree_of_clusters,
    "metrics": scores.metrics,
    "genres-of-best": shares.genres_of_best,
    "genres-of-clusters": shares.genres_of_clusters,
    "genre-means": genre.genres_on_average,
    "genre-order": genre.genre_order,
    "colourings": colourings.colourings,
    "genre-bias": bias.genre_bias,
}
"""In the order of the gallery."""


class Step(NamedTuple):
    """A step of the study, which the figures follow."""

    name: str
    title: str
    text: str  # a sentence or two, in plain words
    first: str  # its first figure; the others follow, up to the next step's


STEPS = (
    Step(
        "features",
        "Features",
        "Sixteen numbers say how a track sounds: how bright and how noisy it is, how loud the"
        " bass, how steady the beat. They are measured in the audio alone; genres only lend"
        " their colours.",
        "centroids-by-median",
    ),
    Step(
        "encoding",
        "Encoding",
        "Many features say nearly the same. An encoding keeps what really differs between"
        " tracks in few dimensions, so that tracks which sound alike lie near each other.",
        "correlations",
    ),
    Step(
        "clustering",
        "Clusters",
        "What lies together becomes a group, and a group a playlist. Two methods are shown"
        " beside each other, and where the library's own clusters lie.",
        "kmeans-3d",
    ),
    Step(
        "evaluation",
        "Evaluation",
        "Do groups by sound agree with the genres in the tags? They need not: the best of them"
        " bring tracks together that no genre would. But whatever is above chance was heard.",
        "metrics",
    ),
    Step(
        "genres",
        "Genres",
        "On average each genre has a place of its own among the sounds. A short path through"
        " those places puts the genres in order, and lends them their colours.",
        "genre-means",
    ),
)


def of_step(step: Step) -> dict[str, Plot]:
    """Return the figures of a step by their names, in order."""
    others = {other.first for other in STEPS} - {step.first}
    names = list(PLOTS)[list(PLOTS).index(step.first) :]
    return {name: PLOTS[name] for name in takewhile(lambda name: name not in others, names)}


def missing(plot: Plot, material: Material) -> str | None:
    """Say in a few words why a figure cannot be drawn, None if it can."""
    return next((need.otherwise for need in plot.needs if not need.met(material)), None)
