"""A file system that shows a folder and fails as it is told: disks die so, and servers.

It speaks to the kernel by itself (`/dev/fuse`, protocol 7.31), since nothing else gives true
errors in the middle of a file. As a program it serves one folder until it is killed; then
the mount is dead, and everything in it "not connected".
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS = 1, 2, 3, 14, 15, 17
RELEASE, GETXATTR, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR = 18, 22, 25, 26, 27, 28, 29
ACCESS, INTERRUPT, IOCTL, BATCH_FORGET = 34, 36, 39, 42
NAMES = {LOOKUP: "look", GETATTR: "look", OPEN: "open", READ: "read", OPENDIR: "list",
         READDIR: "list"}  # fmt: skip
HARMLESS = {RELEASE, FLUSH, RELEASEDIR, ACCESS}
UNANSWERED = {FORGET, INTERRUPT, BATCH_FORGET}
HEAD = struct.Struct("<IIQQIIIHH")
DIRECT_IO = 1  # each read comes here


def attributes(path: Path, number: int) -> bytes:
    status = path.stat()
    return struct.pack(
        "<QQQQQQIIIIIIIIII", number, status.st_size, status.st_blocks, int(status.st_atime),
        int(status.st_mtime), int(status.st_ctime), 0, 0, 0, status.st_mode & ~0o222, 1, 0, 0,
        0, 4096, 0,
    )  # fmt: skip


class Served:
    """The folder, what is to fail in it, and what somebody tried to change."""

    def __init__(self, source: Path, faults: Path) -> None:
        self._faults = faults
        self._paths = [source, source]  # by number; the root's is 1

    def answer(self, opcode: int, node: int, body: bytes) -> bytes:
        """Return what an operation gives (OSError)."""
        if opcode == INIT:
            return struct.pack("<IIIIHHII32x", 7, 31, 1 << 17, 0, 8, 8, 1 << 17, 1)
        path = self._paths[node]
        if opcode == LOOKUP:
            path /= os.fsdecode(body.rstrip(b"\0"))
        reads = opcode in (READ, READDIR)
        offset, size = struct.unpack_from("<8xQI", body) if reads else (0, 0)
        self._fail(opcode, path, offset + size)
        answers = {
            LOOKUP: lambda: self._entry(path),
            GETATTR: lambda: struct.pack("<QII", 0, 0, 0) + attributes(path, node),
            OPEN: lambda: struct.pack("<QII", 0, DIRECT_IO, 0),
            OPENDIR: lambda: struct.pack("<QII", 0, 0, 0),
            READ: lambda: path.read_bytes()[offset : offset + size],
            READDIR: lambda: self._entries(path, offset, size),
            STATFS: lambda: struct.pack("<QQQQQIIII24x", 9, 0, 0, 9, 0, 4096, 255, 4096, 0),
        }  # fmt: skip
        if opcode in answers:
            return answers[opcode]()
        if opcode in HARMLESS:
            return b""
        if opcode in (GETXATTR, IOCTL):
            raise OSError(errno.ENOSYS if opcode == GETXATTR else errno.ENOTTY, "")
        with open(self._faults.with_suffix(".written"), "a") as file:
            file.write(f"{opcode} {path}\n")
        raise OSError(errno.EROFS, "")

    def _entry(self, path: Path) -> bytes:
        number = self._number(path)
        return struct.pack("<QQQQII", number, 0, 0, 0, 0, 0) + attributes(path, number)

    def _number(self, path: Path) -> int:
        path.stat()
        if path not in self._paths:
            self._paths.append(path)
        return self._paths.index(path, 1)

    def _fail(self, opcode: int, path: Path, end: int) -> None:
        fault = json.loads(self._faults.read_text())
        is_meant = NAMES.get(opcode) in fault.get("of", [])
        is_behind = opcode != READ or end > fault.get("behind", 0)
        if is_meant and is_behind and re.search(fault["where"], str(path)):
            raise OSError(fault["errno"], "")

    @staticmethod
    def _entries(path: Path, offset: int, size: int) -> bytes:
        data = b""
        for place, name in enumerate(sorted(os.listdir(path)), start=1):
            raw = os.fsencode(name)
            entry = struct.pack("<QQII", 1000 + place, place, len(raw), 0) + raw
            entry += bytes(-len(entry) % 8)
            if place > offset and len(data) + len(entry) <= size:
                data += entry
        return data


def serve(source: Path, mount: Path, faults: Path) -> None:
    """Mount the folder, say so, and answer until nobody asks any more."""
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode={stat.S_IFDIR:o},user_id=0,group_id=0,allow_other"
    subprocess.run(
        ["mount", "-i", "-t", "fuse", "-o", options, "failing", str(mount)],
        pass_fds=[device], check=True,
    )  # fmt: skip
    os.write(1, b"mounted\n")
    served = Served(source, faults)
    with suppress(OSError):  # it has been unmounted
        while request := os.read(device, 1 << 18):
            _, opcode, unique, node, *_ = HEAD.unpack_from(request)
            if opcode in UNANSWERED:
                continue
            try:
                code, data = 0, served.answer(opcode, node, request[HEAD.size :])
            except OSError as exc:
                code, data = -(exc.errno or errno.EIO), b""
            with suppress(FileNotFoundError):  # who asked is gone
                os.write(device, struct.pack("<IiQ", 16 + len(data), code, unique) + data)


if __name__ == "__main__":
    serve(*map(Path, sys.argv[1:]))
