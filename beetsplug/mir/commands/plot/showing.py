"""The page of `beet mirplot`: what the library and its folder of pictures give to it."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from ... import settings
from ..cluster import publishing
from . import FORMATS, earlier, placing
from .files import MAP
from .mapping import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import confuse
    from beets.library import Library as Beets
    from numpy.typing import NDArray

    from ...library.items import Analysed
    from ...plots.gallery import Chapter, Cluster, Earlier, Figure, Genre, Library, Overview
    from ...plots.groups import Groups
    from ...plots.material import Material
    from ...plots.plot import Plot
    from .earlier import Drawn

OVERVIEW = "overview.png"

MOST_GENRES = 10
MOST_CLUSTERS = 60
N_TYPICAL = 3
LEAST_PLACED = 0.9
"""Share of the tracks that the kept plane has to know for the picture to be of it."""


def page(
    lib: Beets,
    query: Sequence[str],
    found: Analysed,
    material: Material,
    study: settings.Study,
    config: confuse.ConfigView,
    names: Sequence[str],
    kind: str,
    out_dir: Path,
) -> str:
    """Return the page that shows all figures in the folder, *names* of them just drawn.

    Its picture of the map is drawn into the folder, and noted there is what figures show.
    Raises OSError.
    """
    from ...plots import gallery

    now = earlier.drawn_now(found, shlex.join(query))
    asked = _to_draw(names, material)
    known = earlier.note(out_dir, earlier.read(out_dir), [f"{n}.{kind}" for n in asked], now)
    library = _library(lib, now, found, material, config, out_dir)
    overview = _overview(lib, found, material, study, config, out_dir)
    return gallery.page(
        library, overview, _chapters(names, material, kind, out_dir, known, now)
    )


def _to_draw(names: Sequence[str], material: Material) -> list[str]:
    """Return the figures that are asked for and can be drawn."""
    from ...plots.catalogue import PLOTS, missing

    return [name for name in names or PLOTS if not missing(PLOTS[name], material)]


def _library(
    lib: Beets,
    now: Drawn,
    found: Analysed,
    material: Material,
    config: confuse.ConfigView,
    out_dir: Path,
) -> Library:
    from ...library.items import all_ids, n_albums
    from ...plots.gallery import Library

    tracks = found.tracks
    counts = material.by_genre.counts
    clusters = _clusters(lib, found, material, config, out_dir)
    return Library(
        n_tracks=len(tracks),
        n_in_library=len(all_ids(lib)),
        query=now.query,
        by=SOUNDS[material.features],
        n_artists=len({track.artist for track in tracks if track.artist}),
        n_albums=n_albums(lib, [track.id for track in tracks]),
        seconds=sum(track.seconds for track in tracks),
        genres=_genres(material.by_genre),
        n_genres=len(counts.keys() - {""}),
        n_without_genre=counts[""],
        clusters=clusters[:MOST_CLUSTERS],
        n_clusters=len(clusters),
    )


def _genres(groups: Groups) -> list[Genre]:
    from ...plots.gallery import Genre

    counts = sorted(groups.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    named = [(name, n) for name, n in counts if name][:MOST_GENRES]
    return [Genre(name, n, groups.styles[name].colour) for name, n in named]


def _clusters(
    lib: Beets,
    found: Analysed,
    material: Material,
    config: confuse.ConfigView,
    out_dir: Path,
) -> list[Cluster]:
    """Return the clusters in the order of their numbers."""
    from ...plots.gallery import Cluster

    names = _cluster_names(found)
    files = publishing.files_of(lib, names, config)
    typical = _typical(lib, found, material)
    groups = material.by_id
    return [
        Cluster(
            number=id_,
            name=names[id_],
            n_tracks=len(typical[id_]),
            seconds=sum(found.tracks[row].seconds for row in typical[id_]),
            colour=groups.styles[str(id_)].colour,
            typical=_called(found, typical[id_]),
            playlist=_link(files[id_], out_dir) if id_ in files else None,
        )
        for id_ in sorted(typical)
    ]


def _cluster_names(found: Analysed) -> dict[int, str]:
    """Return the name of each cluster, by its number."""
    return {
        track.cluster: track.cluster_name for track in reversed(found.tracks) if track.cluster
    }


def _called(found: Analysed, rows: Sequence[int]) -> list[str]:
    """Return what the first of these tracks are called, each name once."""
    called = dict.fromkeys(str(found.tracks[row]) for row in rows[: 4 * N_TYPICAL])
    return list(called)[:N_TYPICAL]


def _typical(lib: Beets, found: Analysed, material: Material) -> dict[int, list[int]]:
    """Return the rows of each cluster's tracks, the nearest to its centre first."""
    from ...clusters.clustering import distances_to_centre
    from ...ground.grouping import split

    placed = np.flatnonzero(found.clusters)
    if not len(placed):
        return {}
    ids, members = np.unique(found.clusters[placed], return_inverse=True)
    distances = distances_to_centre(_space(lib, found, material)[placed], members)
    return {
        id_: placed[rows[distances[rows].argsort(kind="stable")]].tolist()
        for id_, rows in zip(ids.tolist(), split(members, len(ids)), strict=True)
    }


def _space(lib: Beets, found: Analysed, material: Material) -> NDArray[np.float64]:
    """Return the tracks where the library's clusters were made, or else by components."""
    from ...clusters.model import ModelError, load
    from ...library.items import models
    from ..cluster.writing import model_path

    path = model_path(lib)
    try:
        encoder = load(path, models(lib)).encoder if path else None
    except ModelError:
        encoder = None
    if encoder is None or np.isnan(found.values(encoder.features)).any():
        return material.pca(16).Z
    return encoder.transform(found.values(encoder.features), found.genres)


def _link(path: Path, out_dir: Path) -> str:
    """Return a URL that leads from the page to a file, percent-encoded."""
    relative = os.path.relpath(os.fsencode(path.absolute()), os.fsencode(out_dir.absolute()))
    return quote(relative.replace(os.sep.encode(), b"/"))


def _overview(
    lib: Beets,
    found: Analysed,
    material: Material,
    study: settings.Study,
    config: confuse.ConfigView,
    out_dir: Path,
) -> Overview:
    """Draw the map as a picture and say what is on it."""
    from ...plots.gallery import Overview, overview
    from ...plots.gallery.sizes import size
    from ...plots.save import save

    kept = _kept_plane(lib, found, study, config)
    plane = material.pca(2).Z if kept is None else kept
    placed = np.isfinite(plane).all(axis=1)
    spots = overview.spots(plane[placed])
    names = {str(id_): name for id_, name in _cluster_names(found).items()}
    groups = (material.by_id if names else material.by_genre).only(np.flatnonzero(placed))
    save(overview.draw(spots, groups), out_dir / OVERVIEW)
    width, height = size(out_dir / OVERVIEW)
    return Overview(
        file=OVERVIEW,
        width=width,
        height=height,
        labels=overview.labels(spots, groups, names),
        n_tracks=len(spots),
        by_neighbours=kept is not None,
        map_file=MAP if (out_dir / MAP).is_file() else None,
    )


def _kept_plane(
    lib: Beets, found: Analysed, study: settings.Study, config: confuse.ConfigView
) -> NDArray[np.float64] | None:
    """Return the map's own places, if it is one of neighbours and knows nearly all tracks."""
    if settings.map_plane(config) != settings.NEIGHBOURS:
        return None
    kept = placing.kept(lib, found.values(study.features), study)
    is_of_these = kept is not None and np.isfinite(kept[:, 0]).mean() >= LEAST_PLACED
    return kept if is_of_these else None


def _chapters(
    names: Sequence[str],
    material: Material,
    kind: str,
    out_dir: Path,
    known: Mapping[str, Drawn],
    now: Drawn,
) -> list[Chapter]:
    """Return the steps of the study with the figures that are in the folder."""
    from ...plots.catalogue import STEPS, missing, of_step
    from ...plots.gallery import Chapter, Figure
    from ...plots.gallery.sizes import size

    def figure(name: str, plot: Plot) -> Figure:
        why = missing(plot, material)
        asked = not names or name in names
        file = None if why and asked else _file(name, kind, out_dir, known, now)
        if file is None:
            reason = why or "not drawn this time"
            return Figure(name, plot.title, plot.how_to_read, None, reason=reason)
        width, height = size(out_dir / file)
        of_others = _of_others(known.get(file), now)
        return Figure(
            name, plot.title, plot.how_to_read, file, width, height, earlier=of_others
        )

    return [
        Chapter(
            step.name,
            step.title,
            step.text,
            [figure(name, plot) for name, plot in of_step(step).items()],
        )
        for step in STEPS
    ]


def _file(
    name: str, kind: str, out_dir: Path, known: Mapping[str, Drawn], now: Drawn
) -> str | None:
    """Return the file of a figure, of these tracks if there is one, in the format of now."""
    files = [f"{name}.{suffix}" for suffix in dict.fromkeys([kind, *FORMATS])]
    there = [file for file in files if (out_dir / file).is_file()]
    of_these = [file for file in there if file in known and known[file].of == now.of]
    return next(iter([*of_these, *there]), None)


def _of_others(drawn: Drawn | None, now: Drawn) -> Earlier | None:
    """Return what a figure shows if it is not what the page is of."""
    from ...plots.gallery import Earlier

    if drawn is None:
        return Earlier("", 0, "")
    return None if drawn.of == now.of else Earlier(drawn.day, drawn.n_tracks, drawn.query)
