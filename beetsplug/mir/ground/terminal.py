"""What commands say: harmless to the terminal, and nothing depends on who reads it."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from functools import wraps
from threading import current_thread
from typing import TYPE_CHECKING

from beets import ui

from .text import printable

if TYPE_CHECKING:
    from logging import Logger, LogRecord
    from threading import Thread
    from typing import Any, TextIO

_failures: list[OSError] = []  # of writing the output of the command that runs


def say(line: str, *, at_once: bool = False) -> None:
    """Write a line of a command's output; if it cannot be written, the work goes on.

    A reader who is no terminal has it later, with others, if not *at_once*.
    """
    if sys.stdout is None:  # closed by who started us
        return
    try:
        ui.print_(printable(line))
        if at_once:
            sys.stdout.flush()
    except OSError as exc:
        _failures.append(exc)
        _lead_nowhere(sys.stdout)


def note(line: str) -> None:
    """Write a line on how the work goes to the error stream."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{printable(line)}\n")
        sys.stderr.flush()
    except OSError:
        _lead_nowhere(sys.stderr)


def harmless(record: LogRecord) -> bool:
    """Take out of a log message what would steer the terminal (a filter of loggers)."""
    record.msg, record.args = printable(record.getMessage()), ()
    return True


class Held:
    """What a thread logs, kept while somebody else has the terminal (a filter of loggers)."""

    def __init__(self, logger: Logger, thread: Thread) -> None:
        self._logger, self._thread = logger, thread
        self._records: list[LogRecord] = []
        logger.addFilter(self)

    def __call__(self, record: LogRecord) -> bool:
        """Keep the thread's own records, and let all others pass."""
        if current_thread() is not self._thread:
            return True
        self._records.append(record)
        return False

    def release(self) -> None:
        """Log what was kept; from now on all is logged at once."""
        self._logger.removeFilter(self)
        for record in self._records:
            self._logger.handle(record)
        self._records.clear()


def guarded(command: ui.Subcommand) -> ui.Subcommand:
    """Make a command do its work whoever reads what it says, and return it.

    A reader that has gone is no error, as with other programs. Output that cannot be
    written for another reason is one, told when all is done.
    """
    work = command.func

    @wraps(work)
    def run(*args: Any) -> None:
        _failures.clear()
        try:
            work(*args)
        except ui.UserError as exc:
            raise ui.UserError(printable(str(exc))) from exc
        if failed := [exc for exc in _failures if exc.errno != errno.EPIPE]:
            raise ui.UserError(f"cannot write the output: {failed[0].strerror}")

    command.func = run
    return command


def _lead_nowhere(stream: TextIO) -> None:
    """Let a stream end in nothing from now on, with what is still in it."""
    with suppress(OSError), open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())
        stream.flush()
