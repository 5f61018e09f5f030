"""Files that cannot be had: counted, until it is clear that all of their disk is away."""

from __future__ import annotations

import os
from collections import Counter

from beets import ui
from beets.util import displayable_path

from ...library.away import disk_of, gap
from ...sound.errors import NO_FILE

MOST_IN_A_ROW = 20
"""So many files without one that is there, and nobody asks for more of that disk."""


class Missing:
    """Counts files that are not there or cannot be read, and notices when all of a disk is."""

    def __init__(self, music: bytes) -> None:
        self._music = music
        self._reasons: Counter[str] = Counter()
        self._in_a_row: Counter[bytes] = Counter()  # by the folder that is away
        self._unread: Counter[int] = Counter()  # in a row, too, by the disk that is there
        self.paths: list[bytes] = []

    def add(self, path: bytes, why: str = NO_FILE, *, was_there: bool = False) -> None:
        """Count one; UserError if they are many, and the folder that they have in common away.

        A folder below the music's that is just not there may have been removed, unless its
        file *was there* when the command began. *why* is what was said of the file.
        """
        self.paths.append(path)
        self._reasons[why] += 1
        if away := gap(path):
            self._in_a_row[away.folder] += 1
            sure = was_there or away.is_certain or away.holds(self._music)
            if sure and self._in_a_row[away.folder] >= MOST_IN_A_ROW:
                raise ui.UserError(
                    f"{displayable_path(away.folder)}: the music is not there"
                    f" ({away.why}; {MOST_IN_A_ROW} files in a row are missing)"
                )
        elif why != NO_FILE:
            self._unread[disk := disk_of(path)] += 1
            if self._unread[disk] >= MOST_IN_A_ROW:
                raise ui.UserError(
                    f"{displayable_path(path)}: {why}; so it was with {MOST_IN_A_ROW} files in"
                    " a row: their disk may be at fault"
                )

    def found(self, path: bytes) -> None:
        """Take note of a file that is there: so is all that leads to it."""
        for folder in [*self._in_a_row]:
            if path.startswith(os.path.join(folder, b"")):
                del self._in_a_row[folder]
        if self._unread:
            self._unread.pop(disk_of(path), None)

    def __str__(self) -> str:
        first = displayable_path(self.paths[0])
        if len(self.paths) == 1:
            (why,) = self._reasons
            return f"{first}: {'is missing' if why == NO_FILE else why}"
        are = "are missing" if {*self._reasons} == {NO_FILE} else "are missing or unreadable"
        return f"{len(self.paths)} files {are}, the first is {first}"
