"""What the commands start from: the analysed tracks, and their encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beets import ui

from ..ground.stages import stage
from ..names import CLASSIC, LEAST_HEARD, NETWORK
from ..settings import AUTO

HEARS_THE_REST = "`beet mirextract` lets it hear the rest"

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beets.library import Library
    from beets.logging import BeetsLogger

    from ..library.items import Analysed
    from ..settings import Study
    from ..space.encoders import Values
    from ..space.encodings import Encoded


def analysed(
    lib: Library, query: Sequence[str], log: BeetsLogger, *, cached: bool = False
) -> Analysed:
    """Return the matching tracks that have features, and these; say what is left out.

    If *cached*, features of any version will do.
    """
    from ..library.items import read_tracks
    from ..library.selection import matching

    with stage(log, "reading") as did:
        ids = matching(lib, query)
        found = read_tracks(lib, ids, cached=cached)
        did(f"{len(found)} tracks with features, {len(ids) - len(found)} without")
    _say_what_is_left_out(len(ids), len(found), log, cached=cached)
    n_of_others = sum(bool(track.network_version) for track in found.tracks)
    if cached and (n_of_others := n_of_others - int(found.has_network.sum())):
        log.info(
            "what the network heard in {} tracks is of another version and not used",
            n_of_others,
        )
    return found


def unplaced(
    lib: Library, query: Sequence[str], log: BeetsLogger, *, cached: bool = False
) -> Analysed:
    """Return of the matching tracks that have features those that have no cluster.

    If *cached*, features of any version will do. The features of all others are not read.
    """
    from ..library import items
    from ..library.selection import matching

    with stage(log, "reading") as did:
        ids = matching(lib, query)
        new = items.unplaced(lib, cached=cached)
        if query:
            among = set(ids)
            new = [id_ for id_ in new if id_ in among]
        found = items.read_tracks(lib, new, cached=cached)
        n_analysed = items.n_measured(lib, ids, cached=cached) - (len(new) - len(found))
        did(f"{n_analysed} tracks with features, {len(ids) - n_analysed} without")
    _say_what_is_left_out(len(ids), n_analysed, log, cached=cached)
    return found


def of_one_set(found: Analysed, study: Study, log: BeetsLogger) -> tuple[Analysed, Study]:
    """Return the tracks that have the feature set of a study, and the study with its set.

    By itself that is the network's where nine tracks in ten have it. What is left out is
    said. UserError if no track has it.
    """
    has_network = found.has_network
    features = study.features
    if features == AUTO:
        features = NETWORK if has_network.mean() >= LEAST_HEARD else CLASSIC
        if features == CLASSIC and has_network.any():
            log.info(
                "by the sixteen features: the network has heard only {} of {} tracks ({})",
                has_network.sum(), len(found), HEARS_THE_REST,
            )  # fmt: skip
    if features == NETWORK:
        found = that_were_heard(found, log)
    warn_of_mixture(found, features, log, cached=study.cached)
    return found, study._replace(features=features)


def warn_of_mixture(
    found: Analysed, features: str, log: BeetsLogger, *, cached: bool = False
) -> None:
    """Warn if the tracks' values of a feature set were not all made in the same way.

    If *cached*, that is what is asked for: a line says of how many tracks old values are used.
    """
    from ..library.versions import mixture, of_other_versions

    if cached:
        if old := of_other_versions(found.tracks, features):
            log.info("{}", old)
    elif mixed := mixture(found.tracks, features):
        log.warning("{}", mixed)


def that_were_heard(found: Analysed, log: BeetsLogger) -> Analysed:
    """Return the tracks that the network has heard; UserError if there are none."""
    has_network = found.has_network
    if not has_network.any():
        raise ui.UserError(
            f"the network has heard none of the matching tracks: {HEARS_THE_REST}"
        )
    if not has_network.all():
        log.info(
            "{} tracks are left out that the network has not heard ({})",
            len(found) - has_network.sum(), HEARS_THE_REST,
        )  # fmt: skip
        found = found.only(has_network.nonzero()[0])
    return found


def _say_what_is_left_out(
    n_matching: int, n_analysed: int, log: BeetsLogger, *, cached: bool
) -> None:
    if not n_matching:
        raise ui.UserError("no tracks match")
    if not n_analysed:
        raise ui.UserError(
            "none of the matching tracks is analysed: run `beet mirextract` first"
        )
    if n_analysed < n_matching:
        lack = "have no values that can be used, and are" if cached else "are not analysed and"
        log.info("{} matching tracks {} left out", n_matching - n_analysed, lack)


def need_tensorflow() -> None:
    """Stop with a clear line if there is no TensorFlow."""
    from ..space.autoencoder import NEEDS_TENSORFLOW, available

    if not available():
        raise ui.UserError(f"the autoencoder {NEEDS_TENSORFLOW}")


def encoded(
    X: Values,
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


def _encoded(X: Values, genres: Sequence[str], name: str, dims: int, study: Study) -> Encoded:
    from ..ground.progress import Progress
    from ..space.encodings import fit

    quiet = name != "autoencoder"
    with Progress(study.epochs, unit="epoch", quiet=quiet) as progress:
        try:
            return fit(
                X, genres, name, dims, bias=study.genre_bias, epochs=study.epochs,
                random_state=study.random_state, features=study.features,
                on_epoch=lambda epoch, loss: progress.advance(),
            )  # fmt: skip
        except ImportError as exc:
            raise ui.UserError(f"the autoencoder needs TensorFlow: {exc}") from exc
