"""Genres are changed as `beet modify` changes them: shown, asked for, written, moved."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple, Protocol

from beets import ui

from ...ground.signals import held
from ...ground.terminal import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beets.dbcore.db import Transaction
    from beets.library import Item, Library


class ModifyingCLIOpts(Protocol):
    """The options that `beet modify` has, too."""

    yes: bool | None
    write: bool | None
    move: bool | None


_OF_FILE = ("genres", "path", "mtime")  # what a change changes

OPTIONS = {"yes": "-y", "write": "-w, -W", "move": "-m, -M"}


class Change(NamedTuple):
    """The genres that an item is to have, and the first of those that it is known to have."""

    id: int
    genres: list[str]
    known: str  # empty for none


def add_options(cmd: ui.Subcommand) -> None:
    """Declare the options, with the letters that they have in `beet modify`."""
    add = cmd.parser.add_option
    add("-y", "--yes", action="store_true", help="change without asking")
    add("-w", "--write", action="store_true", help="write the files' tags, too")
    add("-W", "--nowrite", action="store_false", dest="write", help="leave the files alone")
    add("-m", "--move", action="store_true", help="move files to where their genre belongs")
    add("-M", "--nomove", action="store_false", dest="move", help="leave files where they are")


def modify(
    lib: Library,
    changes: Sequence[Change],
    opts: ModifyingCLIOpts,
    *,
    pretend: bool,
) -> None:
    """Show the changes, and make those that are agreed to unless it is pretence."""
    if not changes:
        say("no genre to change")
        return
    write, move = ui.should_write(opts.write), ui.should_move(opts.move)
    for change in changes:
        _show(lib, change)
    if pretend:
        return
    agreed = changes if opts.yes else _agreed(lib, changes, write=write, move=move)
    n_changed = 0
    try:
        for change in agreed:
            with ExitStack() as until:
                n_changed += _change(lib, change, until, write=write, move=move)
    finally:  # also when interrupted
        say(f"{n_changed} genre{'s' * (n_changed != 1)} changed")


def _show(lib: Library, change: Change) -> None:
    if item := _changed(lib, change):
        ui.show_model_changes(item)


def _changed(lib: Library, change: Change) -> Item | None:
    """Return the item with its new genres; None if it is gone, or was given others."""
    from ...library.source import first_genre

    item = lib.get_item(change.id)
    if item is None or first_genre(item.genres) not in ("", change.known):
        return None
    item.genres = change.genres
    return item


def _agreed(
    lib: Library, changes: Sequence[Change], *, write: bool, move: bool
) -> Sequence[Change]:
    """Ask which changes shall be made."""
    unasked = ui.UserError(f"{len(changes)} genres would change: -y says yes to that")
    if sys.stdin is None or not sys.stdin.isatty():
        raise unasked
    also = [" and write tags"] * write + [" and move"] * move
    if write and move:
        also = [", move and write tags"]
    try:
        return ui.input_select_objects(
            f"Really modify{''.join(also)}", changes, lambda change: _show(lib, change)
        )
    except OSError as exc:  # nobody can have read the question
        raise unasked from exc


def _change(lib: Library, change: Change, until: ExitStack, *, write: bool, move: bool) -> bool:
    """Change an item and its file, and say if it was done.

    The library is held before the file is touched: if another program has it, we wait. From
    then on a signal waits *until* that is closed: a file and what is kept of it are one.
    """
    from ...library import storing

    item: Item | None = None

    def work(tx: Transaction) -> bool:
        nonlocal item
        kept = _changed(lib, change)
        if kept is None:
            return False
        until.enter_context(held())
        # If a commit fails and this is done again, the library knows of nothing, but the file
        # is where it was moved to.
        item = item or kept
        item.try_sync(write, move)
        for field in _OF_FILE:
            kept[field] = item[field]
        kept.store()
        return True

    return storing.write(lib, work)
