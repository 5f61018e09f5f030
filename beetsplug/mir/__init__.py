"""beets-mir: playlists, clusters and pictures of a library from its sound.

beets loads this at every call, so nothing here imports more than beets and the
standard library; the commands import the rest when they run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from beets.plugins import BeetsPlugin

from .commands import careful, check, cluster, extract, follow, path, plot, radio, similar
from .commands.cluster.upkeep import Upkeep
from .fields import TYPES
from .ground.signals import ending
from .ground.terminal import guarded, harmless
from .queries import QUERIES, remember
from .settings import DEFAULTS, leave_out_what_is_no_section, redact_mpd

if TYPE_CHECKING:
    from types import ModuleType

    from beets.ui import Subcommand


class MirPlugin(BeetsPlugin):
    """The plugin `mir`."""

    item_types = TYPES
    item_queries = QUERIES

    def __init__(self) -> None:
        super().__init__("mir")
        leave_out_what_is_no_section(self.name, self._log)
        self.config.add(DEFAULTS)
        redact_mpd()
        self._log.addFilter(harmless)
        self.register_listener("library_opened", remember)
        if self.config["auto"].get() is not False:
            from .commands.importing import listen  # which most calls of beet do without

            listen(self)
        self._upkeep = Upkeep(self)  # which comes after the end of an import

    def commands(self) -> list[Subcommand]:
        """Return the commands, `mirextract` to `mircheck`."""
        return [
            self._command(module)
            for module in (extract, cluster, plot, similar, radio, path, follow, check)
        ]

    def _command(self, module: ModuleType) -> Subcommand:
        command = careful(module.command(self.config, self._log), self._log)
        if module is cluster:  # which writes playlists itself
            command = self._upkeep.leave(command)
        return ending(guarded(command))
