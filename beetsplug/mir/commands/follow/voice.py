"""What `mirfollow` says: each thing once, as long as it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ground.terminal import say

if TYPE_CHECKING:
    from beets.logging import BeetsLogger


class Voice:
    """Lines for who started it, or for systemd's journal."""

    def __init__(self, log: BeetsLogger, *, quiet: bool) -> None:
        """Say only what goes wrong, if it is to be *quiet*."""
        self._log, self._quiet = log, quiet
        self._held: set[str] = set()

    def show(self, line: str) -> None:
        """Print a line of the output at once."""
        if not self._quiet:
            say(line, at_once=True)

    def inform(self, line: str) -> None:
        """Tell what is as it should be."""
        if not self._quiet:
            self._log.info("{}", line)

    def warn(self, line: str) -> None:
        """Tell what is not."""
        self._log.warning("{}", line)

    def hold(self, about: str, line: str, *, wrong: bool = False) -> None:
        """Tell a line *about* something, unless one held before; an empty one ends that."""
        if line and about not in self._held:
            (self.warn if wrong else self.inform)(line)
        (self._held.add if line else self._held.discard)(about)
