"""Signals that ask a command to end: at once, but not between what belongs together."""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beets.ui import Subcommand

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # not every system has all
_OF_THE_TERMINAL = ("SIGINT", "SIGHUP")  # sent to all processes that it has started
_SOON = 0.01  # seconds after which Python has left a callback
_SAME = 1.0  # seconds in which others mean the same, as the two of a terminal that is closed


class _Asked:
    """What the process was asked for; signals are for all of it."""

    is_held = False
    to_end = False
    at = 0.0  # when, the last time that it was heard
    by = signal.SIGINT


_asked = _Asked()


def ending(command: Subcommand) -> Subcommand:
    """Let a command end by any of the signals as it does by Ctrl-C, and return it."""
    work = command.func

    @wraps(work)
    def run(*args: Any) -> None:
        with heeded():
            work(*args)

    command.func = run
    return command


@contextmanager
def heeded() -> Iterator[None]:
    """Make a KeyboardInterrupt of the signals, but for those that are ignored, as under nohup.

    An error that comes of one is none. Afterwards they do what they did. Only the main
    thread can; within itself it does nothing.
    """
    if threading.current_thread() is not threading.main_thread() or _come in _handlers():
        yield
        return
    before = {
        number: handler
        for number in _numbers(_NAMES)
        if (handler := signal.getsignal(number)) not in (signal.SIG_IGN, None)
    }
    _asked.is_held = _asked.to_end = False
    try:
        for number in before:
            signal.signal(number, _come)
        with _not_swallowed():
            yield
    except Exception as exc:
        if not _asked.to_end:
            raise
        # SQLite, for one, makes an error of what is raised while it calls us.
        raise KeyboardInterrupt from exc
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _asked.to_end = False


@contextmanager
def _not_swallowed() -> Iterator[None]:
    """Let a signal come again that has come in a callback of a kind that raises nothing.

    Such are a `__del__` and those of weak references, as while modules are imported.
    """
    before = sys.unraisablehook

    def hook(unraisable: sys.UnraisableHookArgs) -> None:
        if isinstance(unraisable.exc_value, KeyboardInterrupt) and _asked.to_end:
            threading.Timer(_SOON, _ask_again).start()
        else:
            before(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def _ask_again() -> None:
    if _come not in _handlers():
        return  # the command has ended meanwhile
    _asked.to_end = False  # so that it counts as new
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, _asked.by)
    else:
        signal.raise_signal(_asked.by)


@contextmanager
def held() -> Iterator[None]:
    """Let a signal wait until what is done here is done, but not a second Ctrl-C."""
    if _asked.is_held or threading.current_thread() is not threading.main_thread():
        yield
        return
    _end_if_asked()  # Python swallows what is raised in some callbacks
    _asked.is_held = True
    try:
        yield
    finally:
        _asked.is_held = False
    _end_if_asked()


@contextmanager
def kept_from_children() -> Iterator[None]:
    """Keep the terminal's signals from threads that are started meanwhile and their processes.

    They are for the process that started those, which ends them; else some would tell of a
    Ctrl-C that are just being loaded. Does nothing on Windows.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    before = signal.pthread_sigmask(signal.SIG_BLOCK, _numbers(_OF_THE_TERMINAL))
    try:
        resource_tracker.ensure_running()  # which lets some in again when it starts
        signal.pthread_sigmask(signal.SIG_BLOCK, _numbers(_OF_THE_TERMINAL))
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _numbers(names: tuple[str, ...]) -> list[signal.Signals]:
    return [signal.Signals[name] for name in names if hasattr(signal, name)]


def _handlers() -> list[object]:
    return [signal.getsignal(number) for number in _numbers(_NAMES)]


def _come(number: int, _frame: object) -> None:
    """End what is done; a Ctrl-C is pressed again by who is in a hurry."""
    hurry = number == signal.SIGINT and _asked.to_end
    is_new = not _asked.to_end or time.monotonic() - _asked.at > _SAME
    if hurry:
        _asked.is_held = False
    if hurry or is_new:
        _asked.to_end, _asked.at = True, time.monotonic()
        _asked.by = signal.Signals(number)
        _end_if_asked()


def _end_if_asked() -> None:
    if _asked.to_end and not _asked.is_held:
        raise KeyboardInterrupt
