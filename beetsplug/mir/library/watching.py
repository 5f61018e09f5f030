"""How each song of an MPD went, skipped early or played to its end, and how many are left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from .player import PLAYING, STOPPED

if TYPE_CHECKING:
    from .player import Moment

SKIPPED_WITHIN = 30.0
"""Seconds of a song, or half of a shorter one: whoever goes on so early does not want it."""

_END_SHARE, _END_SECONDS = 0.1, 1.0  # of a song: who has come so near to its end has heard it


class Verdict(NamedTuple):
    """What became of a song."""

    uri: str
    finished: bool  # played to its end; else skipped


@dataclass
class Watch:
    """What was seen of an MPD since it was reached.

    MPD tells that something has changed, but not what became of the song before: how far
    it had come is known by what MPD said of it last, and by a clock of ours.
    """

    ran_out: bool = False
    """Its queue was played to the end, and nothing has happened since."""

    _last: Moment | None = None
    _when: float = 0.0  # of that, in seconds of a clock that never turns back
    _before: int = -1  # the song before that one
    _played: set[int] = field(default_factory=set)  # songs, since `random` was switched on

    def see(self, moment: Moment, now: float) -> Verdict | None:
        """Take a look, and return what became of the song that played at the last one.

        None if it plays on, or if how it ended says nothing of it: it was stopped, left in
        its middle or for the one before, or the queue was thrown away.
        """
        last, come = self._last, self._come(now)
        verdict = None if last is None else _verdict(last, come, moment, self._before)
        self.ran_out = last is not None and (
            _is_at_its_end(last, verdict, moment) or (self.ran_out and last == moment)
        )
        if last and last.song and last.song != moment.song:
            self._before = last.song.id
        if not (last and last.random and moment.random):
            self._played.clear()
        self._played |= _over(moment)
        self._last, self._when = moment, now
        return verdict

    def n_left(self) -> int:
        """Return how many songs of the queue come after the one that plays.

        In random order those are left that were not seen playing since that began.
        """
        if self._last is None or self._last.song is None:
            return 0
        if self._last.random:
            return sum(song.id not in self._played for song in self._last.queue)
        return len(self._last.queue) - 1 - self._last.place

    def _come(self, now: float) -> float:
        """Return how many seconds of its song have been played."""
        if self._last is None:
            return 0.0
        since = now - self._when if self._last.state == PLAYING else 0.0
        return self._last.elapsed + since


def _over(moment: Moment) -> set[int]:
    """Return the songs that do not come any more in a random order, as far as one can see."""
    if moment.song is None or moment.state == STOPPED:
        return set()
    return {song.id for song in moment.queue} if moment.is_last else {moment.song.id}


def _verdict(last: Moment, come: float, moment: Moment, before: int) -> Verdict | None:
    """Return what became of the song of *last*, which had *come* so far, at a later moment."""
    if last.song is None or last.state == STOPPED:
        return None
    begins_again = moment.song == last.song and moment.elapsed < come / 2
    if moment.song == last.song and not begins_again:
        return None
    if last.duration and come >= last.duration - max(_END_SECONDS, _END_SHARE * last.duration):
        return Verdict(last.song.uri, finished=True)
    if come < _early(last.duration) and not begins_again and _goes_on(last, moment, before):
        return Verdict(last.song.uri, finished=False)
    return None


def _is_at_its_end(last: Moment, verdict: Verdict | None, moment: Moment) -> bool:
    """Say whether the queue has been played to its end, and was not thrown away."""
    consumed = len(last.queue) - len(moment.queue)
    ended = verdict is not None and verdict.finished and moment.song is None
    return ended and consumed <= 1


def _early(duration: float) -> float:
    return min(SKIPPED_WITHIN, duration / 2) if duration else SKIPPED_WITHIN


def _goes_on(last: Moment, moment: Moment, before: int) -> bool:
    """Say whether one went on to a song that stood in the queue, and not back."""
    if moment.song is None or moment.state == STOPPED or moment.song not in last.queue:
        return False
    if last.random:
        return moment.song.id != before
    return last.queue.index(moment.song) > last.place
