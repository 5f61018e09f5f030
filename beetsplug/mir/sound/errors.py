"""Why there is nothing to be had of a file."""

from __future__ import annotations

NO_FILE = "no such file"
"""What the analysis says of a file that is not there, which is no fault of the file."""


class AudioError(ValueError):
    """A file that cannot be analysed; the message says why, without the path."""


class UnreadError(AudioError):
    """A file that the system does not give: what is in it nobody can say."""
