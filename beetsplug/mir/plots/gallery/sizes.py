"""How large a picture is, by what its file says at its beginning."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from ..save import DPI

if TYPE_CHECKING:
    from pathlib import Path

_SVG = re.compile(rb'<svg\b[^>]*?\bwidth="([\d.]+)pt" height="([\d.]+)pt"')
_PNG = b"\x89PNG\r\n\x1a\n"
_BEGINNING = 4096  # bytes
_PX_A_POINT = 96 / 72


def size(path: Path) -> tuple[int, int]:
    """Return width and height in CSS' pixels of a figure of ours; (0, 0) if it tells none."""
    with path.open("rb") as file:
        data = file.read(_BEGINNING)
    if found := _SVG.search(data):
        return round(float(found[1]) * _PX_A_POINT), round(float(found[2]) * _PX_A_POINT)
    if data.startswith(_PNG) and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return round(width * 96 / DPI), round(height * 96 / DPI)
    return 0, 0
