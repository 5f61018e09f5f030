"""The trained network at hand: its weights, or a word on how to get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .. import settings

if TYPE_CHECKING:
    from pathlib import Path

    import confuse
    import numpy as np
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ..library.items import Analysed
    from ..sound.network.layers import Weights


class Ear(NamedTuple):
    """What can listen."""

    weights: Path | None  # None if nothing can, or nobody wants it
    advice: str | None = None


def find(config: confuse.ConfigView, log: BeetsLogger) -> Ear:
    """Return the kept weights of the network; unless one pretends, make them if there are none.

    Weights that cannot be used cost a line, and the sixteen features go on without them.
    """
    if not config["network"].get(bool):
        return Ear(None)
    from ..sound.network import weights

    path = settings.network_file()
    try:
        if not weights.is_kept(path):
            made = weights.from_package()
            if not config["pretend"].get(bool):
                _keep(path, made, log)
    except weights.NoPackageError as exc:
        return Ear(None, f"{exc}: `{weights.HOW_TO_GET}`, and the next run hears more (README)")
    except weights.WeightsError as exc:
        log.warning("{}; going on without the network", exc)
        return Ear(None)
    return Ear(path)


def tag_scores(found: Analysed, log: BeetsLogger) -> NDArray[np.float64] | None:
    """Return what the network says for each tag, shape (n_tracks, n_tags), 0 to 1.

    NaN for tracks that it has not heard; None if it has heard none, or is gone itself,
    which is said.
    """
    if not found.has_network.any():
        return None
    from ..sound.network import hearing, weights

    try:
        network = weights.load(settings.network_file())
    except weights.WeightsError as exc:
        log.warning("{}: its values stand for no tags", exc)
        return None
    return hearing.scores(network, found.heard).astype(float)


def _keep(path: Path, made: Weights, log: BeetsLogger) -> None:
    from ..sound.network import weights

    try:
        weights.keep(path, made)
    except OSError as exc:  # each worker makes its own
        log.warning("{}: cannot keep the network there ({})", path, exc.strerror)
