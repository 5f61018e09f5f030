"""What each feature is, in words: said where it is computed, and nowhere else.

``make docs`` makes ``docs/features.md`` of it. "Usually" in a range is where nine tenths
of 114 tracks of game music lie, heard in excerpts.
"""

from typing import NamedTuple


class Description(NamedTuple):
    """One feature, or several that differ only in a number."""

    features: tuple[str, ...]  # names as in :data:`names.FEATURES`
    definition: str  # how it is computed from ``S`` or ``y``, and by whom it was described
    sound: str  # what is heard where it is high and where it is low
    caveat: str  # what else moves it
    range: str  # what is possible, what is usual
