"""Files of sound as others write them: every format, joined, cut, with wrong headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import soundfile as sf

if TYPE_CHECKING:
    from pathlib import Path

SR = 44100
LOW, HIGH = 200.0, 6000.0  # Hz, of a sweep

CODECS = {
    "m4a": "aac", "aac": "aac", "wma": "wmav2", "wv": "wavpack", "tta": "tta", "mka": "flac",
    "webm": "libopus", "ac3": "ac3", "mp2": "mp2", "cbr.mp3": "libmp3lame", "alac.m4a": "alac",
}  # fmt: skip
"""FFmpeg's encoders by suffix."""

SOUNDFILE = {
    **{key: {} for key in ("wav", "aiff", "flac", "mp3", "ogg", "au", "caf", "w64")},
    "opus": {"format": "OGG", "subtype": "OPUS"},
}
"""libsndfile's formats by suffix."""

FORMATS = (*SOUNDFILE, *CODECS)


def sweep(start: float, end: float, length: float, sr: int = SR) -> np.ndarray:
    """Return a part of a sweep whose pitch tells the time: LOW at 0, HIGH at *length*."""
    t = np.arange(round(start * sr), round(end * sr)) / sr
    rate = np.log(HIGH / LOW) / length
    return (0.5 * np.sin(2 * np.pi * LOW * np.expm1(rate * t) / rate)).astype(np.float32)


def time_of(y: np.ndarray, length: float, sr: int) -> float:
    """Return the time in the sweep that the middle of some samples comes from."""
    middle = y[len(y) // 2 - sr // 4 : len(y) // 2 + sr // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    spectrum[: int(LOW / 2 * len(middle) / sr)] = 0
    pitch = spectrum.argmax() * sr / len(middle)
    return float(length * np.log(pitch / LOW) / np.log(HIGH / LOW))


def write(path: Path, y: np.ndarray, sr: int = SR) -> Path:
    """Write (n_samples,) or (n_samples, n_channels) in the format that the name asks for."""
    suffix = path.name.split(".", 1)[1]
    if suffix in CODECS:
        encode(path, y, sr, CODECS[suffix])
        return path
    channels = 1 if y.ndim == 1 else y.shape[1]
    with sf.SoundFile(path, "w", sr, channels, **SOUNDFILE[suffix]) as file:
        for start in range(0, len(y), sr):  # libsndfile's Vorbis dies of long arrays
            file.write(y[start : start + sr])
    return path


def encode(path: Path, y: np.ndarray, sr: int, codec: str) -> None:
    """Write samples by one of FFmpeg's encoders, at 128 kbps, as what the name asks for."""
    rate = 48000 if codec == "libopus" else sr
    layout = "mono" if y.ndim == 1 else {2: "stereo", 8: "7.1"}[y.shape[1]]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout, bit_rate=128000)
        packed = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(y.reshape(1, -1)), "flt", layout
        )
        packed.sample_rate = sr
        form = stream.codec_context.format.name
        resampler = av.AudioResampler(form, layout, rate)
        fifo = av.AudioFifo()
        for chunk in (*resampler.resample(packed), *resampler.resample(None)):
            chunk.pts = None
            fifo.write(chunk)
        size = stream.codec_context.frame_size or 1024
        while out := fifo.read(size, partial=True):
            container.mux(stream.encode(out))
        container.mux(stream.encode(None))


def joined(path: Path, *parts: Path) -> Path:
    """Write files one behind the other, as `cat` does."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path
