"""What `beet -vv` tells of a command."""

import re

import pytest

from beetsplug.mir.ground.stages import stage
from tests.conftest import Beet

LINE = re.compile(r"mir: (.+): \d+\.\d\d s, \d+\.\d\d s CPU(; .+)?")


class Log:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def debug(self, form: str, *args: object) -> None:
        self.lines.append(form.format(*args))


def test_a_stage_tells_what_it_took_and_did_even_if_it_fails():
    log = Log()
    with stage(log, "reading") as did:
        did("3 tracks")
        did("{} none")
    with pytest.raises(ZeroDivisionError), stage(log, "dividing"):
        raise ZeroDivisionError

    first, second = log.lines
    assert LINE.fullmatch(f"mir: {first}")[2] == "; 3 tracks; {} none"
    assert LINE.fullmatch(f"mir: {second}")[1] == "dividing"


def stages(beet: Beet, *args: str) -> dict[str, str]:
    """Return what the log says of each stage, which is nothing without -v."""
    _, _, err = beet.run("-vv", *args)
    return {m[1]: m[2] or "" for m in map(LINE.fullmatch, err.splitlines()) if m}


def test_the_log_tells_the_stages_of_each_command(made_up: Beet):
    told = stages(made_up, "mircluster", "-k", "5")
    assert list(told) == [
        "reading", "encoding by pca", "clustering by kmeans", "naming",
        "filling playlists", "ordering", "storing", "playlists",
    ]  # fmt: skip
    assert told["reading"] == "; 200 tracks with features, 0 without"
    assert told["clustering by kmeans"] == "; new starts only; of 8 to 80 tracks each"
    assert told["storing"] == "; 200 of 200 tracks changed"

    told = stages(made_up, "mircluster", "-k", "5")
    assert told["clustering by kmeans"].startswith("; one start is where clusters are; ")
    assert told["naming"] == "; 5 names stay"
    assert told["storing"] == "; 0 of 200 tracks changed"

    told = stages(made_up, "mirextract", "-p")
    assert told["planning"] == "; 200 to be analysed, 0 are current; 0 failed before"
    assert {"pca-2d", "map"} <= stages(made_up, "mirplot", "--map", "--only", "pca-2d").keys()
    assert "CPU" not in made_up.run("mircluster", "-k", "5")[2]
