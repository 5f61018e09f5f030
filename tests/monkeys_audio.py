"""Monkey's Audio, which FFmpeg reads and nothing at hand writes: 16 bits, mono, the fast level.

A frame stands for itself: the predictor and the range coder start anew in each. So one that
is written many times over is a longer file, and makes that in no time.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

_VERSION, _FAST = 3990, 1000
_MAKE_A_WAV_HEADER = 32
_SHORT_RANGE = 1 << 23  # below which the coder needs another byte
_ALL = 1 << 31
# Where the model's symbols begin on a scale of 2^16: how many times the pivot a value holds.
_BOUNDS = (0, 19578, 36160, 48417, 56323, 60899, 63265, 64435, 64971)
_ESCAPE = 65535
_SILENCE = 3


def write(path: Path, y: np.ndarray, sr: int, times: int = 1) -> Path:
    """Write samples of (n_samples,) in [-1, 1), so many *times* over."""
    frame = _frame(np.round(np.clip(y, -1, 1) * 32767).astype(int).tolist())
    path.write_bytes(_header(len(y), times, len(frame), sr) + frame * times)
    return path


def write_silence(path: Path, seconds: float, times: int, sr: int = 44100) -> Path:
    """Write a file of so many *times* the seconds: 16 bytes are as long as one likes."""
    frame = _swapped(struct.pack(">II8x", _ALL, _SILENCE))
    path.write_bytes(_header(round(seconds * sr), times, len(frame), sr) + frame * times)
    return path


def _header(n_samples: int, n_frames: int, n_bytes: int, sr: int) -> bytes:
    start = 52 + 24 + 4 * n_frames
    descriptor = struct.pack(
        "<4sHHIIIIIII16x",
        b"MAC ",
        _VERSION,
        0,
        52,
        24,
        4 * n_frames,
        0,
        n_frames * n_bytes,
        0,
        0,
    )
    form = struct.pack(
        "<HHIIIHHI", _FAST, _MAKE_A_WAV_HEADER, n_samples, n_samples, n_frames, 16, 1, sr
    )
    places = (start + index * n_bytes for index in range(n_frames))
    return descriptor + form + struct.pack(f"<{n_frames}I", *places)


def _frame(samples: list[int]) -> bytes:
    coder = _Coder()
    model = _Model()
    for rest in _rests(samples):
        model.write(2 * rest - 1 if rest > 0 else -2 * rest, coder)
    return _swapped(
        bytes(4) + b"\0" + coder.end()
    )  # a checksum that is none, a byte for naught


def _swapped(data: bytes) -> bytes:
    data += bytes(-len(data) % 4)
    return np.frombuffer(data, ">u4").astype("<u4").tobytes()


def _sign(value: int) -> int:
    return (value < 0) - (value > 0)


def _rests(samples: list[int]) -> list[int]:
    """Return what the predictor does not foresee of each sample."""
    weights = [360, 317, -109, 98]
    past = [0, 0, 0, 0]
    signs = [0, 0, 0, 0]
    before = last = 0
    rests = []
    for sample in samples:
        past = [before, before - past[0], *past[1:3]]
        guess = sum(map(int.__mul__, past, weights)) >> 10
        current = sample - (last * 31 >> 5)
        rest = current - guess
        signs = [_sign(past[0]), _sign(past[1]), *signs[1:3]]
        sign = _sign(rest)
        weights = [weight + sign * of for weight, of in zip(weights, signs, strict=True)]
        rests.append(rest)
        before, last = current, sample
    return rests


class _Model:
    """How large values have been of late."""

    def __init__(self) -> None:
        self._k = 10
        self._sum = 16 << 10

    def write(self, value: int, coder: _Coder) -> None:
        pivot = max(1, self._sum >> 5)
        times, rest = divmod(value, pivot)
        if times < len(_BOUNDS) - 1:
            low, high = _BOUNDS[times : times + 2]
            coder.write(low, high - low, 1 << 16)
        else:
            for part in (_ESCAPE, times >> 16, times & 0xFFFF):
                coder.write(part, 1, 1 << 16)
        coder.write(rest, 1, pivot)
        self._sum += (value + 1) // 2 - ((self._sum + 16) >> 5)
        if self._k and self._sum < 1 << self._k + 4:
            self._k -= 1
        elif self._sum >= 1 << self._k + 5 and self._k < 24:
            self._k += 1


class _Coder:
    """A range coder (G. N. N. Martin 1979, as M. Schindler wrote it), with carries."""

    def __init__(self) -> None:
        self._low, self._range = 0, _ALL
        self._data = bytearray()

    def write(self, low: int, width: int, total: int) -> None:
        """Write the part of so many of a *total* that begins at *low*."""
        while self._range <= _SHORT_RANGE:
            self._shift()
        part = self._range // total
        self._low += part * low
        self._range = part * width

    def _shift(self) -> None:
        if self._low >= _ALL:
            self._carry()
        self._data.append(self._low >> 23)
        self._low = (self._low & (_SHORT_RANGE - 1)) << 8
        self._range <<= 8

    def _carry(self) -> None:
        self._low -= _ALL
        place = len(self._data) - 1
        while self._data[place] == 255:
            self._data[place] = 0
            place -= 1
        self._data[place] += 1

    def end(self) -> bytes:
        for _ in range(5):
            self._shift()
        return bytes(self._data)
