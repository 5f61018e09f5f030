"""What the workers cannot do, whatever a file makes them do."""

import os

import pytest

from beetsplug.mir.sound import pool
from beetsplug.mir.sound.confinement import MOST_BYTES, MOST_WRITTEN, held_in
from beetsplug.mir.sound.pool import analyse_all
from beetsplug.mir.sound.tasks import Result, Task, analyse

resource = pytest.importorskip("resource")


def misled(task):
    """Stand in for the analysis of a file that misleads a parser: what the system refuses."""
    refused = {}
    try:
        bytearray(MOST_BYTES)
    except MemoryError:
        refused["memory"] = 1.0
    try:
        with open(task.path, "wb") as file:
            file.write(bytes(MOST_WRITTEN + 1))
            file.flush()
    except OSError:
        refused["file"] = 1.0
    refused["dump"] = float(resource.getrlimit(resource.RLIMIT_CORE) == (0, 0))
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN + 1, MOST_WRITTEN + 1))
    except ValueError:
        refused["more"] = 1.0
    return Result(task, values=refused)


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="elsewhere not all limits hold")
@pytest.mark.parametrize("aside", [False, True])
def test_a_worker_gets_neither_much_memory_nor_writes_much(monkeypatch, tmp_path, aside):
    monkeypatch.setattr(pool, "analyse", misled)
    file = tmp_path / "written"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    [result] = [
        result
        for results in analyse_all([Task(0, os.fsencode(file))], 1, aside=aside)
        for result in results
    ]

    wanted = {"memory", "file", "dump"} | ({"more"} if os.getuid() else set())
    assert wanted <= result.values.keys(), result
    assert result.values["dump"] == 1.0
    assert file.stat().st_size <= MOST_WRITTEN
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == before  # this process may go on


def test_a_file_that_wants_too_much_memory_costs_itself_only(monkeypatch):
    monkeypatch.setattr("beetsplug.mir.sound.analysis.analyse_file", greedy_file)

    result = analyse(Task(3, b"huge.ogg"))

    assert result.error == "there is not enough memory for it"


def greedy_file(*_):
    """Stand in for the analysis of a file for which a library wants too much."""
    raise MemoryError


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="elsewhere not all limits hold")
def test_a_process_of_others_is_held_in_while_it_analyses_and_no_longer():
    """As many analyses at a time as it has threads share what they may have."""
    kinds = (resource.RLIMIT_DATA, resource.RLIMIT_CORE, resource.RLIMIT_FSIZE)
    before = [resource.getrlimit(kind) for kind in kinds]

    with held_in(2):
        with held_in(2):
            assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
        with pytest.raises(MemoryError):
            bytearray(3 * MOST_BYTES)
        assert len(bytearray(MOST_BYTES // 2)) == MOST_BYTES // 2
        assert resource.getrlimit(resource.RLIMIT_FSIZE) == before[2]

    assert [resource.getrlimit(kind) for kind in kinds] == before
