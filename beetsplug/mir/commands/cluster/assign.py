"""`beet mircluster --assign`: place new tracks with the saved model, without fitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beets import ui

from ... import fields, settings
from ...ground.stages import stage
from ...ground.terminal import say
from ...names import CLASSIC, NETWORK
from .. import reading
from . import arriving, fitting, keeping, publishing, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...clusters.model import Model
    from ...library.items import Analysed, Track
    from .arriving import Arrival

MOST_LINES = 30
"""New tracks of which each has a line of its own."""

_MOST_TRIES = 5  # while other commands change the clusters

_WAIT = "{} new tracks are in no cluster yet: "


def run(lib: Library, query: list[str], config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Place the matching tracks that have features but no cluster; all others stay.

    With a model that cannot be used, cluster them anew together with those that have one.
    Playlists whose tracks have moved are rewritten in any case.
    """
    _unless_overtaken(lambda: _run(lib, query, config, log), log)


def _unless_overtaken(work: Callable[[], None], log: BeetsLogger) -> None:
    """Do it again when another command has changed the clusters meanwhile (UserError)."""
    from ...library.storing import OvertakenError

    for _ in range(_MOST_TRIES):
        try:
            work()
        except OvertakenError:
            log.info("another command has changed the clusters: placing the tracks again")
        else:
            return
    raise ui.UserError("other commands keep changing the clusters: no track is placed")


def _run(lib: Library, query: list[str], config: confuse.ConfigView, log: BeetsLogger) -> None:
    from ...library.rows import writes_of_others

    writes = writes_of_others(lib)
    try:
        new = reading.unplaced(lib, query, log, cached=config["cached"].get(bool))
    except ui.UserError:
        _refresh_playlists(lib, config, log)
        raise
    if not new:
        say("all matching tracks that are analysed have a cluster")
        _refresh_playlists(lib, config, log)
        return
    _place_or_recluster(lib, new, writes, config, log)


def _refresh_playlists(lib: Library, config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Write playlists anew though no track is new: files may have come or gone."""
    from ...library.items import any_with

    if not config["pretend"].get(bool) and any_with(lib, fields.CLUSTER):
        publishing.publish(lib, publishing.prepare(lib, {}, config), config, log)


def _place_or_recluster(
    lib: Library,
    new: Analysed,
    writes: int,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    from ...clusters.model import ModelError, load
    from ...library.items import models

    path = writing.model_path(lib)
    if not path or not path.exists():
        raise ui.UserError(f"there is no model yet ({path}): run `beet mircluster` first")
    try:
        with stage(log, "loading the model"):
            model = load(path, models(lib))
    except ModelError as exc:
        log.warning("{}; clustering anew", exc)
        _recluster(lib, {track.id for track in new.tracks}, config, log)
        return
    _place(lib, new, model, writes, config, log)


def _recluster(
    lib: Library, new: set[int], config: confuse.ConfigView, log: BeetsLogger
) -> None:
    """Cluster anew as the configuration says, into as many clusters as there are."""
    import numpy as np

    from ...library.items import clusters, read_tracks

    study = settings.read_study(config)
    every = read_tracks(lib, cached=study.cached)
    rows = [i for i, track in enumerate(every.tracks) if track.cluster or track.id in new]
    found = every.only(np.array(rows))
    if study.features == settings.AUTO and not found.has_network.all():
        study = study._replace(features=CLASSIC)  # with the network's some would lose theirs
    found, study = reading.of_one_set(found, study, log)
    tracks = found.tracks
    kept = keeping.read(lib, cached=study.cached)
    n_clusters = len({track.cluster for track in tracks} - {0} | kept.names.keys())
    if n_clusters > 1:
        study = study._replace(n_clusters=n_clusters)
    if study.encoding == "autoencoder":
        reading.need_tensorflow()
    taken = set(clusters(lib).values())
    fitted = fitting.fit(found, study, log, exact=True, taken=taken, kept=kept)
    writing.show(fitted, kept)
    if not config["pretend"].get(bool):
        writing.store_clustering(lib, fitted, kept, config, log)


def _place(
    lib: Library,
    found: Analysed,
    model: Model,
    writes: int,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    features = model.encoder.features
    if features == NETWORK:
        try:
            found = reading.that_were_heard(found, log)
        except ui.UserError:
            _refresh_playlists(lib, config, log)
            raise
    cached = config["cached"].get(bool)
    if cached:
        reading.warn_of_mixture(found, features, log, cached=True)
    _warn_if_unlike(found, model, log)
    arrival = arriving.place(lib, found, model, log, cached=cached)
    say(f"{len(found)} tracks placed")
    _say_how_many(arrival)
    if not config["pretend"].get(bool):
        plan = publishing.prepare(lib, arrival.names, config)
        n_changed, playlists = arriving.store(lib, arrival, config, log, writes=writes)
        say(f"{n_changed} tracks changed")
        stored = publishing.Stored(playlists, writes)
        publishing.publish(
            lib, plan, config, log, only=set(arrival.labels.tolist()), stored=stored
        )


def _warn_if_unlike(found: Analysed, model: Model, log: BeetsLogger) -> None:
    """Warn if the model is of other versions of values."""
    from ...library.versions import versions

    unlike = versions(found.tracks, model.encoder.features) - set(model.mir_version.split(", "))
    if unlike:
        log.warning(
            "the model is of tracks analysed by {}, these are by {}",
            model.mir_version, ", ".join(sorted(unlike)),
        )  # fmt: skip


def _say_how_many(arrival: Arrival) -> None:
    """Print how many new tracks each cluster gets, and some of them."""
    arrived: dict[int, list[Track]] = {}
    for track, id_ in zip(arrival.new, arrival.labels[-arrival.n_new :].tolist(), strict=True):
        arrived.setdefault(id_, []).append(track)
    for line in writing.lines(arrived, arrival.names, arrived):
        say(line)


def land(
    lib: Library, ids: Sequence[int], config: confuse.ConfigView, log: BeetsLogger
) -> None:
    """Place items that have just come in and are analysed; say of each where it lands.

    What cannot be done costs a line: it is not what the user has asked for. The playlists
    are written as after any command, once and where there are some.
    """
    _unless_overtaken(lambda: _land(lib, ids, config, log), log)


def _land(
    lib: Library, ids: Sequence[int], config: confuse.ConfigView, log: BeetsLogger
) -> None:
    import numpy as np

    from ...library.items import read_tracks

    new = read_tracks(lib, ids)
    new = new.only(np.flatnonzero([not track.cluster for track in new.tracks]))
    model = _model_for(lib, new, log) if len(new) else None
    if model is None:
        return
    if model.encoder.features == NETWORK:
        new = reading.that_were_heard(new, log)
    _warn_if_unlike(new, model, log)
    arrival = arriving.place(lib, new, model, log)
    arriving.store(lib, arrival, config, log)
    _say_where(arrival)


def _model_for(lib: Library, new: Analysed, log: BeetsLogger) -> Model | None:
    """Return the library's model; say in a line why new tracks have to wait for another."""
    from ...clusters.model import ModelError, load
    from ...library.items import models

    path = writing.model_path(lib)
    if path is None or not path.exists():
        say(f"{len(new)} new tracks are analysed; `beet mircluster` puts them into clusters")
        return None
    try:
        model = load(path, models(lib))
    except ModelError as exc:
        log.warning(_WAIT + "{}; `beet mircluster` makes it anew", len(new), exc)
        return None
    if model.encoder.features == NETWORK and not new.has_network.any():
        log.warning(_WAIT + "the network has heard none of them", len(new))
        return None
    return model


def _say_where(arrival: Arrival) -> None:
    """Print a line for each new track, or for each cluster if they are many."""
    if arrival.n_new > MOST_LINES:
        say(f"{arrival.n_new} new tracks:")
        _say_how_many(arrival)
        return
    n_there = len(arrival.tracks) - arrival.n_new
    for row, track in enumerate(arrival.new, start=n_there):
        id_ = int(arrival.labels[row])
        beside = arrival.neighbour(row)
        near = f", next to {beside}" if beside else ""
        say(f"{track} lands in {id_}: {arrival.names[id_]}{near}")
