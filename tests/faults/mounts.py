"""Places that vanish, fill up or are read-only: real mounts, which only root can make.

An ordinary user is root in a namespace of his own, where there are such
(`unshare --user --map-root-user --mount`): see :func:`in_a_namespace`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from tests.conftest import REPOSITORY, skip_or_fail

if TYPE_CHECKING:
    from pathlib import Path

INSIDE = "BEETS_MIR_NAMESPACE"
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


@cache
def can_mount() -> bool:
    """Say whether this process may mount anything."""
    with tempfile.TemporaryDirectory() as folder:
        if _run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder):
            return False
        return not _run("umount", folder)


def in_a_namespace(tests: str) -> str:
    """Run a file of tests where it may mount; return what it says."""
    if can_mount() or os.environ.get(INSIDE):
        return ""
    if _run(*NAMESPACE, "true"):
        skip_or_fail("nothing can be mounted, and there are no namespaces (unshare)")
    command = [
        *NAMESPACE,
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        tests,
    ]
    result = subprocess.run(
        command, env=os.environ | {INSIDE: "yes"}, cwd=REPOSITORY, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


class Mounts:
    """Mounts, to be undone in the end."""

    def __init__(self) -> None:
        self._mounted: list[Path] = []
        self._servers: list[subprocess.Popen[str]] = []

    def small(self, folder: Path, size: str) -> None:
        """Mount a disk of a size such as 64k."""
        folder.mkdir(parents=True, exist_ok=True)
        self._mount(folder, "-t", "tmpfs", "-o", f"size={size}", "tmpfs")

    def again(self, source: Path, folder: Path) -> None:
        """Show a folder or a file at another place, too."""
        self._mount(folder, "--bind", str(source))

    def read_only(self, path: Path) -> None:
        """Let nothing be written to a folder or a file."""
        self.again(path, path)
        assert not _run("mount", "-o", "remount,bind,ro", str(path))

    def failing(self, source: Path, folder: Path, faults: Path) -> subprocess.Popen[str]:
        """Show a folder by a server, which fails as it is told in the file *faults*."""
        faults.write_text("{}")
        if not os.access("/dev/fuse", os.R_OK | os.W_OK):
            skip_or_fail("there is no /dev/fuse that may be used")
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.failing", *map(str, (source, folder, faults))],
            cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._servers.append(server)
        self._mounted.append(folder)
        assert server.stdout is not None
        if server.stdout.readline() != "mounted\n":
            skip_or_fail("no file system of one's own can be mounted (FUSE)")
        return server

    def off(self, folder: Path) -> None:
        """Take a mount away at once, whoever uses it."""
        self._mounted.remove(folder)
        assert not _run("umount", "--lazy", str(folder))

    def all_off(self) -> None:
        """Undo everything."""
        for folder in reversed(self._mounted):
            _run("umount", "--lazy", str(folder))
        for server in self._servers:
            server.kill()
            server.communicate()

    def _mount(self, folder: Path, *how: str) -> None:
        if not can_mount():
            skip_or_fail("only root can mount")
        assert not _run("mount", *how, str(folder))
        self._mounted.append(folder)


def tell(faults: Path, errno: int = 0, *of: str, where: str = "", behind: int = 0) -> None:
    """Let operations (look, list, open, read) on paths fail; without an error none does."""
    fault = {"errno": errno, "of": of, "where": where, "behind": behind}
    new = faults.with_suffix(".new")
    new.write_text(json.dumps(fault if errno else {}))
    new.replace(faults)


def _run(*command: str) -> int:
    with suppress(FileNotFoundError):
        return subprocess.run(command, capture_output=True, check=False).returncode
    return 127


def fill(folder: Path, left: int = 0) -> Path:
    """Fill a disk but for some bytes; return the file that does."""
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as file:
        with suppress(OSError):
            while file.write(bytes(1 << 16)):
                pass
        with suppress(OSError):
            while file.write(bytes(512)):
                pass
        file.truncate(max(0, file.tell() - left))
    return filler
