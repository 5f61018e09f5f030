"""One track over time: the series that its features are made of, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..names import FEATURES, SERIES
from .canvas import add_grid, new
from .labels import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from ..sound.course import Course, Stretch

_N_COLUMNS = 900
"""More values than this become the range of those of each column: an SVG stays small."""

_FEWEST = 3
"""Values that make a line; fewer are dots."""

_MOST_IN_TITLE = 80  # characters
_WHOLE, _HEARD, _MIDDLE, _OTHER = "#b5b5b5", "#31688e", "#d1495b", "#e8a33d"
_LEAST_LEVEL = 1e-4  # -80 dB

_LABELS = {
    "centroid": "centroid",
    "rolloff": "roll-off (90 %)",
    "rollon": "roll-on (10 %)",
    "bandwidth": "bandwidth",
    "flatness": "flatness: 0 a tone, 1 noise",
    "zcr": "zero crossings",
    "hpss": "balance: 1 harmonic, -1 percussive",
    "tempo_flatness": "flatness of the tempogram: 0 a steady beat, 1 none",
}
_UNITS = {feature.series: feature.unit or "0 to 1" for feature in FEATURES}
_UNITS |= {"zcr": "per sample", "hpss": "-1 to 1"}
_BANDS = [name for name in SERIES if name.startswith("bark")]
_LEFT = ["centroid", "rolloff", "rollon", "bandwidth", "flatness", "zcr", "levels", "hpss"]
_RIGHT = [*reversed(_BANDS), "onsets", "tempogram", "tempo_flatness"]


class _Runs(NamedTuple):
    """Values over time, or the least and the largest of those of each column."""

    times: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def figure_of(course: Course, title: str) -> Figure:
    """Draw a panel for each series, and the summaries that an analysis stores over it."""
    figure = new(plain(title, _MOST_IN_TITLE), 15, 18)
    grid = figure.subplots(len(_RIGHT), 2, sharex=True)
    for panels, names in zip(grid.T, (_LEFT, _RIGHT), strict=True):
        for axes, name in zip(panels, names, strict=False):
            _draw(axes, course, name)
    _explain(grid[-1, 0], course)
    for axes in (grid[-2, 0], grid[-1, 1]):
        axes.set_xlabel("time (s)")
        axes.tick_params(labelbottom=True)
    grid[-1, 1].set_xlim(0, course.seconds)
    return figure


def _draw(axes: Axes, course: Course, name: str) -> None:
    if name in SERIES:
        _draw_series(axes, course, name)
    elif name == "levels":
        _draw_level(axes, course.whole, "harmonic", _HEARD)
        _draw_level(axes, course.whole, "percussive", _OTHER)
        axes.set_ylabel("level (dB)")
        axes.set_title("harmonic and percussive part", loc="left", fontsize="small")
    elif name == "onsets":
        colour = _WHOLE if course.windows else _HEARD
        _draw_values(axes, course.whole.times(name), course.whole.series[name], colour)
        axes.set_ylabel("dB a frame")
        axes.set_title("onset strength: rise from frame to frame", loc="left", fontsize="small")
    else:
        _draw_tempogram(axes, course)
    if name != "tempogram":
        _mark_windows(axes, course, beat=name in ("onsets", "tempo_flatness"))
        add_grid(axes)


def _draw_series(axes: Axes, course: Course, name: str) -> None:
    """Draw a series of all of the track, what was heard of it, and its summaries."""
    if course.windows:
        _draw_values(axes, course.whole.times(name), course.whole.series[name], _WHOLE)
    for stretch in course.heard:
        if name in stretch.series:
            _draw_values(axes, stretch.times(name), stretch.series[name], _HEARD)
    median, deviation = course.values[f"{name}_median"], course.values[f"{name}_std"]
    axes.axhspan(median - deviation, median + deviation, color=_MIDDLE, alpha=0.13, linewidth=0)
    axes.axhline(median, color=_MIDDLE, linewidth=1.4)
    mean = course.values[f"{name}_mean"]
    if any(feature.series == name and feature.summary == "mean" for feature in FEATURES):
        axes.axhline(mean, color=_MIDDLE, linewidth=1.2, linestyle="--")
    axes.set_ylabel(_UNITS[name])
    axes.set_title(
        f"{_label(name)}: {_number(median)} ± {_number(deviation)}, mean {_number(mean)}",
        loc="left", fontsize="small",
    )  # fmt: skip


def _label(name: str) -> str:
    if name not in _BANDS:
        return _LABELS[name]
    edges = [0, *(int(band.removeprefix("bark")) for band in _BANDS)]
    place = _BANDS.index(name)
    return f"{edges[place]:,} to {edges[place + 1]:,} Hz"


def _number(value: float) -> str:
    """Return a number with as many digits as one sees in a panel."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _draw_level(axes: Axes, whole: Stretch, name: str, colour: str) -> None:
    decibels = 20 * np.log10(np.maximum(whole.series[name], _LEAST_LEVEL))
    _draw_values(axes, whole.times(name), decibels, colour, label=name)
    axes.legend(loc="lower right", ncols=2, fontsize="x-small", frameon=False)


def _draw_values(
    axes: Axes,
    times: NDArray[np.float64],
    values: NDArray[np.floating],
    colour: str,
    label: str = "",
) -> None:
    """Draw values as a line, very many as the band that they fill, very few as dots."""
    runs = _runs(times, values)
    if runs is None:
        dot = "o" if len(times) < _FEWEST else ""
        axes.plot(
            times, values, color=colour, linewidth=0.8, label=label or None, marker=dot,
            markersize=2.5,
        )  # fmt: skip
    else:
        axes.fill_between(
            runs.times, runs.low, runs.high, color=colour, linewidth=0.3, label=label or None,
            alpha=0.8,
        )  # fmt: skip


def _runs(times: NDArray[np.float64], values: NDArray[np.floating]) -> _Runs | None:
    """Return the range of the values of each column; None if they are few."""
    if len(values) <= _N_COLUMNS:
        return None
    starts = np.linspace(0, len(values), _N_COLUMNS, endpoint=False).astype(np.int64)
    return _Runs(
        times[starts],
        np.minimum.reduceat(values, starts).astype(np.float64),
        np.maximum.reduceat(values, starts).astype(np.float64),
    )


def _draw_tempogram(axes: Axes, course: Course) -> None:
    """Draw how well the onsets agree with themselves later, lag by lag."""
    times = course.whole.times("tempo_flatness")
    half = (times[1] - times[0]) / 2 if len(times) > 1 else 4.0
    axes.imshow(
        course.tempogram.T, aspect="auto", origin="lower", cmap="magma", vmin=0, vmax=1,
        interpolation="nearest",
        extent=(times[0] - half, times[-1] + half, course.lags[0], course.lags[-1]),
    )  # fmt: skip
    axes.set_ylabel("lag (s)")
    axes.set_title("tempogram: bright where the onsets repeat", loc="left", fontsize="small")


def _mark_windows(axes: Axes, course: Course, *, beat: bool) -> None:
    """Shade what was heard: for the beat the long windows, for all else their middles."""
    for start, end in course.spans(beat=beat):
        axes.axvspan(start, end, color=_HEARD, alpha=0.14, linewidth=0)


def _explain(axes: Axes, course: Course) -> None:
    """Say what the colours mean, where there is no panel."""
    axes.set_axis_off()
    handles: Sequence[tuple[Line2D | Patch, str]] = [
        (Line2D([], [], color=_HEARD), _what_was_heard(course)),
        (Line2D([], [], color=_MIDDLE), "its median, as it is stored (dashed: mean)"),
        (Patch(color=_MIDDLE, alpha=0.13), "± its standard deviation"),
    ]
    if course.windows:
        handles = [
            *handles,
            (Patch(color=_HEARD, alpha=0.14), "the windows: of the beat, the long ones"),
            (Line2D([], [], color=_WHOLE), "all of the track, for comparison"),
        ]
    axes.legend(
        [handle for handle, _ in handles], [text for _, text in handles], loc="lower left",
        frameon=False,
    )  # fmt: skip


def _what_was_heard(course: Course) -> str:
    if not course.windows:
        return f"what was heard: all {course.seconds:.0f} s"
    return f"what was heard: {len(course.windows)} windows in {course.seconds:.0f} s"
