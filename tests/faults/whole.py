"""What must hold after a command was disturbed: nothing half, nothing left over."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from beetsplug.mir import fields
from beetsplug.mir.clusters.model import print_of

PLACE = (fields.CLUSTER, fields.ORDER, fields.NAME, fields.MODEL)
FEATURES = (
    fields.VERSION, fields.VECTOR, *fields.FEATURE_FIELDS, fields.NETWORK,
    fields.NETWORK_VERSION, fields.TAGS,
)  # fmt: skip
MODEL = "library.db.mir-model.npz"
TEMPORARY = re.compile(r"(^|/)\.mir-\d+-[0-9a-f]+\.new(/|$)|^library\.db-journal$")
# They tell what is being done, or what was done so far.
NOTES = (".mir-playlists.json", ".mir-plots.json", "index.html")
_OF_BEETS = ("config.yaml", "library.db", "state.pickle")

Rows = dict[str, dict[str, str]]


class State(NamedTuple):
    """A library and all files beside it."""

    features: Rows  # by the file's name
    places: Rows
    files: dict[str, str]  # a digest of each, by its path

    @property
    def lasting(self) -> dict[str, str]:
        """Those files that do not tell what is being done."""
        return {
            name: digest
            for name, digest in self.files.items()
            if not name.endswith(NOTES) and not TEMPORARY.search(name)
        }


def state_of(root: Path) -> State:
    """Return the state of a library; AssertionError if it is damaged."""
    with closing(sqlite3.connect(root / "library.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = db.execute(
            "SELECT path, key, value FROM items JOIN item_attributes ON entity_id = items.id"
        ).fetchall()
    return State(_of(rows, FEATURES), _of(rows, PLACE), _files(root))


def _of(rows, keys) -> Rows:
    found: Rows = {}
    for path, key, value in rows:
        if key in keys:
            found.setdefault(os.path.basename(path).decode(), {})[key] = str(value)
    return found


def _files(root: Path) -> dict[str, str]:
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            shown = str(path.relative_to(root))
            if shown not in _OF_BEETS and not shown.startswith("music/"):
                with suppress(FileNotFoundError):
                    data = path.read_bytes().replace(os.fsencode(root), b"ROOT")
                    found[shown] = hashlib.sha256(data).hexdigest()
    return found


def check(root: Path, before: State, after: State) -> State:
    """Return the state of a library in which a command has been ended at some moment.

    *before* and *after*: the states before it and after one that was not disturbed.
    """
    now = state_of(root)
    for name, values in now.features.items():
        assert values in (before.features.get(name), after.features[name]), name
    assert before.features.keys() <= now.features.keys()
    assert now.places in (before.places, after.places), "clusters are neither old nor new"
    check_model(root, now, before, after)
    for name, digest in now.lasting.items():
        assert digest in (before.files.get(name), after.files.get(name)), f"{name}: half"
    assert before.lasting.keys() & after.lasting.keys() <= now.lasting.keys(), "files are gone"
    check_notes(root, now)
    return now


def check_model(root: Path, now: State, before: State, after: State) -> None:
    """The model belongs to the clusters, or that it does not is known by its print."""
    prints = prints_of(now)
    if MODEL in now.files and prints == {print_of((root / MODEL).read_bytes())}:
        pairs = [(state.places, state.files.get(MODEL)) for state in (before, after)]
        assert (now.places, now.files[MODEL]) in pairs, "another model's print"


def prints_of(state: State) -> set[str]:
    """Return the prints of models that the clusters bear."""
    return {of[fields.MODEL] for of in state.places.values() if fields.MODEL in of}


def check_notes(root: Path, now: State) -> None:
    """What tells of other files is whole."""
    for name in now.files:
        if name.endswith(".json") and not TEMPORARY.search(name):
            json.loads((root / name).read_text())
        if name.endswith("index.html"):
            assert (root / name).read_text().rstrip().endswith("</html>")


def check_done(root: Path, now: State, places: Rows, after: list[State]) -> None:
    """Check the state after the command was done again, undisturbed.

    Tracks have these *places*; each file is one of those *after* the command was done once
    or twice, and nothing is left over.
    """
    assert not [name for name in now.files if TEMPORARY.search(name)], "temporary files"
    assert now.features == after[0].features, "other features"
    assert now.places == places, "other clusters"
    assert now.files.keys() in [state.files.keys() for state in after], "other files"
    for name, digest in now.files.items():
        assert digest in [state.files.get(name) for state in after], f"{name}: another"
    check_agreement(root, now)


def check_agreement(root: Path, now: State) -> None:
    """Model, playlists and the library are of each other."""
    if MODEL in now.files:
        assert prints_of(now) == {print_of((root / MODEL).read_bytes())}, "another model"
    listed: dict[str, list[tuple[int, str]]] = {}
    for name, place in now.places.items():
        if fields.ORDER in place:
            of = listed.setdefault(f"mir-{place[fields.CLUSTER]}.m3u", [])
            of.append((int(place[fields.ORDER]), name))
    for file, tracks in listed.items():
        assert sorted(order for order, _ in tracks) == [*range(1, len(tracks) + 1)], file
    if (folder := root / "playlists").is_dir():
        found = {
            path.name: [os.path.basename(line) for line in path.read_text().splitlines()]
            for path in folder.glob("mir-?*.m3u")
        }
        found.pop("mir-line.m3u", None)
        texts = {file: [name for _, name in sorted(of)] for file, of in listed.items()}
        assert found == texts, "the playlists are others than the library's"
        known = json.loads((folder / ".mir-playlists.json").read_text())
        for file in found:
            digest = hashlib.sha256((folder / file).read_bytes()).hexdigest()
            assert known[file] == [digest], f"{file}: unknown to the manifest"
