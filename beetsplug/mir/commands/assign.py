"""`beet mircluster --assign`: place new tracks with the saved model, without fitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beets import ui

from . import reading, writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ..library import Track
    from ..model import Model


def run(lib: Library, query: list[str], config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Place the matching tracks that have features but no cluster.

    With a model that cannot be used, cluster them anew together with those that have one.
    """
    from ..model import ModelError, load

    path = writing.model_path(lib)
    if not path or not path.exists():
        raise ui.UserError(f"there is no model yet ({path}): run `beet mircluster` first")
    matching = {track.id for track in reading.analysed(lib, query, log)[0]}
    tracks, X = _clustered_or_new(lib, matching)
    new = [index for index, track in enumerate(tracks) if not track.cluster]
    if not new:
        ui.print_("all matching tracks that are analysed have a cluster")
        return
    try:
        model = load(path)
    except ModelError as exc:
        from .cluster import recluster

        log.warning("{}; clustering anew", exc)
        recluster(lib, tracks, X, config, log)
        return
    if unlike := {tracks[index].version for index in new} - set(model.mir_version.split(", ")):
        log.warning(
            "the model is of tracks analysed by {}, these are by {}",
            model.mir_version, ", ".join(sorted(unlike)),
        )  # fmt: skip
    _place(lib, tracks, X, new, model, config, log)


def _clustered_or_new(
    lib: Library, matching: set[int]
) -> tuple[list[Track], NDArray[np.float64]]:
    """Return all tracks that have a cluster, and those of *matching* that have none."""
    from ..library import read_tracks

    tracks, X = read_tracks(lib)
    rows = [i for i, track in enumerate(tracks) if track.cluster or track.id in matching]
    return [tracks[i] for i in rows], X[rows]


def _place(
    lib: Library,
    tracks: Sequence[Track],
    X: NDArray[np.float64],
    new: Sequence[int],
    model: Model,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    placed, Z = model.place(X, [track.genre for track in tracks])
    names = dict(zip(model.ids.tolist(), model.names, strict=True))
    clusters = _with_new(tracks, Z, dict(zip(new, placed[new].tolist(), strict=True)))
    names = {id_: names.get(id_, f"cluster {id_}") for id_ in clusters}
    arrived: dict[int, list[Track]] = {}
    for index in new:
        arrived.setdefault(int(placed[index]), []).append(tracks[index])
    ui.print_(f"{len(new)} tracks placed")
    for line in writing.lines(arrived, names, arrived):
        ui.print_(line)
    if not config["pretend"].get(bool):
        writing.store(lib, clusters, names, config, log, keep_others=True)


def _with_new(
    tracks: Sequence[Track], Z: NDArray[np.float64], placed: dict[int, int]
) -> dict[int, list[Track]]:
    """Return the tracks of each cluster in order, new ones where they fit best."""
    import numpy as np

    from ..ordering import insert, numbered

    artists = numbered([track.artist for track in tracks])
    paths: dict[int, list[int]] = {}
    for index in sorted(range(len(tracks)), key=lambda index: tracks[index].order):
        if index not in placed:
            paths.setdefault(tracks[index].cluster, []).append(index)
    for index, id_ in placed.items():
        path = np.array(paths.get(id_, []), dtype=np.int64)
        paths[id_] = insert(path, Z, artists, index).tolist()
    return {id_: [tracks[index] for index in paths[id_]] for id_ in sorted(paths)}
