"""Python's collector of garbage, which has nothing to collect while a library is read."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEW = 100_000
"""Objects that are made before it looks: by itself 700, and at all there are now and then. Of
a million tracks there are tens of millions, and reading them took up to twice as long."""


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let it look as seldom as suits a library's size."""
    before = gc.get_threshold()
    gc.set_threshold(_NEW, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
