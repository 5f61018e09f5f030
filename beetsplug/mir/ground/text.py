"""Text that does no harm where it is shown: tags and paths may hold anything."""

from __future__ import annotations

from unicodedata import category

_HARMFUL = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, formats, surrogates, separators of lines
_JOINERS = "\u200c\u200d"  # formats that some scripts and emoji are spelled with
_REPLACEMENT = "\ufffd"  # as beets has it in its log


def printable(text: str) -> str:
    """Return *text* as one line without anything that steers a terminal.

    Escapes and other control characters would be obeyed, line breaks pretend to be lines
    of ours, and marks of direction such as U+202E turn round what follows.
    """
    if text.isprintable():
        return text
    return "".join(map(_printable, text))


def _printable(character: str) -> str:
    harmful = category(character) in _HARMFUL and character not in _JOINERS
    return _REPLACEMENT if harmful else character
