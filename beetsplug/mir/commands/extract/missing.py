"""Files that cannot be had: counted, until it is clear that all of their disk is away."""

from __future__ import annotations

import os
from collections import Counter

from beets import ui
from beets.util import displayable_path

from ...library.away import gap

NO_FILE = "no such file"
"""What the analysis says of a file that is not there, which is no fault of the file."""

MOST_IN_A_ROW = 20
"""So many files without one that is there, and nobody asks for more of that disk."""

_UNREAD = b""  # stands for the folder where it is there, and files in it cannot be read


class Missing:
    """Counts files that are not there or cannot be read, and notices when all of a disk is."""

    def __init__(self, music: bytes) -> None:
        self._music = music
        self._reasons: Counter[str] = Counter()
        self._in_a_row: Counter[bytes] = Counter()  # by the folder that is away
        self.paths: list[bytes] = []

    def add(self, path: bytes, why: str = NO_FILE, *, was_there: bool = False) -> None:
        """Count one; UserError if they are many, and the folder that they have in common away.

        A folder below the music's that is just not there may have been removed, unless its
        file *was there* when the command began. *why* is what was said of the file.
        """
        self.paths.append(path)
        self._reasons[why] += 1
        away = gap(path)
        if away is None and why == NO_FILE:
            return
        folder = away.folder if away else _UNREAD
        self._in_a_row[folder] += 1
        if self._in_a_row[folder] < MOST_IN_A_ROW:
            return
        if away is None:
            raise ui.UserError(f"{displayable_path(path)}: {why}, and so {_many()} before it")
        if was_there or away.is_certain or away.holds(self._music):
            raise ui.UserError(
                f"{displayable_path(folder)}: the music is not there"
                f" ({away.why}; {_many()} are missing)"
            )

    def found(self, path: bytes) -> None:
        """Take note of a file that is there: so is all that leads to it."""
        for folder in [*self._in_a_row]:
            if path.startswith(os.path.join(folder, b"")):
                del self._in_a_row[folder]

    def __str__(self) -> str:
        first = displayable_path(self.paths[0])
        if len(self.paths) == 1:
            (why,) = self._reasons
            return f"{first}: {'is missing' if why == NO_FILE else why}"
        are = "are missing" if {*self._reasons} == {NO_FILE} else "are missing or unreadable"
        return f"{len(self.paths)} files {are}, the first is {first}"


def _many() -> str:
    return f"{MOST_IN_A_ROW} files in a row"
