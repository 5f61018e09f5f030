"""By which versions of the plugin tracks were analysed, and what is said of a mixture."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .. import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .items import Track


def mixture(tracks: Iterable[Track], features: str = names.CLASSIC) -> str:
    """Return a warning if the tracks were not all analysed in the same way, else nothing.

    A track of which an excerpt was heard differs a little from itself heard whole.
    """
    counts = Counter(track.version_of(features) for track in tracks)
    if len(counts) < 2:
        return ""
    shares = ", ".join(f"{n} by {version}" for version, n in counts.most_common())
    whole = names.version(0, names.VERSIONS[features])
    mends = "beet mirextract --whole" if whole in counts else "beet mirextract"
    return f"not all tracks were analysed alike ({shares}): `{mends}` mends that"


def of_other_versions(tracks: Iterable[Track], features: str = names.CLASSIC) -> str:
    """Return in a line how many tracks have values of other versions than today's, or nothing.

    Where all are of today's, but not of one, it says that.
    """
    counts = Counter(track.version_of(features) for track in tracks)
    today = names.VERSIONS[features]
    every = dict(counts.most_common())
    old = {version: n for version, n in every.items() if not names.counts(version, today)}
    if not old and len(counts) < 2:
        return ""
    shares = ", ".join(f"{n} by {version}" for version, n in (old or every).items())
    if not old:
        return f"values as they are: {shares}"
    return f"old values are used of {sum(old.values())} of {counts.total()} tracks ({shares})"


def versions(tracks: Iterable[Track], features: str) -> set[str]:
    """Return the versions of the tracks' values of a feature set."""
    return {track.version_of(features) for track in tracks}
