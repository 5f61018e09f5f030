"""What `mirsimilar`, `mirradio` and `mirpath` start from: references, and where tracks lie."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

from beets import ui

from .. import settings
from ..ground.stages import stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ..queries.alike import Surroundings


@contextmanager
def told() -> Iterator[None]:
    """Make one line for the user of why there is nothing to compare."""
    from ..queries.alike import NothingAlikeError

    try:
        yield
    except NothingAlikeError as exc:
        raise ui.UserError(str(exc)) from exc


def read(lib: Library, config: confuse.ConfigView, log: BeetsLogger) -> Surroundings:
    """Return where the tracks lie; UserError if none is analysed."""
    from ..queries.alike import surroundings

    with told(), stage(log, "reading") as did:
        around = surroundings(lib, settings.features(config))
        did(f"{len(around.sounds)} tracks by the {around.sounds.features} features")
    return around


def reference(
    lib: Library, around: Surroundings, query: Sequence[str], log: BeetsLogger
) -> NDArray[np.int64]:
    """Return the rows of the tracks that an id or a query means; UserError for none."""
    from ..queries.alike import rows_of, wanted

    with told():
        ids = wanted(lib, query)
        rows = rows_of(around, ids, " ".join(query))
    if len(rows) < len(ids):
        log.info(
            "{} of the {} reference tracks are not analysed", len(ids) - len(rows), len(ids)
        )
    return rows


def within(
    lib: Library, around: Surroundings, option: str, text: str | None
) -> NDArray[np.bool_] | None:
    """Say of each track whether it matches an option's query; None if there is none."""
    from ..library.selection import matching

    if text is None:
        return None
    among = around.among(matching(lib, split(option, text)))
    if not among.any():
        raise ui.UserError(f"{option} {text!r}: no analysed track matches")
    return among


def split(option: str, text: str) -> list[str]:
    """Return the parts of a query that is the value of an option."""
    try:
        return shlex.split(text)
    except ValueError as exc:
        raise ui.UserError(f"{option} {text!r}: {exc}") from exc


def typical(around: Surroundings, rows: NDArray[np.int64]) -> int:
    """Return which of several tracks is nearest to what they are together."""
    import numpy as np

    away = np.linalg.norm(around.space.Z[rows] - around.place_of(rows), axis=1)
    return int(rows[away.argmin()])
