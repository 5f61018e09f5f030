"""The `beet` command, in this process or in one of its own.

In this process it takes milliseconds where a new one takes seconds, a fault shows where it
happened, and a test can put something of its own in a module's place. A process is for what
only a process has: signals, exit codes, streams, start-up, what others do at the same time.
"""

from __future__ import annotations

import contextvars
import io
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, TypeVar
from unittest import mock

import beets
import soundfile as sf
from beets import logging, plugins, ui
from beets.util import cached_classproperty
from confuse import yaml_util

from beetsplug.mir.settings import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np

    T = TypeVar("T")

SR = 44100


class Beet:
    """`beet` with a configuration, library and music folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.music = root / "music"
        self.playlists = root / "playlists"
        self.music.mkdir(parents=True, exist_ok=True)
        self.configure()

    def copy(self, root: Path) -> Beet:
        """Return one with a copy of the library and the music; links to music stay links."""
        shutil.copytree(self.root, root, symlinks=True, dirs_exist_ok=True)
        return Beet(root)

    def configure(self, extra: str = "") -> None:
        """Write the configuration, with some more YAML."""
        (self.root / "config.yaml").write_text(
            f"directory: {self.music}\n"
            f"library: {self.root / 'library.db'}\n"
            "plugins: mir\n"
            "import: {copy: no, move: no, write: no, duplicate_action: keep}\n"
            "create_backup_before_migrations: no\n" + extra
        )

    def __call__(self, *args: str) -> str:
        """Run a command that must succeed; return what it prints."""
        code, out, err = self.run(*args)
        assert code == 0, err
        return out

    def run(self, *args: str) -> tuple[int, str, str]:
        """Run a command in this process; return its exit code, output and error output.

        Files are analysed in this process, too, unless `-t` says otherwise.
        """
        out, err = _stream(), _stream()
        with ExitStack() as stack:
            stack.enter_context(as_at_the_start(self.root))
            stack.enter_context(mock.patch.dict(DEFAULTS, threads=0))
            stack.enter_context(mock.patch.object(sys, "argv", ["__main__.py", *args]))
            stack.enter_context(redirect_stdout(out))
            stack.enter_context(redirect_stderr(err))
            code = _exit_code(lambda: ui.main(list(args)))
        return code, _text(out), _text(err)

    def process(self, *args: str) -> tuple[int, str, str]:
        """Run a command in a process of its own; return as :meth:`run` does."""
        process = self.start(*args)
        out, err = process.communicate(timeout=600)
        assert "Traceback" not in err, err
        return process.returncode, out, err

    def start(self, *args: str, **options) -> subprocess.Popen[str]:
        """Start a process and return it while it runs."""
        # Numeric warnings are errors in the workers, too.
        environment = {
            **os.environ,
            "BEETSDIR": str(self.root),
            "PYTHONWARNINGS": "error::RuntimeWarning",
        }
        command = [sys.executable, "-m", "beets", *args]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE} | options
        return subprocess.Popen(
            command, env=environment, cwd=self.root, encoding="utf-8", errors="replace",
            stderr=subprocess.PIPE, **streams,
        )  # fmt: skip

    def add(self, name: str | bytes, y: np.ndarray, sr: int = SR, genre: str = "") -> bytes:
        """Write a sound into the music folder and import it."""
        path = os.path.join(os.fsencode(self.music), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            sf.write(file, y, sr, format="WAV")
        self.import_(os.fsdecode(path), genre)
        return path

    def import_(self, path: str, genre: str = "") -> None:
        """Import a file or a folder."""
        options = ["--set", f"genres={genre}"] if genre else []
        self("import", "--quiet", "--noautotag", "--singletons", *options, path)


@contextmanager
def as_at_the_start(root: Path) -> Iterator[None]:
    """Let beets find itself at the start of a process in *root*; then all is as it was."""
    log = logging.getLogger("beets")
    listeners = plugins.BeetsPlugin.listeners, plugins.BeetsPlugin._raw_listeners
    with ExitStack() as stack:
        stack.enter_context(_in_folder(root))
        stack.enter_context(mock.patch.dict(os.environ, BEETSDIR=str(root)))
        for stored in (cached_classproperty.cache, *listeners):
            stack.enter_context(mock.patch.dict(stored, clear=True))
        for values in (plugins._instances, log.handlers):
            stack.enter_context(_emptied(values))
        stack.enter_context(_unread_configuration())
        stack.enter_context(mock.patch.object(yaml_util, "load_yaml", _load_yaml))
        stack.enter_context(_libraries_closed())
        stack.callback(log.set_global_level, log.level)
        # What pytest would catch can hold names that no report can be sent with.
        stack.enter_context(mock.patch.object(log, "propagate", False))
        yield


def _exit_code(main: Callable[[], None]) -> int:
    """Run *main* where the folder of music that beets remembers is forgotten afterwards."""
    try:
        contextvars.copy_context().run(main)
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    return 0


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), "utf-8", "replace", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


@contextmanager
def _in_folder(path: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _emptied(values: list[T]) -> Iterator[None]:
    before = values[:]
    values.clear()
    try:
        yield
    finally:
        values[:] = before


@contextmanager
def _unread_configuration() -> Iterator[None]:
    """Forget the configuration of beets, to be read again when it is asked for."""
    before = vars(beets.config).copy()
    vars(beets.config).update(vars(type(beets.config)("beets", "beets")))
    try:
        yield
    finally:
        vars(beets.config).update(before)


_read_yaml = yaml_util.load_yaml
_read_defaults = cache(_read_yaml)


def _load_yaml(path: str, **options: object) -> object:
    """Read a file, but beets' own defaults once: they take longer than most commands."""
    if os.path.basename(path) == "config_default.yaml":
        return deepcopy(_read_defaults(path, **options))
    return _read_yaml(path, **options)


@contextmanager
def _libraries_closed() -> Iterator[None]:
    """Close what a command leaves open when it fails; a process would end."""
    opened = []
    open_library = ui._open_library

    def opening(config):
        opened.append(open_library(config))
        return opened[-1]

    with mock.patch.object(ui, "_open_library", opening):
        try:
            yield
        finally:
            for lib in opened:
                lib._close()
