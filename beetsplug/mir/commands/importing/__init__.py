"""`auto: yes`: what `beet import` brings is analysed beside the import, then placed.

All that is done within the import is to note numbers; nothing more is loaded with the plugin.
"""

from __future__ import annotations

import atexit
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from beets import ui

from ... import settings
from ...ground.signals import heeded
from .. import as_command, told_by_user_error

if TYPE_CHECKING:
    import confuse
    from beets.importer import ImportTask
    from beets.library import Library
    from beets.logging import BeetsLogger
    from beets.plugins import BeetsPlugin

    from .beside import Beside

_PATIENCE = 0.3  # seconds of waiting for which no bar is drawn


def listen(plugin: BeetsPlugin) -> None:
    """Let a plugin hear of what is imported."""
    importing = Importing(plugin.config, plugin._log)
    plugin.register_listener("import_begin", importing.check)
    plugin.register_listener("import_task_files", importing.note)
    # These two come when all that other plugins do to the files is done: scrub, embedart.
    plugin.register_listener("album_imported", importing.hand_over)
    plugin.register_listener("item_imported", importing.hand_over)
    plugin.register_listener("cli_exit", importing.finish)


class Importing:
    """What `beet import` is told of, from the first track to the end of the command."""

    def __init__(self, config: confuse.ConfigView, log: BeetsLogger) -> None:
        self._config, self._log = config, log
        self._noted: list[int] = []
        self._beside: Beside | None = None

    def check(self, **_: object) -> None:
        """Let wrong settings end the command before it imports (beets' configuration error)."""
        for name in ("auto", "network", "quiet"):
            self._config[name].get(bool)
        for name in ("threads", "excerpt"):
            settings.count(self._config, name, 0)
        settings.per_artist(self._config)
        settings.length(self._config)

    def note(self, task: ImportTask, **_: object) -> None:
        """Note the tracks of a task whose files have come to their place."""
        self._noted += [item.id for item in task.imported_items() if item.id]

    def hand_over(self, lib: Library, **_: object) -> None:
        """Have the noted tracks analysed; a library in memory is seen by its thread only."""
        ids, self._noted = self._noted, []
        if not ids or os.fsdecode(lib.path) == ":memory:":
            return
        if self._beside is None:
            from .beside import Beside

            self._beside = Beside(lib, self._config, self._log)
            atexit.register(self._abandon)
        self._beside.add(ids)

    def finish(self, lib: Library, **_: object) -> None:
        """At the end of the command wait for the rest, tell what failed, place the tracks."""
        if self._beside is None:
            return
        try:
            # beets' replaygain may have taken Ctrl-C for itself, for good.
            with heeded(), as_command(self._log), told_by_user_error(lib, self._log):
                if self._is_analysed(self._beside):
                    self._land(lib, self._beside.ids)
        except ui.UserError as exc:  # what other plugins do at the end is done all the same
            self._log.warning("{}", exc)
        finally:
            atexit.unregister(self._abandon)
            self._beside = None

    def _is_analysed(self, beside: Beside) -> bool:
        """Wait until all is analysed; say whether that was not interrupted."""
        beside.close()
        try:
            self._wait(beside)
        except KeyboardInterrupt:
            return False
        finally:
            beside.tell()
            beside.stop()
        return True

    def _land(self, lib: Library, ids: list[int]) -> None:
        from ...library.items import read_tracks
        from ..cluster import assign

        if analysed := [track.id for track in read_tracks(lib, ids).tracks]:
            assign.land(lib, analysed, self._config, self._log)

    def _wait(self, beside: Beside) -> None:
        if beside.wait(_PATIENCE):
            return
        from ...ground.progress import Progress

        left, quiet = beside.n_left, self._config["quiet"].get(bool)
        with Progress(left, quiet=quiet, what="analysing") as progress:
            while not beside.wait(0.1):
                progress.advance(left - beside.n_left)
                left = beside.n_left

    def _abandon(self) -> None:
        """Stop the analysis of an import that was interrupted or failed, and say so."""
        if self._beside:
            self._beside.tell()
            with suppress(KeyboardInterrupt):
                self._beside.stop()
