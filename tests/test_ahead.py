"""What another process computes while figures are drawn: the same as one alone."""

import os
import signal
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

import beetsplug.mir
from beetsplug.mir.ground.processes import make_importable
from beetsplug.mir.plots import ahead
from beetsplug.mir.plots.ahead import Ahead
from beetsplug.mir.plots.material import SCORES, Material
from beetsplug.mir.space import autoencoder


def arguments(n_tracks: int = 12) -> dict:
    """Return what makes a material of tracks in three genres, which were heard."""
    rng = np.random.default_rng(3)
    members = np.arange(n_tracks) % 3
    return {
        "X": rng.normal(size=(n_tracks, 16)) + members[:, None],
        "heard": rng.random((n_tracks, 200)).astype(np.float32),
        "genres": [f"genre {member}" for member in members],
        "ids": np.ones(n_tracks, dtype=np.int64),
        "epochs": 2,
        "random_state": 5,
        "bias": 0.5,
    }


begin = ahead._begin


def children() -> set[psutil.Process]:
    """Return the processes below this one, but for the one that looks after semaphores."""
    return {
        each for each in psutil.Process().children(recursive=True)
        if not any("resource_tracker" in word for word in command_of(each))
    }  # fmt: skip


def command_of(process: psutil.Process) -> list[str]:
    """Return its command line; one that has just ended has none."""
    try:
        return process.cmdline()
    except psutil.ZombieProcess:
        return []


@pytest.mark.long
@pytest.mark.tensorflow
def test_another_process_computes_the_same():
    here, there = Material(**arguments()), Material(**arguments())
    before = children()

    with Ahead(there):
        np.testing.assert_array_equal(there.codes(1).Z, here.codes(1).Z)
        sixteen = there.of_the_sixteen.training(3), here.of_the_sixteen.training(3)
        np.testing.assert_array_equal(sixteen[0].history, sixteen[1].history)
        assert children() > before

    assert children() <= before


def begin_without_networks(arguments: dict) -> None:
    autoencoder.available = lambda: False
    begin(arguments)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train no networks, here and there."""
    monkeypatch.setattr(autoencoder, "available", lambda: False)
    monkeypatch.setattr(ahead, "_begin", begin_without_networks)


@pytest.mark.usefixtures("quick")
def test_what_takes_long_comes_from_there(monkeypatch):
    material = Material(**arguments(6))
    expected = Material(**arguments(6)).rows
    monkeypatch.setattr(material, "_scores", None)  # not computed here

    with Ahead(material):
        assert material.rows == expected


@pytest.mark.usefixtures("quick")
def test_if_it_dies_everything_is_computed_here():
    before = children()
    with Ahead(Material(**arguments())) as there:
        while not (new := children() - before):
            pass
        for process in new:
            os.kill(process.pid, signal.SIGKILL)
        found = there.result("network", SCORES)

    assert found is None or found == Material(**arguments()).rows  # it was faster
    assert there.result("classic", ("pca", 3, 0.0)) is None  # what is not computed there


def test_a_fresh_process_finds_the_package_that_beets_found_by_its_pluginpath(monkeypatch):
    monkeypatch.setattr(sys, "path", ["elsewhere"])

    make_importable()
    make_importable()

    assert sys.path == ["elsewhere", str(Path(beetsplug.mir.__file__).resolve().parents[2])]
