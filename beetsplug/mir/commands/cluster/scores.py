"""What the evaluations share: which tracks, beside which labels, and where scores go."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from beets import ui

from ...ground.files import replace
from ...ground.terminal import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from beets.library import Library
    from beets.logging import BeetsLogger

    from ...library.items import Analysed, Track

SUFFIXES = (".csv", ".json")


def drawn(found: Analysed, random_state: int, most: int | None = None) -> Analysed:
    """Return all tracks, or some if there are too many, which is said."""
    from ...clusters.evaluation import sample

    chosen = sample(len(found), random_state, most)
    if len(chosen) == len(found):
        return found
    say(f"{len(found)} tracks, of which {len(chosen)} are drawn by lot")
    return found.only(chosen)


def labels(lib: Library, tracks: Sequence[Track], by: str, log: BeetsLogger) -> Sequence[str]:
    """Return what each track is compared with, empty for nothing, and say what is known.

    UserError if no track has the field.
    """
    truth = [track.genre for track in tracks] if by == "genre" else _values(lib, tracks, by)
    _say_what_is_known(truth, by, log)
    return truth


def _values(lib: Library, tracks: Sequence[Track], by: str) -> Sequence[str]:
    from ...library.items import labels_by

    try:
        return labels_by(lib, [track.id for track in tracks], by)
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


def cell(value: float | None) -> str:
    """Return a score as it stands in a table."""
    return "-" if value is None else f"{value:.3f}"


def checked(out: str | None) -> Path | None:
    """Return the file to write, None if none is asked for (UserError if it cannot be)."""
    if out is None:
        return None
    path = Path(os.path.expanduser(out))
    if path.suffix not in SUFFIXES:
        raise ui.UserError(f"--out: {out} ends neither in .csv nor in .json")
    try:
        with TemporaryFile(dir=path.parent):
            return path
    except OSError as exc:
        why = exc.strerror or exc
        raise ui.UserError(f"--out: cannot write to the folder {path.parent}: {why}") from exc


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write scores, the same in each row, to a .csv or .json file (UserError); say which."""
    text = json.dumps(rows, indent=1) + "\n" if path.suffix == ".json" else _csv(rows)
    try:
        replace(path, text.encode())
    except OSError as exc:
        raise ui.UserError(f"cannot write {path}: {exc.strerror}") from exc
    say(str(path))


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
