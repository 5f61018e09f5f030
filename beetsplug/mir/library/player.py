"""MPD as a player: what it plays, what comes then, and a word whenever that changes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from .mpd import GoneError, append, connected, open_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    from mpd import MPDClient

    from .mpd import Server

PLAYING, PAUSED, STOPPED = "play", "pause", "stop"

_ABOUT = ("player", "playlist", "options", "database")  # what a change may be of
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds between two tries to reach it


class Song(NamedTuple):
    """One that stands in the queue."""

    id: int  # as long as MPD runs and it stands there
    uri: str


class Moment(NamedTuple):
    """What MPD does just now."""

    state: str  # playing, paused or stopped
    song: Song | None  # that it plays, or would; None where the queue is empty or at its end
    place: int  # of the song in the queue, from 0; -1 if there is none
    elapsed: float  # seconds of the song; 0 if stopped
    duration: float  # of the song in seconds; 0 if MPD does not know
    queue: tuple[Song, ...]  # in its order, which with `random` is not that of playing
    random: bool
    repeat: bool
    is_last: bool  # nothing comes after the song


class Player:
    """An MPD that is connected; its methods raise QueueError."""

    def __init__(self, client: MPDClient) -> None:
        self._client = client
        self._version = 0  # of the queue, when it was looked at last
        self._queue: list[Song] = []
        self.is_new = True
        """Nothing has been waited for yet."""
        self.changed: frozenset[str] = frozenset(_ABOUT)
        """What has changed since it was looked at before."""
        with open_line():
            client.tagtypes("clear")  # names of files are enough

    def look(self) -> Moment:
        """Return what it does now; of the queue it asks what has changed."""
        with open_line():
            self._client.command_list_ok_begin()  # so nothing comes in between
            self._client.status()
            self._client.plchanges(self._version)
            status, changes = self._client.command_list_end()
            for entry in changes:
                place = int(entry["pos"])
                self._queue[place : place + 1] = [Song(int(entry["id"]), entry["file"])]
            del self._queue[int(status["playlistlength"]) :]
            self._version = int(status["playlist"])
            return _moment(status, self._queue)

    def append(self, uri: str) -> bool:
        """Put a track at the end of the queue, and say whether MPD knows it."""
        return append(self._client, uri)

    def wait(self) -> None:
        """Return when something has changed since the last time."""
        with open_line():
            self.changed = frozenset(self._client.idle(*_ABOUT))
        self.is_new = False


class Onlooker(Player):
    """One that changes nothing."""

    def append(self, uri: str) -> bool:
        """Say whether MPD knows a track; of files outside its music one cannot say."""
        with open_line():
            return uri.startswith("/") or bool(self._client.find("file", uri))


def attend(
    server: Server, react: Callable[[Player], None], tell: Callable[[str], None]
) -> NoReturn:
    """Let something *react* to an MPD as it is, and whenever it changes, for ever.

    Where there is none, or it goes away, it tells so, tries again after longer and longer
    pauses, and tells when it is there. Raises QueueError if that would not help.
    """
    pause, is_gone = 0.0, False
    while True:
        began = time.monotonic()
        try:
            with connected(server) as client:
                player = Player(client)
                if is_gone:
                    tell(f"the MPD at {server.address} is there")
                is_gone = False
                while True:
                    react(player)
                    player.wait()
        except GoneError as exc:
            if not is_gone:
                tell(f"{exc}; waiting for it")
            is_gone = True
        if time.monotonic() - began > _LONGEST_PAUSE:
            pause = 0.0  # it was there for long
        pause = min(2 * pause or _FIRST_PAUSE, _LONGEST_PAUSE)
        time.sleep(pause)


def _moment(status: Mapping[str, str], queue: list[Song]) -> Moment:
    place = int(status.get("song", -1))
    return Moment(
        status["state"],
        queue[place] if 0 <= place < len(queue) else None,
        place,
        float(status.get("elapsed", 0)),
        float(status.get("duration", 0)),
        tuple(queue),
        status["random"] == "1",
        status["repeat"] == "1",
        "nextsong" not in status,
    )
