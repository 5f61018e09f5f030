"""A page to explore: the library as points, in one file that loads nothing from elsewhere.

Tags are data. They travel as JSON that holds no character HTML could take for markup, and
``map.js`` writes them with ``textContent`` only; the page's security policy runs no script
but the two whose digests it names.

Conventions
-----------
points : one for each track, n_samples
Z : coordinates of the encoding, shape (n_samples, n_components)
X : normalised features with the signs of their labels, shape (n_samples, 16), in [0, 1]
raw : features as they are stored, shape (n_samples, 16), in their units
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex

from ..clusters.naming import QUALITIES
from ..names import FEATURES
from .palette import MARKERS, styles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

# What HTML, or a reader of scripts, would not take for text; and lone surrogates, which
# os.fsdecode makes of names that are not UTF-8 and which no file can hold.
_UNSAFE = re.compile("[<>&\u2028\u2029\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FIELD = re.compile(r"\{\{(\w+)\}\}")

_POLICY = (
    "default-src 'none'; script-src 'unsafe-eval' {digests}; style-src 'unsafe-inline';"
    " img-src data: blob:; media-src 'self' file:; base-uri 'none'; form-action 'none'"
)


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


def page(
    points: Sequence[Point],
    Z: NDArray[np.float64],
    X: NDArray[np.float64],
    raw: NDArray[np.float64],
    genre_order: Sequence[str],
    axis_labels: Sequence[str],
) -> str:
    """Return an HTML document that shows the tracks as points in 2-D and 3-D.

    The first three columns of *Z* are drawn, and all of them say which tracks are near.
    *axis_labels* names those that are drawn.
    """
    from plotly.offline import get_plotlyjs

    plotly, app = get_plotlyjs(), _read("map.js")
    fields = {
        "policy": _POLICY.format(digests=f"{_digest(plotly)} {_digest(app)}"),
        "style": _read("map.css"),
        "plotly": plotly,
        "app": app,
        "data": _as_json(_data(points, Z, X, raw, genre_order, axis_labels)),
    }
    # In one pass: what looks like a field within the data stays as it is.
    return _FIELD.sub(lambda field: fields[field[1]], _read("map.html"))


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    """Return a script as the security policy names it."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _as_json(value: object) -> str:
    """Return JSON that can stand within a script element and be encoded as UTF-8."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda character: f"\\u{ord(character[0]):04x}", text)


def _data(
    points: Sequence[Point],
    Z: NDArray[np.float64],
    X: NDArray[np.float64],
    raw: NDArray[np.float64],
    genre_order: Sequence[str],
    axis_labels: Sequence[str],
) -> dict[str, Any]:
    """Return the tracks column by column, numbers packed and repeated text as numbers."""
    column = {feature.name: index for index, feature in enumerate(FEATURES)}
    return {
        "ids": [int(point.id) for point in points],
        "titles": [point.title for point in points],
        "artists": _dictionary([point.artist for point in points]),
        "genres": _groups([point.genre for point in points], genre_order),
        "clusters": _clusters(points),
        "paths": _paths([point.path for point in points]),
        "links": _paths([point.link for point in points]),
        "Z": _pack(Z, "<f4"),
        "X": _pack(np.rint(np.clip(X, 0, 1) * 255), "u1"),
        "raw": _pack(raw, "<f4"),
        "nComponents": Z.shape[1],
        "axes": list(axis_labels[:3]),
        "scale": [to_hex(mpl.colormaps["viridis"](place)) for place in np.linspace(0, 1, 17)],
        "features": [{"name": f.name, "unit": f.unit, "sign": f.sign} for f in FEATURES],
        "qualities": [
            {"more": q.more, "less": q.less, "features": [column[name] for name in q.features]}
            for q in QUALITIES
        ],
    }


def _pack(values: ArrayLike, dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=dtype).tobytes()).decode()


def _dictionary(values: Sequence[str], order: Iterable[str] = ()) -> dict[str, Any]:
    """Return distinct values, in the given order first, and for each sample which it has."""
    names = list(dict.fromkeys([*order, *values]))
    place = {name: index for index, name in enumerate(names)}
    return {"names": names, "of": [place[value] for value in values]}


def _groups(values: Sequence[str], order: Sequence[str]) -> dict[str, Any]:
    """Return a dictionary whose names have the figures' colours; no group is last."""
    others = sorted(set(values) - set(order) - {""})
    known = [*(name for name in order if name), *others]
    style = styles(known)
    looks = [style[name] for name in [*known, ""]]
    return {
        **_dictionary(values, [*known, ""]),
        "colours": [look.colour for look in looks],
        "symbols": [MARKERS.index(look.marker) for look in looks],
    }


def _clusters(points: Sequence[Point]) -> dict[str, Any]:
    """Return the groups of the clusters' numbers, with the clusters' names."""
    order = [str(cluster) for cluster in sorted({p.cluster for p in points} - {0})]
    groups = _groups([str(point.cluster or "") for point in points], order)
    words = {str(point.cluster or ""): point.cluster_name for point in points}
    return {**groups, "words": [words.get(name, "") for name in groups["names"]]}


def _paths(paths: Sequence[str | None]) -> dict[str, Any]:
    """Return the paths' folders as a dictionary, and their names; None for no path."""
    parts = [(path or "").rpartition("/") for path in paths]
    folders = _dictionary([folder + slash for folder, slash, _ in parts])
    names = [
        None if path is None else name for path, (_, _, name) in zip(paths, parts, strict=True)
    ]
    return {"folders": folders, "names": names}
