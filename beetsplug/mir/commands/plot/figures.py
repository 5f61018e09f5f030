"""The figures of `beet mirplot`: each drawn and saved, and then the page that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ground.stages import stage
from ...ground.terminal import say
from ...names import NETWORK
from .files import GALLERY, MAP, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from beets.logging import BeetsLogger

    from ...library.items import Analysed
    from ...plots.material import Material
    from ...settings import Study

BIAS = 0.5  # of the picture that shows a genre bias, if none is configured


def draw(
    found: Analysed,
    study: Study,
    names: Sequence[str],
    kind: str,
    out_dir: Path,
    log: BeetsLogger,
) -> None:
    """Draw figures of these tracks (of no *names*: all), and the page of all in the folder.

    *kind* is their format. Raises OSError if they cannot be written.
    """
    material = _material(found, study)
    reasons = _draw(material, names, kind, out_dir, log)
    _show(material, reasons, kind, out_dir)


def _material(found: Analysed, study: Study) -> Material:
    from ...plots.material import Material

    return Material(
        X=found.X,
        heard=found.values(NETWORK) if study.features == NETWORK else None,
        genres=[track.genre for track in found.tracks],
        ids=np.array([track.cluster for track in found.tracks]),
        epochs=study.epochs,
        random_state=study.random_state,
        bias=study.genre_bias or BIAS,
    )


def _draw(
    material: Material, names: Sequence[str], kind: str, out_dir: Path, log: BeetsLogger
) -> dict[str, str]:
    """Draw figures; return why those are not there that cannot be drawn, by name."""
    from ...plots.catalogue import PLOTS, missing
    from ...plots.save import save

    reasons = {}
    for name, plot in PLOTS.items():
        asked, path = not names or name in names, out_dir / f"{name}.{kind}"
        if reason := missing(plot, material):
            reasons[name] = reason
        if reason and asked:
            log.warning("{}: skipped: {}", name, reason)
            path.unlink(missing_ok=True)  # of an earlier time: it shows other tracks
        elif asked:
            with stage(log, name):
                save(plot.draw(material), path)
            say(str(path))
    return reasons


def _show(material: Material, reasons: Mapping[str, str], kind: str, out_dir: Path) -> None:
    """Write the page that shows all figures that are in the folder."""
    from ...plots.catalogue import PLOTS
    from ...plots.gallery import Entry, page

    entries = []
    for name, plot in PLOTS.items():
        path = out_dir / f"{name}.{kind}"
        there = path.exists()
        note = plot.how_to_read if there else reasons.get(name, "not drawn this time")
        entries.append(Entry(name, plot.title, note, path.name if there else None))
    about = f"{len(material)} tracks, {material.features} features"
    map_file = MAP if (out_dir / MAP).exists() else None
    write(out_dir / GALLERY, page(entries, about=about, map_file=map_file))
