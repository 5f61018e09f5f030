"""What `beet mirplot` calls its pages, and how it writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ground.terminal import say

if TYPE_CHECKING:
    from pathlib import Path

MAP = "map.html"
GALLERY = "index.html"


def write(path: Path, text: str) -> None:
    """Write a page whole or not at all (OSError), and say where it is."""
    from ...ground.files import replace

    replace(path, text.encode())
    say(str(path))
