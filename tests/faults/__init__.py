"""What goes wrong on purpose, and what is lost by it.

`make test` tries some of it, `make faults` all of it (``FAULTS=long``) and counts.
"""

from __future__ import annotations

import os

LONG = os.environ.get("FAULTS") == "long"


def times(some: int, all_: int) -> int:
    """Return how often a fault is tried: *some* times in `make test`, or *all_*."""
    return all_ if LONG else some
