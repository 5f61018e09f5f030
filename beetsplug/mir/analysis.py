"""One file becomes values: what is heard of it, and what is measured in that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .audio import AudioError, Sound, open_sound
from .excerpt import HEARD, windows
from .features.extract import extract, extract_windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_COMPLETE = 0.95  # of a window's samples; less, and the file is not what its header says


def analyse_file(path: bytes, excerpt: int) -> dict[str, float]:
    """Return the summaries named in :data:`names.VECTOR` of a file.

    *excerpt* is the seconds to hear of it, 0 for all. A file that cannot be entered in
    the middle is heard whole. Raises :class:`audio.AudioError` if nothing can be decoded.
    """
    with open_sound(path) as sound:
        if heard := _heard(sound, excerpt):
            return extract_windows(heard, sound.sr, HEARD)
    with open_sound(path) as sound:
        return extract(_not_empty(sound.blocks()), sound.sr)


def _heard(sound: Sound, excerpt: int) -> list[NDArray[np.float32]]:
    """Return the samples of each window; none for a track that is to be heard whole."""
    heard = []
    for window in windows(sound.seconds, excerpt):
        y = np.concatenate([np.empty(0, np.float32), *sound.blocks(*window)])
        if len(y) < _COMPLETE * window.seconds * sound.sr:
            return []
        heard.append(y)
    return heard


def _not_empty(blocks: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    n_samples = 0
    for block in blocks:
        n_samples += len(block)
        yield block
    if not n_samples:
        raise AudioError("cannot be decoded (there is no sound in it)")
