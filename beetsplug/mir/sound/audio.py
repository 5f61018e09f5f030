"""A file becomes sound: mono float32 samples at one rate, as a stream of blocks.

A header is a claim. What the samples are like is asked of each decoded frame, since
format, rate and channels may change within a file; and where in the file a window was
read from is told together with its samples, for those who doubt it.
"""

from __future__ import annotations

import os
import struct
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import chain, groupby
from typing import TYPE_CHECKING

import av
import numpy as np
import soxr

from . import decoding
from .container import links, open_container
from .errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from av.container import InputContainer
    from numpy.typing import NDArray

    from .decoding import AudioPacket, Stretch

MAX_RATE = 48000
"""Above this rate (Hz) there is nothing to hear."""

RESAMPLED_RATE = 44100
"""What rates above :data:`MAX_RATE` are brought to (Hz)."""

_PREROLL = 0.1  # seconds before a window in which a lossy decoder settles
_LOUDEST = 10.0  # 20 dB over full scale; only a broken file is louder

_SCALE = {"uint8": 2.0**-7, "int16": 2.0**-15, "int32": 2.0**-31, "int64": 2.0**-63}

# Files of these are frames and nothing else: FFmpeg guesses their length from the first.
_FRAMES_ONLY = ("mp3", "aac", "ac3", "eac3", "dts", "loas", "truehd", "mlp", "mpeg", "gsm")
_LENGTH_FRAMES = (b"Xing", b"Info", b"VBRI")  # but an MP3 may begin with a frame that says it
_LENGTH_FRAME_BYTES = 2048
# FFmpeg fits the length that these state to the size of the file.
_FITTED_TO_SIZE = ("wav", "asf", "mp3")
# What mutagen raises beside its own error: bugs of its parsers, which mediafile also meets,
# and what comes of tags that unpack to more than a worker may have.
_STUMBLES = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError,
    RecursionError, MemoryError, struct.error,
)  # fmt: skip
_PIPED = 0x7FFE0000  # who writes to a pipe gives 2 or 4 GB for a size that is not known yet


class Sound:
    """The first audio stream of an open file: all of it, or windows of it."""

    def __init__(self, path: bytes, container: InputContainer) -> None:
        self._path = path
        self._container = container
        self._stream = decoding.audio_stream(container)
        packets = self._packets()
        first_packet = next(packets, None)
        frames = decoding.decoded(chain([first_packet], packets)) if first_packet else iter(())
        first = next(frames, None)
        if first_packet is None or first is None:
            raise AudioError(f"cannot be decoded ({_reason(self._stream)})")
        self._frames = chain([first], frames)
        self._rate = first.sample_rate
        self.first_byte = first_packet.pos or 0
        """Place of the first packet in the file."""
        self.sr = self._rate if self._rate <= MAX_RATE else RESAMPLED_RATE
        """Rate in Hz of the samples that come out: the first frame's, if that is usual."""
        self.n_samples = 0
        """How many have come out so far."""

    @property
    def seconds(self) -> float | None:
        """The length that FFmpeg takes from the headers, or guesses."""
        stream, container = self._stream, self._container
        if stream.duration is not None and stream.time_base is not None:
            return float(stream.duration * stream.time_base)
        return None if container.duration is None else container.duration / av.time_base

    @property
    def claimed(self) -> float | None:
        """The length that the file itself says it has; None if it says nothing of it."""
        form, codec = self._container.format.name, self._stream.codec_context
        if form in _FRAMES_ONLY and not (form == "mp3" and self._has_length_frame()):
            return None
        if len(self._links) > 1:  # what FFmpeg takes for the length is of one link, or of none
            return None
        length = _stated_length(self._path) if form in _FITTED_TO_SIZE else self.seconds
        if length is not None and codec.name.startswith("pcm_"):
            width = codec.format.bytes * codec.layout.nb_channels
            return None if length * self._rate * width >= _PIPED else length
        return length

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield all samples; to be called once, and before any window is asked for.

        They are the mean of the channels, always finite, at the first part's rate if a
        later one has another. What cannot be decoded is passed over.
        """
        frames: Iterator[av.AudioFrame] = self._frames
        if len(self._links) > 1:
            frames = decoding.frames_of_links(self._path, self._links)
        return self._samples(decoding.chunks(frames))

    def window(self, start: float, seconds: float) -> tuple[NDArray[np.float32], Stretch]:
        """Return so many *seconds* from *start* on, less if it ends, and their packets."""
        packets: list[AudioPacket] = []
        clock = self._enter(start)
        frames = decoding.decoded(self._packets(), packets)
        heard = decoding.chunks(decoding.starting(frames, clock, packets), seconds)
        y = np.concatenate([np.empty(0, np.float32), *self._samples(heard)])
        return y, decoding.stretch(packets, self._stream)

    def rest(self, most: float) -> Stretch:
        """Read on from the last window to the end, but not much more than *most* seconds."""
        packets: list[AudioPacket] = []
        left = most / self._stream.time_base if self._stream.time_base else 0
        for packet in self._packets():
            packets += [packet] if packet.size else []
            left -= packet.duration or 0
            if left < 0:
                break
        return decoding.stretch(packets, self._stream)

    @cached_property
    def _links(self) -> list[range]:
        return links(self._path, self._container.format.name)

    def _packets(self) -> Iterator[AudioPacket]:
        return decoding.packets_of(self._container, self._stream)

    def _samples(self, chunks: Iterator[av.AudioFrame]) -> Iterator[NDArray[np.float32]]:
        for rate, run in groupby(chunks, key=lambda chunk: chunk.sample_rate):
            blocks: Iterator[NDArray[np.float32]] = map(_mono, run)
            if rate != self.sr:
                blocks = _resampled(blocks, rate, self.sr)
            for block in map(_tamed, blocks):
                self.n_samples += len(block)
                yield block

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

    def _has_length_frame(self) -> bool:
        """Say whether an MP3 has the frame that tells its length, which FFmpeg passes over."""
        with open(self._path, "rb") as file:
            file.seek(max(0, self.first_byte - _LENGTH_FRAME_BYTES))
            before = file.read(min(self.first_byte, _LENGTH_FRAME_BYTES))
        return any(name in before for name in _LENGTH_FRAMES)


@contextmanager
def open_sound(path: bytes) -> Iterator[Sound]:
    """Open a file; raise :class:`AudioError` if there is no sound to be had from it."""
    with open_container(path) as container:
        yield Sound(path, container)


def _stated_length(path: bytes) -> float | None:
    """Return the length that is written in the file, however large the file is."""
    import mutagen  # which a worker that meets no such file need not load

    with suppress(mutagen.MutagenError, *_STUMBLES):
        file = mutagen.File(os.fsdecode(path))
        return None if file is None else float(file.info.length)
    return None


def _reason(stream: av.AudioStream) -> str:
    if stream.rate and stream.rate not in decoding.RATES:
        return f"a rate of {stream.rate} Hz carries no sound"
    return "there is no sound in it"


def _mono(frame: av.AudioFrame) -> NDArray[np.float32]:
    """Return the mean of the channels; integers are scaled to [-1, 1]."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    with np.errstate(all="ignore"):  # a broken file's floats are tamed later
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
