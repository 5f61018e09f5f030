"""`sounds_like:17`, `sounds_like:'50:artist:Air'`: the tracks that sound most like some."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import TYPE_CHECKING, Any

import beets
from beets import logging
from beets.dbcore.query import FieldQuery, InvalidQueryArgumentValueError
from beets.ui import UserError

from .. import settings
from ..ground.text import printable
from . import alike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beets.dbcore.query import SQLiteType
    from beets.library import Library

N_NEAREST = 25
"""How many there are when nobody says."""

MOST = 20_000

_NUMBERED = re.compile(r"(\d{1,9}):(.*)", re.DOTALL)


class SoundsLikeQuery(FieldQuery[str]):
    """The nearest of the whole library to what an id or a query means, without itself."""

    library: Library | None = None
    """That which `beet` has opened: beets tells a query of none."""

    def __init__(self, field_name: str, pattern: str, fast: bool = True) -> None:
        super().__init__(field_name, pattern, fast)
        self._found: frozenset[int] | None = None
        numbered = _NUMBERED.fullmatch(pattern.strip())
        self._n = int(numbered[1]) if numbered else N_NEAREST
        self._reference = (numbered[2] if numbered else pattern).strip()
        shown = printable(pattern)
        if not 1 <= self._n <= MOST:
            detail = f"how many has to be from 1 to {MOST}"
            raise InvalidQueryArgumentValueError(shown, "a number and a query", detail)
        if not self._reference:
            raise InvalidQueryArgumentValueError(shown, "an id or a query", "it is empty")

    def clause(self) -> tuple[str | None, Sequence[SQLiteType]]:
        """Return the SQL condition; without a library each item is asked."""
        if self.library is None:
            return None, ()
        self._found = None  # what was stored since the items were asked counts, too
        found = sorted(self._nearest(self.library))
        return "items.id IN (SELECT value FROM json_each(?))", [json.dumps(found)]

    def match(self, obj: Any) -> bool:
        """Say whether an item matches (smartplaylist asks item by item)."""
        lib: Library | None = obj._db or self.library
        return lib is not None and obj.id in self._nearest(lib)

    def _nearest(self, lib: Library) -> frozenset[int]:
        if self._found is None:
            try:
                self._found = frozenset(_nearest(lib, self._reference, self._n))
            except sqlite3.DatabaseError as exc:
                raise UserError(f"sounds_like: {exc}") from exc
            except alike.NothingAlikeError as exc:
                # A smart playlist of it is empty, all others go on.
                logging.getLogger("beets.mir").warning("sounds_like: {}", exc)
                self._found = frozenset()
        return self._found


def _nearest(lib: Library, reference: str, n: int) -> list[int]:
    from ..space.similarity import nearest

    ids = alike.named(lib, reference)
    around = alike.surroundings(lib, settings.features(beets.config["mir"]))
    rows = alike.rows_of(around, ids, reference)
    found, _ = nearest(around.space, around.place_of(rows), n, around.same, without=rows)
    return [int(id_) for id_ in around.sounds.ids[found]]
