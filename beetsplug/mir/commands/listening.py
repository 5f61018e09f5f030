"""The trained network at hand: its weights, or a word on how to get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .. import settings

if TYPE_CHECKING:
    from pathlib import Path

    import confuse
    from beets.logging import BeetsLogger

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


def _keep(path: Path, made: Weights, log: BeetsLogger) -> None:
    from ..sound.network import weights

    try:
        weights.keep(path, made)
    except OSError as exc:  # each worker makes its own
        log.warning("{}: cannot keep the network there ({})", path, exc.strerror)
