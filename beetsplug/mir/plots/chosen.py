"""The clusters that the settings give, in a picture of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .labels import METHOD_NAMES
from .line import sorted_and_by_group
from .plane import both_aspects
from .plot import plot
from .space import from_sides

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .material import Material


@plot(
    "The clusters by these settings",
    "What `beet mircluster` would make of the tracks with the same options, if there were"
    " no clusters yet: each colour and number is a cluster.",
    follows=("encoding", "dims", "epochs", "method", "clusters", "genre_bias"),
)
def clusters_by_settings(material: Material) -> Figure:
    """Draw the chosen method's clusters in the chosen encoding's first dimensions.

    These are three, or all of an encoding that has fewer.
    """
    space, clusters = material.placed, material.by_settings
    bias = f", genre bias {material.made.bias:g}" if material.made.bias else ""
    of = f"{len(clusters.order)} clusters by {METHOD_NAMES[material.made.method]}{bias}"
    title = f"The clusters by these settings: {of}, of {space.name}"
    n_dims = space.Z.shape[1]
    if n_dims == 1:
        return sorted_and_by_group(title, space, clusters)
    if n_dims == 2:
        return both_aspects(title, space, clusters)
    first = ", in its first three dimensions" if n_dims > 3 else ""
    return from_sides(title + first, [(space, clusters)])
