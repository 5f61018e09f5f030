"""`beet mirplot`: draw the analysed tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import confuse
from beets import ui

from .. import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from optparse import Values

    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from ..library import Track

FORMATS = ("svg", "png", "pdf")


def command(config: confuse.ConfigView, log: BeetsLogger) -> ui.Subcommand:
    """Declare the command."""
    cmd = ui.Subcommand("mirplot", help="draw the tracks by their sound")
    add = cmd.parser.add_option
    add("-o", "--out-dir", metavar="DIR", help="where the pictures go")
    add("--format", choices=FORMATS, help="svg, png or pdf")

    def func(lib: Library, opts: Values, args: list[str]) -> None:
        settings.overlay(config, opts)
        run(lib, args, config, log)

    cmd.func = func
    return cmd


def run(lib: Library, query: list[str], config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Draw the matching tracks and say where the pictures are."""
    kind = config["format"].get(confuse.Choice(FORMATS))
    out_dir = settings.folder(config["out_dir"], default="mir-plots")
    from ..library import mixture, read_tracks
    from ..plots.save import save

    tracks, X = read_tracks(lib, query)
    if len(tracks) < 2:
        raise ui.UserError(
            f"{len(tracks)} of the matching tracks are analysed, and a picture needs two:"
            " run `beet mirextract` first"
        )
    if mixed := mixture(tracks):
        log.warning("{}", mixed)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        for name, figure in _figures(tracks, X, log):
            save(figure, out_dir / f"{name}.{kind}")
            ui.print_(str(out_dir / f"{name}.{kind}"))
    except OSError as exc:
        raise ui.UserError(f"cannot write pictures to {out_dir}: {exc.strerror}") from exc


def _figures(
    tracks: Sequence[Track], X: NDArray[np.float64], log: BeetsLogger
) -> Iterator[tuple[str, Figure]]:
    """Yield each figure with its name."""
    from .. import encoding, genres
    from ..encoders import signed
    from ..plots.matrix import feature_matrix
    from ..plots.scatter import scatter_2d, scatter_3d

    normalised = encoding.normalise(signed(X))
    layers = encoding.pca(normalised, 3)
    Z, explained = layers.encode(normalised), layers.explained
    track_genres = [track.genre for track in tracks]
    genre_order = genres.order(Z, track_genres)
    clusters = [str(track.cluster or "") for track in tracks]

    yield "features-by-genre", feature_matrix(normalised, track_genres, genre_order)
    if Z.shape[1] >= 2:
        yield "pca-2d-by-genre", scatter_2d(Z, explained, track_genres, genre_order)
    if not any(clusters):
        log.warning("no picture of the clusters: run `beet mircluster` first")
    elif Z.shape[1] >= 3:
        cluster_order = sorted(set(clusters) - {""}, key=int)
        yield "pca-3d-by-cluster", scatter_3d(Z, explained, clusters, cluster_order)
