"""A thousand damaged files: each has finite values or a reason, and none costs another."""

import math
import os
import random

import numpy as np
import pytest

from beetsplug.mir.sound.pool import analyse_all
from beetsplug.mir.sound.tasks import Task
from tests import sounds
from tests.conftest import SR, noise, sine
from tests.damage import damaged

N_FILES = int(os.environ.get("DAMAGED_FILES", "150"))
SECONDS = 21  # which leaves room for four windows


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    """One file of each format, in one and in more channels."""
    folder = tmp_path_factory.mktemp("whole")
    y = sine(440, SECONDS, SR, 0.3) + noise(SECONDS) / 4
    files = [sounds.write(folder / f"a.{s}", y) for s in sounds.FORMATS if s != "opus"]
    files.append(sounds.write(folder / "a.opus", noise(SECONDS, 48000), 48000))
    stereo = np.stack([y, -y], axis=1)
    files += [sounds.write(folder / f"b.{s}", stereo) for s in ("mp3", "flac", "m4a")]
    files.append(sounds.write(folder / "c.m4a", np.stack([y] * 8, axis=1)))
    return files


def test_damaged_files_cost_nothing_but_themselves(tmp_path, monkeypatch, whole_files, musicnn):
    monkeypatch.setenv("PYTHONWARNINGS", "error")  # in the workers, too
    lot = random.Random(N_FILES)
    contents = [file.read_bytes() for file in whole_files]
    tasks, done = [], {}
    for number in range(N_FILES):
        source = lot.choice(whole_files)
        kind, data = damaged(lot, source.read_bytes(), contents)
        suffix = source.suffix if lot.random() < 0.8 else lot.choice([".mp3", ".flac", ".wav"])
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(data)
        done[number] = f"{kind} of {source.name}"
        network = tmp_path / "of the package" if number % 2 else None
        tasks.append(Task(number, bytes(path), lot.choice([0, 5, 60]), network))

    results = [result for batch in analyse_all(tasks, 2) for result in batch]

    assert len(results) == N_FILES
    for result in results:
        ours = [
            word for word in ("internal", "crashed", "took more") if word in str(result.error)
        ]
        assert not ours, (done[result.task.key], result.error, result.trace)
        assert result.error or all(map(math.isfinite, result.values.values()))
        heard = result.task.network and not result.error
        assert not heard or np.isfinite(result.heard.values).all()
    assert sum(result.error is None for result in results) > N_FILES / 3
