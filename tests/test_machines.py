"""Files handed to the workers of a scheduler: a real one, in processes of their own."""

import gc
import os
import shutil
import signal
import socket
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread

import psutil
import pytest
import soundfile as sf
import trustme
from beets.library import Library
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from beetsplug.mir.sound import machines as on_machines
from beetsplug.mir.sound.machines import Scheduler, analyse_all, connection, dispatch, staff
from beetsplug.mir.sound.machines.connection import MachinesError, Security, full_address
from beetsplug.mir.sound.machines.mapping import mapped
from beetsplug.mir.sound.tasks import Task
from tests.conftest import SR, noise
from tests.machines import PATIENCE, Machines, wait_until

# Without it, `mirextract` says how to get it.
pytestmark = pytest.mark.usefixtures("musicnn")


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


def add(beet, n_files):
    """Add so many short sounds to a library."""
    for number in range(n_files):
        sf.write(beet.music / f"{number}.wav", noise(0.01, seed=number), SR)
    beet.import_(str(beet.music))


def stored(beet):
    """Return all attributes of a library but when they were made."""
    lib = Library(str(beet.root / "library.db"), str(beet.music))
    with lib.transaction() as tx:
        rows = tx.query("SELECT entity_id, key, value FROM item_attributes ORDER BY 1, 2")
    lib._close()
    return [tuple(row) for row in rows]


def test_workers_give_what_this_process_gives(real, small, tmp_path):
    """The network is sent to them, too."""
    here = small.copy(tmp_path / "here")
    here("mirextract", "-q")

    code, out, err = small.run("mirextract", "--scheduler", real.address)

    assert (code, out) == (0, "6 analysed, 0 skipped, 0 failed\n"), err
    assert stored(small) == stored(here)
    assert {key for _, key, _ in stored(small)} > {"mir_vector", "mir_network"}


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


BLIND = """
from beetsplug.mir.sound.machines import there
there._unseen = lambda path, n_bytes: "there is no such file"
"""


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
    add(beet, 30)
    machines.stand_in()

    code, out, err = beet.run("mirextract", "--scheduler", machines.address)

    assert code == 1
    assert out == "0 analysed, 0 skipped, 0 failed, 30 not reached\n"
    assert "the workers do not see the music (20 files in a row): see path_map" in err
    assert f"{beet.music / '0.wav'}: " in err
    assert f"looked for {nowhere / '0.wav'}: there is no such file" in err
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


@pytest.mark.long
def test_a_worker_that_sees_nothing_is_refused_and_others_do_its_files(machines, tmp_path):
    machines.stand_in()
    ear, results, blind = Ear(), [], None

    def coming():
        while not any("does not see the music" in text for text in ear.warnings):
            path = tmp_path / f"{len(drawn)}.wav"
            path.write_bytes(b"sound")
            drawn.append(len(drawn))
            yield Task(drawn[-1], bytes(path))

    drawn = []
    for batch in analyse_all(coming(), ear, Scheduler(machines.address)):
        results += batch
        if results and not blind:
            blind = machines.stand_in(preload=BLIND)

    assert sorted(result.task.key for result in results) == drawn
    assert not [result for result in results if not result.values]
    assert len(machines.at_work()) == 1


@pytest.mark.long
def test_a_scheduler_that_is_lost_ends_it_and_what_has_come_is_stored(tmp_path, beet):
    add(beet, 60)
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


@pytest.mark.long
def test_an_interrupt_stores_what_has_come_and_leaves_nothing_to_the_workers(machines, beet):
    add(beet, 60)
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


@pytest.mark.long
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


# The way to a scheduler


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Files by which those of one house know each other, and those of another house."""
    folder = tmp_path_factory.mktemp("certificates")
    for house in ("ours", "theirs"):
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / f"{house}-ca.pem"))
        pair = authority.issue_cert("127.0.0.1", "localhost")
        pair.private_key_and_cert_chain_pem.write_to_path(str(folder / f"{house}.pem"))
    return folder


def test_tls_keeps_out_who_has_no_certificate_of_the_house(certificates, tmp_path, beet):
    ca, pair = certificates / "ours-ca.pem", certificates / "ours.pem"
    tls = ("--tls-ca-file", str(ca), "--tls-cert", str(pair), "--tls-key", str(pair))
    add(beet, 2)

    def run(address, house):
        files = f"ca_file: {certificates}/{house}-ca.pem, cert: {certificates}/{house}.pem"
        beet.configure(f"mir: {{security: {{{files}}}}}\n" if house else "")
        return beet.run("mirextract", "--scheduler", address)

    with closing(Machines(tmp_path / "tls", "--protocol", "tls", *tls)) as machines:
        machines.stand_in()
        _, _, without = run(machines.address, "")
        _, _, stranger = run(machines.address, "theirs")
        _, _, plain = run(machines.address.replace("tls", "tcp"), "")
        code, out, err = run(machines.address.removeprefix("tls://"), "ours")

    assert "needs `security:` with ca_file, cert and key" in without
    assert f"{machines.address}: no scheduler answers" in stranger
    assert "no scheduler answers" in plain
    assert (code, out) == (0, "2 analysed, 0 skipped, 0 failed\n"), err


@pytest.mark.parametrize(
    ("address", "security", "full"),
    [
        ("nas", None, "tcp://nas:8786"),
        ("nas:1", None, "tcp://nas:1"),
        ("nas", Security("ca", "cert"), "tls://nas:8786"),
        ("tcp://10.0.0.1:99/", None, "tcp://10.0.0.1:99"),
        ("tls://[::1]:99", None, "tls://[::1]:99"),
    ],
)
def test_an_address_may_leave_out_what_is_usual(address, security, full):
    assert full_address(address, security) == full


@pytest.mark.parametrize(
    "address",
    [
        *(
            "tcp://",
            "tcp://:8786",
            "nas:0",
            "nas:65536",
            "nas:-1",
            "nas:x",
            "http://nas:80",
            "/",
        ),
        *("tcp://nas:1/path", "tcp://me@nas:1", "tcp://nas:1?a=b", "a b", "na\ns", "nas\0:1"),
        *(
            "tcp://[::1",
            "tcp://nas:1:2",
            "tcp://nas:1#x",
            "://nas",
            "inproc://1/2/3",
            "tcp:nas",
        ),
    ],
)
def test_a_malformed_address_ends_in_one_clear_line(extracted, address):
    code, _, err = extracted.run("mirextract", "-f", "--scheduler", address)

    assert code == 1
    assert "no address of a scheduler" in err
    assert len(err.splitlines()) == 1


def test_security_is_of_encrypted_addresses():
    with pytest.raises(MachinesError, match="tls://"):
        full_address("tcp://nas", Security("ca", "cert"))


@pytest.mark.parametrize("hangs_up", [True, False])
def test_a_program_that_knows_nothing_of_dask_is_no_scheduler(small, monkeypatch, hangs_up):
    monkeypatch.setattr(connection, "PATIENCE", 2.0)
    peers = []

    def say_hello():
        with suppress(OSError):  # at the end
            while True:
                peer, _ = server.accept()
                peer.sendall(b"220 mail ready\r\n")
                peers.append(peer)
                if hangs_up:
                    peer.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        other = Thread(target=say_hello)
        other.start()
        start = time.monotonic()
        code, out, err = small.run("mirextract", "--scheduler", address)
        gc.collect()  # what is left of a client has nothing to say, nor to wait for
        lasted = time.monotonic() - start
        server.shutdown(socket.SHUT_RDWR)
        other.join()
    for peer in peers:
        peer.close()

    assert (code, out) == (1, "0 analysed, 0 skipped, 0 failed, 6 not reached\n")
    assert err == f"error: {address}: what answers there is no scheduler of Dask\n"
    assert lasted < 15


def test_where_nobody_answers_is_said(small, monkeypatch):
    monkeypatch.setattr(connection, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"

    code, out, err = small.run("mirextract", "--scheduler", address)

    assert (code, out) == (1, "0 analysed, 0 skipped, 0 failed, 6 not reached\n")
    assert f"{address}: no scheduler answers" in err
    assert len(err.splitlines()) == 1


def test_without_dask_it_is_said_how_to_get_it(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)

    code, _, err = small.run("mirextract", "--scheduler", "local", "-t", "1")

    assert code == 1
    assert err.endswith("--scheduler needs Dask: pip install 'beets-mir[cluster]'\n")


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        *(("tcp://127.0.0.1:1", False), ("tcp://localhost:1", False), ("tcp://[::1]:1", False)),
        *(
            ("tls://10.0.0.1:1", False),
            ("tcp://10.0.0.1:1", True),
            ("tcp://no.invalid:1", True),
        ),
    ],
)
def test_who_could_listen_is_known(address, is_open):
    assert connection.is_open(address) == is_open


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ("path_map: [a]", "must be a Mapping"),
        ("path_map: yes", "must be a Mapping"),
        ("path_map: {music: /nas}", "must be whole paths"),
        ("path_map: {/music: nas}", "must be whole paths"),
        ("path_map: {/music: ~/nas}", "must be whole paths"),
        ("path_map: {/music: }", "no folders"),
        ("path_map: {1: /nas}", "no folders"),
        ('path_map: {/music: "/n\\0as"}', "no folders"),
        ("path_map: {/music: /a, /music/: /b}", "leads to two folders"),
        ("path_map: {/music: /a, /x/../music: /b}", "leads to two folders"),
        ("security: yes", "must be a Mapping"),
        ("security: {ca: a.pem}", "must be ca_file, cert, key"),
        ("security: {ca_file: a.pem}", "cert: is missing"),
        ("security: {cert: a.pem, ca_file: b.pem}", "cannot be read"),
        ("security: {cert: config.yaml, ca_file: config.yaml}", "no certificate"),
        ("scheduler: [nas]", "must be a string"),
    ],
)
def test_settings_that_make_no_sense_end_in_one_clear_line(small, section, reason):
    scheduler = "" if "scheduler" in section else "scheduler: 127.0.0.1:1, "
    small.configure(f"mir: {{{scheduler}{section}}}\n")

    code, _, err = small.run("mirextract")

    assert code == 1
    assert reason in err
    assert len(err.splitlines()) == 1


def test_a_key_with_a_password_is_told_and_asks_nobody(certificates, tmp_path):
    from cryptography.hazmat.primitives import serialization as form

    pem = (certificates / "ours.pem").read_bytes()
    key = form.load_pem_private_key(pem, None)
    secret = key.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"x")
    )
    (tmp_path / "key.pem").write_bytes(secret)
    files = Security(
        str(certificates / "ours-ca.pem"),
        str(certificates / "ours.pem"),
        str(tmp_path / "key.pem"),
    )

    with pytest.raises(MachinesError, match="has a password"):
        next(analyse_all([], Ear(), Scheduler("tls://127.0.0.1:1", security=files)))


def test_options_that_play_no_part_are_refused(small):
    assert "--threads" in small.run("mirextract", "--scheduler", "nas", "-t", "2")[2]
    assert "--scheduler" in small.run("mirextract", "--scheduler", "nas", "--check")[2]
    small.configure("mir: {scheduler: nas}\n")
    code, out, _ = small.run("mirextract", "--scheduler", "none", "-t", "0")
    assert (code, out) == (0, "6 analysed, 0 skipped, 0 failed\n")


def test_a_local_scheduler_leaves_nothing_behind(small, tmp_path):
    here = small.copy(tmp_path / "here")
    here("mirextract", "-q")
    before = set(psutil.Process().children(recursive=True))

    code, out, err = small.run("mirextract", "--scheduler", "local", "-t", "1")

    assert (code, out) == (0, "6 analysed, 0 skipped, 0 failed\n"), err
    assert stored(small) == stored(here)
    left = [p for p in psutil.Process().children(recursive=True) if p not in before]
    assert not [p for p in left if "spawn_main" in " ".join(p.cmdline())]
    assert "distributed" not in err


# Which task goes where


class Deaths(RuleBasedStateMachine):
    """Workers come, go, and die of what they have; only the guilty are set aside."""

    def __init__(self):
        super().__init__()
        self.dispatch = dispatch.Dispatch()
        self.todo = [Task(key, b"") for key in range(30)]
        self.settled = []
        self.n_workers = 0

    def _take(self):
        return self.todo.pop() if self.todo else None

    @rule(n_threads=st.integers(1, 3))
    def come(self, n_threads):
        self.n_workers += 1
        self.dispatch.arrive(dispatch.Worker(f"w{self.n_workers}", "", n_threads, False))

    @rule()
    def give(self):
        for worker, _ in self.dispatch.give(lambda: self.todo.pop() if self.todo else None):
            has = self.dispatch.has[worker]
            assert len(has) <= dispatch.TASKS_A_THREAD * worker.n_threads
            assert len(has) == 1 or not any(one.is_suspect for one in has)

    @precondition(lambda self: any(self.dispatch.has.values()))
    @rule(data=st.data())
    def work(self, data):
        busy = [worker for worker, has in self.dispatch.has.items() if has]
        worker = data.draw(st.sampled_from(busy))
        running = self.dispatch.has[worker][: worker.n_threads]
        self._work(worker, data.draw(st.sampled_from(running)))

    def _work(self, worker, errand):
        """Let something come of a file; of a guilty one, each third, a death."""
        if errand.task.key % 3:
            self.dispatch.settle(worker, errand)
            self.settled.append(errand.task.key)
        else:
            aside = [one.task.key for one in self.dispatch.leave(worker, killed=True)]
            assert not [key for key in aside if key % 3]
            self.settled += aside

    @precondition(lambda self: self.dispatch.has)
    @rule(data=st.data())
    def go_home(self, data):
        worker = data.draw(st.sampled_from([*self.dispatch.has]))
        assert self.dispatch.leave(worker, killed=False) == []

    @invariant()
    def nothing_is_lost_or_there_twice(self):
        away = [errand.task.key for has in self.dispatch.has.values() for errand in has]
        waiting = [errand.task.key for errand in self.dispatch._again]
        left = [task.key for task in self.todo]
        assert sorted([*self.settled, *away, *waiting, *left]) == list(range(30))

    def teardown(self):
        """With workers enough all of it comes to an end."""
        for _ in range(100):
            if not self.todo and not self.dispatch.is_busy:
                break
            self.come(3)
            self.give()
            for worker, has in [*self.dispatch.has.items()]:
                if has:
                    self._work(worker, has[-1] if worker.n_threads > 1 else has[0])
        assert sorted(self.settled) == list(range(30))
        assert not self.dispatch.is_busy


TestDeaths = Deaths.TestCase
TestDeaths.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)


@given(
    st.lists(st.sampled_from([b"a", b"b", b"c", b"\xff"]), min_size=1, max_size=5),
    st.dictionaries(
        st.sampled_from([b"/", b"/a", b"/a/b", b"/ab", b"/b/c"]), st.just(b"/nas/")
    ),
)
def test_a_path_is_mapped_by_the_longest_folder_that_holds_it(parts, path_map):
    path = b"/" + b"/".join(parts)
    holds = [folder for folder in path_map if Path(os.fsdecode(folder)) in _parents(path)]

    found = mapped(path, path_map)

    if holds:
        folder = max(holds, key=len).rstrip(b"/")
        assert found == b"/nas" + path[len(folder) :]
    else:
        assert found == path


def _parents(path):
    return Path(os.fsdecode(path)).parents
