"""`beet mirextract --playlist`: which tracks of the library a playlist names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beets import ui
from beets.util import bytestring_path, displayable_path

from ... import settings

if TYPE_CHECKING:
    from collections.abc import Container

    import confuse
    from beets.logging import BeetsLogger


def paths(config: confuse.ConfigView, known: Container[bytes], log: BeetsLogger) -> set[bytes]:
    """Return the paths among the *known* that the playlist names, and say what is not there."""
    from ...library import m3u

    playlist = bytestring_path(settings.filename(config["playlist"]))
    try:
        entries = m3u.read(playlist, settings.relative_to(config))
        found = m3u.known(entries, known)
        if not any(found):
            _say_what_it_seems(playlist, log)
            return set()
    except OSError as exc:
        raise ui.UserError(f"cannot read {displayable_path(playlist)}: {exc.strerror}") from exc
    for entry, path in zip(entries, found, strict=True):
        if path is None:
            log.warning("{}: not in the library", displayable_path(entry[0]))
    return {path for path in found if path is not None}


def _say_what_it_seems(playlist: bytes, log: BeetsLogger) -> None:
    from ...library.m3u import foreign, form

    if kind := foreign(playlist):
        raise ui.UserError(
            f"{displayable_path(playlist)} seems to be {kind}: --playlist reads .m3u files"
        )
    log.warning(
        "{} names no track of the library; it seems to be {}",
        displayable_path(playlist), form(playlist),
    )  # fmt: skip
