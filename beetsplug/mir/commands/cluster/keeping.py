"""`beet mircluster --keep` and `--release`: clusters that no later clustering changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from beets import ui

from ... import fields
from ...ground.terminal import say
from ...ground.text import printable
from ...names import NETWORK
from . import publishing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...library.items import Analysed, Track


class Kept(NamedTuple):
    """The clusters that are kept, with all of their tracks."""

    names: Mapping[int, str]  # by id
    clusters: Mapping[int, Sequence[Track]]  # in the order of their playlists, then the rest
    founders: Analysed  # the tracks that they were kept with, as far as these have features

    @property
    def ids(self) -> set[int]:
        """The ids of their tracks."""
        return {track.id for tracks in self.clusters.values() for track in tracks}

    @property
    def listed(self) -> dict[int, list[Track]]:
        """The tracks of their playlists, in order."""
        return {
            id_: [track for track in tracks if track.order]
            for id_, tracks in self.clusters.items()
        }

    def are_free(self, tracks: Sequence[Track]) -> NDArray[np.bool_]:
        """Say of each track whether it is in none of them."""
        import numpy as np

        return np.array([track.cluster not in self.names for track in tracks], dtype=bool)

    def all_else_forgotten(self, found: Analysed) -> Analysed:
        """Return the tracks as if there were no other clusters."""
        tracks = [
            track if track.cluster in self.names else track._replace(cluster=0)
            for track in found.tracks
        ]
        return replace(found, tracks=tracks)

    def founders_by(self, features: str) -> Analysed:
        """Return the founders that have a feature set."""
        found = self.founders
        return found.only(found.has_network.nonzero()[0]) if features == NETWORK else found


def read(lib: Library, *, cached: bool = False) -> Kept:
    """Return the clusters of the library that are kept.

    If *cached*, features of any version will do of their founders.
    """
    from ...library.items import any_with, read_clusters, read_tracks

    clusters = read_clusters(lib) if any_with(lib, fields.KEPT) else {}
    names = _names(clusters)
    founders = [
        track.id for id_, name in names.items() for track in clusters[id_] if track.kept == name
    ]
    found = read_tracks(lib, founders, cached=cached)
    return Kept(names, {id_: clusters[id_] for id_ in names}, found)


def _names(clusters: Mapping[int, Iterable[Track]]) -> dict[int, str]:
    """Return the name of each cluster that is kept, by its id.

    A track that was put into another cluster by hand does not make that one kept: a name
    is that of the cluster in which most of its tracks are, and a cluster has one name.
    """
    counts = Counter(
        (id_, track.kept) for id_, tracks in clusters.items() for track in tracks if track.kept
    )
    names: dict[int, str] = {}
    for (id_, name), _ in sorted(counts.items(), key=lambda count: (-count[1], count[0])):
        if id_ not in names and name not in names.values():
            names[id_] = name
    return names


def keep(
    lib: Library,
    id_: int,
    words: Sequence[str],
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    """Keep a cluster, under the name that these *words* are or the one that it has.

    It may be kept already. Its playlist is written under the new name.
    """
    from ...library.items import read_clusters
    from ...library.storing import store_kept

    clusters = read_clusters(lib)
    _check(id_, clusters)
    old = _names(clusters).get(id_)
    names = {other: tracks[0].cluster_name for other, tracks in clusters.items()}
    present = old or names[id_]
    names[id_] = _name(words, present, {k: v for k, v in names.items() if k != id_})
    plan = publishing.prepare(lib, names, config)  # may stop, before anything is stored
    say(f'cluster {id_} is kept as "{names[id_]}" ({len(clusters[id_])} tracks)')
    if not config["pretend"].get(bool):
        store_kept(lib, id_, old, names[id_])
        publishing.publish(lib, plan, config, log)


def release(lib: Library, id_: int, config: confuse.ConfigView) -> None:
    """Let a cluster be like all others again; its name stays until the next clustering."""
    from ...library.items import read_clusters
    from ...library.storing import store_kept

    clusters = read_clusters(lib)
    _check(id_, clusters)
    names = _names(clusters)
    if id_ not in names:
        those = f"those that are: {_listed(names)}" if names else "none is"
        raise ui.UserError(f"cluster {id_} is not kept ({those})")
    say(f'cluster {id_}, "{names[id_]}", is no longer kept')
    if not config["pretend"].get(bool):
        store_kept(lib, id_, names[id_], None)


def _check(id_: int, clusters: Collection[int]) -> None:
    """Stop if there is no such cluster, with those that there are."""
    if not clusters:
        raise ui.UserError("there are no clusters yet: run `beet mircluster` first")
    if id_ not in clusters:
        raise ui.UserError(f"there is no cluster {id_}, but {_listed(clusters)}")


def _name(words: Sequence[str], present: str, others: Mapping[int, str]) -> str:
    """Return the name to keep a cluster under, checked beside those of the *others*."""
    name = " ".join(words).strip() if words else present
    if not name:
        raise ui.UserError("a cluster cannot be kept without a name")
    if name != printable(name):
        raise ui.UserError(f"{name!r}: a name is one line of characters that can be shown")
    for id_, other in others.items():
        if other.casefold() == name.casefold():
            raise ui.UserError(f'"{name}" is the name of cluster {id_}')
    return name


def _listed(ids: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(ids)))
