"""Files handed to the workers of a scheduler: a real one, in processes of their own."""

import shutil
import signal
import time
from collections import Counter
from contextlib import closing

import pytest
from beets.library import Library

from beetsplug.mir.sound import machines as on_machines
from beetsplug.mir.sound.machines import Scheduler, analyse_all, dispatch, staff
from beetsplug.mir.sound.tasks import Task
from tests.conftest import noise
from tests.machines import PATIENCE, Machines, wait_until


class Ear:
    """A listener that keeps what it hears."""

    def __init__(self):
        self.warnings, self.pages = [], []

    def warn(self, text):
        self.warnings.append(text)

    def watch(self, address):
        self.pages.append(address)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A scheduler and two workers that analyse."""
    with closing(Machines(tmp_path_factory.mktemp("machines") / "real")) as machines:
        machines.worker()
        machines.worker()
        yield machines


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """A scheduler alone, of which each test has the workers that it starts."""
    with closing(Machines(tmp_path_factory.mktemp("machines") / "alone")) as machines:
        yield machines


@pytest.fixture
def machines(scheduler):
    """The same, without workers and notes."""
    before = [*scheduler._processes]
    scheduler.notes.unlink(missing_ok=True)
    yield scheduler
    for process in [*scheduler._processes]:
        if process not in before:
            scheduler.stop(process)
            scheduler._processes.remove(process)


def tasks_of(folder, *names_of_files):
    """Return a task for each file, all of them there."""
    tasks = []
    folder.mkdir(exist_ok=True)
    for key, name in enumerate(names_of_files):
        (folder / name).write_bytes(b"x" * (key + 1))
        tasks.append(Task(key, bytes(folder / name)))
    return tasks


def stored(beet):
    """Return all attributes of a library but when they were made."""
    lib = Library(str(beet.root / "library.db"), str(beet.music))
    with lib.transaction() as tx:
        rows = tx.query("SELECT entity_id, key, value FROM item_attributes ORDER BY 1, 2")
    lib._close()
    return [tuple(row) for row in rows]


def test_workers_give_what_this_process_gives(real, small, tmp_path):
    here = small.copy(tmp_path / "here")
    here("mirextract", "-q")

    code, out, err = small.run("mirextract", "--scheduler", real.address)

    assert (code, out) == (0, "6 analysed, 0 skipped, 0 failed\n"), err
    assert stored(small) == stored(here)
    assert len(stored(small)) > 100
    assert "not loopback" not in err


def test_a_worker_dies_and_another_comes_and_each_file_counts_once(machines, tmp_path):
    workers = [machines.stand_in(), machines.stand_in()]
    ear, results, drawn = Ear(), [], []

    def coming():
        """Draw tasks until all three workers have analysed, and one is dead."""
        while len(machines.at_work()) < 3:
            path = tmp_path / f"{len(drawn)}.wav"
            path.write_bytes(b"sound")
            drawn.append(len(drawn))
            yield Task(drawn[-1], bytes(path))

    for batch in analyse_all(coming(), ear, Scheduler(machines.address)):
        results += batch
        assert len(drawn) - len(results) <= 2 * dispatch.TASKS_A_THREAD
        if len(workers) == 2 and len(machines.at_work()) == 2:
            workers[0].kill()
            workers.append(machines.stand_in())

    assert len(machines.at_work()) == 3
    assert sorted(result.task.key for result in results) == drawn
    assert not [result for result in results if result.error or result.unseen]
    assert {f"{key}.wav" for key in drawn} == set(machines.analysed())
    assert [text for text in ear.warnings if "this worker died" in text]
    assert ear.pages[0].startswith("http://127.0.0.1:")


def test_a_file_that_kills_two_workers_is_set_aside(machines, tmp_path):
    tasks = tasks_of(tmp_path / "music", *"ab", "kill", *"cdefgh")
    workers = [machines.stand_in() for _ in range(3)]

    results = {
        result.task.key: result
        for batch in analyse_all(tasks, Ear(), Scheduler(machines.address))
        for result in batch
    }

    assert set(results) == set(range(9))
    assert [key for key, result in results.items() if result.error] == [2]
    assert results[2].error.count("tcp://127.0.0.1:") == 2
    assert Counter(machines.analysed())["kill"] == 2
    assert sum(worker.poll() is not None for worker in workers) == 2


OTHERS = {
    "has beets-mir 0.0.9, here is": """
from importlib import metadata
version = metadata.version
metadata.version = lambda name: "0.0.9" if name == "beets-mir" else version(name)
""",
    "has features of version 7, here is": """
from beetsplug.mir import names
names.VERSION = "7"
""",
    "has a network of version 7, here is": """
from beetsplug.mir import names
names.NETWORK_VERSION = "7"
""",
    "beets-mir is not installed there (No module named 'beetsplug.mir')": """
import sys
from importlib import metadata

class Hidden:
    def find_spec(name, path=None, target=None):
        if name == "beetsplug.mir":
            raise ModuleNotFoundError("No module named 'beetsplug.mir'")

def version(name):
    raise metadata.PackageNotFoundError(name)

sys.meta_path.insert(0, Hidden)
metadata.version = version
""",
    "cannot analyse (ImportError('libav is broken'))": """
import sys
class Broken:
    def find_spec(name, path=None, target=None):
        if name == "av":
            raise ImportError("libav is broken")
sys.meta_path.insert(0, Broken)
""",
}


def test_a_worker_of_another_version_is_refused_and_others_go_on(
    machines, tmp_path, monkeypatch
):
    """Both versions are named; and while nobody can be used, that is said, too."""
    monkeypatch.setattr(staff, "PATIENCE", 1.0)
    ear, results, helped = Ear(), [], None
    for code in OTHERS.values():
        machines.worker(preload=code)

    for batch in analyse_all(tasks_of(tmp_path, "a"), ear, Scheduler(machines.address)):
        results += batch
        said = " ".join(ear.warnings)
        all_refused = said.count("this worker is not used") == len(OTHERS)
        if all_refused and "no worker to be used" in said and not helped:
            helped = machines.stand_in()

    assert [bool(result.values) for result in results] == [True]
    for reason in OTHERS:
        [line] = [text for text in ear.warnings if reason in text]
        assert "this worker is not used" in line
        if "here is" in line:
            assert line.endswith((" 1", " 2", staff.version_of("beets-mir")))


def test_workers_see_the_music_under_a_mapped_path(machines, beet, tmp_path):
    """Here nothing can be read; there it is under the longest prefix of whole folders."""
    nas = tmp_path / "nas"
    pairs = f"/: /no, {beet.music}/: {nas}//, {beet.music}/a/b: {nas}/c, {beet.music}/a: /no"
    beet.configure(f"mir: {{scheduler: '{machines.address}', path_map: {{{pairs}}}}}\n")
    beet.add("x.wav", noise(0.01))
    beet.add("a/b/y.wav", noise(0.01))
    shutil.copytree(beet.music / "a" / "b", nas / "c")
    shutil.copy(beet.music / "x.wav", nas)
    machines.stand_in()

    assert beet("mirextract") == "2 analysed, 0 skipped, 0 failed\n"


def test_files_that_no_worker_sees_are_not_stored_and_20_in_a_row_end_it(
    machines, beet, tmp_path
):
    """Of the first ones both paths are told; a worker that sees something goes on."""
    nowhere = tmp_path / "nowhere"
    beet.configure(f"mir: {{path_map: {{{beet.music}: {nowhere}}}}}\n")
    for number in range(30):
        beet.add(f"{number}.wav", noise(0.01, seed=number))
    machines.stand_in()

    code, out, err = beet.run("mirextract", "--scheduler", machines.address)

    assert code == 1
    assert out == "0 analysed, 0 skipped, 0 failed, 30 not reached\n"
    assert "the workers do not see the music (20 files in a row): see path_map" in err
    assert f"{beet.music / '3.wav'}: " in err
    assert f"looked for {nowhere / '3.wav'}: there is no such file" in err
    assert beet("ls", "mir_error::.") == ""


def test_a_file_of_another_size_is_another_file(machines, beet, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    beet.configure(f"mir: {{path_map: {{{beet.music}: {other}}}}}\n")
    for name in ("same", "other", "gone"):
        beet.add(f"{name}.wav", noise(0.01))
        (other / f"{name}.wav").write_bytes((beet.music / f"{name}.wav").read_bytes())
    (other / "other.wav").write_bytes(b"something else")
    (other / "gone.wav").unlink()
    machines.stand_in()

    code, out, err = beet.run("mirextract", "--scheduler", machines.address)

    assert (code, out) == (0, "1 analysed, 0 skipped, 0 failed, 2 not reached\n")
    assert "it has 14 bytes there, not" in err
    assert err.count("there is no such file") == 1
    assert beet("ls", "-f", "$path", "mir_version::.").split() == [str(beet.music / "same.wav")]


def test_a_worker_that_sees_nothing_is_refused_and_others_do_its_files(machines, tmp_path):
    tasks = tasks_of(tmp_path / "music", *(str(number) for number in range(200)))
    blind = """
import sys
from beetsplug.mir.sound.machines import there
there._unseen = lambda path, n_bytes: "there is no such file"
"""
    machines.stand_in()
    machines.stand_in(preload=blind)
    ear, results = Ear(), []

    for batch in analyse_all(tasks, ear, Scheduler(machines.address)):
        results += batch

    assert sorted(result.task.key for result in results) == list(range(200))
    assert not [result for result in results if not result.values]
    assert len(machines.at_work()) == 1


def test_a_scheduler_that_is_lost_ends_it_and_what_has_come_is_stored(tmp_path, beet):
    for number in range(60):
        beet.add(f"{number}.wav", noise(0.01, seed=number))
    with closing(Machines(tmp_path / "machines")) as machines:
        machines.stand_in()
        process = beet.start("mirextract", "--scheduler", machines.address)
        wait_until(lambda: len(machines.analysed()) > 30, "nothing is analysed")
        machines.scheduler.kill()
        out, err = process.communicate(timeout=PATIENCE)

    n_stored = len(beet("ls", "mir_version::.").splitlines())
    assert process.returncode == 1
    assert err.splitlines()[-1].endswith(f"{machines.address}: the scheduler is lost")
    assert "Traceback" not in err
    assert "distributed" not in err
    assert 5 < n_stored < 60
    assert out == f"{n_stored} analysed, 0 skipped, 0 failed, {60 - n_stored} not reached\n"


def test_an_interrupt_stores_what_has_come_and_leaves_nothing_to_the_workers(machines, beet):
    for number in range(60):
        beet.add(f"{number}.wav", noise(0.01, seed=number))
    machines.stand_in()
    process = beet.start("mirextract", "--scheduler", machines.address)
    wait_until(lambda: len(machines.analysed()) > 30, "nothing is analysed")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)

    n_stored = len(beet("ls", "mir_version::.").splitlines())
    assert 5 < n_stored < 60
    assert out == f"{n_stored} analysed, 0 skipped, 0 failed, {60 - n_stored} not reached\n"
    assert "Traceback" not in err
    assert "distributed" not in err
    n_begun = len(machines.analysed())
    time.sleep(1)
    assert len(machines.analysed()) <= n_begun + 1


@pytest.mark.parametrize("nanny", [True, False])
def test_a_file_that_hangs_costs_itself_and_its_worker_is_not_used_any_more(
    machines, tmp_path, monkeypatch, nanny
):
    """A nanny starts another in its place."""
    for module in (dispatch, on_machines):
        monkeypatch.setattr(module, "time_limit", lambda task: 2.0 + 98 * (task.key > 0))
    tasks = tasks_of(tmp_path / "music", "hang", *"abc")
    machines.stand_in(nanny=nanny)
    ear, results = Ear(), []

    for batch in analyse_all(tasks, ear, Scheduler(machines.address)):
        results += batch
        if not nanny and len(results) == 1 and len(machines._processes) == 2:
            machines.stand_in()

    assert [result.error for result in results] == ["its analysis took more than 2 s"] + 3 * [
        None
    ]
    assert len(machines.at_work()) == 2
    assert [text for text in ear.warnings if ("started again" if nanny else "it hangs") in text]
