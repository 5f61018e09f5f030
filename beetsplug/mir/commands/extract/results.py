"""What becomes of the results of an analysis: stored, missing, told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from beets.util import displayable_path, syspath

from ...library.away import is_to_blame
from ...library.items import read_paths
from ...library.source import file_genre
from ...library.storing import store_error, store_features, store_heard, write
from ...sound.errors import NO_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beets.dbcore.db import Transaction
    from beets.library import Item, Library
    from beets.logging import BeetsLogger

    from ...sound.tasks import Result
    from .asked import Asked
    from .planning import Job


def store(lib: Library, done: Sequence[tuple[Job, Result]], asked: Asked) -> list[Job]:
    """Store results in one short transaction; return the jobs that have lost their items.

    Those were removed or moved in the meantime, and SQLite may have given their ids to
    others: nothing is stored with an item of another path.
    """
    genres = {
        job.item_id: file_genre(job.path)
        for job, result in done
        if job.wants_genre and result.error is None
    }

    def work(tx: Transaction) -> list[Job]:
        paths = read_paths(lib, [job.item_id for job, _ in done])
        for job, result in done:
            item = lib.get_item(job.item_id) if paths.get(job.item_id) == job.path else None
            if item is not None:
                _store_one(item, job, result, asked, genres.get(job.item_id))
        return [job for job, _ in done if paths.get(job.item_id) != job.path]

    return write(lib, work) if done else []


def _store_one(item: Item, job: Job, result: Result, asked: Asked, genre: str | None) -> None:
    if result.error is not None:
        store_error(item, result.error, asked.version, job.source, asked.network_version)
    if result.values is not None:
        store_features(item, result.values, asked.version, job.source, genre)
    if result.heard is not None:
        values, tags = result.heard
        store_heard(item, values.tolist(), tags, asked.network_version or "", job.source)


def why_lost(result: Result) -> str | None:
    """Return why a file cannot be had, which is no fault of its own; None if it was read.

    It may have gone in the middle of it. One that cannot be read while others beside it can
    is at fault itself.
    """
    if result.error is None:
        return None
    if result.error == NO_FILE or not os.path.exists(syspath(result.task.path)):
        return NO_FILE
    return None if result.of_file or is_to_blame(result.task.path) else result.error


def tell(result: Result, log: BeetsLogger) -> None:
    """Say why a file could not be analysed, or what is odd about it; nothing if neither."""
    if reason := result.error or result.warning or result.unseen:
        log.warning("{}: {}", displayable_path(result.task.path), reason)
    if result.trace:
        log.debug("{}", result.trace)
