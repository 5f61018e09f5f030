"""Figures become files."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from ..ground.files import replace
from .letters import all_letters

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

DPI = 150
_CLIP_PATH = re.compile(rb'(url\(#|<clipPath id=")(p[0-9a-f]{10})')

# The same library gives the same file, so that a folder of plots can be compared.
_REPEATABLE: dict[Any, str] = {"svg.hashsalt": "beets-mir"}
_NO_DATE = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}


def save(figure: Figure, path: Path) -> None:
    """Write a figure in the format of the path's suffix, whole or not at all (OSError)."""
    kind = path.suffix[1:]
    file = io.BytesIO()
    with mpl.rc_context(_REPEATABLE), all_letters(figure):
        figure.savefig(file, format=kind, dpi=DPI, metadata=_NO_DATE[kind])
    data = file.getvalue()
    replace(path, _clip_paths_renamed(data) if kind == "svg" else data)


def _clip_paths_renamed(svg: bytes) -> bytes:
    """Name the clip paths by numbers, in the order of their use.

    matplotlib names them by their place, whose last bits can differ from time to time.
    """
    numbers: dict[bytes, int] = {}

    def name(match: re.Match[bytes]) -> bytes:
        number = numbers.setdefault(match[2], len(numbers))
        return b"%sclip%d" % (match[1], number)

    return _CLIP_PATH.sub(name, svg)
