"""The library as `mirfollow` needs it: read when it starts, and again when it has changed."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from beets.dbcore.db import DBAccessError
from beets.util import displayable_path

from ... import settings
from ...library.addresses import read_addresses
from ...library.items import names_of
from ...library.rows import writes_of_others
from ...library.selection import matching
from ...library.sounding import state_of
from ...queries.alike import NothingAlikeError, surroundings
from ...space.evening import habit
from .. import around

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...library.addresses import Addresses
    from ...queries.alike import Surroundings

_UNREADABLE = (sqlite3.DatabaseError, DBAccessError)


@dataclass(frozen=True)
class View:
    """The library as it was when it was read."""

    found: Surroundings
    addresses: Addresses
    rows: Mapping[int, int]  # of all analysed tracks, by their ids
    among: NDArray[np.bool_]  # (n_tracks,), what may be added
    habits: NDArray[np.float64]  # (n_tracks,), how often distances count by what was counted

    def rows_of(self, ids: Iterable[int]) -> NDArray[np.int64]:
        """Return the rows of items in this order; those that are not analysed are left out."""
        return np.array([self.rows[id_] for id_ in ids if id_ in self.rows], np.int64)

    def heard_since(self, when: float) -> list[int]:
        """Return the ids of what mpdstats saw played since then, in seconds since 1970."""
        return [id_ for id_, each in self.addresses.counted.items() if each.last > when]

    def resembling(self, uri: str) -> str:
        """Return what we call an analysed track, if any, whose file is named like another."""
        uris = [self.addresses.uris[id_] for id_ in self.rows if id_ in self.addresses.uris]
        name = os.path.basename(uri)
        return next((each for each in uris if os.path.basename(each) == name), uris[0])


class Collection:
    """The library, and what may be taken of it."""

    def __init__(
        self, lib: Library, within: str | None, config: confuse.ConfigView, log: BeetsLogger
    ) -> None:
        """Read it; UserError if none of it is analysed, or matches *within*."""
        self._lib, self._config, self._log = lib, config, log
        self._writes, self._state = writes_of_others(lib), state_of(lib)
        self._within = None if within is None else around.split("--within", within)
        self._is_told = False
        self.relative_to = settings.relative_to(config)
        found = around.read(lib, config, log)
        among = around.within(lib, found, "--within", within)
        self.view = self._viewed(found, among)

    def wanted(self, query: Sequence[str]) -> list[int]:
        """Return the ids of the analysed tracks that a query means; UserError for none.

        No query means none.
        """
        if not query:
            return []
        rows = around.reference(self._lib, self.view.found, query, self._log)
        return [int(id_) for id_ in self.view.found.sounds.ids[rows]]

    def renew(self) -> bool:
        """Read again what others have changed, if they have, and say whether that was so.

        A library that cannot be read now is told once, and what was read before stays.
        """
        try:
            writes = writes_of_others(self._lib)
            if writes == self._writes:
                return False
            self._read_again()
        except (*_UNREADABLE, NothingAlikeError) as exc:
            if not self._is_told:
                where = displayable_path(self._lib.path)
                self._log.warning("{}: {}; going on with what was there", where, exc)
            self._is_told = True
            return False
        self._writes, self._is_told = writes, False
        return True

    def name_of(self, id_: int) -> str:
        """Return how an item is called in a line."""
        try:
            return names_of(self._lib, [id_])[id_]
        except (*_UNREADABLE, KeyError):  # it was removed just now
            return self.view.addresses.uris.get(id_, str(id_))

    def _read_again(self) -> None:
        """Read where the tracks lie only if that may have changed: mpdstats writes a lot."""
        state, found = state_of(self._lib), self.view.found
        if state != self._state:
            found = surroundings(self._lib, settings.features(self._config))
        within = self._within
        among = None if within is None else found.among(matching(self._lib, within))
        self.view = self._viewed(found, among)
        self._state = state

    def _viewed(self, found: Surroundings, among: NDArray[np.bool_] | None) -> View:
        addresses = read_addresses(self._lib, self.relative_to)
        rows = {id_: row for row, id_ in enumerate(found.sounds.ids.tolist())}
        among = np.ones(len(rows), np.bool_) if among is None else among
        return View(found, addresses, rows, among, _habits(addresses, rows))


def _habits(addresses: Addresses, rows: Mapping[int, int]) -> NDArray[np.float64]:
    plays, skips = np.zeros((2, len(rows)), np.int64)
    for id_, counted in addresses.counted.items():
        if id_ in rows:
            plays[rows[id_]], skips[rows[id_]] = counted.plays, counted.skips
    return habit(plays, skips)
