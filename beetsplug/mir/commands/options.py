"""What `mircluster` and `mirplot` make clusters by: the same options, of the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..names import ENCODINGS, METHODS

if TYPE_CHECKING:
    from optparse import OptionParser

CLUSTERING = ("encoding", "dims", "epochs", "method", "clusters", "genre_bias")
"""The names, in the settings and among the options, of what clusters are made by."""


def add_clustering(parser: OptionParser) -> None:
    """Declare the options that say by what tracks are placed and grouped."""
    add = parser.add_option
    add("-F", "--features", metavar="SET", help="classic, network, or auto")
    add("-e", "--encoding", choices=ENCODINGS, help="pca, autoencoder, scaled or none")
    add("-d", "--dims", type="int", metavar="N", help="dimensions of the encoding")
    add("--epochs", type="int", metavar="N", help="most epochs of the autoencoder's training")
    add("-m", "--method", choices=METHODS, help="kmeans or agglomerative")
    add("-k", "--clusters", metavar="N", help="how many clusters, or auto")
    add("-b", "--genre-bias", type="float", metavar="B", help="let genre count: 0 to 1")


def option(name: str) -> str:
    """Return the option of a setting, as it is typed."""
    return f"--{name.replace('_', '-')}"
