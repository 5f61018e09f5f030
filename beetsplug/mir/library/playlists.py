"""Clusters become playlist files that MPD and others can load.

A manifest beside the files names those that we wrote, with a digest of each: a stale
one is removed, but a file that somebody else wrote or changed is never touched.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from ..ground.files import read, replace
from .entries import inexpressible, relative
from .formats import FORMATS, Playlist

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Mapping, Sequence
    from pathlib import Path

    from .formats import Entries

    There = Callable[[Sequence[bytes]], Container[bytes]]

MANIFEST = ".mir-playlists.json"
_WANTED, _LIBRARY, _LINE = "wanted", "library", "line"  # no names of files: they have no suffix
_MOST_BYTES = 255  # of a file's name
_LONG = 19  # digits of a number that is no id


class Style(NamedTuple):
    """How playlists are written."""

    relative_to: bytes  # what entries are relative to
    absolute: bool = False  # tracks outside are named by their whole paths, not left out
    form: str = "m3u"  # one of :data:`formats.FORMATS`, and the suffix of the files
    extended: bool = False  # with titles and lengths

    def file_of(self, name: str) -> str:
        """Return the name of the file of a playlist."""
        return f"{name}.{self.form}"


class Outcome(NamedTuple):
    """What writing the playlists did: paths of ours, and what went wrong."""

    written: list[Path]  # all that are as they should be
    changed: list[Path]  # those of them that were not so before
    removed: list[Path]
    warnings: list[str]


class _Manifest(NamedTuple):
    ours: dict[str, list[str]]
    """Digests of what may stand in a file, by its name."""

    wanted: dict[str, str]
    """Digest of what would stand in a file, ours or not, if all its tracks were there."""

    library: str
    """The library whose clusters they are, empty if nobody knows."""

    line: list[int]
    """The items of the line through that library, in order; empty if there is none."""


def has_manifest(directory: Path, library: str | None = None) -> bool:
    """Say whether there is a manifest, and not a damaged one (OSError).

    Of this *library*, if one is given; one that tells of none is of any.
    """
    manifest = _read_manifest(directory)
    return manifest is not None and (not library or manifest.library in ("", library))


def read_line(directory: Path, library: str) -> list[int]:
    """Return the items of the line that was written of a library, if one was (OSError)."""
    manifest = _read_manifest(directory)
    return manifest.line if manifest and manifest.library == library else []


def written(directory: Path, library: str) -> set[str]:
    """Return the names of the files of this library's clusters that are there (OSError)."""
    manifest = _read_manifest(directory)
    if manifest is None or manifest.library not in ("", library):
        return set()
    return {name for name in manifest.ours if (directory / name).is_file()}


def write(
    directory: Path,
    playlists: Mapping[str, Playlist],
    style: Style,
    before: Mapping[str, Playlist] | None = None,
    *,
    library: str = "",
    there: There = frozenset,
    anew: bool = True,
    whole: bool = True,
    line: list[int] | None = None,
) -> Outcome:
    """Write each playlist (by its name) and remove those of ours that are not among them.

    *before*: the playlists that were written the last time. If the manifest is lost, files
    that hold just these are ours. *library*: whose clusters they are. *there* says which
    files are there. Unless *anew*, what would be written of the same tracks as the last time
    is not looked at, be it ours or not; unless they are the *whole*, all others stay. *line*:
    the items of the line among them, None if it is as it was. Raises OSError if the folder
    cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    manifest = _read_manifest(directory)
    if manifest is None:
        known, _ = _contents(before or {}, style)
        manifest = _Manifest(
            {name: [_digest(text)] for name, text in known.items()}, {}, "", []
        )
    all_texts, all_warnings = _contents(playlists, style)
    wanted = {name: _digest(text) for name, text in all_texts.items()}
    stay = set() if anew else _unchanged(directory, wanted, manifest)
    asked = _of_files_there(playlists, stay, style, there)
    # Mostly they are all, and all of their files are there.
    data, warnings = (
        ({**all_texts}, all_warnings) if asked == playlists else _contents(asked, style)
    )
    outcome = Outcome([directory / name for name in stay], [], [], warnings)
    gone = manifest.ours.keys() - wanted.keys() if whole else set()
    for name in sorted(data.keys() | gone):
        if (directory / name).exists() and not _is_ours(directory / name, manifest):
            outcome.warnings.append(f"{directory / name}: left alone: not written by us")
            data.pop(name, None)
            manifest.ours.pop(name, None)
    now_wanted = wanted if whole else manifest.wanted | wanted
    now = _Manifest(manifest.ours, now_wanted, library, manifest.line if line is None else line)
    _carry_out(directory, data, gone, now, outcome)
    return outcome


def write_one(path: Path, playlist: Playlist, style: Style) -> Outcome:
    """Write one playlist, whole or not at all; not at all if no entry is left for it.

    Raises OSError if it cannot be written.
    """
    entries, warnings = _entries({"": playlist}, style)
    if not entries[""]:
        return Outcome([], [], [], warnings)
    replace(path, FORMATS[style.form](playlist.title, entries[""], style.extended))
    return Outcome([path], [path], [], warnings)


def _unchanged(directory: Path, wanted: Mapping[str, str], manifest: _Manifest) -> set[str]:
    """Return the files that are there and would be written of the same tracks again."""
    return {
        name
        for name, digest in wanted.items()
        if manifest.wanted.get(name) == digest and (directory / name).exists()
    }


def _of_files_there(
    playlists: Mapping[str, Playlist], stay: Container[str], style: Style, there: There
) -> dict[str, Playlist]:
    """Return the playlists that are to be written, without tracks whose files are gone."""
    asked = {name: of for name, of in playlists.items() if style.file_of(name) not in stay}
    known = there([track.path for of in asked.values() for track in of.tracks])
    return {
        name: of._replace(tracks=[track for track in of.tracks if track.path in known])
        for name, of in asked.items()
    }


def _contents(
    playlists: Mapping[str, Playlist], style: Style
) -> tuple[dict[str, bytes], list[str]]:
    """Return what stands in each file, and warnings of what is left out."""
    entries, warnings = _entries(playlists, style)
    written = FORMATS[style.form]
    texts = {
        style.file_of(name): written(playlists[name].title, found, style.extended)
        for name, found in entries.items()
    }
    return texts, warnings


def _entries(
    playlists: Mapping[str, Playlist], style: Style
) -> tuple[dict[str, Entries], list[str]]:
    """Return the tracks of each playlist by their lines, and warnings of what is left out.

    A path stands once, however many items have it.
    """
    entry = relative(style.relative_to, absolute=style.absolute)
    found: dict[str, Entries] = {}
    outside: list[bytes] = []
    warnings: list[str] = []
    for name, playlist in playlists.items():
        lines: Entries = {}
        for track in playlist.tracks:
            line = entry(track.path)
            if line is None:
                outside.append(track.path)
            elif reason := inexpressible(line):
                warnings.append(f"{_shown(track.path)}: left out of its playlist: {reason}")
            else:
                lines.setdefault(line, track)
        found[name] = lines
    if outside:
        warnings.append(
            f"{len(outside)} tracks outside {_shown(style.relative_to)} (relative_to) are left"
            f" out of the playlists, such as {_shown(outside[0])};"
            " playlist_outside: absolute names them all the same"
        )
    return found, warnings


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace").replace("\n", "\\n")


def _carry_out(
    directory: Path,
    data: Mapping[str, bytes],
    gone: Collection[str],
    manifest: _Manifest,
    outcome: Outcome,
) -> None:
    """Write and remove; stopped half-way, old and new files alike are known as ours.

    The *manifest* tells what was ours, and what is wanted now.
    """
    ours, digests = manifest.ours, {name: [_digest(text)] for name, text in data.items()}
    either = {name: ours.get(name, []) + digests.get(name, []) for name in ours | digests}
    kept = {name: of for name, of in ours.items() if name not in gone} | digests
    final = manifest._replace(ours=kept)
    changes = final != _read_manifest(directory)
    if changes:
        stays = {name: of for name, of in manifest.wanted.items() if name not in data}
        _write_manifest(directory, manifest._replace(ours=either, wanted=stays))
    for name, text in data.items():
        if ours.get(name) != digests[name] or not (directory / name).exists():
            replace(directory / name, text)
            outcome.changed.append(directory / name)
        outcome.written.append(directory / name)
    for name in sorted(gone & ours.keys()):
        (directory / name).unlink(missing_ok=True)
        outcome.removed.append(directory / name)
    if changes:
        _write_manifest(directory, final)


def _is_ours(path: Path, manifest: _Manifest) -> bool:
    return path.is_file() and _digest(path.read_bytes()) in manifest.ours.get(path.name, [])


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read_manifest(directory: Path) -> _Manifest | None:
    """Return what stands in the manifest, None if it is missing or damaged."""
    try:
        known: Any = json.loads(read(directory / MANIFEST))
    except (FileNotFoundError, ValueError, RecursionError):
        return None
    if not isinstance(known, dict):
        return None
    wanted, library = known.get(_WANTED), known.get(_LIBRARY)
    return _Manifest(
        {
            name: digests
            for name, digests in known.items()
            if _is_plain_name(name) and isinstance(digests, list)
        },
        wanted if isinstance(wanted, dict) else {},
        library if isinstance(library, str) else "",
        _ids(known.get(_LINE)),
    )


def _ids(text: object) -> list[int]:
    """Return the ids that a text has, none of what is no such text."""
    words = text.split() if isinstance(text, str) else []
    return [int(word) for word in words if word.isdecimal() and len(word) < _LONG]


def _is_plain_name(name: str) -> bool:
    """Guard against a manifest that names files elsewhere, or what no file can be named."""
    try:
        n_bytes = len(os.fsencode(name))
    except UnicodeEncodeError:
        return False
    plain = os.path.basename(name) == name and "\0" not in name and n_bytes <= _MOST_BYTES
    return plain and name.rpartition(".")[2] in FORMATS


def _write_manifest(directory: Path, manifest: _Manifest) -> None:
    known = {**manifest.ours, _WANTED: manifest.wanted, _LIBRARY: manifest.library}
    if manifest.line:
        known[_LINE] = " ".join(map(str, manifest.line))
    replace(directory / MANIFEST, json.dumps(known, indent=1, sort_keys=True).encode())
