"""Clusters become .m3u files that MPD can load.

A manifest beside the files names those that we wrote, with a digest of each: a stale
one is removed, but a file that somebody else wrote or changed is never touched.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, NamedTuple

from ..ground.files import replace
from .entries import inexpressible, protected, relative
from .m3u import read as read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_Manifest = dict[str, list[str]]  # digests of what may stand in a file, by its name

MANIFEST = ".mir-playlists.json"
_MOST_BYTES = 255  # of a file's name
SUFFIX = ".m3u"  # MPD ignores .m3u8 in its playlist directory


class Outcome(NamedTuple):
    """What writing the playlists did: paths written and removed, and what went wrong."""

    written: list[Path]
    removed: list[Path]
    warnings: list[str]


def has_manifest(directory: Path) -> bool:
    """Say whether there is a manifest, and not a damaged one."""
    try:
        return _read_manifest(directory) is not None
    except OSError:
        return False


def write(
    directory: Path,
    playlists: Mapping[str, Sequence[bytes]],
    relative_to: bytes,
    before: Mapping[str, Sequence[bytes]] | None = None,
    *,
    absolute: bool = False,
) -> Outcome:
    """Write each playlist (paths by name) and remove those of ours that are not among them.

    Tracks outside *relative_to* are left out, or named by their whole paths if *absolute*.
    *before*: the playlists that were written the last time. If the manifest is lost, files
    that hold just these are ours. Raises OSError if the folder cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    ours = _read_manifest(directory)
    if ours is None:
        known, _ = _contents(before or {}, relative_to, absolute)
        ours = {name: [_digest(text)] for name, text in known.items()}
    data, warnings = _contents(playlists, relative_to, absolute)
    outcome = Outcome([], [], warnings)
    for name in sorted(data.keys() | ours.keys()):
        if (directory / name).exists() and not _is_ours(directory / name, ours):
            outcome.warnings.append(f"{directory / name}: left alone: not written by us")
            data.pop(name, None)
            ours.pop(name, None)
    _carry_out(directory, data, ours, outcome)
    return outcome


def write_one(
    path: Path, paths: Sequence[bytes], relative_to: bytes, *, absolute: bool = False
) -> Outcome:
    """Write one playlist, whole or not at all; not at all if no entry is left for it.

    Raises OSError if it cannot be written.
    """
    data, warnings = _contents({path.stem: paths}, relative_to, absolute)
    if not (text := data[path.stem + SUFFIX]):
        return Outcome([], [], warnings)
    replace(path, text)
    return Outcome([path], [], warnings)


def _contents(
    playlists: Mapping[str, Sequence[bytes]], relative_to: bytes, absolute: bool
) -> tuple[dict[str, bytes], list[str]]:
    """Return what stands in each file, and warnings of what is left out.

    A path stands once, however many items have it.
    """
    entry = relative(relative_to, absolute=absolute)
    data: dict[str, bytes] = {}
    outside: list[bytes] = []
    warnings: list[str] = []
    for name, paths in playlists.items():
        lines: dict[bytes, None] = {}
        for path in paths:
            line = entry(path)
            if line is None:
                outside.append(path)
            elif reason := inexpressible(line):
                warnings.append(f"{_shown(path)}: left out of its playlist: {reason}")
            else:
                lines[protected(line)] = None
        data[name + SUFFIX] = b"".join(line + b"\n" for line in lines)
    if outside:
        warnings.append(
            f"{len(outside)} tracks outside {_shown(relative_to)} (relative_to) are left out"
            f" of the playlists, such as {_shown(outside[0])};"
            " playlist_outside: absolute names them all the same"
        )
    return data, warnings


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace").replace("\n", "\\n")


def _carry_out(
    directory: Path, data: Mapping[str, bytes], ours: _Manifest, outcome: Outcome
) -> None:
    digests = {name: [_digest(text)] for name, text in data.items()}
    # Stopped half-way, old and new files alike are known as ours.
    either = {name: ours.get(name, []) + digests.get(name, []) for name in ours | digests}
    _write_manifest(directory, either)
    for name, text in data.items():
        if ours.get(name) != digests[name] or not (directory / name).exists():
            replace(directory / name, text)
        outcome.written.append(directory / name)
    for name in sorted(ours.keys() - data.keys()):
        (directory / name).unlink(missing_ok=True)
        outcome.removed.append(directory / name)
    _write_manifest(directory, digests)


def _is_ours(path: Path, ours: _Manifest) -> bool:
    return path.is_file() and _digest(path.read_bytes()) in ours.get(path.name, [])


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read_manifest(directory: Path) -> _Manifest | None:
    """Return digests by file name, None if the manifest is missing or damaged."""
    try:
        ours = json.loads((directory / MANIFEST).read_bytes())
    except (FileNotFoundError, ValueError, RecursionError):
        return None
    if not isinstance(ours, dict):
        return None
    return {
        name: digests
        for name, digests in ours.items()
        if _is_plain_name(name) and isinstance(digests, list)
    }


def _is_plain_name(name: str) -> bool:
    """Guard against a manifest that names files elsewhere, or what no file can be named."""
    try:
        n_bytes = len(os.fsencode(name))
    except UnicodeEncodeError:
        return False
    plain = os.path.basename(name) == name and "\0" not in name and n_bytes <= _MOST_BYTES
    return plain and name.endswith(SUFFIX)


def _write_manifest(directory: Path, ours: _Manifest) -> None:
    replace(directory / MANIFEST, json.dumps(ours, indent=1, sort_keys=True).encode())
