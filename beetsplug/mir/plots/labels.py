"""Names from tags as texts of a figure: a tag may hold anything."""

from __future__ import annotations

MOST_CHARACTERS = 24
NO_GROUP = "(none)"
METHOD_NAMES = {"kmeans": "k-means", "agglomerative": "agglomerative"}


def plain(name: str, most: int = MOST_CHARACTERS) -> str:
    """Return a name that matplotlib shows letter by letter, in one line and not too long.

    Between dollars it would read formulas. The empty name is no group's.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    short = line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
    return short.replace("$", r"\$") or NO_GROUP


def counted(n: int, what: str) -> str:
    """Return a number of things in words: '1 track', '2,000 tracks'."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"
