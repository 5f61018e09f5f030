"""The whole library at one look: every feature of every track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from ..names import FEATURES
from .palette import NO_GROUP, styles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_LEAST_LABELLED = 0.022  # share of the width that a label needs


def feature_matrix(
    X: NDArray[np.float64], groups: Sequence[str], order: Sequence[str]
) -> Figure:
    """Draw normalised features (rows) of the tracks (columns), sorted by group.

    The groups come in the given order, samples without one last; within a group by
    the mean of their features.
    """
    place = {group: index for index, group in enumerate([*order, ""])}
    places = np.array([place[group] for group in groups])
    columns = np.lexsort((X.mean(axis=1), places))
    figure = Figure(figsize=(12, 6), layout="constrained")
    strip, axes = figure.subplots(2, 1, height_ratios=[1, 22], sharex=True)
    image = axes.imshow(
        X[columns].T, aspect="auto", interpolation="nearest", cmap="magma", vmin=0, vmax=1
    )
    axes.set_yticks(range(len(FEATURES)), [feature.label for feature in FEATURES])
    axes.set_xlabel(f"{len(X)} tracks, sorted by genre")
    figure.colorbar(image, ax=[strip, axes], label="normalised value", pad=0.01)
    _draw_groups(strip, axes, places[columns], order)
    strip.set_title("Sixteen features of every track, by genre", pad=12)
    return figure


def _draw_groups(
    strip: Axes, axes: Axes, places: NDArray[np.int64], order: Sequence[str]
) -> None:
    """Colour the strip above by group, and write the names of the wide ones below."""
    style = styles(order)
    colours = [style[group].colour for group in [*order, ""]]
    strip.imshow(
        places[None], aspect="auto", interpolation="nearest",
        cmap=ListedColormap(colours), vmin=-0.5, vmax=len(colours) - 0.5,
    )  # fmt: skip
    strip.set_axis_off()
    ticks, labels = [], []
    for index, group in enumerate([*order, ""]):
        members = np.flatnonzero(places == index)
        if len(members):
            axes.axvline(members[-1] + 0.5, color="white", linewidth=0.6)
        if len(members) >= _LEAST_LABELLED * len(places):
            ticks.append(members.mean())
            labels.append(group or NO_GROUP)
    axes.set_xticks(ticks, labels, rotation=40, ha="right", rotation_mode="anchor")
    axes.tick_params(axis="x", length=0)
