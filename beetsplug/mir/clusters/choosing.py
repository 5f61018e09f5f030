"""How many clusters: chosen by stability and silhouette, without any look at labels.

Both fall with the number of clusters, with or without clusters in the music: two halves
are nearly always the most stable. So each number is judged by how far it stands out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .evaluation import N_CLUSTERS, sample
from .gains import N_CLOUDS, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from .evaluation import Row

MOST_CLUSTERS = 60
_AT_ONCE = 10  # more numbers that are tried when the best is among the last
_LAST = 3

_NO_CHOICE = "the tracks are too few or too alike to choose how many clusters"


class Choice(NamedTuple):
    """A number of clusters, and why it is that one."""

    n_clusters: int
    why: str


def choose_n_clusters(
    Z: NDArray[np.float64],
    method: str,
    *,
    most: int,
    random_state: int = 0,
    on_round: Callable[[int], None] = lambda n_steps: None,
    on_step: Callable[[], None] = lambda: None,
) -> Choice:
    """Choose between 2 and *most* (at most ``MOST_CLUSTERS``) clusters of coordinates.

    After 20, more are tried as long as the best is among the last. *on_round* is called
    with the number of times that *on_step* will be called next. ValueError if the tracks
    are too few or too alike to choose.
    """
    most = min(most, MOST_CLUSTERS)
    if most < 2:
        raise ValueError(_NO_CHOICE)
    Z = Z[sample(len(Z), random_state)]
    tried: list[tuple[float, Row]] = []
    counts: Sequence[int] = range(2, min(most, N_CLUSTERS[-1]) + 1)
    while counts:
        on_round(1 + N_CLOUDS)
        rows = compare(
            {"": Z}, [""] * len(Z), methods=[method], n_clusters=counts,
            random_state=random_state, on_step=on_step,
        ).rows  # fmt: skip
        tried += [(gain, row) for row in rows if (gain := _gain(row)) is not None]
        if not tried:
            raise ValueError(_NO_CHOICE)
        tried.sort(key=lambda both: both[0], reverse=True)  # of equals, fewer clusters first
        best, last = tried[0][1].n_clusters, counts[-1]
        counts = range(last + 1, min(most, last + _AT_ONCE) + 1) if best > last - _LAST else ()
    at_the_end = " (more were not tried)" if best == last else ""
    return Choice(best, _why(tried) + at_the_end)


def _gain(row: Row) -> float | None:
    if row.stability_gain is None or row.silhouette_gain is None:
        return None
    return row.stability_gain + row.silhouette_gain


def _why(tried: Sequence[tuple[float, Row]]) -> str:
    """Say what is good about the first of these, and which are the next."""
    gain, best = tried[0]
    after = ", ".join(str(row.n_clusters) for _, row in tried[1:4])
    verdict = "stand out most from" if gain > 0 else "are, like all others, not above"
    return (
        f"stability {best.stability:.2f} ({best.stability_gain:+.2f}) and silhouette"
        f" {best.silhouette:.2f} ({best.silhouette_gain:+.2f}) {verdict} those of music"
        f" without clusters{'; then ' + after if after else ''}"
    )
