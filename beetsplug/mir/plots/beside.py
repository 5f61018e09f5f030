"""Names beside points in 3-D, placed such that none overlaps another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from mpl_toolkits.mplot3d import proj3d

from .letters import boxes_allowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox
    from mpl_toolkits.mplot3d import Axes3D
    from numpy.typing import NDArray

_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_DISTANCES = (6.0, 12.0, 20.0)  # in points
_ALIGNED: dict[int, Literal["left", "center", "right"]] = {-1: "right", 0: "center", 1: "left"}
_BOX = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.8, "linewidth": 0}

OVER = ((0.0, 0.0), *((x * d, y * d) for d in _DISTANCES for x, y in _SIDES))
"""Offsets to try in points: the point itself first."""

BESIDE = OVER[1:]


def write_names(
    axes: Axes3D,
    places: NDArray[np.float64],
    names: Sequence[str],
    offsets: Sequence[tuple[float, float]] = BESIDE,
    **options: Any,
) -> None:
    """Write a name at each place, shape (n_places, 3), where it covers no other name.

    The first names have the first choice; one that finds no room is left out. The
    figure must have been laid out.
    """
    x, y, _ = proj3d.proj_transform(*places.T, axes.get_proj())
    taken: list[Bbox] = []
    for place, name in zip(np.transpose([x, y]), names, strict=True):
        text = axes.annotate(
            name, place, (0.0, 0.0), textcoords="offset points", bbox=_BOX, zorder=20, **options
        )
        text.set_in_layout(False)  # names must not move the axes they were placed on
        if not any(_fits(text, offset, taken, axes.bbox) for offset in offsets):
            text.remove()


def _fits(text: Annotation, offset: tuple[float, float], taken: list[Bbox], room: Bbox) -> bool:
    """Put a name at an offset and say whether it is free there; then it is taken."""
    text.set_position(offset)
    text.set_horizontalalignment(_ALIGNED[int(np.sign(offset[0]))])
    text.set_verticalalignment("center")
    with boxes_allowed():
        box = text.get_window_extent().padded(1.5)
    inside = room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 <= room.y1
    if not inside or any(box.overlaps(other) for other in taken):
        return False
    taken.append(box)
    return True
