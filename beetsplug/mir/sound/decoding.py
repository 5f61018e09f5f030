"""Packets become frames of sound, and frames that are alike become larger ones."""

from __future__ import annotations

import math
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import av

from .container import open_container
from .errors import AudioError, UnreadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from av import AudioFrame, AudioStream
    from av.container import InputContainer
    from av.packet import Packet

    AudioPacket = Packet[AudioStream]

RATES = range(1000, 50_000_000)
"""What a rate can be (Hz); another is an error in the file. The highest of DSD is 45 MHz."""

_BLOCK = 1 << 16  # samples of a chunk, at most
_MOST_PLANES = 8


class Stretch(NamedTuple):
    """Packets that follow one another, by what was read and not by what a header says."""

    first: int = -1  # place of the first of them in the file, in bytes
    end: int = -1  # place behind the last
    n_bytes: int = 0  # of all of them
    seconds: float = 0.0  # of all of them


def stretch(packets: Sequence[AudioPacket], stream: AudioStream) -> Stretch:
    """Return where packets that follow one another stand, and how much they are."""
    if not packets:
        return Stretch()
    first, last = packets[0], packets[-1]
    ticks = sum(packet.duration or 0 for packet in packets)
    return Stretch(
        -1 if first.pos is None else first.pos,
        -1 if last.pos is None else last.pos + last.size,
        sum(packet.size for packet in packets),
        float(ticks * (stream.time_base or 0)),
    )


def audio_stream(container: InputContainer) -> AudioStream:
    """Return the first stream of sound, to be decoded in this thread (AudioError)."""
    for stream in container.streams.audio:
        if stream.codec_context is not None:
            stream.codec_context.thread_count = 1  # the pool has a process for each core
            return stream
    raise AudioError("cannot be decoded (its format or its encryption is not known)")


def packets_of(container: InputContainer, stream: AudioStream) -> Iterator[AudioPacket]:
    """Yield packets up to the end, or up to where the container makes no more sense."""
    with suppress(av.FFmpegError):
        yield from container.demux(stream)


def decoded(
    packets: Iterator[AudioPacket], notes: list[AudioPacket] | None = None
) -> Iterator[AudioFrame]:
    """Yield the frames of packets, which are kept as *notes* if wanted.

    What makes no sense is passed over: packets that cannot be decoded, empty frames, rates
    that no sound has.
    """
    for packet in packets:
        if notes is not None and packet.size:
            notes.append(packet)
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):  # the latter for a codec that PyAV does not know
            continue
        for frame in frames:
            if frame.samples and frame.sample_rate in RATES:
                yield frame


def starting(
    frames: Iterator[AudioFrame], start: float, packets: list[AudioPacket]
) -> Iterator[AudioFrame]:
    """Yield the frames from the one that holds *start* on; forget packets before it."""
    for frame in frames:
        if frame.time is None or frame.time + frame.samples / frame.sample_rate > start:
            del packets[:-1]
            yield frame
            yield from frames


def frames_of_links(path: bytes, parts: Iterable[range]) -> Iterator[AudioFrame]:
    """Yield the frames of each part of a file in turn; a part without sound has none."""
    for part in parts:
        try:
            with open_container(path, part) as container:
                yield from decoded(packets_of(container, audio_stream(container)))
        except UnreadError:
            raise
        except AudioError:
            continue


def chunks(frames: Iterator[AudioFrame], seconds: float | None = None) -> Iterator[AudioFrame]:
    """Join frames to larger ones, since what is done to each in Python costs less.

    Frames of another kind are not joined. Read no further than *seconds*, if given.
    """
    left = math.inf if seconds is None else seconds
    for (*_, rate), run in groupby(frames, key=_kind):
        fifo = av.AudioFifo()
        wanted = round(min(_BLOCK, left * rate))
        for frame in run:
            frame.pts = None  # else the queue refuses what does not follow on
            fifo.write(frame)
            if fifo.samples >= wanted and (chunk := fifo.read(wanted)):
                yield from _readable(chunk)
                left -= chunk.samples / rate
                if left * rate < 1:
                    return
                wanted = round(min(_BLOCK, left * rate))
        if fifo.samples and (chunk := fifo.read()):
            yield from _readable(chunk)
            left -= chunk.samples / rate


def _kind(frame: AudioFrame) -> tuple[str, str, int, int]:
    """Return what frames must have in common to be joined."""
    layout = frame.layout
    return frame.format.name, layout.name, layout.nb_channels, frame.sample_rate


def _readable(frame: AudioFrame) -> list[AudioFrame]:
    """Return a frame so that its samples can be had of PyAV.

    Up to 19 at least, that counts the planes of a frame up to a zero behind them, which
    is not there from eight on, and reads where nothing is.
    """
    if frame.format.is_planar and frame.layout.nb_channels >= _MOST_PLANES:
        form = frame.format.packed.name
        return av.AudioResampler(form, frame.layout, frame.sample_rate).resample(frame)
    return [frame]
