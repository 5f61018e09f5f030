"""Figures become files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from .letters import all_letters

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

FORMATS = ("svg", "png", "pdf")
DPI = 150

# The same library gives the same file, so that a folder of plots can be compared.
_REPEATABLE: dict[Any, str] = {"svg.hashsalt": "beets-mir"}
_NO_DATE = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}


def save(figure: Figure, path: Path) -> None:
    """Write a figure in the format of the path's suffix, whole or not at all (OSError)."""
    new = path.with_name(f".{path.name}.new")
    kind = path.suffix[1:]
    with mpl.rc_context(_REPEATABLE), all_letters(figure):
        figure.savefig(new, format=kind, dpi=DPI, metadata=_NO_DATE[kind])
    os.replace(new, path)
