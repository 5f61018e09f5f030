"""Questions to a library that beets' own queries cannot ask: by sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .sounds import SoundsQuery
from .sounds_like import SoundsLikeQuery

if TYPE_CHECKING:
    from beets.library import Library

QUERIES = {"sounds": SoundsQuery, "sounds_like": SoundsLikeQuery}


def remember(lib: Library) -> None:
    """Let the queries ask this library, which `beet` has opened."""
    SoundsQuery.library = SoundsLikeQuery.library = lib
