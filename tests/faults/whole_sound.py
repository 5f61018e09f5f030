"""Sound in ten formats as music libraries have it: real music, with tags and covers."""

from __future__ import annotations

import base64
import io
import os
import struct
from typing import TYPE_CHECKING

import mutagen
import numpy as np
from mutagen import apev2, asf, flac, id3, mp4
from PIL import Image

from beetsplug.mir.sound.audio import open_sound
from tests import monkeys_audio, sounds

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 21  # which leaves room for four windows
FRAMES = 10  # of a file of Monkey's Audio, all alike

FORMATS = ("ogg", "opus", "mp3", "flac", "m4a", "wav", "aiff", "wv", "ape", "wma")


def write_all(folder: Path, music: list[Path]) -> list[Path]:
    """Write a file of each format, in one and in more channels, of pieces of the *music*."""
    pieces = [_piece(path) for path in music]
    files = [_write(folder / f"mono.{suffix}", *pieces[0]) for suffix in FORMATS]
    for number, (y, sr) in enumerate(pieces[1:]):
        stereo = np.stack([y, -y[::-1]], axis=1)
        suffixes = [suffix for suffix in FORMATS if suffix != "ape"]
        files += [_write(folder / f"{number}.{suffix}", stereo, sr) for suffix in suffixes]
    files.append(_write(folder / "eight.m4a", np.stack([pieces[0][0]] * 8, axis=1), 48000))
    for file in files:
        _give_a_cover(file)
    return files


def _piece(path: Path) -> tuple[np.ndarray, int]:
    with open_sound(os.fsencode(path)) as sound:
        return sound.window(10, SECONDS)[0], sound.sr


def _write(path: Path, y: np.ndarray, sr: int) -> Path:
    if path.suffix == ".ape":
        return monkeys_audio.write(path, y[: len(y) // FRAMES], sr, FRAMES)
    return sounds.write(path, y, 48000 if path.suffix == ".opus" else sr)


def _give_a_cover(path: Path) -> None:
    image = io.BytesIO()
    Image.effect_noise((120, 120), 50).save(image, "png")
    data = image.getvalue()
    file = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    file.tags.update(_cover_tags(file, data))
    file.save()


def _cover_tags(file: mutagen.FileType, data: bytes) -> dict[str, object]:
    """Return a cover as the tags of a file have it."""
    if isinstance(file.tags, id3.ID3):
        return {"APIC": id3.APIC(mime="image/png", type=3, data=data)}
    if isinstance(file.tags, mp4.MP4Tags):
        return {"covr": [mp4.MP4Cover(data, mp4.MP4Cover.FORMAT_PNG)]}
    if isinstance(file.tags, apev2.APEv2):
        return {"Cover Art (Front)": apev2.APEValue(b"cover.png\0" + data, apev2.BINARY)}
    if isinstance(file, asf.ASF):
        head = struct.pack("<BI", 3, len(data)) + "image/png\0\0".encode("utf-16-le")
        return {"WM/Picture": [asf.ASFByteArrayAttribute(head + data)]}
    picture = flac.Picture()
    picture.type, picture.mime, picture.data = 3, "image/png", data
    return {"metadata_block_picture": [base64.b64encode(picture.write()).decode()]}
