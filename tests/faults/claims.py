"""Where ten formats of sound, their tags and covers say how long, how large, how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

_ASF = {
    "header": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    "file": bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"),
    "stream": bytes.fromhex("9107dcb7b7a9cf118ee600c00c205365"),
    "data": bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c"),
}

PLACES = {
    # WAV
    b"RIFF": [(4, 4)],
    b"fmt ": [(4, 4), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2), (22, 2)],
    b"data": [(4, 4)],
    # AIFF
    b"FORM": [(4, 4)],
    b"COMM": [(4, 4), (8, 2), (10, 4), (14, 2), (16, 2), (18, 8)],
    b"SSND": [(4, 4), (8, 4), (12, 4)],
    # MP4
    **{box: [(-4, 4), (4, 4)] for box in (b"ftyp", b"moov", b"mdat", b"trak", b"ilst")},
    b"mvhd": [(4, 1), (16, 4), (20, 4)],
    b"mdhd": [(4, 1), (16, 4), (20, 4)],
    b"stts": [(-4, 4), (8, 4), (12, 4), (16, 4)],
    b"stsz": [(-4, 4), (8, 4), (12, 4), (16, 4)],
    b"stsc": [(-4, 4), (8, 4), (12, 4), (16, 4), (20, 4)],
    b"stco": [(-4, 4), (8, 4), (12, 4)],
    b"elst": [(-4, 4), (8, 4), (12, 4), (16, 4)],
    b"mp4a": [(-4, 4), (12, 2), (20, 2), (22, 2), (28, 4)],
    b"esds": [(-4, 4), (9, 4), (25, 4)],
    b"covr": [(-4, 4), (4, 4)],
    # FLAC
    b"fLaC": [(5, 3), (8, 2), (10, 2), (12, 3), (18, 3), (20, 2), (21, 5)],
    # Ogg, with Vorbis and Opus
    b"OggS": [(5, 1), (6, 8), (14, 4), (18, 4), (26, 1), (27, 8)],
    b"\x01vorbis": [(7, 4), (11, 1), (12, 4), (16, 4), (28, 1)],
    b"\x03vorbis": [(7, 4), (30, 4)],
    b"OpusHead": [(8, 1), (9, 1), (10, 2), (12, 4), (16, 2), (18, 1)],
    b"OpusTags": [(8, 4)],
    # MP3
    b"ID3": [(3, 1), (5, 1), (6, 4), (14, 4)],
    b"APIC": [(4, 4), (8, 2)],
    b"Xing": [(4, 4), (8, 4), (12, 4), (16, 8), (120, 4), (140, 4)],
    b"Info": [(4, 4), (8, 4), (12, 4), (16, 8), (120, 4), (140, 4)],
    b"\xff\xfb": [(1, 1), (2, 1), (3, 1)],
    # WavPack
    b"wvpk": [(4, 4), (8, 2), (11, 1), (12, 4), (16, 4), (20, 4), (24, 4), (33, 3)],
    # Monkey's Audio
    b"MAC ": [
        *[(4, 2), (8, 4), (12, 4), (16, 4), (20, 4), (24, 4), (28, 4), (32, 4), (52, 2)],
        *[(54, 2), (56, 4), (60, 4), (64, 4), (68, 2), (70, 2), (72, 4), (76, 4), (80, 4)],
    ],
    b"APETAGEX": [(8, 4), (12, 4), (16, 4), (20, 4)],
    # WMA
    _ASF["header"]: [(16, 8), (24, 4)],
    _ASF["file"]: [(16, 8), *((place, 8) for place in range(40, 88, 8)), (92, 4), (96, 4)],
    _ASF["stream"]: [
        *[(16, 8), (64, 4), (68, 4), (72, 2), (78, 2), (80, 2), (82, 4), (86, 4), (90, 2)],
        *[(92, 2), (94, 2), (96, 4)],
    ],
    _ASF["data"]: [(16, 8), (40, 8), (50, 8)],
    # PNG, as of a cover
    b"IHDR": [(-4, 4), (4, 4), (8, 4), (12, 1), (13, 1)],
}  # fmt: skip
"""By marker: numbers so many bytes behind where it begins, and of so many bytes."""


def lie(random: random.Random, data: bytearray) -> None:
    """Put another number where the file states one, as often as not a huge one."""
    markers = [marker for marker in PLACES if marker in data]
    if not markers:
        return
    marker = random.choice(markers)
    offset, size = random.choice(PLACES[marker])
    start = random.choice([0, 0, random.randrange(len(data))])  # a later page, or frame
    place = max(data.find(marker), data.find(marker, start)) + offset
    if 0 <= place <= len(data) - size:
        data[place : place + size] = _number(random, size)


def _number(random: random.Random, size: int) -> bytes:
    n = 1 << 8 * size
    huge = [n - 1, n // 2 - 1, n // 2, n // 256]
    value = random.choice([*huge, 0, 1, random.randrange(n), random.randrange(n)])
    return value.to_bytes(size, random.choice(["little", "big"]))
