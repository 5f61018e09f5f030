"""Reading that waits, as storing does, while another program keeps readers out."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from beets.dbcore.db import Transaction

from .storing import patiently

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from beets.dbcore.query import SQLiteType
    from beets.library import Library


class _Patient(Transaction):
    def query(self, statement: str, subvals: Sequence[SQLiteType] = ()) -> list[sqlite3.Row]:
        ask = partial(super().query, statement, subvals)
        # In the middle of a change it is for who stores to begin anew.
        is_alone = not self.db._connection().in_transaction
        reads = is_alone and statement.lstrip()[:6].upper() == "SELECT"
        return patiently(self.db, ask, "read") if reads else ask()


@contextmanager
def patient(lib: Library) -> Iterator[None]:
    """Let all that is read of a library wait for its turn (sqlite3.Error if that is too long).

    beets itself waits for the few seconds of its `timeout`; so whoever makes a backup could
    end a command that had worked for an hour.
    """
    if "transaction" in vars(lib):  # it is already
        yield
        return
    lib.transaction = lambda: _Patient(lib)  # type: ignore[method-assign]
    try:
        yield
    finally:
        del lib.transaction
