"""What a user asks for in words: tags, wanted or not, and a range of percentiles."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..names import TAGS

TOP = (90.0, 100.0)
"""The percentiles that are meant when nobody says others: the top tenth."""

_RANGE = re.compile(r"(\d+(?:\.\d+)?)?\.\.(\d+(?:\.\d+)?)?")
_BETWEEN = re.compile(r"[\s,;]+")


class Wish(NamedTuple):
    """Tags by their places in :data:`names.TAGS`, and how much of them."""

    wanted: tuple[int, ...]
    unwanted: tuple[int, ...]
    low: float  # percentiles of the library, 0 to 100
    high: float


def parse(pattern: str) -> Wish:
    """Return what is asked for by "mellow ^sad:60..80"; ValueError says what is wrong."""
    words, colon, end = pattern.rpartition(":")
    low, high = _percentiles(end) if colon else TOP
    wanted: list[int] = []
    unwanted: list[int] = []
    rest = (words if colon else end).casefold()
    while rest := _BETWEEN.sub(" ", rest).strip():
        against = rest.startswith("^")
        tag = _first_tag(rest.removeprefix("^"))
        (unwanted if against else wanted).append(TAGS.index(tag))
        rest = rest[len(tag) + against :]
    if not wanted and not unwanted:
        raise ValueError("no word is given")
    return Wish(tuple(wanted), tuple(unwanted), low, high)


def _percentiles(text: str) -> tuple[float, float]:
    found = _RANGE.fullmatch(text.strip())
    if not found or not any(found.groups()):
        raise ValueError(f"{text!r} is no range of percentiles, such as 60..80")
    low, high = float(found[1] or 0), float(found[2] or 100)
    if not low <= high <= TOP[1]:
        raise ValueError(f"{text!r} is no range from 0 to 100")
    return low, high


def _first_tag(text: str) -> str:
    """Return the longest tag that a text begins with."""
    known = [tag for tag in TAGS if text == tag or text.startswith((f"{tag} ", f"{tag}^"))]
    if not known:
        unknown = text.partition("^")[0].strip()
        if not unknown or _RANGE.fullmatch(unknown):
            raise ValueError("no word is given")
        raise ValueError(f"the network knows no {unknown!r}: {_hint(unknown)}")
    return max(known, key=len)


def _hint(unknown: str) -> str:
    """Return the tags that are spelt most like something, or else all that there are."""
    import difflib  # which no other `beet` call needs

    near = [
        tag
        for text in (unknown, unknown.replace(" ", ""), *unknown.split())
        for tag in difflib.get_close_matches(text, TAGS, 3, 0.6)
    ]
    if near:
        return f"nearest are {', '.join(dict.fromkeys(near))}"
    return f"there are {', '.join(sorted(TAGS))}"
