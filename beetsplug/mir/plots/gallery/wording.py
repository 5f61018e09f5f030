"""What the page writes of tags and numbers, and in which ink."""

from __future__ import annotations

import re

from ..labels import counted

# Controls, surrogates and separators of lines, and what is no character.
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")


def line(text: str, most: int) -> str:
    """Return a text from tags as one line that is not too long and can be encoded."""
    plain = " ".join(_HARMFUL.sub(" ", text).split())
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"


def ink(colour: str) -> str:
    """Return black or white, whichever is read more easily on a colour, #rrggbb.

    By the contrast of WCAG 2, from relative luminance.
    """
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"


def duration(seconds: float) -> str:
    """Return a length of time in words: '45 minutes', '1,234 hours'."""
    minutes = round(seconds / 60)
    return counted(minutes, "minute") if minutes < 120 else counted(round(minutes / 60), "hour")
