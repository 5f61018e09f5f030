"""`beet mircluster --evaluate`: score encodings, methods and numbers of clusters."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from beets import ui

from .. import settings
from ..ground.files import replace
from ..ground.stages import stage
from ..ground.terminal import say
from . import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ..clusters.evaluation import Row
    from ..clusters.gains import Comparison
    from ..settings import Study
    from ..space.encoders import Values

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
SUFFIXES = (".csv", ".json")


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
    path = _checked(out)
    found, study = reading.of_one_set(reading.analysed(lib, query, log), study, log)
    from ..clusters.evaluation import sample

    chosen = sample(len(found), study.random_state)
    if len(chosen) < len(found):
        say(f"{len(found)} tracks, of which {len(chosen)} are drawn by lot")
        found = found.only(chosen)
    tracks, X = found.tracks, found.values(study.features)
    say(f"by the {study.features} features")
    truth = _truth(lib, [track.id for track in tracks], [track.genre for track in tracks], by)
    _say_what_is_known(truth, by, log)
    genres = [track.genre for track in tracks]
    comparison = _compared(X, genres, truth, study, log)
    if not comparison.rows:
        raise ui.UserError("fewer than two different tracks: there is nothing to evaluate")
    for line in table(comparison):
        say(line)
    if path:
        _write(path, comparison.rows)


def _checked(out: str | None) -> Path | None:
    if out is None:
        return None
    path = Path(os.path.expanduser(out))
    if path.suffix not in SUFFIXES:
        raise ui.UserError(f"--out: {out} ends neither in .csv nor in .json")
    if not os.access(path.parent, os.W_OK):
        raise ui.UserError(f"--out: cannot write to the folder {path.parent}")
    return path


def _truth(lib: Library, ids: Sequence[int], genres: Sequence[str], by: str) -> Sequence[str]:
    from ..library.items import labels_by

    if by == "genre":
        return genres
    try:
        return labels_by(lib, ids, by)
    except KeyError as exc:
        raise ui.UserError(f"--by: no track has a field {by!r}") from exc


def _say_what_is_known(truth: Sequence[str], by: str, log: BeetsLogger) -> None:
    n_without = sum(not label for label in truth)
    n_labels = len(set(truth) - {""})
    if n_labels < 2:
        log.warning(
            "{} tracks have {} different values of {}: scored without labels only",
            len(truth), n_labels, by,
        )  # fmt: skip
    else:
        say(
            f"{len(truth) - n_without} tracks with {n_labels} different values of {by};"
            f" {n_without} tracks without are left out of the comparison"
        )


def _compared(
    X: Values,
    genres: Sequence[str],
    truth: Sequence[str],
    study: Study,
    log: BeetsLogger,
) -> Comparison:
    from ..clusters.evaluation import N_CLUSTERS
    from ..clusters.gains import N_CLOUDS, compare
    from ..ground.progress import Progress
    from ..names import METHODS

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
    from ..space.autoencoder import NEEDS_TENSORFLOW
    from ..space.encodings import SPACES, spaces_at_hand

    at_hand = spaces_at_hand(study.features)
    if skipped := ", ".join(space for space in SPACES[study.features] if space not in at_hand):
        log.warning("{}: skipped: {}", skipped, NEEDS_TENSORFLOW)
    return {
        space: reading.encoded(X, genres, name, dims, study, log).Z
        for space, (name, dims) in at_hand.items()
    }


def table(comparison: Comparison) -> list[str]:
    """Return the lines of a table; the best of what can be compared has a star."""
    from ..clusters.gains import COMPARABLE

    winners = {score: comparison.best(score) for score in COMPARABLE}
    width = max(len(row.space) for row in comparison.rows)
    headings = "".join(f"{heading:>7} " for heading in COLUMNS.values())
    lines = [f"{'space':<{width}}  {'method':<13}   k {headings}".rstrip()]
    for row in comparison.rows:
        cells = "".join(
            f"{_cell(getattr(row, score)):>7}{BEST if row is winners.get(score) else ' '}"
            for score in COLUMNS
        )
        start = f"{row.space:<{width}}  {row.method:<13} {row.n_clusters:>3} "
        lines.append((start + cells).rstrip())
    if not any(winners.values()):
        lines.append("no star: nothing is far above what clouds without clusters give")
    return lines


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _write(path: Path, rows: Sequence[Row]) -> None:
    text = _json(rows) if path.suffix == ".json" else _csv(rows)
    try:
        replace(path, text.encode())
    except OSError as exc:
        raise ui.UserError(f"cannot write {path}: {exc.strerror}") from exc
    say(str(path))


def _json(rows: Sequence[Row]) -> str:
    return json.dumps([row._asdict() for row in rows], indent=1) + "\n"


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0]._fields)
    writer.writerows(rows)
    return text.getvalue()
