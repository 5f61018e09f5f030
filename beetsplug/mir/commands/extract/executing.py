"""Who analyses: chosen here, and nowhere else for `mirextract`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ... import settings

if TYPE_CHECKING:
    import confuse

    from ...sound.tasks import Executor


def executor(config: confuse.ConfigView, n_tasks: int) -> Executor:
    """Return what analyses so many files: the processes of this machine."""
    from ...sound.pool import analyse_all

    n_workers = settings.count(config, "threads", 0)
    return partial(analyse_all, n_workers=min(n_workers, n_tasks))
