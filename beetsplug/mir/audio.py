"""A file becomes sound: mono float32 samples at the file's own rate.

libsndfile reads WAV, FLAC, Ogg, Opus, MP3 and AIFF; whatever it refuses goes to
PyAV, which carries its own FFmpeg (M4A, WMA, APE, WavPack, DSF, ...).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import soundfile as sf
import soxr

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_RATE = 48000
"""Above this rate (Hz) there is nothing to hear."""

RESAMPLED_RATE = 44100
"""What rates above :data:`MAX_RATE` are brought to (Hz)."""

# Until version 19 PyAV refuses a file whose tags are not UTF-8 unless told otherwise.
_ANY_TAGS: dict[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
)

_LOUDEST = 10.0  # 20 dB over full scale; only a broken float file is louder


class AudioError(ValueError):
    """A file that cannot be analysed; the message says why, without the path."""


def load(path: bytes) -> tuple[NDArray[np.float32], int]:
    """Decode a file; return its samples of shape (n_samples,) and its rate in Hz.

    The samples are the mean of the channels, at most 48 kHz, always finite. What
    can be decoded of a damaged file counts. Raises :class:`AudioError` if nothing can.
    """
    if not os.path.isfile(path):
        raise AudioError("no such file")
    if not os.path.getsize(path):
        raise AudioError("the file is empty")
    try:
        y, sr = _load_soundfile(path)
    except sf.LibsndfileError:
        y, sr = _load_av(path)
    if not y.size:
        raise AudioError("there is no sound in it")
    return _tame(*_limit_rate(y, sr))


def _load_soundfile(path: bytes) -> tuple[NDArray[np.float32], int]:
    with sf.SoundFile(path) as file:
        y = file.read(dtype="float32", always_2d=True)
        return y.mean(axis=1), file.samplerate


def _load_av(path: bytes) -> tuple[NDArray[np.float32], int]:
    try:
        # A file object, since FFmpeg takes no path that is not UTF-8.
        with (
            open(path, "rb") as file,
            av.open(file, "r", **_ANY_TAGS) as container,
        ):
            if not container.streams.audio:
                raise AudioError("there is no sound in it")
            return _decode(container)
    except (av.FFmpegError, OSError) as exc:
        raise AudioError(f"cannot be decoded ({exc.strerror or exc})") from exc


def _decode(container: av.container.InputContainer) -> tuple[NDArray[np.float32], int]:
    """Decode the first audio stream up to its end or its first unreadable frame."""
    stream = container.streams.audio[0]
    planar = av.AudioResampler(format="fltp")
    parts: list[NDArray[np.float32]] = []
    try:
        for frame in container.decode(stream):
            parts += [part.to_ndarray().mean(axis=0) for part in planar.resample(frame)]
    except av.FFmpegError:
        if not parts:
            raise
    y = np.concatenate(parts) if parts else np.empty(0, np.float32)
    return y, stream.rate


def _limit_rate(y: NDArray[np.float32], sr: int) -> tuple[NDArray[np.float32], int]:
    if sr <= MAX_RATE:
        return y, sr
    return soxr.resample(y, sr, RESAMPLED_RATE), RESAMPLED_RATE


def _tame(y: NDArray[np.float32], sr: int) -> tuple[NDArray[np.float32], int]:
    """Replace what only a broken float file holds: NaN, infinities, huge values."""
    np.nan_to_num(y, copy=False, posinf=_LOUDEST, neginf=-_LOUDEST)
    return np.clip(y, -_LOUDEST, _LOUDEST), sr
