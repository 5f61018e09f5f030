"""Tracks that lose their cluster since others are clustered without them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from beets import ui

from ...ground.terminal import say

if TYPE_CHECKING:
    from collections.abc import Set


def agreed(
    losers: Set[int], unheard: Set[int], *, query: bool, yes: bool, pretend: bool
) -> bool:
    """Say how many tracks lose their cluster, and ask if they shall.

    They are not asked for that have no features any more; those are that a *query* leaves
    out, or that the network has not heard. *yes* is the answer, if it was given before.
    """
    if not losers:
        return True
    unheard = losers & unheard
    why = ["do not match"] * query + ["are not analysed"] * (query or losers != unheard)
    why += ["the network has not heard"] * bool(unheard)
    many = f"{len(losers)} tracks that {' or '.join(why)}"
    if pretend or yes or not (query or unheard):
        say(f"{many} lose their cluster")
        return True
    return _ask(many)


def _ask(many: str) -> bool:
    unasked = ui.UserError(f"{many} would lose their cluster: -y says yes to that")
    if sys.stdin is None or not sys.stdin.isatty():
        raise unasked
    try:
        return ui.input_yn(f"{many} lose their cluster. Continue? (y/n)", require=True)
    except OSError as exc:  # nobody can have read the question
        raise unasked from exc
