"""The pool: what a single file can do to it."""

import os
import re
from itertools import product

import numpy as np
import psutil
import pytest
import soundfile as sf
from pebble import ProcessFuture
from pebble.pool.base_pool import PoolStatus

from beetsplug.mir import names
from beetsplug.mir.sound import pool as extraction
from beetsplug.mir.sound.excerpt import HEARD, windows
from beetsplug.mir.sound.pool import analyse_all
from beetsplug.mir.sound.tasks import Result, Task, analyse, time_limit
from tests import sounds
from tests.conftest import SR, noise, sine
from tests.stand_ins import (
    end_own_worker_once,
    kill_own_worker,
    misbehave,
    take_a_while,
    tell_priority,
)


def test_a_worker_that_dies_hangs_or_breaks_costs_its_own_file_only(monkeypatch):
    monkeypatch.setattr(extraction, "analyse", misbehave)
    monkeypatch.setattr(extraction, "time_limit", lambda task: 3.0)
    bad = {3: b"crash", 4: b"crash", 8: b"hang", 12: b"break"}
    tasks = [Task(key, bad.get(key, b"fine")) for key in range(20)]

    results = {r.task.key: r for batch in analyse_all(tasks, 2) for r in batch}

    assert set(results) == set(range(20))
    assert {key for key, result in results.items() if result.error} == set(bad)
    assert "crashed" in results[3].error
    assert "more than 3 s" in results[8].error
    assert "a fault of ours" in results[12].error


def test_closing_the_results_stops_the_workers():
    before = set(psutil.Process().children(recursive=True))
    results = analyse_all([Task(key, b"/nowhere") for key in range(100)], 2)
    next(results)
    results.close()

    left = [p for p in psutil.Process().children(recursive=True) if p not in before]
    assert not [p for p in left if "spawn_main" in " ".join(p.cmdline())]


@pytest.mark.parametrize("n_workers", [0, 2])
def test_tasks_may_come_while_others_are_done(monkeypatch, n_workers):
    monkeypatch.setattr(extraction, "analyse", kill_own_worker)
    done = []

    def coming():
        for key in range(3):
            yield Task(key, b"fine")
            while len(done) <= key:
                yield None  # the next one depends on what came of this

    for batch in analyse_all(coming(), n_workers):
        done += batch

    assert [result.task.key for result in done] == [0, 1, 2]


@pytest.mark.skipif(not hasattr(os, "nice"), reason="no priorities")
def test_workers_that_stand_aside_have_a_lower_priority(monkeypatch):
    monkeypatch.setattr(extraction, "analyse", tell_priority)

    for aside, more in ((False, 0), (True, 10)):
        [result] = [r for b in analyse_all([Task(0, b"")], 1, aside=aside) for r in b]
        assert result.values["nice"] == min(os.nice(0) + more, 19)


def test_workers_that_had_nothing_to_do_have_not_lost_the_next_task(monkeypatch):
    with extraction._Workers(1) as workers:
        workers._pool.schedule = lambda *_, **__: ProcessFuture()
        workers._last_sign -= 1000
        workers.start(Task(0, b"fine"))
        before = workers._pool
        workers.find_lost()

        assert workers._pool is before


def test_the_time_limit_follows_the_bytes_and_not_a_header(tmp_path):
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(bytes(100_000))
    with open(large, "wb") as file:
        file.truncate(2_000_000_000)  # 10 hours of lossy sound are a quarter of it

    assert 60 < time_limit(Task(0, bytes(small))) < 600
    assert time_limit(Task(0, bytes(large))) > 36000
    assert time_limit(Task(0, b"/nowhere")) >= 60


@pytest.mark.parametrize("n_workers", [0, 1])
def test_a_fault_of_ours_costs_one_file_and_is_told_with_what_a_report_needs(
    tmp_path, n_workers
):
    sf.write(tmp_path / "a.wav", noise(1), SR)
    path = bytes(tmp_path / "a.wav")
    tasks = [Task(0, path, "sixty"), Task(1, path)]

    results = [r for batch in analyse_all(tasks, n_workers) for r in batch]

    broken, fine = sorted(results, key=lambda result: result.task.key)
    assert fine.values
    assert "please report it: TypeError" in broken.error
    assert all(word in broken.error for word in (".py:", "beets-mir 0", "av ", "Python 3."))
    assert "Traceback" in broken.trace


def test_killed_workers_cost_nothing(monkeypatch):
    """Killed as they start, as they take a task, or in the middle of one."""
    monkeypatch.setattr(extraction, "analyse", take_a_while)
    tasks = [Task(n, b"fine") for n in range(12)]
    killed, results = set(), {}
    for batch in analyse_all(tasks, 2):
        results |= {result.task.key: result for result in batch}
        workers = psutil.Process().children(recursive=True)
        for worker in workers:
            new = len(killed) < 4 and worker.pid not in killed
            if new and any("spawn_main" in word for word in worker.cmdline()):
                killed.add(worker.pid)
                worker.kill()

    assert killed
    assert set(results) == set(range(12))
    assert not [result.error for result in results.values() if result.error]


def test_a_file_that_gets_its_worker_killed_each_time_is_told(monkeypatch):
    monkeypatch.setattr(extraction, "analyse", kill_own_worker)
    tasks = [Task(0, b"huge"), *(Task(key, b"fine") for key in range(1, 6))]

    results = {r.task.key: r for batch in analyse_all(tasks, 2) for r in batch}

    assert set(results) == set(range(6))
    assert [key for key, result in results.items() if result.error] == [0]
    assert "crashed" in results[0].error or "killed" in results[0].error


def test_a_worker_that_is_told_to_end_costs_no_file(monkeypatch, tmp_path):
    monkeypatch.setattr(extraction, "analyse", end_own_worker_once)
    task = Task(0, bytes(tmp_path / "begun"))

    assert [r for batch in analyse_all([task], 1) for r in batch] == [Result(task, values={})]


def test_a_broken_pool_is_made_anew(monkeypatch):
    """All workers die before one of them has told which task it took."""
    monkeypatch.setattr(extraction, "analyse", kill_own_worker)
    with extraction._Workers(1) as workers:
        workers.start(Task(0, b"fine"))
        workers._pool._context.status = PoolStatus.ERROR
        workers.start(Task(1, b"fine"))
        done = set()
        while workers.tasks:
            result = workers.next_result(60)
            done |= {result.task.key} if result else set()

    assert done == {0, 1}


def test_a_task_that_went_with_its_worker_is_started_again(monkeypatch):
    monkeypatch.setattr(extraction, "analyse", kill_own_worker)
    monkeypatch.setattr(extraction, "_LOST_AFTER", 0.0)
    with extraction._Workers(1) as workers:
        workers._pool.schedule = lambda *_, **__: ProcessFuture()  # nobody ever hears of it
        workers.start(Task(0, b"fine"))
        workers.find_lost()
        result = None
        while workers.tasks:
            result = workers.next_result(60) or result

    assert result == Result(Task(0, b"fine"), values={})


@pytest.mark.parametrize("suffix", ["wav", "mp3", "flac", "aiff", "wv", "wma", "mka"])
def test_a_file_that_is_cut_short_is_analysed_and_told(tmp_path, suffix):
    whole = sounds.write(tmp_path / f"a.{suffix}", noise(40))
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) // 10])

    result = analyse(Task(0, bytes(whole), 60))

    assert result.values
    heard, claimed = map(float, re.findall(r"([\d.]+) s", result.warning))
    assert 1 < heard < 8
    assert claimed == pytest.approx(40, abs=0.5)


@pytest.mark.parametrize("suffix", sounds.FORMATS)
def test_of_a_whole_file_nothing_is_told(tmp_path, suffix):
    sr = 48000 if suffix == "opus" else SR
    path = sounds.write(tmp_path / f"a.{suffix}", noise(12, sr), sr)

    assert analyse(Task(0, bytes(path), 5)).warning is None
    assert analyse(Task(0, bytes(path), 0)).warning is None


@pytest.mark.parametrize("suffix", ["ogg", "flac", "mp3"])
@pytest.mark.parametrize("lengths", [(30, 4, 9), (4, 30, 9), (4, 9, 30)])
def test_joined_files_are_not_cut_short(tmp_path, suffix, lengths):
    """What is taken for the length of all is a guess, or that of one of them."""
    kinds = [lambda s: np.zeros(s * SR, np.float32), noise, lambda s: sine(440, s)]
    parts = [
        sounds.write(tmp_path / f"{n}.{suffix}", kind(seconds))
        for n, (kind, seconds) in enumerate(zip(kinds, lengths, strict=True))
    ]
    path = sounds.joined(tmp_path / f"all.{suffix}", *parts)

    assert analyse(Task(0, bytes(path), 60)).warning is None


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0])
def test_a_wav_from_a_pipe_is_not_cut_short(tmp_path, size):
    path = sounds.write(tmp_path / "a.wav", noise(2))
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = size.to_bytes(4, "little")
    path.write_bytes(data)

    result = analyse(Task(0, bytes(path), 60))

    assert result.values
    assert result.warning is None


def test_memory_does_not_grow_with_the_track(tmp_path):
    """Blocks and not files: ten minutes of samples alone would be 0.1 GB."""
    assert most_memory(tmp_path, 10) < most_memory(tmp_path, 1) + 60e6


def most_memory(folder, minutes: int) -> int:
    """Return how much memory a worker has at most, in bytes, that analyses so long a track."""
    path = folder / f"{minutes}.flac"
    block = (noise(60, seed=1) * 32767).astype(np.int16)
    with sf.SoundFile(path, "w", SR, 1) as file:
        for _ in range(minutes):
            file.write(block)
    peak = 0
    for batch in analyse_all([Task(0, os.fsencode(path))], 1):
        for child in psutil.Process().children(recursive=True):
            peak = max(peak, child.memory_info().rss)
        assert not any(result.error for result in batch)
    return peak


@pytest.mark.parametrize("length", [None, 0, 1, 60, 119])
def test_short_tracks_and_those_of_unknown_length_are_heard_whole(length):
    assert windows(length, 60) == []
    assert windows(10000, 0) == []


@pytest.mark.parametrize("length", [120, 300, 36000])
@pytest.mark.parametrize("excerpt", [10, 60])
def test_windows_are_spread_over_the_track(length, excerpt):
    found = windows(length, excerpt)

    share = length / len(found)
    middles = [window.start + window.seconds / 2 for window in found]
    assert middles == pytest.approx([(i + 0.5) * share for i in range(len(found))])
    assert found[0].start >= 0
    assert found[-1].start + found[-1].seconds <= length
    assert {window.seconds for window in found} == {HEARD, 9.0}


def test_values_are_the_same_every_time_and_complete(real_music):
    mp3s, oggs = (
        sorted(real_music.glob(f"*/*.{suffix}"), key=lambda path: path.stat().st_size)
        for suffix in ("mp3", "ogg")
    )
    tracks = [*mp3s[:1], *oggs[:2]]  # the shortest; the first has room for excerpts
    heard = product(map(bytes, tracks), (0, 60))
    tasks = [Task(key, *of_file) for key, of_file in enumerate(heard)]

    first, second, alone = (
        {r.task.key: r.values for batch in analyse_all(tasks, n) for r in batch}
        for n in (2, 1, 0)
    )

    assert first == second == alone
    assert first[0] != first[1]
    assert all(set(values) == set(names.VECTOR) for values in first.values())
