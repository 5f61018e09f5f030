"""`beet mircluster --line`: all tracks in one playlist, from end to end of their sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beets import ui

from ... import settings
from ...ground.stages import stage
from ...ground.terminal import say
from .. import reading
from . import filling, publishing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...library.items import Analysed, Track
    from ...settings import Study
    from ...space.encoders import Values
    from ...space.encodings import Encoded
    from ...space.similarity import Recordings, Space

SHOWN_AT_ENDS = 5

_WAYS = {"pca": "the first principal component", "autoencoder": "the code of the autoencoder"}


class _Line(NamedTuple):
    tracks: list[Track]
    Z: NDArray[np.floating]  # (n_tracks, n_components), where they lie by all that is heard


def run(lib: Library, query: list[str], config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Write one playlist of the matching tracks: a smooth path, or the order of one component.

    The latter where the encoding has one dimension. Nothing is stored in the library.
    """
    study = settings.read_study(config)
    if study.encoding == "autoencoder":
        reading.need_tensorflow()
    plan = publishing.prepare(lib, {publishing.LINE: publishing.LINE_TITLE}, config)
    found, study = reading.of_one_set(
        reading.analysed(lib, query, log, cached=study.cached), study, log
    )
    if study.genre_bias and study.encoding != "autoencoder":
        log.warning("a genre bias changes the line of an autoencoder only (-e autoencoder)")
    encoded = reading.encoded(
        found.values(study.features), found.genres, study.encoding, study.n_dims, study, log
    )
    line = _line(found, encoded, config, log)
    _show(line, study, encoded.Z.shape[1])
    if not config["pretend"].get(bool):
        _publish(lib, plan, line, config, log)


def _line(
    found: Analysed, encoded: Encoded, config: confuse.ConfigView, log: BeetsLogger
) -> _Line:
    """Return the tracks in order, each recording once, within the limits of playlists."""
    from ...clusters.order.line import line
    from ...clusters.picking import Limits, pick_evenly
    from ...ground.grouping import factorize
    from ...library.recordings import artist_key

    limits = filling.limits(config)
    space, same = _space(encoded, found), filling.recordings(found.tracks)
    rows = _each_once(space, same, log)
    artists = factorize([artist_key(track.artist) for track in found.tracks])[0]
    with stage(log, "ordering") as did:
        order = rows[line(encoded.Z[rows], artists[rows])]
        if limits != Limits():
            rows = pick_evenly(order, artists, same.seconds, limits)
            order = rows[line(encoded.Z[rows], artists[rows])]  # others are neighbours now
        did(f"{len(order)} of {len(found)} tracks")
    return _Line([found.tracks[row] for row in order.tolist()], space.Z[order])


def _space(encoded: Encoded, found: Analysed) -> Space:
    """Return where tracks lie by all that is heard of them, whatever the line goes by."""
    values: Values = found.values(encoded.encoder.features)
    return filling.space(encoded.encoder, values, encoded.Z)


def _each_once(space: Space, same: Recordings, log: BeetsLogger) -> NDArray[np.int64]:
    from ...ground.progress import Progress
    from ...space.copies import first_of_each

    with stage(log, "comparing recordings"), Progress(len(space.Z), unit="track") as progress:
        return first_of_each(space, same, progress.advance)


def _show(line: _Line, study: Study, n_dims: int) -> None:
    """Print both ends, and how much shorter the way is than one by lot."""
    from ...clusters.order.line import at_random, length

    way = "a smooth path" if n_dims > 1 else _WAYS.get(study.encoding, "the only dimension")
    say(f"{len(line.tracks)} tracks along {way} ({study.features} features)")
    for text in _ends(line.tracks):
        say(text)
    import numpy as np

    Z = line.Z.astype(np.float64)
    steps, random = length(Z, np.arange(len(Z))), at_random(Z, study.random_state)
    share = f" ({steps / random:.0%})" if random else ""
    say(f"the steps sum up to {steps:.1f}; those of a random order to {random:.1f}{share}")


def _ends(tracks: Sequence[Track]) -> list[str]:
    """Return a line for each of the first and of the last tracks, with its place."""
    n = len(tracks)
    places = [*range(min(n, SHOWN_AT_ENDS)), *range(max(SHOWN_AT_ENDS, n - SHOWN_AT_ENDS), n)]
    lines = [f"{place + 1:>6}  {_shown(tracks[place])}" for place in places]
    if n > 2 * SHOWN_AT_ENDS:
        lines.insert(SHOWN_AT_ENDS, "     ...")
    return lines


def _shown(track: Track) -> str:
    return f"{track} ({track.genre})" if track.genre else str(track)


def _publish(
    lib: Library,
    plan: publishing.Plan,
    line: _Line,
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Write the playlist; UserError if a file is in its place that is not ours."""
    ids = [track.id for track in line.tracks]
    with stage(log, "playlist"):
        outcome = publishing.write(lib, plan, config, log, only=(), line=ids)
    if not outcome.written:
        raise ui.UserError(f"the line is not written to {plan.directory}")
    say(str(outcome.written[0]))
