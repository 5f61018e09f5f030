"""A file becomes sound: mono float32 samples at the file's own rate, as a stream of blocks.

PyAV decodes, which carries its own FFmpeg: every format, none slower than libsndfile
(``docs/performance.md``), and it can start in the middle of a file.
"""

from __future__ import annotations

import math
import os
import sys
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, BinaryIO

import av
import numpy as np
import soxr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

MAX_RATE = 48000
"""Above this rate (Hz) there is nothing to hear."""

RESAMPLED_RATE = 44100
"""What rates above :data:`MAX_RATE` are brought to (Hz)."""

_BLOCK = 1 << 16  # samples
_PREROLL = 0.1  # seconds before a window in which a lossy decoder settles
_LOUDEST = 10.0  # 20 dB over full scale; only a broken file is louder

_SCALE = {"uint8": 2.0**-7, "int16": 2.0**-15, "int32": 2.0**-31, "int64": 2.0**-63}

_OPEN: dict[str, Any] = {
    # Find a place in an MP3 by its size and not by reading all that comes before.
    "options": {"fflags": "fastseek"},
    # Until version 19 PyAV refuses a file whose tags are not UTF-8 unless told otherwise.
    **({"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}),
}


class AudioError(ValueError):
    """A file that cannot be analysed; the message says why, without the path."""


class Sound:
    """The first audio stream of an open file."""

    def __init__(self, container: av.container.InputContainer) -> None:
        self._container = container
        self._stream = container.streams.audio[0]
        self._stream.codec_context.thread_count = 1  # the pool has a process for each core
        self._moved = False
        self.file_sr = self._stream.rate
        self.sr = self.file_sr if self.file_sr <= MAX_RATE else RESAMPLED_RATE
        """Rate in Hz of the samples that come out."""

    @property
    def seconds(self) -> float | None:
        """The length that the file claims to have, if it does."""
        if self._stream.duration is not None and self._stream.time_base is not None:
            return float(self._stream.duration * self._stream.time_base)
        if self._container.duration is not None:
            return self._container.duration / av.time_base
        return None

    def blocks(
        self, start: float = 0.0, seconds: float | None = None
    ) -> Iterator[NDArray[np.float32]]:
        """Yield mono samples from *start* on, for so many *seconds* or up to the end.

        The mean of the channels, always finite. What cannot be decoded is passed over.
        """
        n_samples = None if seconds is None else round(seconds * self.file_sr)
        samples: Iterator[NDArray[np.float32]] = map(
            _mono, _chunks(self._frames(start), n_samples)
        )
        if self.sr != self.file_sr:
            samples = _resampled(samples, self.file_sr, self.sr)
        return map(_tamed, samples)

    def _frames(self, start: float) -> Iterator[av.AudioFrame]:
        """Yield decoded frames from the one that holds *start* on."""
        start = self._enter(start) if start or self._moved else -math.inf
        self._moved = True
        started = False
        for packet in self._container.demux(self._stream):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue  # a damaged packet
            if frames and not started:
                frames = [frame for frame in frames if _ends_after(frame, start)]
                started = bool(frames)
            yield from frames

    def _enter(self, start: float) -> float:
        """Go to a little before *start*, if the file can; return it on the stream's clock."""
        stream = self._stream
        if not stream.time_base:
            return start
        start += float((stream.start_time or 0) * stream.time_base)
        with suppress(av.FFmpegError):  # else decoding goes on from where it is
            offset = int(max(0.0, start - _PREROLL) / stream.time_base)
            self._container.seek(offset, stream=stream)
        return start


@contextmanager
def open_sound(path: bytes) -> Iterator[Sound]:
    """Open a file; raise :class:`AudioError` if there is no sound to be had from it."""
    if not os.path.isfile(path):
        raise AudioError("no such file")
    if not os.path.getsize(path):
        raise AudioError("the file is empty")
    try:
        with _source(path) as source, av.open(source, "r", **_OPEN) as container:
            if not container.streams.audio or not container.streams.audio[0].rate:
                raise AudioError("there is no sound in it")
            yield Sound(container)
    except (av.FFmpegError, OSError) as exc:
        raise AudioError(f"cannot be decoded ({exc.strerror or exc})") from exc


def _source(path: bytes) -> AbstractContextManager[str | BinaryIO]:
    """Return what FFmpeg can open: the path, or a file object if that is not UTF-8."""
    try:
        # The prefix keeps a name such as http:x.mp3 from being taken for an address.
        return nullcontext("file:" + os.path.abspath(path).decode("utf-8"))
    except UnicodeDecodeError:
        return open(path, "rb")


def _ends_after(frame: av.AudioFrame, seconds: float) -> bool:
    return frame.time is None or frame.time + frame.samples / frame.rate > seconds


def _chunks(frames: Iterator[av.AudioFrame], n_samples: int | None) -> Iterator[av.AudioFrame]:
    """Join frames to larger ones, since what is done to each in Python costs less.

    Read no further than *n_samples*, if given.
    """
    fifo = av.AudioFifo()
    converter = None
    left = sys.maxsize if n_samples is None else n_samples
    for frame in frames:
        frame.pts = None  # else the queue refuses what does not follow on
        try:
            fifo.write(frame)
        except ValueError:  # another format than before
            converter = converter or av.AudioResampler(
                fifo.format, fifo.layout, fifo.sample_rate
            )
            for converted in converter.resample(frame):
                converted.pts = None
                fifo.write(converted)
        if fifo.samples >= min(_BLOCK, left) and (chunk := fifo.read(min(_BLOCK, left))):
            yield chunk
            left -= chunk.samples
            if not left:
                return
    if fifo.samples and (chunk := fifo.read()):
        yield chunk


def _mono(frame: av.AudioFrame) -> NDArray[np.float32]:
    """Return the mean of the channels; integers are scaled to [-1, 1]."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    total = samples[0].astype(np.float32)
    for channel in samples[1:]:  # three times as fast as the mean over an axis
        total += channel
    if samples.dtype == np.uint8:
        total -= np.float32(128 * len(samples))
    total *= np.float32(_SCALE.get(samples.dtype.name, 1.0) / len(samples))
    mean: NDArray[np.float32] = total
    return mean


def _resampled(
    blocks: Iterable[NDArray[np.float32]], sr: int, new_sr: int
) -> Iterator[NDArray[np.float32]]:
    stream = soxr.ResampleStream(sr, new_sr, num_channels=1, dtype="float32")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.empty(0, np.float32), last=True)


def _tamed(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Replace what only a broken file holds: NaN, infinities, huge values."""
    if block.size and not (block.max() <= _LOUDEST and block.min() >= -_LOUDEST):
        np.nan_to_num(block, copy=False, posinf=_LOUDEST, neginf=-_LOUDEST)
        np.clip(block, -_LOUDEST, _LOUDEST, out=block)
    return block
