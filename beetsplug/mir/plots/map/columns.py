"""The tracks as the map's script takes them: column by column, in numbers where it can be."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex

from ...clusters.clustering import distances_to_centre
from ...clusters.naming import QUALITIES
from ...clusters.striking import most_striking
from ...names import FEATURES, LEAST_SCORE, TAGS
from ..palette import MARKERS, NO_GROUP, Look, Style, cluster_styles, genre_styles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    from numpy.typing import ArrayLike, NDArray

    Neighbours: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]


_LEAST_HALF, _MOST_HALF = 2.0**-14, 65504.0  # of what half precision holds to 11 bits


class Point(NamedTuple):
    """What the map tells of a track."""

    id: int  # of the item in beets
    title: str
    artist: str
    genre: str  # empty: none
    cluster: int  # 0: none
    cluster_name: str
    path: str | None  # its line in an .m3u; None if that cannot name it
    link: str | None  # relative URL to play, percent-encoded; None: no playing
    tags: tuple[str, ...] = ()  # what the network says of it, the strongest first
    seconds: float = 0.0  # 0: nobody knows


class Line(NamedTuple):
    """A playlist that is drawn through its tracks."""

    name: str
    rows: Sequence[int]  # of its tracks among the points, in its order


def columns(
    points: Sequence[Point],
    Z: NDArray[np.float64],
    X: NDArray[np.float64],
    raw: NDArray[np.float64],
    genre_looks: Mapping[str, Look],
    axis_labels: Sequence[str],
    *,
    neighbours: Neighbours,
    plane: NDArray[np.float64] | None = None,
    tag_scores: NDArray[np.float32] | None = None,
    lines: Sequence[Line] = (),
    files: Mapping[int, str] | None = None,
    about: str = "",
) -> dict[str, Any]:
    """Return the tracks column by column, numbers packed and repeated text as numbers.

    The first three columns of *Z* are drawn, in 2-D the *plane* if there is one;
    *axis_labels* names those that are drawn. *genre_looks* has each genre. *neighbours* says
    which tracks are near, as rows and distances; *lines* are drawn through their tracks. *X*
    is in [0, 1], *raw* in the features' units; *files* are the playlists that are written, by
    the clusters' numbers; *about* says by what the tracks are placed.
    """
    column = {feature.name: index for index, feature in enumerate(FEATURES)}
    return {
        "ids": [int(point.id) for point in points],
        "titles": [point.title for point in points],
        "artists": _dictionary([point.artist for point in points]),
        "genres": _and_typical(_genres([point.genre for point in points], genre_looks), Z),
        "clusters": _and_typical(_clusters(points, files or {}), Z),
        "seconds": {
            "sum": round(sum(point.seconds for point in points)),
            "unknown": sum(not point.seconds for point in points),
        },
        "striking": _striking(points, raw, neighbours, tag_scores),
        "paths": _paths([point.path for point in points]),
        "links": _paths([point.link for point in points]),
        "tags": _lists([point.tags for point in points]),
        "scores": _scores(tag_scores),
        "plane": None if plane is None else _pack(plane, "<f4"),
        "Z": _pack(Z[:, :3], "<f4"),
        "X": _pack(np.rint(np.clip(X, 0, 1) * 255), "u1"),
        "raw": [_short(feature) for feature in np.transpose(raw)],
        "near": _near(*neighbours),
        "lines": [
            {"name": line.name, "tracks": [int(row) for row in line.rows]} for line in lines
        ],
        "nComponents": Z.shape[1],
        "axes": list(axis_labels[:3]),
        "about": about,
        "scale": [to_hex(mpl.colormaps["viridis"](place)) for place in np.linspace(0, 1, 17)],
        "features": [{"name": f.name, "unit": f.unit, "sign": f.sign} for f in FEATURES],
        "qualities": [
            {"more": q.more, "less": q.less, "features": [column[name] for name in q.features]}
            for q in QUALITIES
        ],
    }


def _pack(values: ArrayLike, dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=dtype).tobytes()).decode()


def _short(values: ArrayLike) -> dict[str, str]:
    """Return three digits of each value: as halves, or as floats where halves do not hold them.

    A half is off by at most 1/4096 of a value, by less than half of its third digit, so that
    who rounds it to three digits gets what was rounded here.
    """
    wanted = three_digits(np.asarray(values, dtype=np.float64))
    with np.errstate(over="ignore"):
        halves = wanted.astype("<f2")
    size = np.abs(wanted)
    fits = bool(np.all((size == 0) | ((size >= _LEAST_HALF) & (size <= _MOST_HALF))))
    if fits:
        return {"type": "half", "values": _pack(halves, "<f2")}
    return {"type": "float", "values": _pack(wanted, "<f4")}


def three_digits(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values rounded to three significant digits; what is not finite stays."""
    size = np.abs(values)
    known = np.isfinite(size) & (size > 0)
    power = np.floor(np.log10(size, where=known, out=np.zeros_like(size))) - 2
    step = 10.0 ** np.abs(power)
    scaled = np.where(power < 0, values * step, values / step)
    rounded = np.rint(scaled)
    return np.where(known, np.where(power < 0, rounded / step, rounded * step), values)


def _dictionary(values: Sequence[str], order: Iterable[str] = ()) -> dict[str, Any]:
    """Return distinct values, in the given order first, and for each sample which it has."""
    names = list(dict.fromkeys([*order, *values]))
    place = {name: index for index, name in enumerate(names)}
    return {"names": names, "of": [place[value] for value in values]}


def _lists(values: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return distinct values, and for each sample which of them it has."""
    names = list(dict.fromkeys(name for each in values for name in each))
    place = {name: index for index, name in enumerate(names)}
    return {"names": names, "of": [[place[name] for name in each] for each in values]}


def _scores(scores: NDArray[np.float32] | None) -> dict[str, Any]:
    """Return the tags that are told of some track, those that vary most first, and scores."""
    if scores is None:
        return {"names": [], "values": "", "least": LEAST_SCORE}
    order = np.argsort(-scores.std(axis=0), kind="stable")
    told = [tag for tag in order if scores[:, tag].max() >= LEAST_SCORE]
    return {
        "names": [TAGS[tag] for tag in told],
        "values": _pack(np.rint(scores[:, told] * 255), "u1"),
        "least": LEAST_SCORE,
    }


def _near(rows: NDArray[np.int64], distances: NDArray[np.float64]) -> dict[str, Any]:
    """Return each track's nearest, one after the other, and how many places each has.

    A row takes three bytes, the lowest first, and is sent as one more than it is: 0 is none.
    """
    three = np.ascontiguousarray(rows + 1, dtype="<u4").view("u1").reshape(-1, 4)[:, :3]
    known = np.where(rows >= 0, distances, 0)
    return {
        "width": rows.shape[1],
        "rows": _pack(three, "u1"),
        "distances": _short(known),
    }


def _genres(values: Sequence[str], looks: Mapping[str, Look]) -> dict[str, Any]:
    """Return the groups of genres, in the order of their places along the colour map."""
    order = sorted({*values} - {""}, key=lambda name: looks[name].place)
    return _groups(values, genre_styles({name: looks[name] for name in order}))


def _and_typical(groups: dict[str, Any], Z: NDArray[np.float64]) -> dict[str, Any]:
    """Return groups with the track nearest to the centre of each; None where there is none."""
    of = np.array(groups["of"])
    by_distance = np.lexsort((distances_to_centre(Z, of), of))
    used, first = np.unique(of[by_distance], return_index=True)
    typical = dict(zip(used.tolist(), by_distance[first].tolist(), strict=True))
    return {**groups, "typical": [typical.get(index) for index in range(len(groups["names"]))]}


def _striking(
    points: Sequence[Point],
    raw: NDArray[np.float64],
    neighbours: Neighbours,
    tag_scores: NDArray[np.float32] | None,
) -> list[dict[str, Any]]:
    rows, distances = neighbours
    nearest = np.where(rows >= 0, distances, np.inf).min(axis=1, initial=np.inf)
    artists = [point.artist for point in points]
    found = most_striking(raw, artists, nearest, tag_scores)
    return [{"track": each.row, "word": each.word} for each in found]


def _clusters(points: Sequence[Point], files: Mapping[int, str]) -> dict[str, Any]:
    """Return the groups of the clusters' numbers, with the clusters' names and files."""
    numbers = sorted({p.cluster for p in points} - {0})
    groups = _groups([str(point.cluster or "") for point in points], cluster_styles(numbers))
    words = {str(point.cluster or ""): point.cluster_name for point in points}
    return {
        **groups,
        "words": [words.get(name, "") for name in groups["names"]],
        "files": [files.get(int(name or 0)) for name in groups["names"]],
    }


def _groups(values: Sequence[str], styles: Mapping[str, Style]) -> dict[str, Any]:
    """Return a dictionary whose names have the figures' colours; no group is last."""
    known = {**styles, "": NO_GROUP}
    return {
        **_dictionary(values, known),
        "colours": [style.colour for style in known.values()],
        "symbols": [MARKERS.index(style.marker) for style in known.values()],
    }


def _paths(paths: Sequence[str | None]) -> dict[str, Any]:
    """Return the paths' folders as a dictionary, and their names; None for no path."""
    parts = [(path or "").rpartition("/") for path in paths]
    folders = _dictionary([folder + slash for folder, slash, _ in parts])
    names = [
        None if path is None else name for path, (_, _, name) in zip(paths, parts, strict=True)
    ]
    return {"folders": folders, "names": names}
