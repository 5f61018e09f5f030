"""The pool: what a single file can do to it."""

import os
import signal
import time

import numpy as np
import psutil
import pytest
import soundfile as sf

from beetsplug.mir import extraction, names
from beetsplug.mir.excerpt import HEARD, windows
from beetsplug.mir.extraction import Result, Task, analyse_all
from tests.conftest import SR, noise


def analyse_or_misbehave(task):
    """Stand in for the analysis: by its name a file kills its worker, hangs it or breaks."""
    name = os.path.basename(task.path)
    if name == b"crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if name == b"hang":
        time.sleep(600)
    if name == b"break":
        raise RuntimeError("a fault of ours")
    return Result(task, values={"pid": float(os.getpid())})


def test_a_worker_that_dies_hangs_or_breaks_costs_its_own_file_only(monkeypatch):
    monkeypatch.setattr(extraction, "analyse", analyse_or_misbehave)
    monkeypatch.setattr(extraction, "time_limit", lambda task: 5.0)
    bad = {3: b"crash", 4: b"crash", 8: b"hang", 12: b"break"}
    tasks = [Task(key, bad.get(key, b"fine")) for key in range(20)]

    results = {r.task.key: r for batch in analyse_all(tasks, 2) for r in batch}

    assert set(results) == set(range(20))
    assert {key for key, result in results.items() if result.error} == set(bad)
    assert "crashed" in results[3].error
    assert "more than 5 s" in results[8].error
    assert "a fault of ours" in results[12].error


def test_closing_the_results_stops_the_workers():
    before = set(psutil.Process().children(recursive=True))
    results = analyse_all([Task(key, b"/nowhere") for key in range(100)], 2)
    next(results)
    results.close()

    left = [p for p in psutil.Process().children(recursive=True) if p not in before]
    assert not [p for p in left if "spawn_main" in " ".join(p.cmdline())]


def test_the_time_limit_grows_with_the_track():
    assert extraction.time_limit(Task(0, b"", 36000)) > 36000
    assert extraction.time_limit(Task(0, b"", 0)) >= 60


@pytest.mark.parametrize("hours", [pytest.param(2, id="2 hours")])
def test_memory_does_not_grow_with_the_track(tmp_path, hours):
    """Blocks and not files: 2 hours of samples alone would be 1.3 GB."""
    path = tmp_path / "long.flac"
    block = (noise(60, seed=1) * 32767).astype(np.int16)
    with sf.SoundFile(path, "w", SR, 1) as file:
        for _ in range(hours * 60):
            file.write(block)
    peak = 0
    for batch in analyse_all([Task(0, os.fsencode(path), hours * 3600)], 1):
        for child in psutil.Process().children(recursive=True):
            peak = max(peak, child.memory_info().rss)
        assert not any(result.error for result in batch)

    assert 0 < peak < 400e6


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


@pytest.mark.parametrize("excerpt", [0, 60])
def test_values_are_the_same_every_time_and_complete(real_music, excerpt):
    tracks = sorted(real_music.glob("*/*.*3"))[:2] + sorted(real_music.glob("*/*.ogg"))[:2]
    tasks = [Task(key, bytes(path), 0, excerpt) for key, path in enumerate(tracks)]

    first, second, alone = (
        {r.task.key: r.values for batch in analyse_all(tasks, n) for r in batch}
        for n in (2, 2, 0)
    )

    assert first == second == alone
    assert all(set(values) == set(names.VECTOR) for values in first.values())
