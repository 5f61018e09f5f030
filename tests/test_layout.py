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
    "plotly",
}
PURE = [
    *("names.py", "text.py", "entries.py"),
    *("audio.py", "excerpt.py", "analysis.py", "extraction.py"),
    *("compiled.py", "encoders.py", "encoding.py", "autoencoder.py", "study.py", "model.py"),
    *("hierarchy.py", "clustering.py", "matching.py", "naming.py", "ordering.py", "genres.py"),
    *("joining.py", "shortening.py", "spacing.py"),
    *("grouping.py", "threads.py", "evaluation.py", "gains.py", "choosing.py"),
    *(str(path.relative_to(PACKAGE)) for path in PACKAGE.glob("features/*.py")),
    *(str(path.relative_to(PACKAGE)) for path in PACKAGE.glob("plots/*.py")),
]  # fmt: skip


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


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_know_nothing_of_beets(name):
    modules = imported(PACKAGE / name)

    assert not {module for module in modules if module.split(".")[0] in ("beets", "mediafile")}
    assert not {m.lstrip(".") for m in modules} & {"library", "commands", "fields", "settings"}


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


def test_only_what_reads_and_writes_the_library_speaks_sql():
    speakers = {
        path.name for path in PACKAGE.rglob("*.py") if "item_attributes" in path.read_text()
    }

    assert speakers == {"fields.py", "library.py", "rows.py", "storing.py"}


def test_the_namespace_package_stays_open_to_other_plugins():
    assert not (PACKAGE.parent / "__init__.py").exists()
    assert (PACKAGE / "py.typed").exists()
