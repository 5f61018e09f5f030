"""`kill -9`, signals and a second `beet`, at any moment of any command: nothing is half."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.beet import Beet
from tests.conftest import add_tracks
from tests.faults import LONG, stories, times, whole
from tests.faults.stories import Running, Story, sounds
from tests.faults.whole import State, state_of

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks Linux of processes")

long = pytest.mark.skipif(not LONG, reason="takes long: make faults")

AT_A_TIME = times(1, 2)
CLUSTER, ASSIGN = ("mircluster", "-k", "9"), ("mircluster", "--assign")
GRACE = 5.0  # seconds of work that may have to be done again


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("stories")


@pytest.fixture(scope="module")
def unheard(folder) -> Beet:
    """Sounds that are not analysed."""
    return sounds(Beet(folder / "unheard"))


@pytest.fixture(scope="module")
def loose(folder, _two_hundred_tracks) -> Beet:
    """Tracks that are analysed and in no cluster."""
    return _two_hundred_tracks.copy(folder / "loose")


@pytest.fixture(scope="module")
def grouped(folder, loose) -> Beet:
    """Tracks in six clusters, with a model and playlists."""
    beet = loose.copy(folder / "grouped")
    beet("mircluster", "-k", "6")
    return beet


@pytest.fixture(scope="module")
def arrived(folder, grouped) -> Beet:
    """The same, and forty new tracks."""
    beet = grouped.copy(folder / "arrived")
    add_tracks(beet.root, 40, seed=2)
    return beet


@pytest.fixture(scope="module")
def told(folder, request) -> Story:
    """A story by its name."""
    name, library, args, options = STORIES[request.param]
    return Story(name, args, request.getfixturevalue(library), folder, **options)


def story(name, library, *args, **options):
    return name, library, args, options


STORIES = {
    name: (name, library, args, options)
    for name, library, args, options in (
        story("extract", "unheard", "mirextract", "-t", "2", has_workers=True),
        story("cluster", "grouped", "mircluster", "-k", "9"),
        story("cluster anew", "loose", "mircluster", "-k", "4", "-m", "agglomerative"),
        story("assign", "arrived", "mircluster", "--assign"),
        story("line", "grouped", "mircluster", "--line"),
        story("keep", "grouped", "mircluster", "--keep", "2", "Sunday"),
        story("snapshot", "grouped", "mircluster", "--snapshot", "Now",
              is_heard_of="is there already"),
        story("scores", "grouped", "mircluster", "--evaluate", "--neighbours",
              "--out", "scores.csv"),
        story("radio", "grouped", "mirradio", "id:1", "--m3u", "radio.m3u"),
        story("path", "grouped", "mirpath", "id:1", "id:90", "--m3u", "path.m3u"),
        story("similar", "grouped", "mirsimilar", "id:1", "--m3u", "similar.m3u"),
        story("map", "grouped", "mirplot", "--map"),
        story("check", "grouped", "mircheck"),
        story("genres", "arrived", "mircheck", "--missing", "--apply", "-y", "-W"),
        story("track", "unheard", "mirplot", "--track", "id:1"),
        story("figures", "grouped", "mirplot", "--only", "features-by-genre,pca-2d,kmeans-3d"),
    )
}  # fmt: skip
QUICK = ("assign",)
WEIGHTS = {"extract": 3, "cluster": 3, "assign": 3, "map": 2}
N_SHARES = sum(WEIGHTS.get(name, 1) for name in STORIES)


def some_of(told: Story, all_: int, quick: int) -> int:
    """Return how often a story is disturbed, of so many times for all."""
    if not LONG:
        return quick
    return -(-all_ * WEIGHTS.get(told.name, 1) // N_SHARES)


def names() -> list[str]:
    return [*(STORIES if LONG else QUICK)]


def each(tries, work) -> list[str]:
    """Do *work* for each try, some at a time; return what was wrong."""

    def tried(number: int) -> str:
        try:
            work(number)
        except AssertionError as exc:
            return f"{number}: {exc}"
        return ""

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return [*filter(None, pool.map(tried, range(tries)))]


def called(by: signal.Signals) -> str:
    return "kill -9 of" if by == signal.SIGKILL else "a signal to"


def reported(tally, what: str, wrong: list[str], tried: int) -> None:
    tally(what, tried=tried, lost=len(wrong))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("told", names(), indirect=True)
def test_killed_at_any_step_or_moment_nothing_is_half(told: Story, tally):
    n, after = some_of(told, 160, 2), told.after

    def work(number: int) -> None:
        dice = random.Random(f"{told.name} {number}")
        root = told.fresh()
        if number % 3 < 2:
            at = told.any_step(dice)
            killed_at_step(told, root, at, signal.SIGKILL)
        else:
            killed_at_moment(told, root, dice)
        now = whole.check(root, told.before, after[0])
        done_again(told, root, now)

    reported(tally, f"kill -9 of `{told.args[0]}`", each(n, work), n)


def killed_at_step(told: Story, root: Path, at: int, number: int) -> tuple[int, str, str]:
    log = root.parent / "steps"
    running = Running(
        root, *told.args, FAULTS_STEPS=str(log), FAULTS_AT=str(at), FAULTS_SIGNAL=str(number)
    )
    outcome = running.end()
    running.check_nobody_left()
    return outcome


def killed_at_moment(told: Story, root: Path, dice: random.Random) -> None:
    running = Running(root, *told.args)
    time.sleep(dice.uniform(0.6 * told.heeds_after, told.lasts))
    running.process.kill()
    running.end()
    running.check_nobody_left()


def done_again(told: Story, root: Path, disturbed: State) -> None:
    """Do the command once more: all is as if nobody had disturbed it."""
    running = Running(root, *told.args)
    code, _, err = running.end()
    assert "Traceback" not in err, err
    assert told.is_fine(code, err), err
    told.finish(root)
    once, twice = told.after
    places = once.places if disturbed.places == told.before.places else twice.places
    whole.check_done(root, state_of(root), places, told.after)
    assert not [*running.temporary.iterdir()], "temporary files"


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("told", names(), indirect=True)
def test_a_signal_at_any_moment_ends_it_with_all_that_is_done(told: Story, tally):
    n, after = some_of(told, 48, 1), told.after

    def work(number: int) -> None:
        dice = random.Random(f"signal {told.name} {number}")
        by, root = SIGNALS[(number + len(told.name)) % 3], told.fresh()
        if number % 2:
            ended = killed_at_step(told, root, told.any_step(dice), by)
        else:
            ended = signalled_at_moment(told, root, dice, by)
        check_end(*ended, told)
        now = whole.check(root, told.before, after[0])
        done_again(told, root, now)

    reported(tally, f"a signal to `{told.args[0]}`", each(n, work), n)


def signalled_at_moment(
    told: Story, root: Path, dice: random.Random, by: signal.Signals
) -> tuple[int, str, str]:
    """Send a signal while the command is at work, as a terminal or an administrator does."""
    running = Running(root, *told.args)
    while not running.is_heeding() and running.process.poll() is None:
        time.sleep(0.01)
    time.sleep(dice.uniform(0, told.lasts - told.heeds_after))
    if running.process.poll() is None:
        if by == signal.SIGTERM:
            running.process.send_signal(by)
        else:
            os.killpg(running.process.pid, by)
    outcome = running.end()
    running.check_nobody_left()
    return outcome


def check_end(code: int, out: str, err: str, told: Story) -> None:
    """A command that was asked to end says a line at most, and is no error.

    When its work is done, beets itself may be ended.
    """
    assert told.is_fine(code, err) or code in [-number for number in SIGNALS], err
    if "Steps.executed" in err:  # hidden by SQLite, which calls nobody but these tests
        return
    assert "Traceback" not in err, err
    assert "Exception ignored" not in err, err
    assert "resource_tracker" not in err, err


@pytest.fixture(scope="module")
def real(folder, real_music) -> Beet:
    """Real music that is not analysed."""
    beet = Beet(folder / "real")
    for path in sorted(real_music.glob("*/*.ogg"))[:12]:
        (beet.music / path.name).symlink_to(path)
    beet.import_(str(beet.music), "Game")
    return beet


@pytest.fixture(scope="module")
def extraction(folder, real) -> Story:
    """`mirextract` of real music by two workers, a second or so each."""
    return Story(
        "real", ("mirextract", "-t", "2"), real, folder,
        "mir: {network: no, excerpt: 0}\n", has_workers=True,
    )  # fmt: skip


@long
def test_killed_while_it_analyses_a_few_seconds_are_lost(extraction, tally):
    """And of those that die all of their workers at once."""
    n, after = 10, extraction.after[0]

    def work(number: int) -> None:
        dice, root = random.Random(f"seconds {number}"), extraction.fresh()
        running = Running(root, *extraction.args)
        worked = Worked(running)
        worked.watch(dice.uniform(extraction.heeds_after, extraction.lasts))
        done = worked.before(time.monotonic() - GRACE)
        running.process.kill()
        running.end()
        running.check_nobody_left()
        now = whole.check(root, extraction.before, after)
        assert done <= now.features.keys(), f"{done - now.features.keys()} are to be done again"
        done_again(extraction, root, now)

    reported(tally, "kill -9 of `mirextract`", each(n, work), n)


class Worked:
    """Which files the workers are done with, and when: each has one open at a time."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._open: dict[int, str] = {}
        self.done: dict[str, float] = {}

    def watch(self, seconds: float) -> None:
        """Look at them for so long, or until all is done."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._running.process.poll() is None:
            for worker in self._running.workers():
                self._look(worker)
            time.sleep(0.05)

    def _look(self, worker: psutil.Process) -> None:
        try:
            files = [os.path.basename(file.path) for file in worker.open_files()]
        except psutil.Error:
            return
        for name in (name for name in files if name.endswith(".ogg")):
            before = self._open.get(worker.pid)
            if before not in (None, name):
                self.done[before] = time.monotonic()
            self._open[worker.pid] = name

    def before(self, moment: float) -> set[str]:
        """Return the files that were done before a moment of the clock."""
        return {name for name, when in self.done.items() if when < moment}


@long
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_worker_that_is_killed_costs_nothing_but_time(extraction, tally, number):
    n, after = 10 if number == signal.SIGKILL else 3, extraction.after[0]

    def work(try_: int) -> None:
        dice, root = random.Random(f"worker {number} {try_}"), extraction.fresh()
        running = Running(root, *extraction.args)
        time.sleep(dice.uniform(0.3 * extraction.heeds_after, extraction.lasts))
        if workers := running.workers():
            dice.choice(workers).send_signal(number)
        code, _, err = running.end()
        assert code == 0, err
        assert "Traceback" not in err, err
        running.check_nobody_left()
        now = whole.check(root, extraction.before, after)
        crashed = [line for line in err.splitlines() if "crashed" in line]
        if number == signal.SIGSEGV:  # it may have been the file's fault
            assert len(after.features) - len(now.features) == len(crashed) <= 1, err
        else:
            assert now.features == after.features, err

    reported(tally, "a worker of `mirextract` killed", each(n, work), n)


BUSY = """
import sys
from pathlib import Path
from beetsplug.mir.sound import pool
from tests import stand_ins
pool.analyse = stand_ins.be_busy
tasks = [pool.Task(n, bytes(Path(sys.argv[1], str(n)))) for n in range(2)]
list(pool.analyse_all(tasks, 2))
"""


def test_in_the_middle_of_long_tasks_workers_end_with_who_has_started_them(tmp_path, tally):
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY, str(tmp_path)], cwd=Path(__file__).parents[2]
    )
    deadline = time.monotonic() + stories.PATIENCE
    while len([*tmp_path.iterdir()]) < 2:
        assert time.monotonic() < deadline, "nobody works"
        time.sleep(0.05)
    workers = psutil.Process(process.pid).children()
    process.kill()
    process.wait()
    left = psutil.wait_procs(workers, timeout=20)[1]
    for worker in left:
        worker.kill()
    tally("processes left behind in the middle of a task", tried=len(workers), lost=len(left))
    assert len(workers) >= 2
    assert not left


@pytest.fixture(scope="module")
def source(folder) -> Path:
    """A folder of sounds that are in no library yet."""
    beet = Beet(folder / "source")
    sounds(beet, 9)
    return beet.music


@long
@pytest.mark.parametrize("by", [signal.SIGKILL, *SIGNALS])
def test_an_import_that_ends_at_any_moment_is_gone_on_with(folder, grouped, source, tally, by):
    """As the documentation says: by another import, `mirextract` and `mircluster --assign`."""
    told = Story(
        "import", ("import", "-qAs", str(source)), grouped, folder,
        "mir: {network: no, auto: yes, threads: 2, playlist_outside: absolute}\n",
        has_workers=True, then=(("mirextract", "-q", f"path:{source}"), ASSIGN),
    )  # fmt: skip
    n, after = 20 if by == signal.SIGKILL else 4, told.after[0]

    def work(number: int) -> None:
        dice, root = random.Random(f"import {by} {number}"), told.fresh()
        if number % 2:
            ended = killed_at_step(told, root, told.any_step(dice), by)
        else:
            ended = ended_at_moment(told, root, dice, by)
        if by != signal.SIGKILL:
            check_end(*ended, told)
        now = state_of(root)
        for name, values in now.features.items():
            assert values == after.features[name], name
        assert now.places.items() >= told.before.places.items() or now.places == after.places
        code, _, err = Running(root, *told.args).end()
        assert code == 0, err
        assert "Traceback" not in err, err
        told.finish(root)
        now = state_of(root)
        assert now.features == after.features
        assert now.places.keys() == after.places.keys()
        whole.check_agreement(root, now)
        assert not [name for name in now.files if whole.TEMPORARY.search(name)]

    reported(tally, f"{called(by)} `import` with `auto`", each(n, work), n)


def ended_at_moment(told, root, dice, by) -> tuple[int, str, str]:
    running = Running(root, *told.args)
    time.sleep(dice.uniform(0.3 * told.lasts, told.lasts))
    if running.process.poll() is None:
        to = os.killpg if by == signal.SIGINT else os.kill
        to(running.process.pid, by)
    outcome = running.end()
    running.check_nobody_left()
    return outcome


@pytest.mark.parametrize("by", SIGNALS)
@long
def test_what_follows_mpd_ends_by_any_signal_at_any_moment(folder, grouped, tally, by):
    """There is no MPD: it waits for one."""
    told = Story(
        "follow", ("mirfollow",), grouped, folder,
        f"mir: {{network: no}}\nmpd: {{host: {folder}/no-socket}}\n",
    )  # fmt: skip
    told.heeds_after, told.lasts = 0.0, 3.0

    def work(number: int) -> None:
        dice, root = random.Random(f"follow {by} {number}"), told.fresh()
        check_end(*signalled_at_moment(told, root, dice, by), told)

    reported(tally, "a signal to `mirfollow`", each(2, work), 2)


@long
@pytest.mark.tensorflow
@pytest.mark.parametrize("by", [signal.SIGKILL, *SIGNALS])
def test_figures_that_another_process_computes_for_end_with_it(folder, grouped, tally, by):
    """All figures, with networks; the other process trains those when it is left alone."""
    told = Story("all figures", ("mirplot", "--epochs", "20"), grouped, folder)
    n = 3 if by == signal.SIGKILL else 1

    def work(number: int) -> None:
        dice, root = random.Random(f"figures {by} {number}"), told.fresh()
        running = Running(root, *told.args)
        while not running.workers() and running.process.poll() is None:
            time.sleep(0.05)
        time.sleep(dice.uniform(0, 20))
        to = os.kill if by in (signal.SIGKILL, signal.SIGTERM) else os.killpg
        to(running.process.pid, by)
        ended = running.end()
        running.check_nobody_left()
        now = state_of(root)
        whole.check_notes(root, now)
        if by != signal.SIGKILL:
            check_end(*ended, told)
            assert not [name for name in now.files if whole.TEMPORARY.search(name)]
            drawn = {Path(name).name for name in now.files if name.endswith(".svg")}
            if drawn:
                page = (root / "mir-plots" / "index.html").read_text()
                assert all(name in page for name in drawn), "not on the page"
        for name in (name for name in now.files if name.endswith(".svg")):
            assert (root / name).read_text().rstrip().endswith("</svg>")

    reported(tally, f"{called(by)} `mirplot` with another process", each(n, work), n)


PAIRS = [
    ("arrived", CLUSTER, ("mircluster", "-k", "5")),
    ("arrived", CLUSTER, ASSIGN),
    ("arrived", ("mircluster", "--assign", "artist:1"), ("mircluster", "--assign", "artist:2")),
    ("arrived", ASSIGN, ASSIGN),
    ("arrived", CLUSTER, CLUSTER),
    ("arrived", CLUSTER, ("mirplot", "--map")),
    ("arrived", CLUSTER, ("mircluster", "--line")),
    ("arrived", CLUSTER, ("mircluster", "--keep", "2", "Sunday")),
    ("arrived", ("mirplot", "--map"), ("mirplot", "--map")),
    ("arrived", ("mirplot", "--only", "pca-2d"), ("mirplot", "--only", "kmeans-3d")),
    ("arrived", *[("mirradio", "id:1", "--m3u", "radio.m3u")] * 2),
    ("arrived", *[("mircluster", "--snapshot", "Now")] * 2),
    ("arrived", *[("mircluster", "--evaluate", "--neighbours", "--out", "scores.csv")] * 2),
    ("unheard", ("mirextract", "-t", "1"), ("mirextract", "-t", "1")),
    ("unheard", ("mirextract", "-t", "1"), CLUSTER),
    ("unheard", ("mirextract", "-t", "1"), ASSIGN),
]


@pytest.mark.parametrize("pair", PAIRS if LONG else PAIRS[1:2], ids=str)
def test_two_at_once_leave_a_library_that_is_whole(request, folder, tally, pair):
    library, *commands = pair
    base, n = request.getfixturevalue(library), times(1, 4)

    def work(number: int) -> None:
        dice = random.Random(f"{pair} {number}")
        root = base.copy(folder / f"pair {PAIRS.index(pair)} {number}" / "beets").root
        Beet(root).configure("mir: {network: no}\n")
        started = []
        for args in dice.sample(commands, 2):
            started.append(Running(root, *args))
            time.sleep(dice.uniform(0, 0.2))
        for running in started:
            code, _, err = running.end()
            check_line(code, err)
            running.check_nobody_left()
        now = state_of(root)
        whole.check_notes(root, now)
        whole.check_agreement(root, now)
        assert not [name for name in now.files if whole.TEMPORARY.search(name)]
        if (note := root / "mir-plots" / ".mir-plots.json").exists():
            figures = {path.name for path in note.parent.glob("*.svg")}
            assert json.loads(note.read_text()).keys() >= figures, "a figure was forgotten"

    reported(tally, "two commands at once", each(n, work), n)


def check_line(code: int, err: str) -> None:
    """A command did what it was asked for, or says in a line why not."""
    assert "Traceback" not in err, err
    if code:
        assert err.startswith("error: "), err
        assert len(err.splitlines()) == 1, err
