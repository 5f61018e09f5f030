"""Views in 3-D that fill their cells: no label is cut, none lies on that of another view."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.transforms import Bbox
from mpl_toolkits.mplot3d import Axes3D, proj3d

from .letters import boxes_allowed, lay_out

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

_MARGIN = 0.06  # of a cell, in inches
_STEPS = 6  # labels do not grow with what they belong to, so the size is found step by step


class Scene(Axes3D):  # type: ignore[misc]  # of a module without types
    """A view that is made to fit into its cell, whose size is not changed by labels.

    matplotlib's layout leaves room for the numbers of 3-D axes, of each view another, and
    none for the axes' names.
    """

    _square: Bbox | None = None  # in shares of the figure, once the view was put somewhere

    def get_tightbbox(self, *args: object, **options: object) -> Bbox | None:
        """Say that nothing is outside."""
        return None

    @property
    def cell(self) -> Bbox:
        """The part of the figure that the layout has given to the view, in pixels."""
        cell = self.get_position(original=True)
        return Bbox(cell.transformed(self.figure.transSubfigure))

    @property
    def extent(self) -> Bbox:
        """Where box, numbers and names of the axes are, in pixels; they have been drawn."""
        limits = self.get_xlim(), self.get_ylim(), self.get_zlim()
        corners = np.transpose(list(itertools.product(*limits)))
        x, y, _ = proj3d.proj_transform(*corners, self.get_proj())
        seen = self.transData.transform(np.transpose([x, y]))
        box = Bbox([seen.min(axis=0), seen.max(axis=0)])
        with boxes_allowed():
            axes = [axis.get_tightbbox() for axis in (self.xaxis, self.yaxis, self.zaxis)]
        return Bbox.union([box, *filter(None, axes)])

    def put(self, centre: NDArray[np.float64], side: float) -> None:
        """Give the view another place and size, in pixels."""
        square = Bbox.from_bounds(centre[0] - side / 2, centre[1] - side / 2, side, side)
        self._square = square.transformed(self.figure.transSubfigure.inverted())
        self.apply_aspect()

    def apply_aspect(self, position: Bbox | None = None) -> None:
        """Stay where the view was put: its axes are cubes from any side."""
        if self._square is None:
            super().apply_aspect(position)
        else:
            self._set_position(self._square, "active")


def scenes(figure: Figure | SubFigure) -> list[Scene]:
    """Return the views of a figure or a part of it."""
    return [axes for axes in figure.get_axes() if isinstance(axes, Scene)]


def lay_out_scenes(figure: Figure) -> None:
    """Decide where everything comes to be; all views get the size that fits all cells."""
    lay_out(figure)
    figure.set_layout_engine("none")
    found = scenes(figure)
    cells = [scene.cell.padded(-_MARGIN * figure.dpi) for scene in found]
    side = found[0].bbox.height
    for _ in range(_STEPS):
        extents = [scene.extent for scene in found]
        growth = min(
            min(cell.width / extent.width, cell.height / extent.height)
            for cell, extent in zip(cells, extents, strict=True)
        )
        side *= growth
        for scene, cell, extent in zip(found, cells, extents, strict=True):
            scene.put(_centre(cell) - growth * (_centre(extent) - _centre(scene.bbox)), side)


def _centre(box: Bbox) -> NDArray[np.float64]:
    return np.array(box.get_points().mean(axis=0))
