"""Playlists stay right after other commands: `beet move`, `rm`, `modify`, `update`, `write`.

What a command does to tracks of ours is noticed as it happens, and playlists are looked at
once, when it has ended. Any other command pays for a look at each track that it stores.
"""

from __future__ import annotations

import atexit
import traceback
from typing import TYPE_CHECKING, Any

from beets import ui
from beets.library import Item

from ... import fields
from .. import as_command

if TYPE_CHECKING:
    import confuse
    from beets.library import Library
    from beets.logging import BeetsLogger
    from beets.plugins import BeetsPlugin

_OURS = (fields.CLUSTER, fields.VERSION, fields.SOURCE)


class Upkeep:
    """Listens to beets, and puts playlists right at the end of what touched tracks of ours."""

    def __init__(self, plugin: BeetsPlugin) -> None:
        self._config: confuse.ConfigView = plugin.config
        self._log: BeetsLogger = plugin._log
        self._touched: Library | None = None  # that with tracks which were
        plugin.register_listener("database_change", self.database_change)
        plugin.register_listener("cli_exit", self.cli_exit)

    def leave(self, command: ui.Subcommand) -> ui.Subcommand:
        """Leave playlists to a command that writes them itself, unless it is interrupted."""
        work = command.func

        def func(*args: Any) -> None:
            try:
                work(*args)
            except ui.UserError:
                self._touched = None
                raise
            self._touched = None

        command.func = func
        return command

    def database_change(self, lib: Library, model: object) -> None:
        """Take note of a track that is in a cluster, or was or may be."""
        if self._touched is None and _is_ours(model):
            self._touched = lib
            # beets sends no cli_exit after an error or a Ctrl-C.
            atexit.register(self._at_exit)

    def cli_exit(self, lib: Library) -> None:
        """Put the playlists right, if there is a reason to look at them."""
        if self._touched is not None:
            with as_command(self._log):
                self._refresh(lib)
            self._touched = None  # what that told other plugins was told us, too

    def _at_exit(self) -> None:
        try:
            if self._touched is not None:
                self.cli_exit(self._touched)
        except BaseException:  # nobody is left to hear of it
            self._log.debug("{}", traceback.format_exc())

    def _refresh(self, lib: Library) -> None:
        """Nothing that goes wrong here is a fault of the command that was asked for."""
        import sqlite3

        import confuse
        from beets.dbcore.db import DBAccessError

        from ...library.waiting import patient
        from . import publishing

        try:
            with patient(lib):
                publishing.refresh(lib, self._config, self._log)
        except (ui.UserError, confuse.ConfigError, sqlite3.DatabaseError, DBAccessError) as exc:
            self._log.warning("the playlists are as they were: {}", exc)


def _is_ours(model: object) -> bool:
    return isinstance(model, Item) and any(
        model.get(key, with_album=False) is not None for key in _OURS
    )
