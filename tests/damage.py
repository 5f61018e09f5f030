"""Damage as it happens to files: flipped bits, cuts, holes, joins, headers that lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

HUGE = (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4), b"\x01\0\0\0")


def damaged(random: random.Random, data: bytes, others: Sequence[bytes]) -> tuple[str, bytes]:
    """Return what was done to a file's bytes, and what came of it."""
    kind = random.choice(list(KINDS))
    return kind, KINDS[kind](random, bytearray(data), others)


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


def claim_something_huge(random, data, others):
    place = random.randrange(min(len(data), 400))
    data[place : place + 4] = random.choice(HUGE)
    return bytes(data)


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


KINDS = {
    function.__name__: function
    for function in (
        flip_in_the_header, flip_bits, cut, zero, join, take_another_header, insert,
        claim_something_huge, delete, repeat, lose_the_start, put_rubbish_before,
    )
}  # fmt: skip
