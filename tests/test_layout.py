"""The house: what is loaded when, and who knows whom."""

import ast
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, files, requires
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "beetsplug" / "mir"
HEAVY = {
    "numpy",
    "scipy",
    "sklearn",
    "librosa",
    "matplotlib",
    "tensorflow",
    "av",
    "pebble",
    "tqdm",
    "distributed",
    "openTSNE",
    "mpd",
}
# Each room, a folder or a file beside them, and the rooms that it may stand on.
ROOMS = {
    "names": set(),
    "fields": {"names"},
    "settings": {"names", "library"},
    "ground": set(),
    "sound": {"ground", "names"},
    "space": {"ground", "names"},
    "clusters": {"ground", "names", "space"},
    "plots": {"ground", "names", "sound", "space", "clusters"},
    "library": {"ground", "names", "fields"},
    "queries": {"ground", "names", "fields", "settings", "sound", "space", "library"},
    "commands": {
        *("ground", "names", "fields", "settings"),
        *("sound", "space", "clusters", "plots", "library", "queries"),
    },
    "__init__": {"ground", "fields", "settings", "queries", "commands"},
}
WITHOUT_BEETS = ("names", "sound", "space", "clusters", "plots")
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def rooms_in(path: Path) -> set[str]:
    """Return the rooms that a file takes something from, without its own."""
    package = path.relative_to(PACKAGE).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            module = (*base, *(node.module.split(".") if node.module else ()))
            found |= {module[0]} if module else {alias.name for alias in node.names}
    return found - {room_of(path)}


def imported(path: Path) -> set[str]:
    """Return every module that a file names in an import, relative ones with their dots."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def test_loading_the_plugin_and_its_commands_loads_nothing_heavy():
    """Every `beet` call pays for what a plugin imports."""
    code = (
        "import sys, beets.ui, beets.library; before = set(sys.modules)\n"
        "from beetsplug.mir import MirPlugin; MirPlugin().commands()\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert "beetsplug" in result.stdout.split()
    assert not HEAVY & set(result.stdout.split())


def test_what_a_command_needs_is_loaded_when_it_runs():
    code = (
        "import sys; from beetsplug.mir import MirPlugin; MirPlugin().commands()\n"
        "print(*sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    commands = [name for name in result.stdout.split() if "mir.commands." in name]
    assert {name.rpartition(".")[2] for name in commands} == {
        *("extract", "cluster", "plot", "similar", "radio", "path", "follow", "check"),
        *("around", "options", "sending"),  # small, and what some of these share
        *("modifying", "upkeep"),  # so, too
    }


def test_every_file_is_in_a_room():
    assert {room_of(path) for path in FILES} == set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_takes_only_from_those_below_it(path):
    room = room_of(path)

    assert rooms_in(path) <= ROOMS[room]
    if room in WITHOUT_BEETS:
        roots = {module.split(".")[0] for module in imported(path)}
        assert not roots & {"beets", "mediafile", "confuse"}


def test_the_rooms_stand_in_floors():
    """There is no circle: some room takes from none, and without it the next, to the last."""
    left = dict(ROOMS)
    while left:
        lowest = [room for room, below in left.items() if not below & set(left)]
        assert lowest
        for room in lowest:
            del left[room]


def test_files_of_one_room_do_not_need_each_other_in_a_circle():
    """A file may name another's types, but only for the checker of types."""
    needs = {path: siblings(path) for path in FILES}
    while needs:
        lowest = [path for path, below in needs.items() if not below & set(needs)]
        assert lowest, sorted(needs)
        for path in lowest:
            del needs[path]


def siblings(path: Path) -> set[Path]:
    """Return the files of the same folder that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {path.parent / f"{name.split('.')[0]}.py" for name in names}
    return found - {path}


def test_commands_write_to_the_terminal_through_one_place():
    writers = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\bprint_?\(|sys\.std(out|err)\.", path.read_text())
    }

    assert writers == {"terminal.py", "progress.py"}  # progress only asks what stderr is


def test_everything_that_is_imported_is_declared():
    """What the dependencies bring along today they may leave out tomorrow."""
    modules = {m.split(".")[0] for path in PACKAGE.rglob("*.py") for m in imported(path)} - {""}
    lines = [line for line in requires("beets-mir") or () if "dev" not in line]
    declared = [re.split(r"[^\w.-]", line)[0] for line in lines]

    undeclared = modules - sys.stdlib_module_names - {"beetsplug", *declared}
    undeclared -= {module for name in declared for module in brought_by(name)}

    assert "numpy" in modules
    assert undeclared == set()


def brought_by(name: str) -> set[str]:
    """Return the top-level modules of an installed distribution."""
    try:
        return {path.parts[0].split(".")[0] for path in files(name) or ()}
    except PackageNotFoundError:  # one for another platform, or TensorFlow
        return set()


def test_librosa_is_the_reference_and_nothing_else():
    users = {path.name for path in FILES if "librosa" in imported(path)}

    assert users == {"plain.py"}


def test_only_what_reads_and_writes_the_library_speaks_sql():
    speakers = {
        path.name for path in PACKAGE.rglob("*.py") if "item_attributes" in path.read_text()
    }

    assert speakers == {
        *("fields.py", "items.py", "listing.py", "rows.py", "sounding.py", "storing.py")
    }


def test_the_namespace_package_stays_open_to_other_plugins():
    assert not (PACKAGE.parent / "__init__.py").exists()
    assert (PACKAGE / "py.typed").exists()
