"""How the genres of a library look: kept beside it, so that they look so on any day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ...ground.stages import stage
from ...names import FEATURES, NETWORK
from ..cluster.writing import beside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...library.items import Analysed
    from ...plots.palette import Look
    from ...settings import Study

_VERSION = "beets-mir colours 1"


def looks(
    lib: Library, found: Analysed, study: Study, log: BeetsLogger, *, whole: bool
) -> dict[str, Look]:
    """Return how the genres look, all of those of the tracks and others that were known.

    New ones find their place among those of the whole library, and all keep it from then
    on; *whole* says that the tracks are all that it has.
    """
    path = beside(lib, "mir-colours.json")
    known = _known(path, log)
    if set(found.genres) <= {*known, ""}:
        return known
    with stage(log, "colours") as did:
        all_tracks = found if whole else _with_all_others(lib, found, study.features)
        new = _looks(all_tracks, study, known)
        did(f"{len(new.keys() - known.keys())} genres are new")
    if path:
        _keep(path, new, log)
    return new


def _with_all_others(lib: Library, found: Analysed, features: str) -> Analysed:
    """Return the tracks with all others of the library that have the feature set."""
    from ...library.items import all_ids, read_tracks

    here = {track.id for track in found.tracks}
    others = read_tracks(lib, [id_ for id_ in all_ids(lib) if id_ not in here])
    if features == NETWORK:
        others = others.only(others.has_network.nonzero()[0])
    return found.and_more(others)


def _looks(tracks: Analysed, study: Study, known: Mapping[str, Look]) -> dict[str, Look]:
    from ...plots.looks import looks
    from ...space.encodings import fit

    X = tracks.values(study.features)
    Z = fit(
        X, tracks.genres, "pca", 3, features=study.features, random_state=study.random_state
    ).Z
    centroid = [feature.name for feature in FEATURES].index("centroid")
    return looks(Z, tracks.genres, tracks.X[:, centroid], known)


def _known(path: Path | None, log: BeetsLogger) -> dict[str, Look]:
    """Return the looks that are kept; of a file that is damaged none, with a warning."""
    from ...ground import files

    if path is None:
        return {}
    try:
        return _checked(json.loads(files.read(path)))
    except FileNotFoundError:
        return {}
    except files.DAMAGED as exc:
        log.warning("{}: cannot be read as colours ({}); they are made anew", path, exc)
        return {}


def _checked(kept: dict[str, Any]) -> dict[str, Look]:
    """Return the looks in what a file says; one of ``DAMAGED`` if they are none."""
    from ...plots.palette import MARKERS, Look

    if kept["version"] != _VERSION:
        raise ValueError("of another version")
    entries = kept["genres"].items()
    found = {name: Look(float(place), marker) for name, (place, marker) in entries}
    places = {look.place for look in found.values() if 0 <= look.place <= 1}
    markers_known = all(look.marker in [*MARKERS] for look in found.values())
    if len(places) < len(found) or not markers_known:
        raise ValueError("its colours are none")
    return found


def _keep(path: Path, found: Mapping[str, Look], log: BeetsLogger) -> None:
    from ...ground.files import replace

    data = json.dumps({"version": _VERSION, "genres": found}, indent=1)
    try:
        replace(path, data.encode())
    except OSError as exc:
        log.warning("{}: cannot keep the colours there ({})", path, exc.strerror)
