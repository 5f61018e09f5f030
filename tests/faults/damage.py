"""Damage as it happens to files: flipped bits, cuts, holes, joins, headers that lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .claims import lie

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

_SHARE_OF_LIES = 0.3  # of all damage
_SHARE_OF_BOTH = 0.2  # of the files, that are damaged in two ways


def damaged(random: random.Random, data: bytes, others: Sequence[bytes]) -> tuple[str, bytes]:
    """Return what was done to a file's bytes, and what came of it."""
    done = []
    for _ in range(2 if random.random() < _SHARE_OF_BOTH else 1):
        kind = "state_another_number" if random.random() < _SHARE_OF_LIES else None
        done.append(kind or random.choice(list(KINDS)))
        data = KINDS[done[-1]](random, bytearray(data or b"\0"), others)
    return " and ".join(done), data


def state_another_number(random, data, others):
    lie(random, data)
    return bytes(data)


def flip_in_the_header(random, data, others):
    for _ in range(random.choice([1, 3, 10])):
        data[random.randrange(min(len(data), random.choice([64, 512, 4096])))] = (
            random.randrange(256)
        )
    return bytes(data)


def flip_bits(random, data, others):
    for _ in range(len(data) // random.choice([100, 1000, 10000])):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(data)


def cut(random, data, others):
    return bytes(data[: random.randrange(len(data))])


def zero(random, data, others):
    start = random.randrange(len(data))
    hole = len(data[start : start + random.choice([10, 1000, 100000])])
    data[start : start + hole] = bytes(hole)
    return bytes(data)


def join(random, data, others):
    return bytes(data) + random.choice(others)


def take_another_header(random, data, others):
    return bytes(data[: random.randrange(1, 2000)]) + random.choice(others)


def insert(random, data, others):
    place = random.randrange(len(data))
    return bytes(data[:place]) + random.randbytes(random.choice([1, 100, 10000])) + data[place:]


def delete(random, data, others):
    start = random.randrange(len(data))
    del data[start : start + random.choice([1, 100, 10000])]
    return bytes(data)


def repeat(random, data, others):
    place = random.randrange(len(data))
    return bytes(data[:place] + data[place // 2 :])


def lose_the_start(random, data, others):
    return bytes(data[random.randrange(min(len(data), 5000)) :])


def put_rubbish_before(random, data, others):
    return random.randbytes(random.choice([10, 1000, 20000])) + bytes(data)


def claim_a_tag_of_200_mb(random, data, others):
    return b"ID3\x04\0\0" + bytes((200 >> 1, 0, 0, 0)) + bytes(data)


def nest_boxes(random, data, others):
    """Put boxes in boxes of an MP4 file before it, as deep as they go."""
    name = random.choice([b"moov", b"udta", b"meta"])
    depth = random.choice([10, 1000, 100_000])
    boxes = ((8 * (depth - level)).to_bytes(4, "big") + name for level in range(depth))
    return bytes(data[:32] + b"".join(boxes) + data[32:])


KINDS = {
    function.__name__: function
    for function in (
        flip_in_the_header, flip_bits, cut, zero, join, take_another_header, insert,
        state_another_number, delete, repeat, lose_the_start, put_rubbish_before,
        claim_a_tag_of_200_mb, nest_boxes,
    )
}  # fmt: skip
