"""What the commands start from: the analysed tracks, and their encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beets import ui

from ..ground.stages import stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ..library.items import Track
    from ..settings import Study
    from ..space.encodings import Encoded


def analysed(
    lib: Library, query: Sequence[str], log: BeetsLogger
) -> tuple[list[Track], NDArray[np.float64]]:
    """Return the matching tracks that have features, and these; say what is left out."""
    from ..library.items import read_tracks
    from ..library.selection import matching

    with stage(log, "reading") as did:
        ids = matching(lib, query)
        tracks, X = read_tracks(lib, ids)
        did(f"{len(tracks)} tracks with features, {len(ids) - len(tracks)} without")
    _say_what_is_left_out(len(ids), len(tracks), log)
    _say_if_mixed(tracks, log)
    return tracks, X


def unplaced(
    lib: Library, query: Sequence[str], log: BeetsLogger
) -> tuple[list[Track], NDArray[np.float64]]:
    """Return of the matching tracks that have features those that have no cluster.

    The features of all others are not read.
    """
    from ..library.items import have_cluster, read_tracks
    from ..library.selection import matching

    with stage(log, "reading") as did:
        ids = matching(lib, query)
        known = have_cluster(lib)
        new = [id_ for id_ in ids if not known.get(id_, True)]
        tracks, X = read_tracks(lib, new)
        n_analysed = sum(id_ in known for id_ in ids) - (len(new) - len(tracks))
        did(f"{n_analysed} tracks with features, {len(ids) - n_analysed} without")
    _say_what_is_left_out(len(ids), n_analysed, log)
    _say_if_mixed(tracks, log)
    return tracks, X


def _say_what_is_left_out(n_matching: int, n_analysed: int, log: BeetsLogger) -> None:
    if not n_matching:
        raise ui.UserError("no tracks match")
    if not n_analysed:
        raise ui.UserError(
            "none of the matching tracks is analysed: run `beet mirextract` first"
        )
    if n_analysed < n_matching:
        log.info("{} matching tracks are not analysed and left out", n_matching - n_analysed)


def _say_if_mixed(tracks: Sequence[Track], log: BeetsLogger) -> None:
    from ..library.items import mixture

    if mixed := mixture(tracks):
        log.warning("{}", mixed)


def need_tensorflow() -> None:
    """Stop with a clear line if there is no TensorFlow."""
    from ..space.autoencoder import NEEDS_TENSORFLOW, available

    if not available():
        raise ui.UserError(f"the autoencoder {NEEDS_TENSORFLOW}")


def encoded(
    X: NDArray[np.float64],
    genres: Sequence[str],
    name: str,
    dims: int,
    study: Study,
    log: BeetsLogger,
) -> Encoded:
    """Fit an encoding to features; the training of a network shows its progress."""
    with stage(log, f"encoding by {name}") as did:
        found = _encoded(X, genres, name, dims, study)
        did(f"{len(X)} tracks in {found.Z.shape[1]} dimensions")
        if found.training:
            did(f"stopped after {len(found.training.history)} epochs")
    return found


def _encoded(
    X: NDArray[np.float64], genres: Sequence[str], name: str, dims: int, study: Study
) -> Encoded:
    from ..ground.progress import Progress
    from ..space.encodings import fit

    quiet = name != "autoencoder"
    with Progress(study.epochs, unit="epoch", quiet=quiet) as progress:
        try:
            return fit(
                X, genres, name, dims, bias=study.genre_bias, epochs=study.epochs,
                random_state=study.random_state,
                on_epoch=lambda epoch, loss: progress.advance(),
            )  # fmt: skip
        except ImportError as exc:
            raise ui.UserError(f"the autoencoder needs TensorFlow: {exc}") from exc
