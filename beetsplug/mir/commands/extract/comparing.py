"""`beet mirextract --check`: stored features beside librosa's, on one's own music."""

from __future__ import annotations

import math
import random
from collections import Counter
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from beets import ui
from beets.util import displayable_path

from ... import fields, names, settings
from ...ground.stages import stage
from ...ground.terminal import say
from ...sound.errors import NO_FILE
from .missing import Missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import confuse
    import numpy as np
    from beets.library import Library
    from beets.logging import BeetsLogger
    from numpy.typing import NDArray

    from ...library.known import Known

MOST = 100
"""Tracks that are checked unless --limit says otherwise: librosa takes seconds for each."""

NEEDS_LIBROSA = "--check needs librosa, which is not installed: pip install librosa"

_WITHOUT = "without current features"
_MISSING = "missing"
_UNREADABLE = "not to be analysed"
_NOT_REACHED = "not reached"

_ROW = "{:14}  {:>10}  {:>18}  {:>12}  {}"


class Checked(NamedTuple):
    """A track and its sixteen features, as they are stored and as librosa has them."""

    track: str
    stored: NDArray[np.float64]
    plain: NDArray[np.float64]


class LeftOut(NamedTuple):
    """Why a track is not compared, in the summary and, if it is to be told, in a warning."""

    kind: str
    warning: str = ""
    why: str = NO_FILE  # it is missing


def run(lib: Library, ids: Sequence[int], config: confuse.ConfigView, log: BeetsLogger) -> None:
    """Analyse tracks by librosa, and say how far from that their stored features are."""
    if find_spec("librosa") is None:
        raise ui.UserError(NEEDS_LIBROSA)
    given = config["limit"].get() is not None
    most = settings.count(config, "limit", 1) if given else MOST
    analysed = _analysed(lib, ids)
    drawn = _drawn(analysed, most)
    if len(drawn) < len(analysed):
        say(f"{len(drawn)} of {len(analysed)} tracks, drawn at random:")
    n_not_drawn = len(analysed) - len(drawn)
    left_out = Counter({_WITHOUT: len(ids) - len(analysed), _MISSING: 0, _UNREADABLE: 0})
    checked: list[Checked] = []
    try:
        with stage(log, "checking") as did:
            _check(lib, drawn, checked, left_out, log)
            did(f"{len(checked)} tracks")
    finally:  # also when interrupted: what was compared is told
        left_out[_NOT_REACHED] = len(ids) - n_not_drawn - len(checked) - left_out.total()
        for line in _report(checked, left_out):
            say(line)


def _analysed(lib: Library, ids: Sequence[int]) -> list[int]:
    """Return the items that have features of this version."""
    from ...library.known import read_known

    if not ids:
        raise ui.UserError("no tracks match")
    found = [
        known.id
        for known in read_known(lib, ids)
        if known.is_whole and names.heard(known.version or "") is not None
    ]
    if not found:
        raise ui.UserError(
            "none of the matching tracks is analysed: run `beet mirextract` first"
        )
    return found


def _drawn(analysed: Sequence[int], most: int) -> list[int]:
    """Return so many of them, the same at every call, in no order: it may be interrupted."""
    if len(analysed) <= most:
        return list(analysed)
    return random.Random(0).sample(analysed, most)


def _check(
    lib: Library,
    drawn: Sequence[int],
    checked: list[Checked],
    left_out: Counter[str],
    log: BeetsLogger,
) -> None:
    """Add tracks to those that are checked or left out; show progress, warn of bad files."""
    from ...ground.progress import Progress
    from ...library.items import read_tracks
    from ...library.known import read_known
    from ...library.values import features_of

    all_known = [*read_known(lib, drawn)]
    ids = [known.id for known in all_known]
    shown = {track.id: str(track) for track in read_tracks(lib, ids).tracks}
    missing = Missing(lib.directory)
    with Progress(len(ids)) as progress:
        for known, stored in zip(all_known, features_of(lib, ids), strict=True):
            plain = _plain(known)
            if isinstance(plain, LeftOut):
                left_out[plain.kind] += 1
                if plain.warning:
                    with progress.paused():
                        log.warning("{}: {}", displayable_path(known.path), plain.warning)
                if plain.kind == _MISSING:
                    missing.add(known.path, plain.why)
            else:
                missing.found(known.path)
                stored = _furthest(plain, stored, _in_fields(lib, known.id))
                checked.append(Checked(shown.get(known.id, ""), stored, plain))
            progress.advance()


def _plain(known: Known) -> NDArray[np.float64] | LeftOut:
    """Return the features of a file as librosa states them, of what was heard of it."""
    import numpy as np

    from ...library.source import look, print_of
    from ...sound.analysis import analyse_file
    from ...sound.errors import AudioError, UnreadError
    from ...sound.features import plain

    file = look(known)
    if file is None:
        return LeftOut(_MISSING, "is missing")
    if print_of(file.source) != print_of(known.source):
        return LeftOut(_WITHOUT)  # it has been replaced
    excerpt = names.heard(known.version or "") or 0
    try:
        values = analyse_file(known.path, excerpt, plain).values or {}
    except UnreadError as exc:
        return LeftOut(_MISSING, str(exc), str(exc))
    except (AudioError, plain.TooLongError) as exc:
        return LeftOut(_UNREADABLE, str(exc))
    except MemoryError:
        return LeftOut(_UNREADABLE, "there is not enough memory for it")
    return np.array([values[f"{f.series}_{f.summary}"] for f in names.FEATURES])


def _in_fields(lib: Library, id_: int) -> list[float]:
    """Return the features as the fields show them, NaN for what they do not."""
    item = lib.get_item(id_)
    shown = [item and item.get(name, with_album=False) for name in fields.FEATURE_FIELDS]
    return [math.nan if value is None else float(value) for value in shown]


def _furthest(
    plain: NDArray[np.float64], packed: NDArray[np.float64], shown: Sequence[float]
) -> NDArray[np.float64]:
    """Return of what is stored twice, in ``mir_vector`` and in fields, what is further off.

    Clusters and pictures are made of the first, queries ask for the second.
    """
    import numpy as np

    return np.where(abs(shown - plain) > abs(packed - plain), shown, packed)


def _report(checked: Sequence[Checked], left_out: Mapping[str, int]) -> Iterator[str]:
    """Yield the lines that say how well both agree, feature by feature."""
    without = ", ".join(f"{n} {kind}" for kind, n in left_out.items() if n)
    n_tracks = f"{len(checked)} track{'s' * (len(checked) != 1)}"
    yield f"{n_tracks} compared with librosa{f'; left out: {without}' if without else ''}"
    if not checked:
        return
    import numpy as np

    from ...sound.features.agreement import agreements

    stored, plain = (np.array([one[side] for one in checked]) for side in (1, 2))
    yield _ROW.format("feature", "rank corr.", "largest difference", "in std. dev.", "track")
    found = agreements(stored, plain)
    for feature, agreement in zip(names.FEATURES, found, strict=True):
        yield _ROW.format(
            feature.name,
            "-" if agreement.correlation is None else f"{agreement.correlation:.4f}",
            f"{_number(agreement.difference)} {feature.unit:3}",
            "-" if agreement.deviations is None else _number(agreement.deviations),
            checked[agreement.row].track,
        )


def _number(value: float) -> str:
    """Return two digits that count, more of a large number."""
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"
