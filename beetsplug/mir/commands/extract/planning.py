"""What `mirextract` has to do: which files to analyse, and what only to put right."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ... import fields
from ...library.known import read_known
from ...library.source import look, print_of
from ...sound.errors import NO_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beets.library import Library

    from ...library.known import Known
    from ...library.source import File
    from .asked import Wanted
    from .missing import Missing


class Job(NamedTuple):
    """An item to analyse."""

    item_id: int
    path: bytes
    source: str
    seconds: float
    wants_genre: bool  # of its file, since the library has none
    measured: bool  # the sixteen are wanted
    heard: bool  # the network's values are wanted


class Mend(NamedTuple):
    """Attributes of an item that is analysed; None takes one away."""

    item_id: int
    path: bytes
    values: dict[str, str | None]
    wants_genre: bool


class Plan(NamedTuple):
    """What is to be done, and how many items need nothing."""

    jobs: Sequence[Job]
    mends: Sequence[Mend]
    n_current: int
    n_failed_before: int
    n_missing: int


def make_plan(
    lib: Library,
    ids: Sequence[int],
    wanted: Wanted,
    missing: Missing,
    *,
    force: bool = False,
    retry: bool = False,
    limit: int | None = None,
) -> Plan:
    """Sort the items: to be analysed, longest first, or analysed or failed as they are."""
    jobs: list[Job] = []
    mends: list[Mend] = []
    n_current = n_failed_before = 0
    for known in read_known(lib, ids):
        file = look(known)
        measured, heard = _lacks(known, file, wanted)
        is_current = not measured and not heard
        mends += _mends(known, file, current=is_current)
        if is_current and not force:
            n_current += 1
        elif file is None:
            missing.add(known.path)
        elif _has_failed(known, file) and not force and not retry:
            n_failed_before += 1
        else:
            jobs.append(_job(known, file, measured or force, heard or force))
        if file is not None:
            missing.found(known.path)
    # A long one at the end would keep one worker busy while the others have nothing to do.
    jobs = sorted(jobs[:limit], key=lambda job: -job.seconds)
    return Plan(jobs, mends, n_current, n_failed_before, len(missing.paths))


def _lacks(known: Known, file: File | None, wanted: Wanted) -> tuple[bool, bool]:
    """Say whether features and the network's values lack, or are of another file.

    What is known of a file that is away counts.
    """
    same = file is None or _is_same(known, file)
    measured = same and known.is_whole and known.version in wanted.features
    heard = wanted.network is None or (same and known.network_version in wanted.network)
    return not measured, not heard


def _has_failed(known: Known, file: File) -> bool:
    """Say whether this very file could not be analysed before."""
    return known.error not in (None, NO_FILE) and _is_same(known, file)


def _is_same(known: Known, file: File) -> bool:
    """Say whether a file has the very audio that is known."""
    # Of nearly all even the time of the last change is the same.
    return known.source == file.source or print_of(known.source) == print_of(file.source)


def _job(known: Known, file: File, measured: bool, heard: bool) -> Job:
    wants_genre = not known.has_genre
    return Job(known.id, known.path, file.source, known.seconds, wants_genre, measured, heard)


def _mends(known: Known, file: File | None, *, current: bool) -> list[Mend]:
    """Return what is wrong or unknown, though the features are right."""
    values: dict[str, str | None] = {}
    if known.error is not None and (current or known.error == NO_FILE):
        values[fields.ERROR] = None
    wants_genre = False
    if current and file is not None:
        changed = file.source != known.source
        wants_genre = (changed or known.genre is None) and not known.has_genre
        if changed:
            values[fields.SOURCE] = file.source
        if wants_genre and file.genre is not None:
            values[fields.GENRE] = file.genre
            wants_genre = False
    return [Mend(known.id, known.path, values, wants_genre)] if values or wants_genre else []
