"""When two tracks are one recording by what is written of them, whatever else was added."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

_ADDED = (
    "live remaster remastered remastering demo mono stereo version edit single album radio"
    " bonus explicit clean acoustic alternate alternative take outtake extended original"
    " deluxe edition unplugged session sessions rehearsal recorded recording unreleased"
)
"""Words that tell of another form of the same, in brackets or after a dash."""

_SAYS_SO = re.compile(rf"\b(?:{'|'.join(_ADDED.split())})\b|\bre-?(?:master|record)")
_BRACKETED = re.compile(r"^(.*\S)\s*(?:\(([^()]*)\)|\[([^\[\]]*)\])$")
_AFTER_A_DASH = re.compile(r"^(.*\S)\s+[-\u2013\u2014]\s+(\S.*)$")
_GUESTS = re.compile(r"\s+[(\[]?(?:feat|ft|featuring)\b.*$")
_MARKS = re.compile(r"[\W_]+")


@lru_cache(100_000)  # a library of a million tracks has some ten thousand
def artist_key(artist: str) -> str:
    """Return what two spellings of an artist have in common, without guests."""
    return _key(_GUESTS.sub("", _folded(artist)))


def title_key(title: str) -> str:
    """Return what forms of a title have in common: without "(live)", "- Remastered"."""
    text = _GUESTS.sub("", _folded(title))
    while (shorter := _without_end(text)) != text:
        text = shorter
    return _key(text)


def name_key(artist: str, title: str) -> str:
    """Return what names a recording, however it is spelled; empty if one of both is missing."""
    keys = artist_key(artist), title_key(title)
    return "\n".join(keys) if all(keys) else ""


def _without_end(text: str) -> str:
    """Return a text without what was added at its end, if something was."""
    form = _BRACKETED if text.endswith((")", "]")) else _AFTER_A_DASH
    end = form.match(text)
    return end[1] if end and _SAYS_SO.search("".join(end.groups("")[1:])) else text


def _folded(text: str) -> str:
    return normalize("NFKC", text).casefold().strip()


def _key(text: str) -> str:
    """Return the letters and numbers of a text; the text itself if there are none."""
    return _MARKS.sub(" ", text).strip() or text
