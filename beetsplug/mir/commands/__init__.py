"""A file or a folder for each command: `command` declares its options, `run` does the work."""

from __future__ import annotations

import errno
import sqlite3
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from beets import logging, ui
from beets.dbcore.db import DBAccessError
from beets.util import displayable_path

from ..ground.collector import collecting_seldom

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from optparse import Values

    from beets.library import Library
    from beets.logging import BeetsLogger


def careful(cmd: ui.Subcommand, log: BeetsLogger) -> ui.Subcommand:
    """Let a command end with one clear line when the library cannot be read or written.

    It may be locked for long, read-only, damaged, or on a disk that is full.
    """
    func = cmd.func

    def careful_func(lib: Library, opts: Values, args: list[str]) -> None:
        with told_by_user_error(lib, log), collecting_seldom():
            func(lib, opts, args)

    cmd.func = careful_func
    return cmd


@contextmanager
def told_by_user_error(lib: Library, log: BeetsLogger) -> Iterator[None]:
    """Make one clear line (UserError) of a library that cannot be read or written.

    One that is locked is waited for. So it is with what else the system refuses, such as
    processes where `/dev/shm` is full.
    """
    from ..library.waiting import patient

    try:
        with patient(lib):
            yield
    except (sqlite3.DatabaseError, DBAccessError) as exc:
        log.debug("{}", traceback.format_exc())
        raise ui.UserError(f"{displayable_path(lib.path)}: {exc}") from exc
    except OSError as exc:
        if exc.errno == errno.EPIPE:  # beets ends without a word when its reader has gone
            raise
        log.debug("{}", traceback.format_exc())
        where = displayable_path(exc.filename) if exc.filename else "the system refuses"
        raise ui.UserError(f"{where}: {exc.strerror or exc}") from exc


@contextmanager
def as_command(log: BeetsLogger) -> Iterator[None]:
    """Let a listener do what a command does, and what other listeners of ours hear of.

    While beets calls one of a plugin's listeners, it allows no other of its to be called.
    """
    level = log.level
    log.setLevel(logging.NOTSET)
    try:
        yield
    finally:
        log.setLevel(level)


def refuse(opts: object, options: Mapping[str, str], job: str) -> None:
    """Stop if some of the *options* (by their names in *opts*) are given: they do nothing."""
    given = [option for name, option in options.items() if getattr(opts, name) is not None]
    if given:
        raise ui.UserError(f"{', '.join(given)}: plays no part in {job}")
