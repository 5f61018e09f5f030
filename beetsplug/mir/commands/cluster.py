"""`beet mircluster`: group the analysed tracks by sound, and write the playlists."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import confuse
from beets import ui
from beets.util import sanitize_path
from beets.util.functemplate import Template

from .. import settings
from ..names import FEATURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from optparse import Values

    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ..encoding import Encoding
    from ..library import Track

ENCODINGS = ("pca", "none")
METHODS = ("kmeans", "agglomerative")
GENRES_SHOWN = 3
TRACKS_SHOWN = 3


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mircluster", help="group tracks by sound and write playlists")
    add = cmd.parser.add_option
    add("-e", "--encoding", choices=ENCODINGS, help="pca or none")
    add("-d", "--dims", type="int", metavar="N", help="dimensions of the encoding")
    add("-m", "--method", choices=METHODS, help="kmeans or agglomerative")
    add("-k", "--clusters", type="int", metavar="N", help="how many clusters")
    add("-p", "--pretend", action="store_true", help="show the clusters, change nothing")

    def func(lib: Library, opts: Values, args: list[str]) -> None:
        settings.overlay(config, opts)
        run(lib, args, config, log, exact=opts.clusters is not None)

    cmd.func = func
    return cmd


def run(
    lib: Library,
    query: list[str],
    config: confuse.ConfigView,
    log: BeetsLogger,
    *,
    exact: bool = False,
) -> None:
    """Cluster the matching tracks; unless it is pretence, store ids and write playlists.

    *exact*: make as many clusters as asked for, however few tracks each gets.
    """
    from ..library import count_items, mixture, read_tracks

    tracks, X = read_tracks(lib, query)
    n_missing = count_items(lib, query) - len(tracks)
    if not tracks:
        raise ui.UserError(
            "none of the matching tracks is analysed: run `beet mirextract` first"
            if n_missing
            else "no tracks match"
        )
    if n_missing:
        log.info("{} matching tracks are not analysed and left out", n_missing)
    if mixed := mixture(tracks):
        log.warning("{}", mixed)
    n_clusters = _n_clusters(config, len(tracks), exact)
    encoding = _encode(X, config)
    labels = _label(encoding, n_clusters, config)
    clusters = _ordered(tracks, encoding.Z, labels)
    for line in _lines(clusters):
        ui.print_(line)
    if not config["pretend"].get(bool):
        _store(lib, clusters, config, log)


def _n_clusters(config: confuse.ConfigView, n_tracks: int, exact: bool) -> int:
    from ..clustering import sensible_n_clusters

    n_clusters = settings.count(config, "clusters", 1)
    if not exact:
        return sensible_n_clusters(n_tracks, n_clusters)
    if n_clusters > n_tracks:
        raise ui.UserError(f"cannot make {n_clusters} clusters of {n_tracks} tracks")
    return n_clusters


def _encode(X: NDArray[np.float64], config: confuse.ConfigView) -> Encoding:
    from ..encoding import ENCODERS, normalise, signed

    name = config["encoding"].get(confuse.Choice(ENCODINGS))
    dims = settings.count(config, "dims", 1)
    if dims > len(FEATURES):
        raise ui.UserError(f"cannot make {dims} dimensions of {len(FEATURES)} features")
    encoding = ENCODERS[name](normalise(signed(X)), dims)
    ui.print_(
        f"{len(X)} tracks, {name}: {encoding.Z.shape[1]} dimensions"
        f" with {encoding.explained.sum():.0%} of the variance"
    )
    return encoding


def _label(
    encoding: Encoding, n_clusters: int, config: confuse.ConfigView
) -> NDArray[np.int64]:
    from ..clustering import CLUSTERERS

    method = config["method"].get(confuse.Choice(METHODS))
    random_state = settings.count(config, "random_state", 0)
    labels = CLUSTERERS[method](encoding.Z, n_clusters, random_state=random_state)
    ui.print_(f"{method}: {labels.max()} clusters")
    if labels.max() < n_clusters:
        ui.print_(f"(no {n_clusters}: there are only {labels.max()} different tracks)")
    return labels


def _ordered(
    tracks: Sequence[Track], Z: NDArray[np.float64], labels: NDArray[np.int64]
) -> dict[int, list[Track]]:
    """Return the tracks of each cluster, the most typical first."""
    from ..clustering import distances_to_centre

    order = distances_to_centre(Z, labels).argsort(kind="stable")
    clusters: dict[int, list[Track]] = {label: [] for label in range(1, labels.max() + 1)}
    for index in order:
        clusters[int(labels[index])].append(tracks[index])
    return clusters


def _lines(clusters: Mapping[int, Sequence[Track]]) -> list[str]:
    """Return a line for each cluster: id, size, most frequent genres, most typical tracks."""
    genres = {label: _genre_shares(tracks) for label, tracks in clusters.items()}
    width = max(map(len, genres.values()))
    return [
        f"{label:>4}  {len(tracks):>6} tracks  {genres[label]:<{width}}  "
        + "; ".join(map(str, tracks[:TRACKS_SHOWN]))
        for label, tracks in clusters.items()
    ]


def _genre_shares(tracks: Sequence[Track]) -> str:
    counts = Counter(track.genre or "(no genre)" for track in tracks)
    shares = counts.most_common(GENRES_SHOWN)
    return ", ".join(f"{genre} {n / len(tracks):.0%}" for genre, n in shares)


def _store(
    lib: Library,
    clusters: Mapping[int, Sequence[Track]],
    config: confuse.ConfigView,
    log: BeetsLogger,
) -> None:
    from .. import playlists
    from ..library import store_clusters

    names = _playlist_names(lib, clusters, config)
    directory = settings.playlist_dir(config)
    n_changed = store_clusters(
        lib,
        {
            track.id: (label, place)
            for label, tracks in clusters.items()
            for place, track in enumerate(tracks, start=1)
        },
    )
    try:
        outcome = playlists.write(
            directory,
            {names[label]: [t.path for t in tracks] for label, tracks in clusters.items()},
            settings.relative_to(config),
        )
    except OSError as exc:
        raise ui.UserError(f"cannot write playlists to {directory}: {exc.strerror}") from exc
    for warning in outcome.warnings:
        log.warning("{}", warning)
    ui.print_(f"{n_changed} tracks changed; {len(outcome.written)} playlists in {directory}")
    if outcome.removed:
        ui.print_(f"{len(outcome.removed)} old playlists removed")


def _playlist_names(
    lib: Library, clusters: Mapping[int, Sequence[Track]], config: confuse.ConfigView
) -> dict[int, str]:
    """Return a file name without suffix for each cluster, safe on the file system."""
    pattern = config["playlist_name"].as_str()
    names = {}
    for label in clusters:
        name = Template(pattern).substitute({"cluster": str(label)}, {})
        names[label] = sanitize_path(name.replace("/", "_"), lib.replacements).strip()
    if len({name.lower() for name in names.values()}) < len(names) or "" in names.values():
        raise ui.UserError(
            f"mir.playlist_name: {pattern!r} does not give each cluster a name of its own"
        )
    return names
