"""The figures of `beet mirplot`: each drawn and saved, and then the page that shows them."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from ...ground.signals import held
from ...ground.stages import stage
from ...ground.terminal import note, say
from ...names import NETWORK
from .files import GALLERY, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from beets.logging import BeetsLogger

    from ...ground.progress import Progress
    from ...library.items import Analysed
    from ...plots.material import Made, Material
    from ...plots.palette import Look
    from ...settings import Study

MOST_EPOCHS = 500
"""Of networks of figures: in four times as many the loss falls by another tenth, unseen."""

BIAS = 0.5  # of the picture that shows a genre bias, if none is configured


def draw(
    found: Analysed,
    study: Study,
    looks: Mapping[str, Look],
    names: Sequence[str],
    kind: str,
    out_dir: Path,
    log: BeetsLogger,
    *,
    page: Callable[[Material, Sequence[str]], str],
    exact: bool,
    patient: bool,
    quiet: bool,
    alone: bool,
) -> None:
    """Draw figures of these tracks (of no *names*: all), and the page of all in the folder.

    *looks* are those of the genres, *kind* is the figures' format. *page* makes the page
    that shows them, given the material and the names of those that are done with. *exact*:
    as many clusters as asked for, however few tracks each gets. Unless *patient*, networks
    train for :data:`MOST_EPOCHS`. Not if *quiet*, a terminal
    shows how far it is. Unless *alone*, another process computes what all figures together
    take long for. An interrupt ends it at once, and what was drawn is on the page.
    Raises OSError if they cannot be written.
    """
    from ...ground.files import alone_in
    from ...ground.progress import Progress
    from ...plots.catalogue import PLOTS

    asked = [name for name in PLOTS if not names or name in names]
    epochs = study.epochs if patient else min(study.epochs, MOST_EPOCHS)
    material = _material(found, study._replace(epochs=epochs), looks, log, exact=exact)
    done: list[str] = []
    try:
        # Where there is no terminal, the names of the files tell how far it is.
        bar = Progress(len(asked), unit="figure", quiet=quiet, lines=False)
        ahead = nullcontext() if names or alone else _ahead(material)
        with bar as progress, ahead:
            _draw(material, asked, kind, out_dir, done, progress, log)
    finally:  # also when interrupted: what was drawn can be seen
        if done:
            with stage(log, "page"), alone_in(out_dir):  # others note there what they drew
                write(out_dir / GALLERY, page(material, done))


def _ahead(material: Material) -> AbstractContextManager[object]:
    from ...plots.ahead import Ahead

    return Ahead(material)


def _material(
    found: Analysed, study: Study, looks: Mapping[str, Look], log: BeetsLogger, *, exact: bool
) -> Material:
    import numpy as np

    from ...plots.material import Material

    return Material(
        X=found.X,
        heard=found.values(NETWORK) if study.features == NETWORK else None,
        genres=found.genres,
        ids=np.array([track.cluster for track in found.tracks]),
        epochs=study.epochs,
        random_state=study.random_state,
        bias=study.genre_bias or BIAS,
        made=_made(found, study, log, exact=exact),
        genre_looks=looks,
    )


def _made(found: Analysed, study: Study, log: BeetsLogger, *, exact: bool) -> Made:
    """Return how clusters are made: as `mircluster` makes them of tracks that have none.

    UserError if there are fewer tracks than the clusters that are asked for.
    """
    import numpy as np

    from ...plots.material import Made
    from ..cluster import fitting

    n_tracks = len(found)
    fitting.check(n_tracks, study, 0, exact=exact)
    given = study.n_clusters is not None
    return Made(
        study.encoding,
        study.n_dims,
        study.method,
        study.genre_bias,
        fitting.chosen_number(found.X, study, 0, exact, log) if given else None,
        lambda Z: fitting.chosen_number(Z, study, 0, exact, log),
        lambda Z, n_clusters: fitting.labels_of(
            Z, n_clusters, found.genres, np.zeros(n_tracks, dtype=np.int64), study, log
        ),
    )


def _draw(
    material: Material,
    asked: Sequence[str],
    kind: str,
    out_dir: Path,
    done: list[str],
    progress: Progress,
    log: BeetsLogger,
) -> None:
    """Draw figures, say which cannot be drawn, and collect those that are *done* with."""
    from ...plots.catalogue import PLOTS, missing
    from ...plots.save import save

    for name in asked:
        path = out_dir / f"{name}.{kind}"
        progress.now(name)
        try:
            if reason := missing(PLOTS[name], material):
                with progress.paused():
                    log.warning("{}: skipped: {}", name, reason)
                path.unlink(missing_ok=True)  # of an earlier time: it shows other tracks
                done.append(name)
            else:
                with stage(log, name):
                    figure = PLOTS[name].draw(material)
                    with held():  # what is in the folder is on the page
                        save(figure, path)
                        done.append(name)
                with progress.paused():
                    say(str(path))
        except KeyboardInterrupt:
            with progress.paused():
                note(f"interrupted at {name}: {len(done)} of {len(asked)} figures are done")
            raise
        progress.advance()
