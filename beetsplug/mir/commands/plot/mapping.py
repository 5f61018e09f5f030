"""The map of `beet mirplot --map`: what the library gives to the page."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np
from beets import ui
from beets.util import bytestring_path, displayable_path, normpath

from ... import settings
from ...ground.stages import stage
from ...ground.terminal import say
from ...names import CLASSIC, NETWORK
from .. import around, listening, reading
from ..cluster import filling
from . import placing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...library.items import Analysed, Track
    from ...plots.map import Line, Point
    from ...plots.map.columns import Neighbours
    from ...plots.palette import Look
    from ...space.encoders import Encoder, Values

N_NEAREST = 12
"""How many tracks the map names as the nearest of each."""

MOST_SHOWN = 200_000
"""Tracks on the map, a page of 50 MB that browsers open in two seconds, and in figures: a
million of them would hide each other."""

SOUNDS = {
    CLASSIC: "the sixteen features",
    NETWORK: "what a trained network hears",
}


def page(
    lib: Library,
    found: Analysed,
    study: settings.Study,
    config: confuse.ConfigView,
    out_dir: Path,
    log: BeetsLogger,
    *,
    looks: Mapping[str, Look],
    whole: bool,
    lines: Sequence[str] = (),
    n_tracks: int,
) -> str:
    """Return the page that shows the tracks, and *lines* through them: .m3u files.

    *looks* say how their genres look.

    They are some of *n_tracks*, as :func:`shown` has drawn them.

    The neighbours' plane of a *whole* library is kept for the next time; that of a part
    would take its place.
    """
    from ...library.items import read_tags
    from ...plots import map as plots_map
    from ...plots.axes import axis_names
    from ...space import linear
    from ...space.encoders import signed

    by_neighbours = settings.map_plane(config) == settings.NEIGHBOURS
    if study.encoding == "autoencoder":
        reading.need_tensorflow()
    # First of all: what cannot be read need not wait for the rest.
    through = _lines(lines, found.tracks, settings.relative_to(config), log)
    ids = [track.id for track in found.tracks]
    X = found.values(study.features)
    encoder, Z, _ = reading.encoded(X, found.genres, study.encoding, study.n_dims, study, log)
    plane = placing.plane(lib, X, Z, study, log, keep=whole) if by_neighbours else None
    normalised = linear.normalise(signed(found.X))
    data = plots_map.columns(
        _points(found.tracks, read_tags(lib, ids), _entry(config), _link(config, out_dir)),
        Z,
        normalised,
        found.X,
        looks,
        axis_names(encoder, study.encoding),
        neighbours=_neighbours_among(found, encoder, X, Z, log)
        if study.cached
        else _neighbours(lib, ids, study.features, log),
        plane=plane,
        tag_scores=_tag_scores(found, log),
        lines=through,
        files=_files(lib, found.tracks, config),
        about=_about(study, Z.shape[1], by_neighbours=by_neighbours)
        + _of_how_many(len(found), n_tracks),
    )
    return plots_map.page(data)


def shown(found: Analysed, study: settings.Study) -> Analysed:
    """Return the tracks that pictures have room for, and say if these are not all.

    They are drawn by their values: most stay as a library grows, and so do their places.
    """
    from ...space.places import prints_of

    if len(found) <= MOST_SHOWN:
        return found
    drawn = np.argsort(prints_of(found.values(study.features)), kind="stable")[:MOST_SHOWN]
    say(
        f"{MOST_SHOWN:,} of {len(found):,} tracks are shown, drawn by lot;"
        " a query shows all of a part"
    )
    return found.only(np.sort(drawn))


def _of_how_many(n_shown: int, n_tracks: int) -> str:
    return "" if n_shown == n_tracks else f" {n_shown:,} of {n_tracks:,} tracks, drawn by lot."


def _files(lib: Library, tracks: Sequence[Track], config: confuse.ConfigView) -> dict[int, str]:
    """Return the file names of the clusters' playlists, of those that are there."""
    from ..cluster.publishing import files_of

    names = {track.cluster: track.cluster_name for track in tracks if track.cluster}
    return {id_: path.name for id_, path in files_of(lib, names, config).items()}


def _lines(
    files: Sequence[str], tracks: Sequence[Track], relative_to: bytes, log: BeetsLogger
) -> list[Line]:
    """Return the playlists that name some of the tracks, and say what else they name."""
    row_of = {track.path: row for row, track in enumerate(tracks)}
    found = [_line(normpath(bytestring_path(file)), row_of, relative_to, log) for file in files]
    return [line for line in found if line.rows]


def _line(
    file: bytes, row_of: Mapping[bytes, int], relative_to: bytes, log: BeetsLogger
) -> Line:
    from ...library import m3u
    from ...plots.map import Line

    shown = displayable_path(file)
    try:
        entries = m3u.read(file, relative_to)
        named = m3u.known(entries, row_of)
        rows = [row_of[path] for path in named if path is not None]
        if not rows:
            seems = m3u.foreign(file) or m3u.form(file)
            log.warning("{} names no track of the map; it seems to be {}", shown, seems)
    except OSError as exc:
        raise ui.UserError(f"cannot read {shown}: {exc.strerror}") from exc
    if rows and len(rows) < len(entries):
        left = len(entries) - len(rows)
        log.warning("{}: {} of {} tracks are not on the map", shown, left, len(entries))
    return Line(os.fsdecode(os.path.splitext(os.path.basename(file))[0]), rows)


def _about(study: settings.Study, n_dims: int, *, by_neighbours: bool) -> str:
    """Return by what the tracks are placed, and what the map in 2-D keeps of it."""
    text = f"Placed by {SOUNDS[study.features]} ({study.encoding}, {n_dims} dimensions)."
    if not by_neighbours:
        return text
    return f"{text} In 2-D tracks are beside their nearest; directions mean nothing."


def _neighbours(
    lib: Library, ids: Sequence[int], features: str, log: BeetsLogger
) -> Neighbours:
    """Return rows and distances of each track's nearest: what `beet mirsimilar` finds, too."""
    from ...queries.alike import surroundings
    from ...space.similarity import neighbours_of_all

    rows = np.full((len(ids), N_NEAREST), -1)
    distances = np.full((len(ids), N_NEAREST), np.inf)
    with stage(log, "finding neighbours"):
        with around.told():
            library = surroundings(lib, features)
        row_of = {id_: row for row, id_ in enumerate(ids)}
        on_map = np.array([row_of.get(id_, -1) for id_ in library.sounds.ids.tolist()])
        shown = on_map >= 0
        of_all = neighbours_of_all(library.space, N_NEAREST, library.same, among=shown)
    found, far = (values[shown] for values in of_all)
    rows[on_map[shown]] = np.where(found >= 0, on_map[found], -1)
    distances[on_map[shown]] = far
    return rows, distances


def _neighbours_among(
    found: Analysed, encoder: Encoder, X: Values, Z: NDArray[np.float64], log: BeetsLogger
) -> Neighbours:
    """Return the same among the tracks of the map alone, whatever version their values have."""
    from ...space.similarity import neighbours_of_all

    with stage(log, "finding neighbours"):
        same = filling.recordings(found.tracks)
        return neighbours_of_all(filling.space(encoder, X, Z), N_NEAREST, same)


def _tag_scores(found: Analysed, log: BeetsLogger) -> NDArray[np.float32] | None:
    """Return how much each tag fits each track, 0 to 1, shape (n_tracks, n_tags), if known.

    What the network has not heard gets zeros.
    """
    scores = listening.tag_scores(found, log)
    return None if scores is None else np.nan_to_num(scores).astype(np.float32)


def _link(config: confuse.ConfigView, out_dir: Path) -> Callable[[bytes], str | None]:
    """Return what makes of a path the link that plays it: nothing unless it is wanted."""
    if not config["map_links"].get(bool):
        return lambda path: None
    folder = os.fsencode(out_dir.absolute())
    return lambda path: quote(os.path.relpath(path, folder).replace(os.sep.encode(), b"/"))


def _entry(config: confuse.ConfigView) -> Callable[[bytes], str | None]:
    """Return what makes of a path its line in a playlist: None if there is none."""
    from ...library.entries import inexpressible, relative

    style = settings.playlist_style(config)
    entry = relative(style.relative_to, absolute=style.absolute)

    def decoded(path: bytes) -> str | None:
        line = entry(path)
        return None if line is None or inexpressible(line) else line.decode("utf-8")

    return decoded


def _points(
    tracks: Sequence[Track],
    tags: Sequence[tuple[str, ...]],
    entry: Callable[[bytes], str | None],
    link: Callable[[bytes], str | None],
) -> list[Point]:
    from ...plots.map import Point

    return [
        Point(
            track.id,
            track.title or os.fsdecode(os.path.basename(track.path)),
            track.artist,
            track.genre,
            track.cluster,
            track.cluster_name,
            entry(track.path),
            link(track.path),
            told,
            track.seconds,
        )
        for track, told in zip(tracks, tags, strict=True)
    ]
