"""`beet mirfollow` and a real MPD: what it adds and when, through all that happens to both."""

import gc
import itertools
import os
import re
import signal
import socket
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from types import SimpleNamespace

import confuse
import numpy as np
import pytest
import soundfile as sf
from beets.library import Item, Library

from beetsplug.mir import names, settings
from beetsplug.mir.commands.follow.collection import Collection
from beetsplug.mir.commands.follow.course import Wishes
from beetsplug.mir.commands.follow.follower import Follower
from beetsplug.mir.commands.follow.voice import Voice
from beetsplug.mir.library import mpd as queue
from beetsplug.mir.library import player as players
from beetsplug.mir.library import storing
from beetsplug.mir.library.addresses import read_addresses
from beetsplug.mir.library.mpd import Server, connected
from beetsplug.mir.library.player import Moment, Player, Song, attend
from beetsplug.mir.library.watching import Verdict, Watch
from tests.beet import Beet
from tests.test_mpd import (
    asking,
    at_socket,
    free_port,
    impostor,
    running,
    start,
    wait_for,
    wait_until,
)  # fmt: skip

N_TRACKS = 120
LENGTHS = {"short": 0.1, "medium": 1.0, "long": 60.0}  # seconds
HOUR = 3600.0


@pytest.fixture(scope="session")
def _row(tmp_path_factory):
    """Return a library of tracks that lie in a row, each a small step farther the same way."""
    beet = Beet(tmp_path_factory.mktemp("row") / "beets")
    beet("ls")
    for name, seconds in LENGTHS.items():
        sf.write(
            beet.root / name, np.zeros(round(8000 * seconds), np.int16), 8000, format="WAV"
        )
    random = np.random.default_rng(5)
    way = random.normal(0, 1, len(names.VECTOR))
    with library(beet) as lib, lib.transaction():
        for n in range(1, N_TRACKS + 1):
            put(lib, beet.music / f"{n}.wav", n / 10 * way + random.normal(0, 0.01, 42), n)
    return beet


def put(lib, path, values, n):
    item = Item(
        path=os.fsencode(path), title=f"Title {n}", artist=f"Artist {n}", length=60.0 + 10 * n
    )
    lib.add(item)
    values = dict(zip(names.VECTOR, values, strict=True))
    storing.store_features(item, values, names.version(60), "print")


@pytest.fixture
def row(_row, beet):
    """That library, its tracks a minute long."""
    return with_files(_row.copy(beet.root), "long")


@pytest.fixture
def quick_row(_row, beet):
    """That library, its tracks a second long."""
    return with_files(_row.copy(beet.root), "medium")


@pytest.fixture
def short_row(_row, beet):
    """That library, its tracks a tenth of a second long."""
    return with_files(_row.copy(beet.root), "short")


def with_files(beet, kind):
    for n in range(1, N_TRACKS + 1):
        os.link(beet.root / kind, beet.music / f"{n}.wav")
    beet.configure(f"mpd: {{host: {beet.root}/socket}}\n")
    return beet


class Loud(Voice):
    """A voice that one can read."""

    def __init__(self):
        self.said = []
        super().__init__(self, quiet=False)

    def show(self, line):
        self.said.append(line)

    def info(self, form, *args):
        self.said.append(form.format(*args))

    warning = info

    def debug(self, form, *args):
        pass


class Evening:
    """An MPD and what follows it, step by step."""

    def __init__(self, beet, player, mpc, lib, follower, voice):
        self.beet, self.player, self.mpc, self.lib = beet, player, mpc, lib
        self.follower, self.voice = follower, voice

    def see(self):
        """Let it look at MPD as it is, and return what it says to that."""
        self.voice.said.clear()
        self.follower.react(self.player)
        self.player.is_new = False
        self.player.changed = frozenset()
        return list(self.voice.said)

    def do(self, *args):
        """Let MPD do something, then let it look; return what it says.

        And let it look once more, since MPD tells it of what it has added, too.
        """
        self.mpc("--quiet", *args)
        return [*self.see(), *self.see()]

    def play(self, *tracks):
        self.mpc("--quiet", "add", *(f"{n}.wav" for n in tracks))
        return self.do("play")

    @property
    def queue(self):
        return [int(name[:-4]) for name in self.files if name[:-4].isdecimal()]

    @property
    def files(self):
        return self.mpc("--format", "%file%", "playlist").splitlines()

    def change(self, id_, **values):
        change(self.beet, id_, **values)


def change(beet, id_, **values):
    """Let somebody else change an item."""
    with library(beet) as lib:
        item = lib.get_item(id_)
        item.update(values)
        item.store()


@contextmanager
def library(beet):
    lib = Library(str(beet.root / "library.db"), str(beet.music))
    try:
        yield lib
    finally:
        lib._close()


def read(lib, beet, voice, *, within=None, relative_to=None):
    given = {"features": "auto", "relative_to": str(relative_to or beet.music)}
    config = confuse.RootView([confuse.ConfigSource(settings.DEFAULTS | given)])
    return Collection(lib, within, config, voice)


@contextmanager
def evening(beet, *more, query=(), within=None, relative_to=None, **wishes):
    wishes = {"ahead": 5, "fresh": HOUR, "drift": 0.0, "spacing": 0} | wishes
    voice = Loud()
    with running(beet.root, *more) as mpc, library(beet) as lib:
        mpc("--quiet", "--wait", "update")
        collection = read(lib, beet, voice, within=within, relative_to=relative_to)
        seeds = collection.wanted(query)
        follower = Follower(collection, seeds, Wishes(**wishes), voice)
        with connected(at_socket(beet.root)) as client:
            yield Evening(beet, Player(client), mpc, lib, follower, voice)


def near(n, *tracks, within=4):
    return all(abs(n - track) <= within for track in tracks)


def test_the_queue_is_filled_with_the_nearest_and_kept_so(row):
    with evening(row) as at:
        said = at.play(60)

        assert at.queue[0] == 60
        assert len(set(at.queue)) == 6
        assert near(60, *at.queue, within=3)
        lines = [
            re.fullmatch(r"\+ Artist (\d+) - Title \1 \(\d\.\d\d from (.+)\)", line)
            for line in said
        ]
        assert [int(line[1]) for line in lines] == at.queue[1:]
        assert [line[2] for line in lines] == [f"Artist {n} - Title {n}" for n in at.queue[:-1]]
        assert at.see() == []
        at.do("next")
        assert len(set(at.queue)) == 7
        at.do("pause")
        at.do("next")
        assert len(set(at.queue)) == 8


def test_what_is_in_the_queue_stays_and_what_the_user_adds_is_gone_on_from(row):
    with evening(row) as at:
        at.play(60)
        gone = at.queue[3]
        at.do("del", "4")
        assert gone not in at.queue
        at.do("move", "2", "5")
        at.do("insert", "20.wav")
        at.do("del", "3")
        before = at.queue
        at.do("add", "100.wav")
        assert at.queue == [*before, 100]

        at.do("seek", "40")
        at.do("play", "6")

        assert at.queue[:7] == [*before, 100]
        assert len(at.queue) == 11
        assert near(100, *at.queue[7:])
        assert gone not in at.queue


def test_nothing_is_added_to_an_mpd_that_its_user_has_stopped(row):
    with evening(row) as at:
        assert at.see() == ["MPD's queue is empty: this goes on from what plays next"]
        said = at.do("add", "60.wav")
        assert said == ["MPD is stopped: this goes on from what plays next"]
        at.do("play")
        at.do("stop")
        assert at.queue[0] == 60
        at.do("del", "3")
        assert len(at.queue) == 5
        assert len(at.do("play")) == 1
        at.do("clear")
        assert at.queue == []


def test_a_query_says_where_an_empty_queue_begins(row):
    with evening(row, query=["title:Title 30"]) as at:
        said = at.see()

        assert said[0] == "+ Artist 30 - Title 30"
        assert said[-1] == "MPD is stopped: `mpc play 1` goes on"
        assert at.queue[0] == 30
        assert len(at.queue) == 5
        assert near(30, *at.queue)
        assert "[playing]" not in at.mpc("status")
        assert at.see() == ["MPD is stopped: this goes on from what plays next"]
        at.play(90)
        at.do("play", "6")
        assert near(90, *at.queue[6:])


def test_where_it_begins_is_one_of_the_query_though_another_is_nearer_to_its_middle(row):
    with evening(row, query=["id:30", ",", "id:40"]) as at:
        at.see()

        assert at.queue[0] in {30, 40}
        assert near(35, *at.queue[1:])


def test_what_was_skipped_is_nobodys_home(row):
    with evening(row, ahead=1) as at:
        at.play(20, 100)
        at.do("seek", "40")
        at.do("next")
        assert near(100, *at.queue[2:])
        at.do("next")
        assert near(20, at.queue[-1])


def test_what_happens_while_the_library_is_read_is_seen(row, monkeypatch):
    """It takes its time in a large one, and the queue may be another one then."""
    with evening(row) as at:
        at.see()
        collection = at.follower._collection
        monkeypatch.setattr(collection, "renew", lambda: not at.mpc("--quiet", "clear"))
        at.play(60)

        assert at.queue == []


def test_what_stood_in_a_queue_that_was_lost_comes_again(row):
    with evening(row) as at:
        at.play(60)
        lost = at.queue
        at.mpc("clear")
        at.player.is_new = True
        at.see()

        assert at.queue == lost[1:]


def test_what_was_passed_unseen_in_a_queue_that_was_lost_does_not_come_again(row):
    with evening(row) as at:
        at.play(60)
        passed, lost = at.queue[:4], at.queue[4:]
        at.do("seek", "40")
        at.do("play", "4")
        at.mpc("clear")
        at.player.is_new = True
        at.see()

        assert set(lost) <= set(at.queue)
        assert not set(passed) & set(at.queue)


def test_a_queue_that_was_lost_or_has_come_to_its_end_is_filled_but_not_played(quick_row):
    with evening(quick_row, ahead=1) as at:
        at.mpc("--quiet", "add", "60.wav")
        at.mpc("--quiet", "play")
        at.do("pause")  # while it takes its time to choose
        at.do("play")
        wait_until(lambda: "[playing]" not in at.mpc("status"))
        said = at.see()

        assert said[-1] == "MPD is stopped: `mpc play 3` goes on"
        assert len(at.queue) == 3
        at.do("play", "3")
        assert len(at.queue) == 4
        last = at.queue[2]
        at.mpc("clear")
        at.player.is_new = True  # as after a restart without a state_file
        at.see()
        assert len(at.queue) == 1
        assert near(last, *at.queue)
        assert "[playing]" not in at.mpc("status")


def test_at_random_those_are_left_that_were_not_seen_playing(row):
    with evening(row) as at:
        at.mpc("random", "on")
        said = at.play(60, 61, 62)
        assert said[0] == "MPD plays at random: this goes on from what plays"
        assert len(at.queue) == 6
        for _ in range(4):
            at.do("next")
        assert len(at.queue) == 10
        playing = int(at.mpc("--format", "%title%%file%", "current").strip()[:-4])
        at.mpc("--quiet", "add", "100.wav")
        at.do("next")
        while at.mpc("--format", "%file%", "current").strip() != "100.wav":
            at.do("next")
        assert near(playing, *at.queue[:10], within=12)
        assert near(100, at.queue[-1])


@pytest.mark.parametrize("drift", [0.0, 1.0])
def test_at_random_all_goes_on_from_what_plays(row, drift):
    with evening(row, drift=drift, ahead=6) as at:
        at.mpc("--quiet", "add", "20.wav")
        at.mpc("--quiet", "add", "100.wav")
        at.mpc("--quiet", "random", "on")
        said = at.do("play", "1")

        assert near(20, *at.queue[2:])
        added = [line for line in said if line.startswith("+")]
        assert len(added) == 5
        assert all("from Artist 20 " in line for line in added)
        at.do("seek", "40")
        at.do("play", "3")
        assert len(at.queue) == 8
        assert near(20, at.queue[-1], within=12)


def test_at_random_the_end_of_the_queue_is_what_mpd_says(row):
    """It may have begun long before we came."""
    with evening(row) as at:
        at.mpc("--quiet", "add", "60.wav")
        at.mpc("--quiet", "add", "61.wav")
        at.mpc("--quiet", "random", "on")
        at.mpc("--quiet", "play")
        at.mpc("--quiet", "next")
        at.see()

        assert len(at.queue) == 7


def test_a_queue_that_repeats_or_is_consumed_grows_as_any(row):
    with evening(row) as at:
        at.mpc("repeat", "on")
        said = at.play(60)
        assert said[0] == "MPD repeats its queue, but as it grows, it has no end"
        assert len(at.queue) == 6
        at.mpc("repeat", "off")
        at.mpc("consume", "on")
        heard = at.queue
        for _ in range(8):
            at.do("next")
            assert len(at.queue) == 6
            assert at.queue[-1] not in heard
            heard.append(at.queue[-1])


def test_without_fresh_only_the_queue_keeps_a_track_away(row):
    with evening(row, fresh=0.0) as at:
        at.mpc("consume", "on")
        at.play(60)
        for _ in range(8):
            at.do("seek", "40")  # or else it would lead away
            at.do("next")

        assert len(set(at.queue)) == 6
        assert near(60, *at.queue)


def test_what_is_skipped_at_its_beginning_leads_away_and_is_told(row):
    with evening(row, drift=1.0, ahead=1) as at:
        at.play(60)
        assert at.do("next")[0] == "skipped: Artist 60 - Title 60"
        at.do("seek", "40")
        assert not [line for line in at.do("next") if "skipped" in line]
        assert not [line for line in at.do("prev") if "skipped" in line]
        at.see()
        at.voice.said.clear()
        at.follower.sum_up()

    assert at.voice.said == [
        "3 tracks added in 0 minutes; 0 were played to their end, 1 skipped"
    ]


def test_what_happened_while_nobody_listened_is_not_judged(row):
    with evening(row) as at:
        at.play(60)
        at.mpc("next")
        at.player.is_new = True  # as after an interruption of the network
        said = at.see()

        assert not [line for line in said if "skipped" in line]
        assert len(at.queue) == 7


def test_one_that_is_played_to_its_end_is_counted(quick_row):
    with evening(quick_row, ahead=1) as at:
        at.mpc("--quiet", "add", "60.wav")
        at.mpc("--quiet", "play")
        at.do("pause")  # while it takes its time to choose
        at.do("play")
        wait_until(lambda: at.mpc("--format", "%file%", "current").strip() != "60.wav")
        at.see()
        at.voice.said.clear()
        at.follower.sum_up()
        assert "; 1 were played to their end, 0 skipped" in at.voice.said[0]


def test_skips_turn_the_way_round(row):
    """Both sides are as near; the user skips one."""

    def first_added(*skips):
        with evening(row, ahead=1) as at:
            at.play(*skips, 60, 60)
            for _ in skips:
                at.do("next")
            at.do("next")
            return at.queue[len(skips) + 2 :]

    assert all(n > 60 for n in first_added(56, 57, 58))
    assert all(n < 60 for n in first_added(62, 63, 64))


def test_what_mpdstats_counts_is_read_whenever_it_writes(row):
    with evening(row, ahead=2) as at:
        now = int(time.time())
        for n in (58, 59, 61):
            at.change(n, last_played=now - 600, play_count=3)
        at.change(62, last_played=now - 2 * int(HOUR))
        at.play(60)
        assert not {58, 59, 61} & set(at.queue)
        assert near(60, *at.queue)
        for n in range(61, 70):
            at.change(n, skip_count=99)
        before = len(at.queue)
        for _ in range(3):
            at.do("seek", "40")
            at.do("next")
        assert all(n < 60 for n in at.queue[before:])


def test_a_library_that_changes_is_seen(row):
    with evening(row, ahead=1, within="year:0..1999") as at:
        at.play(60)
        with library(row) as lib:
            for id_ in (58, 59, 61, 62):
                lib.get_item(id_).remove()
        at.do("next")
        assert not {58, 59, 61, 62} & set(at.queue[2:])
        for id_ in range(50, 71):
            if lib.get_item(id_):
                at.change(id_, year=2000)
        at.do("next")
        assert not near(60, at.queue[-1], within=9)


def test_what_the_library_does_not_know_is_gone_round_and_told_once(row):
    os.link(row.root / "long", row.music / "stranger.wav")
    with evening(row) as at:
        said = at.play("stranger")
        assert len(said) == 1
        assert said[0] == (
            "stranger.wav is not in the library, which has 1.wav:"
            f" is {row.music} MPD's music_directory (mir.relative_to)"
        )
        assert at.files == ["stranger.wav"]
        at.do("add", "60.wav")
        assert near(60, *at.queue)
        assert len(at.queue) == 5
        last = at.queue[-1]
        at.mpc("--quiet", "add", "stranger.wav")
        said = [*at.do("play", "3"), *at.do("play", "5")]
        goes_on = f"this goes on from Artist {last} - Title {last}"
        assert f"stranger.wav is not in the library: {goes_on}" in said
        assert near(last, *at.queue[5:], within=9)
        assert len(at.files) == 10


def test_one_that_is_not_analysed_is_gone_round(row):
    with library(row) as lib:
        lib.add(Item(path=os.fsencode(row.music / "new.wav"), title="New"))
    os.link(row.root / "long", row.music / "new.wav")
    with evening(row) as at:
        assert at.play("new") == [
            "new.wav is not analysed: this goes on from the next track that is"
        ]
        assert at.files == ["new.wav"]
        at.do("add", "60.wav")
        assert len(at.queue) == 5
        assert near(60, *at.queue)


def test_another_music_directory_is_told_with_both_paths(row):
    with evening(row, relative_to=row.root) as at:
        said = at.play(60)

        assert said == [
            "60.wav is not in the library, which has music/60.wav:"
            f" is {row.root} MPD's music_directory (mir.relative_to)"
        ]
        assert at.queue == [60]


def test_what_mpd_does_not_know_is_told_once_and_goes_in_when_it_does(row):
    for n in (58, 59, 61, 62):
        (row.music / f"{n}.wav").unlink()
    with evening(row, ahead=2) as at:
        said = at.play(60)
        assert len(at.queue) == 3
        assert not {58, 59, 61, 62} & set(at.queue)
        refused = [line for line in said if "does not know" in line]
        assert len(refused) == 1
        assert re.fullmatch(
            r"MPD does not know (58|59|61|62)\.wav, though it plays 60\.wav: is \S+ MPD's"
            r" music_directory \(mir\.relative_to\), and is its database up to date"
            r" \(mpc update\)\?",
            refused[0],
        )
        for n in (58, 59, 61, 62):
            os.link(row.root / "long", row.music / f"{n}.wav")
        refused_at_first = set(at.follower._refused)
        at.mpc("--wait", "--quiet", "update")
        at.player.changed = frozenset(["database"])
        at.do("seek", "40")
        at.do("next")
        assert at.queue[-1] in refused_at_first


def test_an_mpd_that_knows_nothing_is_not_asked_for_everything(row):
    for n in range(1, 121):
        if n != 60:
            (row.music / f"{n}.wav").unlink()
    with evening(row) as at:
        calls = []
        append = at.player.append
        at.player.append = lambda uri: calls.append(uri) or append(uri)
        said = at.play(60)

        assert len(said) == 1
        assert len(calls) == len(set(calls)) == 40
        assert at.queue == [60]


def test_a_queue_that_is_full_is_told_once(row):
    with evening(row, 'max_playlist_length "4"') as at:
        said = at.play(60)
        assert len(said) == 4
        assert said[-1] == (
            "MPD's queue is full (its max_playlist_length); `mpc consume on` keeps it short"
        )
        assert at.do("next") == ["skipped: Artist 60 - Title 60"]


def test_when_nothing_is_left_it_says_so_once_and_goes_on_later(row):
    with evening(row, within="title:Title\\ 6") as at:  # 6, and 60 to 69
        at.mpc("consume", "on")
        said = at.play(60)
        for _ in range(9):
            said += at.do("next")
        assert len([line for line in said if line.startswith("+")]) == 10
        assert said.count("no other track fits") == 1
        for id_ in (70, 71, 72):
            at.change(id_, title="Title 6")
        at.do("play")
        assert set(at.queue) & {70, 71, 72}


def test_where_tracks_lie_is_read_again_only_if_that_may_have_changed(row):
    with library(row) as lib:
        collection = read(lib, row, Loud())

        def is_other(**values):
            before = collection.view.found
            change(row, 60, **values)
            assert collection.renew()
            return collection.view.found is not before

        assert not collection.renew()
        assert not is_other(play_count=3, last_played=1e9)
        assert collection.view.addresses.counted[60] == (3, 0, 1e9)
        assert not is_other(path=os.fsencode(row.music / "moved.wav"))
        assert collection.view.addresses.uris[60] == "moved.wav"
        assert is_other(artist="Artist 61")
        assert len(set(collection.view.found.sounds.artists.tolist())) == N_TRACKS - 1
        assert is_other(mir_vector=lib.get_item(1).mir_vector)
        values = collection.view.found.sounds.values
        assert (values[59] == values[0]).all()
        assert not collection.renew()


def test_a_library_that_is_locked_is_told_and_then_read(row):
    with evening(row, ahead=1) as at:
        at.lib._connection().execute("PRAGMA busy_timeout = 10")
        at.play(60)
        at.change(61, skip_count=1)
        with closing(sqlite3.connect(row.root / "library.db")) as other:
            other.execute("BEGIN EXCLUSIVE")
            said = at.do("next")
            assert said[1] == (
                f"{row.root}/library.db: database is locked; going on with what was there"
            )
            assert re.fullmatch(r"\+ \d+\.wav \(.* from \d+\.wav\)", said[2])
        with library(row) as lib:
            lib.get_item(at.queue[-1] - 1).remove()
        assert len(at.do("next")) == 2
        assert len(at.queue) == 4


def test_tracks_are_called_as_mpd_calls_them_whatever_is_stored(lib, add_item, tmp_path):
    inside, named, outside, pathless, broken = (
        add_item(name)
        for name in ("a.wav", "d/é #1.wav", str(tmp_path / "b.wav"), "c.wav", "e.wav")
    )
    counts = {
        inside: {"play_count": 3, "skip_count": "2", "last_played": 1.7e9},
        named: {"play_count": "many", "skip_count": -3, "last_played": "nan"},
        outside: {"play_count": str(10**30)},
    }
    for item, values in counts.items():
        item.update(values)
        item.store()
    with lib.transaction() as tx:
        tx.mutate("UPDATE items SET path = NULL WHERE id = ?", (pathless.id,))
        tx.mutate("UPDATE items SET path = ? WHERE id = ?", (b"/x\0y", broken.id))

    found = read_addresses(lib, os.fsencode(tmp_path / "music"))

    assert found.uris == {
        inside.id: "a.wav", named.id: "d/é #1.wav", outside.id: str(tmp_path / "b.wav")
    }  # fmt: skip
    assert found.ids == {uri: id_ for id_, uri in found.uris.items()}
    assert found.counted == {inside.id: (3, 2, 1.7e9)}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("8h", 8 * HOUR), ("90m", 5400), ("2d", 48 * HOUR), ("45 s", 45), ("1.5H", 5400)),
        *((0, 0), ("0", 0), ("0h", 0)),
    ],
)
def test_a_time_is_read_as_it_is_written(text, seconds):
    config = confuse.RootView([confuse.ConfigSource({"fresh": text})])

    assert settings.fresh(config) == seconds


@pytest.mark.parametrize("text", ["8", 8, "h", "-1h", "8 hours", True, None, [], "nan", "1e9h"])
def test_what_is_no_time_is_told(text):
    config = confuse.RootView([confuse.ConfigSource({"fresh": text})])

    with pytest.raises(confuse.ConfigError, match="fresh: must be a length of time"):
        settings.fresh(config)


def test_pretending_says_what_would_come_and_adds_nothing(row):
    with running(row.root) as mpc:
        mpc("--wait", "update")
        mpc("add", "60.wav")
        _, out, err = row.run("mirfollow", "-p")
        assert (out, err) == ("", "mir: MPD is stopped: this goes on from what plays next\n")
        mpc("play")
        out = row("mirfollow", "-p", "-n", "3", "--spacing", "0", "--drift", "0")
        assert len(out.splitlines()) == 3
        assert mpc("--format", "%file%", "playlist") == "60.wav\n"
        (row.music / "59.wav").rename(row.music / "gone.wav")
        mpc("--wait", "update")
        _, out, err = row.run("mirfollow", "-p", "--drift", "0")
        assert "Title 59 " not in out
        assert "MPD does not know 59.wav" in err
        assert row("mirfollow", "-p", "-q") == ""
        row.configure(
            f"mpd: {{host: {row.root}/socket}}\n"
            "mir: {ahead: 2, drift: 0, spacing: 0, fresh: 1h}\n"
        )
        assert len(row("mirfollow", "-p").splitlines()) == 2


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (["-n", "0"], "mir.ahead: must be at least 1, not 0"),
        (["--fresh", "8"], "mir.fresh: must be a length of time such as 2h or 90m, not '8'"),
        (["--drift", "2"], "mir.drift: must be at most 1, not 2.0"),
        (["--spacing", "-1"], "mir.spacing: must be at least 0, not -1"),
        (["--within", "title:nothing"], "--within 'title:nothing': no analysed track matches"),
        (["title:nothing"], "no track matches 'title:nothing'"),
        (["-F", "network"], "no track is heard by the network yet"),
        (["year:x"], "invalid query"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_done(row, args, what):
    code, out, err = row.run("mirfollow", *args)

    assert (code, out) == (1, "")
    assert what in err
    assert err.count("\n") == 1


def test_a_library_of_one_track_has_nothing_to_add(beet):
    with library(beet) as lib:
        put(lib, beet.music / "60.wav", np.arange(42.0), 60)
    sf.write(beet.music / "60.wav", np.zeros(8000 * 60, np.int16), 8000)
    with evening(beet) as at:
        assert at.play(60) == ["no other track fits"]


def test_an_empty_library_ends_it(beet):
    code, _, err = beet.run("mirfollow")

    assert code == 1
    assert err == "error: no track is analysed yet: run `beet mirextract` first\n"


def test_an_mpd_that_wants_another_password_ends_it_with_a_line(row):
    with running(row.root, 'password "sesame@read,add,control"', 'default_permissions "read"'):
        for password, what in [
            ("", f"the MPD at {row.root}/socket wants a password to add tracks: mpd.password"),
            ("x", f"the MPD at {row.root}/socket takes another password than mpd.password"),
        ]:
            row.configure(f"mpd: {{host: {row.root}/socket, password: '{password}'}}\n")
            code, out, err = row.run("mirfollow")
            assert (code, out, err) == (1, "", f"error: {what}\n")


@pytest.fixture
def pauses(monkeypatch):
    """Let no time pass between two tries to reach MPD; return how long it would be."""
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 9:
            raise KeyboardInterrupt

    clock = SimpleNamespace(sleep=sleep, monotonic=time.monotonic)
    monkeypatch.setattr(players, "time", clock)
    return pauses


# python-mpd2 leaves a socket open where nobody listens, or any more.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_an_mpd_that_is_not_there_is_waited_for_longer_and_longer(pauses):
    said = []
    port = free_port()

    with pytest.raises(KeyboardInterrupt):
        attend(Server("127.0.0.1", port, ""), lambda player: None, said.append)

    gc.collect()
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert said == [
        f"no MPD answers at 127.0.0.1:{port} (Connection refused): does it run? mpd.host and"
        " mpd.port say where it is; waiting for it"
    ]


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_an_mpd_that_keeps_failing_is_not_asked_without_pause(pauses, row):
    """It greets, and is gone again."""
    said = []

    def react(player):
        player._client._sock.shutdown(socket.SHUT_RDWR)

    with running(row.root), pytest.raises(KeyboardInterrupt):
        attend(at_socket(row.root), react, said.append)

    gc.collect()
    assert pauses[:7] == [1, 2, 4, 8, 16, 32, 60]
    where = f"the MPD at {row.root}/socket is there"
    assert said[:3] == ["MPD went away; waiting for it", where, "MPD went away; waiting for it"]


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_an_mpd_that_was_there_for_long_is_tried_again_soon(pauses, monkeypatch):
    monkeypatch.setattr(players.time, "monotonic", itertools.count(0, 61).__next__)

    with pytest.raises(KeyboardInterrupt):
        attend(Server("127.0.0.1", free_port(), ""), lambda player: None, lambda line: None)

    gc.collect()
    assert pauses == [1] * 9


@pytest.mark.parametrize("status", [b"OK\n", b"state: play\nlist_OK\nlist_OK\nOK\n", b"a\n"])
def test_what_answers_nonsense_is_told_and_waited_for(status, pauses, monkeypatch):
    monkeypatch.setattr(queue, "_PATIENCE", 0.1)

    def behave(client):
        client.sendall(b"OK MPD 0.23.0\n")
        with client.makefile("rb") as lines:
            for line in lines:
                if line.startswith(b"command_list_end"):
                    client.sendall(status)
                    return
                if not line.startswith((b"status", b"plchanges", b"command_list")):
                    client.sendall(b"OK\n")

    said = []
    with impostor(behave) as server, pytest.raises(KeyboardInterrupt):
        attend(server, lambda player: player.look(), said.append)
    assert said[0] in (
        "MPD gave an answer that is none of its protocol; waiting for it",
        "MPD went away; waiting for it",
    )


def test_a_line_on_which_nobody_is_any_more_is_noticed(row):
    port = free_port()
    with (
        running(row.root, 'bind_to_address "127.0.0.1"', f'port "{port}"'),
        connected(Server("127.0.0.1", port, "")) as client,
    ):
        line = client._sock
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 180_000
        client.ping()  # it was not closed


A, B, C, D = ALL = tuple(Song(n, f"{n}.wav") for n in range(1, 5))


def plays(song, elapsed, *, state="play", duration=200.0, queue=ALL, at_random=False):
    place = queue.index(song) if song else -1
    return Moment(state, song, place, elapsed, duration, queue, at_random, False, song is D)


SKIPPED, FINISHED = Verdict("1.wav", finished=False), Verdict("1.wav", finished=True)


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ([(0, plays(A, 0)), (29, plays(B, 0))], SKIPPED),
        ([(0, plays(A, 0)), (31, plays(B, 0))], None),
        ([(0, plays(A, 0)), (179, plays(B, 0))], None),
        ([(0, plays(A, 0)), (181, plays(B, 0))], FINISHED),
        ([(0, plays(A, 170)), (11, plays(B, 0))], FINISHED),
        ([(0, plays(A, 0)), (5, plays(A, 150)), (36, plays(B, 0))], FINISHED),
        ([(0, plays(A, 0)), (20, plays(A, 20, state="pause")), (400, plays(B, 0))], SKIPPED),
        (
            [
                *((0, plays(A, 0)), (9, plays(A, 9, state="pause"))),
                *((99, plays(A, 9)), (199, plays(B, 0))),
            ],
            None,
        ),
        ([(0, plays(A, 0)), (9, plays(A, 0, state="stop")), (10, plays(B, 0))], None),
        ([(0, plays(A, 0)), (9, plays(None, 0, state="stop"))], None),
        ([(0, plays(A, 0)), (200, plays(None, 0, state="stop"))], FINISHED),
        ([(0, plays(A, 0)), (200, plays(A, 0))], FINISHED),
        ([(0, plays(A, 0)), (9, plays(B, 0, queue=(B, C)))], SKIPPED),
        ([(0, plays(A, 0)), (9, plays(C, 0, queue=(C, A, B)))], SKIPPED),
        ([(0, plays(A, 0, queue=(A, B))), (9, plays(C, 0, queue=(C, D)))], None),
        ([(0, plays(A, 0, queue=(B, A))), (9, plays(B, 0, queue=(B, A)))], None),
        ([(0, plays(A, 0, duration=20)), (9, plays(B, 0))], SKIPPED),
        ([(0, plays(A, 0, duration=20)), (11, plays(B, 0))], None),
        ([(0, plays(A, 0, duration=20)), (18.5, plays(B, 0))], FINISHED),
        ([(0, plays(A, 0, duration=0.2)), (0.15, plays(B, 0))], FINISHED),
        ([(0, plays(A, 0, duration=0)), (29, plays(B, 0))], SKIPPED),
        ([(0, plays(A, 0, duration=0)), (300, plays(B, 0))], None),
        ([(0, plays(A, 0, at_random=True, queue=(B, A))), (9, plays(B, 0))], SKIPPED),
        (
            [(0, plays(B, 0)), (40, plays(A, 0, at_random=True)), (49, plays(B, 0))],
            None,
        ),
        ([(0, plays(A, 0))], None),
    ],
)  # fmt: skip
def test_how_a_song_went_is_known_by_how_far_it_came(seen, verdict):
    watch = Watch()
    *before, last = [watch.see(moment, 1000.0 + when) for when, moment in seen]

    assert last == verdict
    assert all(each is None or each.uri == "2.wav" for each in before)


def test_songs_that_are_left_are_counted_to_the_end_or_as_seen_at_random():
    watch = Watch()
    assert watch.n_left() == 0
    for song, at_random, n_left in [
        *((A, False, 3), (C, False, 1), (C, True, 3), (A, True, 2), (B, True, 1)),
        *((B, False, 2), (B, True, 3), (D, True, 0), (None, False, 0)),
    ]:
        watch.see(plays(song, 0, at_random=at_random), 0.0)
        assert watch.n_left() == n_left, (song, at_random)


@pytest.mark.parametrize(
    ("seen", "ran_out"),
    [
        ([plays(D, 190), plays(None, 0, state="stop")], True),
        ([plays(D, 190), *[plays(None, 0, state="stop")] * 2], True),
        ([plays(D, 190, queue=(D,)), plays(None, 0, state="stop", queue=())], True),
        ([plays(D, 190), plays(None, 0, state="stop", queue=())], False),
        ([plays(D, 90), plays(None, 0, state="stop")], False),
        ([plays(D, 190), plays(D, 0, state="stop")], False),
        ([plays(D, 190), plays(None, 0, state="stop"), plays(A, 0)], False),
        ([plays(D, 190), *(plays(None, 0, state="stop", queue=q) for q in (ALL, (A,)))], False),
    ],
)  # fmt: skip
def test_a_queue_has_run_out_only_if_it_was_played_to_its_end(seen, ran_out):
    watch = Watch()
    for moment in seen:
        watch.see(moment, 0.0)

    assert watch.ran_out is ran_out


def listen(stream, lines):
    for line in stream:
        lines.append(line)


class Listener:
    """`beet mirfollow` in a process, and what it says as it says it."""

    def __init__(self, beet, *args):
        self.process = beet.start("mirfollow", *args)
        self.out, self.err = [], []
        self._threads = [
            threading.Thread(target=listen, args=(stream, lines))
            for lines, stream in (
                (self.out, self.process.stdout),
                (self.err, self.process.stderr),
            )
        ]
        for thread in self._threads:
            thread.start()

    def has_said(self, text):
        return any(text in line for line in self.err)

    def stop(self, number):
        """End it by a signal; return its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        for thread in self._threads:
            thread.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    @property
    def added(self):
        return [int(re.match(r"\+ Artist (\d+)", line)[1]) for line in list(self.out)]


@pytest.mark.long
def test_an_evening_at_high_speed_with_a_kill_and_a_restart(short_row):
    """MPD comes late, dies, loses its queue and comes again; over a hundred tracks play."""
    mpc = asking(short_row.root)
    listener = Listener(short_row, "-n", "10", "--spacing", "3", "--drift", "1")
    wait_until(lambda: listener.has_said("waiting for it"))

    def plays_until(n):
        """Go on until so many were added; press play if this machine was too slow."""

        def is_there():
            if "[playing]" not in mpc("status") and mpc("playlist"):
                mpc("play", str(max(1, mpc("playlist").count("\n") - 9)))
            return len(listener.added) >= n

        wait_until(is_there)

    server = start(short_row.root)
    try:
        wait_for(short_row.root / "socket")
        mpc("--wait", "update")
        mpc("add", "60.wav")
        plays_until(40)
        server.kill()
        server.wait()
        wait_until(lambda: listener.has_said("MPD went away"))
        before = listener.added
        server = start(short_row.root)
        wait_for(short_row.root / "socket")
        plays_until(len(before) + 35)
        assert listener.stop(signal.SIGTERM) == 0
        files = mpc("--format", "%file%", "playlist").splitlines()
    finally:
        server.kill()
        server.wait()

    after = listener.added[len(before) :]
    lost = set(after) & set(before)
    assert len(set(before)) == len(before)
    assert len(set(after)) == len(after)
    assert lost <= set(before[-20:])  # as many as were ahead, or twice if it had run out
    assert files == [f"{n}.wav" for n in after]
    # On a machine that does other things, too, some pass before they are seen.
    assert re.search(r" tracks added .* [1-9]\d* were played .* 0 skipped", listener.err[-1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_any_signal_ends_it_well_whatever_it_waits_for(number, row):
    listener = Listener(row)
    wait_until(lambda: listener.has_said("waiting for it"))

    assert listener.stop(number) == 0
    assert listener.out == []
    assert re.fullmatch(r"mir: 0 tracks added in 0 minutes; .*\n", listener.err[-1])
