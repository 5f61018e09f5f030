"""Where tracks lie on a plane of neighbours: kept beside the library, so that it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ground.stages import stage
from ..cluster.writing import beside

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...settings import Study
    from ...space.encoders import Values
    from ...space.places import Places


def kept(lib: Library, X: Values, study: Study) -> NDArray[np.float64] | None:
    """Return the kept places of tracks by their values, shape (n_tracks, 2).

    NaN for a track that has none; None if nothing is kept of this space.
    """
    from ...space.places import PlacesError, load, prints_of

    path = beside(lib, "mir-plane.npz")
    try:
        places = load(path) if path else None
    except (FileNotFoundError, PlacesError):
        return None  # the map tells of what is damaged, and makes it anew
    return places.of(prints_of(X)) if places and places.space == _space(study) else None


def plane(
    lib: Library, X: Values, Z: NDArray[np.float64], study: Study, log: BeetsLogger,
    *, keep: bool,
) -> NDArray[np.float64]:  # fmt: skip
    """Return a plane of the tracks, shape (n_tracks, 2), that goes on from the kept one.

    *X* are their values, by which they are known again, *Z* where they are near each other.

    To *keep* it makes sense of a whole library: the plane of a part would take the place
    of all others'.
    """
    from ...space.places import Places, prints_of
    from ...space.plane import neighbour_plane

    space = _space(study)
    path = beside(lib, "mir-plane.npz")
    with stage(log, "plane") as did:
        prints = prints_of(X)
        start = _start(path, space, prints, log)
        places = neighbour_plane(Z, start=start, random_state=study.random_state)
        did("made anew" if start is None else "from the places of before")
    if keep and path:
        _keep(path, Places(space, prints, places), log)
    return places


def _space(study: Study) -> str:
    """Return what tells the space that a plane is of from others."""
    return f"{study.features} {study.encoding} {study.n_dims}"


def _start(
    path: Path | None, space: str, prints: NDArray[np.int64], log: BeetsLogger
) -> NDArray[np.float64] | None:
    """Return the kept places of these tracks; None if there are none of this space."""
    from ...space.places import PlacesError, load

    if path is None:
        return None
    try:
        kept = load(path)
    except FileNotFoundError:
        return None
    except PlacesError as exc:
        log.warning("{}; the plane is made anew", exc)
        return None
    return kept.of(prints) if kept.space == space else None


def _keep(path: Path, places: Places, log: BeetsLogger) -> None:
    from ...ground.files import replace
    from ...space.places import pack

    try:
        replace(path, pack(places))
    except OSError as exc:
        log.warning("{}: cannot keep the plane there ({})", path, exc.strerror)
