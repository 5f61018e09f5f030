"""`beet mircluster --evaluate`: score encodings, methods and numbers of clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beets import ui

from ... import settings
from ...ground.stages import stage
from ...ground.terminal import say
from .. import reading
from . import scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...clusters.gains import Comparison
    from ...settings import Study
    from ...space.encoders import Values

BEST = "*"
COLUMNS = {
    "adjusted_rand": "ARI",
    "adjusted_mutual_info": "AMI",
    "homogeneity": "homog",
    "completeness": "compl",
    "fowlkes_mallows": "FM",
    "silhouette": "silh",
    "silhouette_gain": "gain",
    "stability": "stab",
    "stability_gain": "gain",
}


def run(
    lib: Library,
    query: list[str],
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    out: str | None = None,
) -> None:
    """Print a table of all scores, the best marked; with *out* write it to a file, too."""
    study = settings.read_study(config)
    by = config["by"].as_str()
    path = scores.checked(out)
    found, study = reading.of_one_set(
        reading.analysed(lib, query, log, cached=study.cached), study, log
    )
    found = scores.drawn(found, study.random_state)
    X = found.values(study.features)
    say(f"by the {study.features} features")
    truth = scores.labels(lib, found.tracks, by, log)
    genres = [track.genre for track in found.tracks]
    comparison = _compared(X, genres, truth, study, log)
    if not comparison.rows:
        raise ui.UserError("fewer than two different tracks: there is nothing to evaluate")
    for line in table(comparison):
        say(line)
    if path:
        scores.write(path, [row._asdict() for row in comparison.rows])


def _compared(
    X: Values,
    genres: Sequence[str],
    truth: Sequence[str],
    study: Study,
    log: BeetsLogger,
) -> Comparison:
    from ...clusters.evaluation import N_CLUSTERS
    from ...clusters.gains import N_CLOUDS, compare
    from ...ground.progress import Progress
    from ...names import METHODS

    spaces = spaces_of(X, genres, study, log)
    steps = Progress(len(spaces) * len(METHODS) * (1 + N_CLOUDS), unit="step")
    with stage(log, "evaluating"), steps as progress:
        return compare(
            spaces, truth, genres=genres, bias=study.genre_bias, n_clusters=N_CLUSTERS,
            random_state=study.random_state, on_step=progress.advance,
        )  # fmt: skip


def spaces_of(
    X: Values, genres: Sequence[str], study: Study, log: BeetsLogger
) -> dict[str, NDArray[np.float64]]:
    """Return the coordinates in each space; without TensorFlow those of no autoencoder."""
    from ...space.autoencoder import NEEDS_TENSORFLOW
    from ...space.encodings import SPACES, spaces_at_hand

    at_hand = spaces_at_hand(study.features)
    if skipped := ", ".join(space for space in SPACES[study.features] if space not in at_hand):
        log.warning("{}: skipped: {}", skipped, NEEDS_TENSORFLOW)
    return {
        space: reading.encoded(X, genres, name, dims, study, log).Z
        for space, (name, dims) in at_hand.items()
    }


def table(comparison: Comparison) -> list[str]:
    """Return the lines of a table; the best of what can be compared has a star."""
    from ...clusters.gains import COMPARABLE

    winners = {score: comparison.best(score) for score in COMPARABLE}
    width = max(len(row.space) for row in comparison.rows)
    headings = "".join(f"{heading:>7} " for heading in COLUMNS.values())
    lines = [f"{'space':<{width}}  {'method':<13}   k {headings}".rstrip()]
    for row in comparison.rows:
        cells = "".join(
            f"{scores.cell(getattr(row, score)):>7}{BEST if row is winners.get(score) else ' '}"
            for score in COLUMNS
        )
        start = f"{row.space:<{width}}  {row.method:<13} {row.n_clusters:>3} "
        lines.append((start + cells).rstrip())
    if not any(winners.values()):
        lines.append("no star: nothing is far above what clouds without clusters give")
    return lines
