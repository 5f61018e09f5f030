"""What the commands start from: the analysed tracks, and their encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beets import ui

from ..stages import stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ..library import Track
    from ..settings import Study
    from ..study import Encoded

NEEDS_TENSORFLOW = (
    "needs TensorFlow, which is not installed: pip install 'beets-mir[tensorflow]'"
)


def analysed(
    lib: Library, query: Sequence[str], log: BeetsLogger, *, ask_files: bool = True
) -> tuple[list[Track], NDArray[np.float64]]:
    """Return the matching tracks that have features, and these; say what is left out.

    Files are asked for a genre that the library lacks, unless *ask_files* is false.
    """
    from ..library import count_items, mixture, read_tracks

    with stage(log, "reading") as did:
        tracks, X = read_tracks(lib, query, ask_files=ask_files)
        n_missing = count_items(lib, query) - len(tracks)
        did(f"{len(tracks)} tracks with features, {n_missing} without")
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
    return tracks, X


def need_tensorflow() -> None:
    """Stop with a clear line if there is no TensorFlow."""
    from ..autoencoder import available

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
    from ..progress import Progress
    from ..study import encode

    quiet = name != "autoencoder"
    with Progress(study.epochs, unit="epoch", quiet=quiet) as progress:
        try:
            return encode(
                X, genres, name, dims, bias=study.genre_bias, epochs=study.epochs,
                random_state=study.random_state,
                on_epoch=lambda epoch, loss: progress.advance(),
            )  # fmt: skip
        except ImportError as exc:
            raise ui.UserError(f"the autoencoder needs TensorFlow: {exc}") from exc
