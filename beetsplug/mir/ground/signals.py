"""Signals that ask a command to end: at once, but not between what belongs together."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # not every system has all


class Stop:
    """Makes a KeyboardInterrupt of these signals, as Ctrl-C does, while they are heeded."""

    def __init__(self) -> None:
        self._is_held = False
        self._has_come = False

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Heed the signals, but for those that are ignored, as under nohup.

        Afterwards they do what they did. Only the main thread can.
        """
        before = {}
        for name in _NAMES if threading.current_thread() is threading.main_thread() else ():
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, self._come)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let a signal wait until what is done here is done."""
        self._end_if_asked()  # Python swallows what is raised in some callbacks
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        self._end_if_asked()

    def _come(self, *_args: object) -> None:
        self._has_come = True
        if not self._is_held:
            self._end_if_asked()

    def _end_if_asked(self) -> None:
        if self._has_come:
            raise KeyboardInterrupt
