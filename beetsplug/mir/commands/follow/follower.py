"""What `mirfollow` does whenever MPD has done something: it listens, and adds what fits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from beets.util import displayable_path

from ...ground.signals import held
from ...library.mpd import FullError
from ...library.player import STOPPED
from ...library.watching import Watch
from ...space.evening import Evening, taste
from .course import Course

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...library.player import Moment, Player
    from .collection import Collection
    from .course import Wishes
    from .voice import Voice

_MOST_REFUSED = 20  # tracks that MPD does not know, one after another


class Follower:
    """One evening with an MPD, through all its restarts."""

    def __init__(
        self,
        collection: Collection,
        seeds: Sequence[int],
        wishes: Wishes,
        voice: Voice,
    ) -> None:
        """Begin at *seeds*, ids of analysed tracks, where MPD's queue is empty."""
        self._collection, self._seeds, self._wishes = collection, list(seeds), wishes
        self._voice = voice
        self._home = self._seeds  # ids of the tracks to stay near to
        self._evening, self._watch = Evening(), Watch()
        self._last = 0  # the id of what played last and is analysed; none is 0
        self._ours: dict[int, float] = {}  # ids of what was added, and when, in this order
        self._refused: set[int] = set()  # ids of what MPD does not know
        self._began, self._n_added = time.monotonic(), 0

    def react(self, player: Player) -> None:
        """Look at what MPD does, remember it, and add what is missing (QueueError)."""
        if player.is_new:
            self._watch = Watch()
        if "database" in player.changed:
            self._refused.clear()
            self._voice.hold("refused", "")
        moment = self._look(player)
        if self._n_missing(moment, player) and self._collection.renew():
            moment = self._look(player)  # reading took its time
        if player.is_new and not moment.queue:
            self._lose_what_was_to_come()
        n_missing = self._n_missing(moment, player)
        self._say_how_it_is(moment, n_missing)
        if n_missing and (course := self._course(moment)):
            self._follow(player, course, n_missing)
            self._ran_out = False
            if moment.state == STOPPED:
                self._voice.inform(
                    f"MPD is stopped: `mpc play {len(moment.queue) + 1}` goes on"
                )

    def sum_up(self) -> None:
        """Say what came of the evening."""
        minutes = round((time.monotonic() - self._began) / 60)
        went = [finished for _, finished in self._evening.went.values()]
        self._voice.inform(
            f"{self._n_added} tracks added in {minutes} minutes; {sum(went)} were played to"
            f" their end, {len(went) - sum(went)} skipped"
        )

    def _look(self, player: Player) -> Moment:
        """Return what MPD does, and take down what it has done."""
        moment, now = player.look(), time.time()
        ids = self._collection.view.addresses.ids
        verdict = self._watch.see(moment, time.monotonic())
        if verdict and verdict.uri in ids:
            self._evening.judge(ids[verdict.uri], now, finished=verdict.finished)
            if not verdict.finished:
                self._voice.inform(f"skipped: {self._collection.name_of(ids[verdict.uri])}")
        if moment.state != STOPPED and moment.song and moment.song.uri in ids:
            id_ = ids[moment.song.uri]
            self._evening.hear(id_, now)
            self._last = id_ if id_ in self._collection.view.rows else self._last
        return moment

    def _lose_what_was_to_come(self) -> None:
        """Let what was added and not reached come again: its queue was lost."""
        ours = list(self._ours)
        n_reached = ours.index(self._last) + 1 if self._last in self._ours else 0
        self._ours = {id_: self._ours[id_] for id_ in ours[:n_reached]}

    def _n_missing(self, moment: Moment, player: Player) -> int:
        """Return how many tracks are to be added.

        To an MPD that is stopped nothing is, unless it was not its user who stopped it: it
        came to the end of its queue, or has none since it was started.
        """
        if moment.state != STOPPED:
            return max(0, self._wishes.ahead - self._watch.n_left())
        knows = bool(self._last or self._seeds)
        begins = player.is_new and not moment.queue and knows
        return self._wishes.ahead if begins or self._watch.ran_out else 0

    def _course(self, moment: Moment) -> Course | None:
        """Return what goes on from the queue; None, and told why, if none of it is known."""
        view, now = self._collection.view, time.time()
        queue = [view.addresses.ids.get(song.uri, 0) for song in moment.queue]
        before = self._before(moment, queue)
        self._say_what_is_unknown(moment, before or self._seeds)
        self._settle(moment, set(queue), before, now)
        if not self._home:
            return None
        free = view.among.copy()
        free[view.rows_of(self._refused)] = False
        went = [self._evening.judged(now, finished=finished) for finished in (False, True)]
        times = taste(view.found.space, *map(view.rows_of, went)) * view.habits
        without = view.rows_of(self._not_again(queue, now))
        return Course(
            view.found, view.rows_of(before).tolist(), view.rows_of(self._home),
            without, free, times, moment.random,
        )  # fmt: skip

    def _before(self, moment: Moment, queue: Sequence[int]) -> list[int]:
        """Return the ids of what goes before, as far as it is analysed.

        From the last of it the next step leads: it is the end of the queue, or in random
        order what plays; where there is neither, what played last.
        """
        rows = self._collection.view.rows
        before = [id_ for id_ in queue if id_ in rows]
        if self._last in rows and (moment.random or not before):
            before.append(self._last)
        return before

    def _settle(
        self, moment: Moment, queue: set[int], before: Sequence[int], now: float
    ) -> None:
        """Be at home at the last track that somebody else has put into the queue.

        In random order nobody knows which is the last, and home is where one is. What was
        skipped is nobody's home, as long as there is another.
        """
        since = now - self._wishes.fresh
        self._ours = {
            id_: when for id_, when in self._ours.items() if id_ in queue or when > since
        }
        skipped = set(self._evening.judged(now, finished=False))
        theirs = [id_ for id_ in before if id_ in queue and id_ not in self._ours]
        homes = (
            before[-1:] if moment.random else (),
            [id_ for id_ in theirs if id_ not in skipped][-1:],
            [id_ for id_ in self._home if id_ not in skipped],
            [id_ for id_ in before if id_ not in skipped][-1:],
            before[-1:],
            self._seeds,
        )
        known = ([id_ for id_ in home if id_ in self._collection.view.rows] for home in homes)
        self._home = next(filter(None, known), [])

    def _not_again(self, queue: Sequence[int], now: float) -> set[int]:
        """Return the ids of what is in the queue, or was so of late: played, or taken out."""
        if not self._wishes.fresh:
            return set(queue)
        since = now - self._wishes.fresh
        counted = self._collection.view.heard_since(since)
        return {*queue, *self._ours, *self._evening.since(since), *counted}

    def _follow(self, player: Player, course: Course, n_missing: int) -> None:
        """Add so many tracks, if as many fit (QueueError)."""
        n_refused = 0
        while n_missing and n_refused < _MOST_REFUSED:
            row = course.next(self._wishes)
            self._voice.hold("none", "no other track fits" if row is None else "")
            if row is None:
                return
            try:
                with held():  # what is added is told
                    is_added = self._add(player, course, row)
            except FullError as exc:
                line = f"{exc}; `mpc consume on` keeps it short"
                self._voice.hold("full", line, wrong=True)
                return
            n_missing -= is_added
            n_refused = 0 if is_added else n_refused + 1

    def _add(self, player: Player, course: Course, row: int) -> bool:
        """Add a track, and say whether MPD knows it (QueueError)."""
        view = self._collection.view
        id_ = int(view.found.sounds.ids[row])
        uri = view.addresses.uris.get(id_, "")
        if not player.append(uri):
            self._refused.add(id_)
            course.free[row] = False
            self._say_what_is_refused(uri)
            return False
        self._voice.hold("full", "")
        self._say_what_is_added(id_, course, row)
        self._ours.pop(id_, None)
        self._ours[id_] = time.time()  # the last
        self._n_added += 1
        course.go(row)
        return True

    def _say_what_is_added(self, id_: int, course: Course, row: int) -> None:
        line = f"+ {self._collection.name_of(id_)}"
        if course.before:
            last = int(course.found.sounds.ids[course.before[-1]])
            line += f" ({course.step(row):.2f} from {self._collection.name_of(last)})"
        self._voice.show(line)

    def _say_how_it_is(self, moment: Moment, n_missing: int) -> None:
        waits = moment.state == STOPPED and not n_missing
        then = ": this goes on from what plays next"
        hold = self._voice.hold
        hold("empty", f"MPD's queue is empty{then}" * (waits and not moment.queue))
        hold("stopped", f"MPD is stopped{then}" * (waits and bool(moment.queue)))
        hold("random", "MPD plays at random: this goes on from what plays" * moment.random)
        hold("repeat", "MPD repeats its queue, but as it grows, it has no end" * moment.repeat)

    def _say_what_is_unknown(self, moment: Moment, before: Sequence[int]) -> None:
        """Say what this cannot go on from: the end of the queue, or at random what plays."""
        song = moment.song if moment.random or not moment.queue else moment.queue[-1]
        view = self._collection.view
        id_ = view.addresses.ids.get(song.uri, 0) if song else 0
        if song is None or id_ in view.rows:
            self._voice.hold("unknown", "")
            return
        what = f"{song.uri} is not {'analysed' if id_ else 'in the library'}"
        if before:
            line = f"{what}: this goes on from {self._collection.name_of(before[-1])}"
        elif id_ or "://" in song.uri:
            line = f"{what}: this goes on from the next track that is"
        else:
            line = f"{what}, which has {view.resembling(song.uri)}: {self._where()}"
        self._voice.hold("unknown", line, wrong=not before)

    def _say_what_is_refused(self, uri: str) -> None:
        plays = self._collection.view.addresses.uris.get(self._last)
        but = f", though it plays {plays}" if plays else ""
        self._voice.hold(
            "refused",
            f"MPD does not know {uri}{but}: {self._where()}, and is its database up to date"
            " (mpc update)?",
            wrong=True,
        )

    def _where(self) -> str:
        where = displayable_path(self._collection.relative_to)
        return f"is {where} MPD's music_directory (mir.relative_to)"
