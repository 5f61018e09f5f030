"""Damaged files of sound: each has finite values or a reason, and none costs another."""

from __future__ import annotations

import math
import os
import random
import time
import zlib
from typing import TYPE_CHECKING

import mutagen
import pytest

from beetsplug.mir.sound import pool
from beetsplug.mir.sound.pool import analyse_all
from beetsplug.mir.sound.tasks import Result, Task, analyse
from tests import monkeys_audio, sounds
from tests.conftest import noise
from tests.stand_ins import COSTS, watched

from . import LONG, times
from .damage import damaged
from .whole_sound import write_all

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

N_FILES = times(50, 2000)
N_RUNS = times(1, 8)
N_PIECES = times(1, 4)
SUFFIXES = (".mp3", ".flac", ".wav", ".m4a")  # of files that are called as others
GIGABYTE = 1 << 30


@pytest.fixture(scope="module")
def whole_files(real_music: Path, tmp_path_factory) -> dict[Path, bytes]:
    music = sorted(real_music.glob("*/*.ogg"))[::5][:N_PIECES]
    files = write_all(tmp_path_factory.mktemp("whole"), music)
    return {path: path.read_bytes() for path in files}


@pytest.fixture
def results_of(tmp_path: Path, monkeypatch):
    """Return a function that analyses files in two workers: their results and peaks (bytes)."""
    if not os.path.exists("/proc/self/clear_refs"):
        pytest.skip("how much memory a file took is told by Linux only")
    monkeypatch.setattr(pool, "analyse", watched)
    monkeypatch.setenv("PYTHONWARNINGS", "error")  # in the workers, too

    def results_of(tasks: Iterable[Task]) -> tuple[dict[int, Result], dict[int, int]]:
        found = {r.task.key: r for batch in analyse_all(tasks, 2) for r in batch}
        costs = tmp_path / COSTS
        lines = costs.read_text().splitlines() if costs.exists() else []
        return found, {int(key): 1024 * int(peak) for key, peak in map(str.split, lines)}

    return results_of


def harm(result: Result | None, peak: int) -> str:
    """Return what is wrong with what came of a damaged file, empty if nothing is."""
    if result is None:
        return "nothing came of it"
    if peak > GIGABYTE:
        return f"{peak >> 20} MB"
    if result.error:
        ours = ("internal", "crashed", "took more", "were killed")
        return result.error if any(word in result.error for word in ours) else ""
    heard = result.heard.values.tolist() if result.heard else []
    finite = all(map(math.isfinite, [*result.values.values(), *heard]))
    return "" if finite else "a value that is not finite"


@pytest.mark.parametrize("run", range(N_RUNS))
def test_damaged_files_cost_nothing_but_themselves(
    tmp_path, whole_files, results_of, musicnn, tally, run
):
    lot = random.Random(run)
    sources = [*whole_files]
    n_files = N_FILES // N_RUNS
    done: dict[int, str] = {}

    def tasks():
        for number in range(n_files):
            source = lot.choice(sources)
            kind, data = damaged(lot, whole_files[source], list(whole_files.values()))
            suffix = source.suffix if lot.random() < 0.8 else lot.choice(SUFFIXES)
            path = tmp_path / f"{number}{suffix}"
            path.write_bytes(data)
            done[number] = f"{path}: {kind} of {source.name}"
            network = tmp_path / "of the package" if number % 2 else None
            yield Task(number, bytes(path), lot.choice([0, 5, 60]), network)

    found, peaks = results_of(tasks())

    harms = {key: harm(found.get(key), peaks.get(key, 0)) for key in done}
    harmed = {done[key]: reason for key, reason in harms.items() if reason}
    tally("files of sound damaged, in ten formats", tried=n_files, lost=len(harmed))
    assert not harmed
    assert len(done) == n_files
    assert sum(result.error is None for result in found.values()) > n_files / 3


def test_every_format_is_whole_before_it_is_damaged(whole_files):
    paths = {path.suffix: path for path in whole_files}

    results = [analyse(Task(0, bytes(path), 5)) for path in paths.values()]

    assert len(results) == 10
    assert not [result for result in results if result.error or result.warning]


def unpacking() -> bytes:
    """Return an ID3 tag of three megabytes that unpacks to three gigabytes."""
    form = zlib.compressobj(9)
    part = form.compress(bytes(1 << 20)) + form.flush(zlib.Z_FULL_FLUSH)
    again = form.compress(bytes(1 << 20)) + form.flush(zlib.Z_FULL_FLUSH)
    packed = part + 3000 * again
    frame = b"TXXX" + _synchsafe(len(packed) + 4) + b"\0\x09" + _synchsafe((1 << 28) - 1)
    return b"ID3\4\0\0" + _synchsafe(len(frame + packed)) + frame + packed


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))


def test_a_tag_that_unpacks_to_more_than_there_is_costs_no_more(tmp_path, results_of):
    path = sounds.write(tmp_path / "a.mp3", noise(30))
    path.write_bytes(unpacking() + path.read_bytes())

    found, peaks = results_of([Task(0, bytes(path), 0)])

    assert not harm(found[0], peaks[0])
    assert peaks[0] > GIGABYTE // 4


def test_tags_over_which_their_parser_stumbles_leave_the_sound(tmp_path):
    path = sounds.write(tmp_path / "a.wma", noise(30))
    file = mutagen.File(path)
    file["Quite"] = "something"
    file.save()
    data = path.read_bytes()
    value = data.index("Quite\0".encode("utf-16-le")) + 12
    path.write_bytes(data[:value] + b"\x38\x01" + data[value + 2 :])  # no kind of value
    with pytest.raises(KeyError):
        mutagen.File(path)

    assert analyse(Task(0, bytes(path), 0)).error is None


@pytest.mark.skipif(not LONG, reason="takes as long as it says")
def test_hours_of_silence_in_a_few_bytes_end_with_a_reason(tmp_path, monkeypatch, results_of):
    """Sixteen bytes are an hour of Monkey's Audio, and these are ten thousand.

    By chance their time runs out or their memory, which FFmpeg tells of, or crashes.
    """
    monkeypatch.setattr(pool, "time_limit", lambda task: 20.0)
    path = monkeys_audio.write_silence(tmp_path / "a.ape", 3600, 10_000)
    start = time.monotonic()

    found, _ = results_of([Task(n, bytes(path), excerpt) for n, excerpt in enumerate((0, 60))])

    reasons = {
        "its analysis took more than 20 s", "there is not enough memory for it",
        "its analysis crashed (exit code -11)",
    }  # fmt: skip
    assert len(found) == 2
    assert {result.error for result in found.values()} <= reasons
    assert time.monotonic() - start < 200
