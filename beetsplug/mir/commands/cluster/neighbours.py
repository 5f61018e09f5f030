"""`beet mircluster --evaluate --neighbours`: how often near tracks are of one label."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beets import ui

from ... import settings
from ...ground.stages import stage
from ...ground.terminal import say
from ...names import CLASSIC, DIMS, FEATURE_SETS, NETWORK
from .. import reading
from . import scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...clusters.neighbourhood import Neighbourhood
    from ...library.items import Analysed
    from ...settings import Study

MOST_COMPARED = 20_000
"""Of more tracks, so many are drawn: each is compared with each."""

COLUMNS = {
    "precision_at_1": "P@1",
    "precision_at_5": "P@5",
    "precision_at_10": "P@10",
    "chance": "chance",
    "hubness": "hubness",
}


class Row(NamedTuple):
    """The scores of a feature set, as :class:`clusters.neighbourhood.Neighbourhood`."""

    features: str
    n_tracks: int
    precision_at_1: float | None
    precision_at_5: float | None
    precision_at_10: float | None
    chance: float | None
    hubness: float | None


def run(
    lib: Library,
    query: list[str],
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    out: str | None = None,
) -> None:
    """Print the scores of each feature set at hand; with *out* write them to a file, too."""
    study = settings.read_study(config)
    by = config["by"].as_str()
    path = scores.checked(out)
    found, sets = _at_hand(reading.analysed(lib, query, log, cached=study.cached), study, log)
    found = scores.drawn(found, study.random_state, MOST_COMPARED)
    if len(found) < 2:
        raise ui.UserError("fewer than two tracks: there are no neighbours")
    truth = scores.labels(lib, found.tracks, by, log)
    rows = [
        Row(features, len(found), *_scored(found, truth, features, study, log))
        for features in sets
    ]
    for line in table(rows):
        say(line)
    if path:
        scores.write(path, [row._asdict() for row in rows])


def _at_hand(found: Analysed, study: Study, log: BeetsLogger) -> tuple[Analysed, Sequence[str]]:
    """Return the feature sets to compare, and the tracks that have them all."""
    sets: Sequence[str] = (study.features,)
    if study.features not in FEATURE_SETS:
        sets = FEATURE_SETS if found.has_network.any() else (CLASSIC,)
    if NETWORK in sets:
        found = reading.that_were_heard(found, log)
    for features in sets:
        reading.warn_of_mixture(found, features, log, cached=study.cached)
    return found, sets


def _scored(
    found: Analysed, truth: Sequence[str], features: str, study: Study, log: BeetsLogger
) -> Neighbourhood:
    from ...clusters.neighbourhood import of_space
    from ...ground.progress import Progress

    study = study._replace(features=features)
    genres = [track.genre for track in found.tracks]
    X = found.values(features)
    Z = reading.encoded(X, genres, "pca", DIMS[features], study, log).Z
    artists = [track.artist for track in found.tracks]
    with stage(log, "comparing"), Progress(len(found)) as progress:
        return of_space(Z, truth, artists, progress.advance)


def table(rows: Sequence[Row]) -> list[str]:
    """Return the lines of a table, and what it has to be read with."""
    headings = "".join(f"{heading:>9}" for heading in COLUMNS.values())
    lines = [f"{'features':<9}{headings}"]
    for row in rows:
        cells = "".join(f"{scores.cell(getattr(row, score)):>9}" for score in COLUMNS)
        lines.append(f"{row.features:<9}{cells}")
    if any(row.chance is not None for row in rows):
        lines.append("tracks of the same artist are left out, also of chance")
    else:
        lines.append("no P: there are no tracks of different labels by different artists")
    return lines
