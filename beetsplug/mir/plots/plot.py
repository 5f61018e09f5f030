"""What makes of a drawing function one of the figures: its title, how to read it, its needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..space import autoencoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from .material import Material


class Need(NamedTuple):
    """What some figures cannot be drawn without."""

    met: Callable[[Material], bool]
    otherwise: str  # what is said if it is not met


TENSORFLOW = Need(lambda material: autoencoder.available(), autoencoder.NEEDS_TENSORFLOW)
GENRES = Need(lambda material: any(material.genres), "no track has a genre")
CLUSTERS = Need(lambda material: bool((material.ids > 0).any()), "run `beet mircluster` first")
DIFFERENCE = Need(lambda material: material.n_distinct > 1, "needs two tracks that differ")
TWO_GENRES = Need(
    lambda material: len({*material.scored_genres} - {""}) > 1, "needs tracks of two genres"
)
THREE = Need(lambda material: material.n_distinct > 2, "needs three tracks that differ")


class Plot(NamedTuple):
    """A figure that can be drawn."""

    title: str
    how_to_read: str  # one sentence
    draw: Callable[[Material], Figure]
    needs: tuple[Need, ...] = ()
    follows: tuple[str, ...] = ()  # settings that change it, beside the feature set


def plot(
    title: str, how_to_read: str, *needs: Need, follows: tuple[str, ...] = ()
) -> Callable[[Callable[[Material], Figure]], Plot]:
    """Make a plot of the function that draws it."""
    return lambda draw: Plot(title, how_to_read, draw, needs, follows)
