"""`beet` in this process is `beet` in its own, and leaves nothing behind."""

import os
import re
from types import SimpleNamespace

import beets
import confuse
import pytest
from beets import logging, plugins

from beetsplug.mir.settings import DEFAULTS, overlay
from tests.conftest import Beet


@pytest.mark.parametrize(
    "command",
    [
        ["ls", "-f", "$mir_centroid $mircluster", "genres:Techno", "mir_centroid+"],
        ["-v", "mirextract", "--pretend"],
        ["mircluster", "-k", "3", "--pretend"],
        ["mircluster", "-k", "1"],
        ["mircluster", "--no-such-option"],
        ["no-such-command"],
    ],
)
def test_both_ways_to_run_it_give_the_same(made_up: Beet, command):
    made_up("mircluster", "-k", "5")

    assert without_times(made_up.run(*command)) == without_times(made_up.process(*command))


def without_times(outcome: tuple[int, str, str]) -> tuple[int, str, str]:
    code, out, err = outcome
    return code, out, re.sub(r"\d+\.\d+ (CPU )?s", "some s", err)


def state() -> tuple:
    log = logging.getLogger("beets")
    return (
        os.getcwd(),
        os.environ.copy(),
        beets.config.flatten(),
        list(plugins.find_plugins()),
        {event: list(found) for event, found in plugins.BeetsPlugin.listeners.items()},
        list(log.handlers),
        log.level,
    )


@pytest.mark.parametrize("command", [["ls"], ["mircluster", "-k", "1"], ["no-such-command"]])
def test_nothing_of_it_is_left_behind(beet: Beet, command):
    before = state()

    beet.configure("mir: {clusters: 7}\n")
    beet.run(*command)

    assert state() == before


def test_options_that_are_no_settings_stay_out_of_the_configuration():
    config = confuse.Configuration("mir", read=False)
    config.add(DEFAULTS)

    overlay(config, SimpleNamespace(only=["pca-2d"], list=True, clusters="3", dims=None))

    assert set(config.keys()) == set(DEFAULTS)
    assert config["clusters"].get() == "3"
    assert config["dims"].get() == DEFAULTS["dims"]
