"""What the tests share: sounds with known answers, libraries, the command, real music."""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
import signal
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import beets
import numpy as np
import pytest
from beets import plugins
from beets.library import Item, Library
from hypothesis import settings

from beetsplug.mir import names
from beetsplug.mir.library import storing
from beetsplug.mir.sound.audio import open_sound
from beetsplug.mir.sound.features.compute import extract
from beetsplug.mir.sound.network import weights
from tests.beet import SR, Beet
from tests.faults import LONG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

# How long an example takes depends on the machine and its disk.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")

REPOSITORY = Path(__file__).parents[1]
MUSIC = REPOSITORY / ".cache" / "music"
STYLES = {"parsec47-data": "Techno", "tumiki-fighters-data": "Cartoon", "asc-music": "Score"}

KINDS = ("Ambient", "Techno", "Folk", "Metal", "Jazz")

TOGETHER = {
    "browsers": ("map/", "test_browser", "test_gallery", "test_pictures"),
    "real music": ("test_clusters", "test_commands", "test_course", "test_line", "test_mpd"),
}
"""Files whose tests share what takes seconds to make, by what that is."""


MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes, of which a whole run writes a quarter."""


def pytest_configure() -> None:
    """Let tests write to memory, where there is room: to wait for disks takes minutes.

    Nobody knows how much `make faults` writes: each of its tries has a library of its own.
    """
    if LONG:
        return
    with suppress(OSError):  # there is none
        if shutil.disk_usage(MEMORY).free > ROOM and os.access(MEMORY, os.W_OK):
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Give a process all of what belongs together; what lasts long comes first, in faults/."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Shared(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            name = file.removeprefix("tests/")
            return next((key for key in TOGETHER if name.startswith(TOGETHER[key])), file)

    config.option.loadscopereorder = False  # by how many tests there are, which says little
    return Shared(config, log)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: nobody need look through it for garbage again and again.

    Nor as often through what tests make: a tenth of what figures took was spent on that.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what takes long in `make test`, and what needs TensorFlow where there is none."""
    if item.get_closest_marker("long") and not LONG:
        pytest.skip("takes long: make faults")
    if item.get_closest_marker("tensorflow") and not importlib.util.find_spec("tensorflow"):
        skip_or_fail("TensorFlow is not installed")


def sine(frequency: float, seconds: float = 2.0, sr: int = SR, amplitude: float = 1.0):
    t = np.arange(round(seconds * sr)) / sr
    return (amplitude * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


def noise(seconds: float = 2.0, sr: int = SR, seed: int = 0):
    samples = np.random.default_rng(seed).standard_normal(round(seconds * sr))
    return (0.2 * samples).astype(np.float32)


def clicks(seconds: float = 20.0, period: float = 0.5, sr: int = SR):
    y = np.zeros(round(seconds * sr), dtype=np.float32)
    for start in np.arange(0, seconds, period):
        place = round(start * sr)
        y[place : place + 20] = 0.9
    return y


@contextmanager
def soon() -> Iterator[None]:
    """Fail if somebody waits for what never comes."""

    def waited(*_: object) -> None:
        raise TimeoutError("it waits")

    before = signal.signal(signal.SIGALRM, waited)
    signal.alarm(200)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def skip_or_fail(reason: str) -> None:
    """Skip on a user's machine, fail in CI: there, what a test needs must be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def _plugin(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Load the plugin once, with beets' defaults and nobody's own configuration."""
    home = tmp_path_factory.mktemp("beets")
    os.environ["BEETSDIR"] = str(home)
    beets.config.clear()
    beets.config.read(user=False)
    beets.config["plugins"] = ["mir"]
    beets.config["create_backup_before_migrations"] = False
    plugins.load_plugins()


@pytest.fixture
def lib(tmp_path: Path) -> Iterator[Library]:
    library = Library(":memory:", str(tmp_path / "music"))
    yield library
    library._close()


@pytest.fixture
def add_item(lib: Library, tmp_path: Path):
    """Return a function that adds an item to the library; its file need not exist."""

    def add(name: str = "a.wav", **values: object) -> Item:
        item = Item(path=os.fsencode(tmp_path / "music" / name), **values)
        lib.add(item)
        return item

    return add


@pytest.fixture
def beet(tmp_path: Path) -> Beet:
    """The command, with an empty library."""
    return Beet(tmp_path / "beets")


@pytest.fixture
def small(beet: Beet, _six_sounds: Beet) -> Beet:
    """A library of six short sounds of three kinds, not analysed."""
    return _six_sounds.copy(beet.root)


@pytest.fixture
def extracted(beet: Beet, _six_extracted: Beet) -> Beet:
    """The same library, analysed in this process."""
    return _six_extracted.copy(beet.root)


@pytest.fixture(scope="session")
def _six_extracted(_six_sounds: Beet, tmp_path_factory: pytest.TempPathFactory) -> Beet:
    beet = _six_sounds.copy(tmp_path_factory.mktemp("six extracted") / "beets")
    beet("mirextract", "-q")
    return beet


@pytest.fixture(scope="session")
def _six_sounds(tmp_path_factory: pytest.TempPathFactory) -> Beet:
    beet = Beet(tmp_path_factory.mktemp("six sounds") / "beets")
    for number in range(2):
        beet.add(f"tone {number}.wav", sine(300 + 100 * number, 1, amplitude=0.5), genre="Tone")
        beet.add(f"noise {number}.wav", noise(1, seed=number), genre="Noise")
        beet.add(f"clicks {number}.wav", clicks(2, 0.2 + 0.1 * number), genre="Clicks")
    return beet


@pytest.fixture
def made_up(beet: Beet, _two_hundred_tracks: Beet) -> Beet:
    """A library of two hundred analysed tracks of five genres, whose files are empty."""
    copy = _two_hundred_tracks.copy(beet.root)
    copy.configure(f"mir: {{playlist_dir: {copy.playlists}}}\n")
    return copy


@pytest.fixture(scope="session")
def _two_hundred_tracks(tmp_path_factory: pytest.TempPathFactory) -> Beet:
    beet = Beet(tmp_path_factory.mktemp("made up") / "beets")
    beet("ls")
    add_tracks(beet.root, 200, seed=1)
    return beet


def add_tracks(root: Path, n_tracks: int, seed: int, genre: bool = True) -> None:
    """Add tracks of five kinds of sound, each a genre; their files are empty."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 2, (5, 42))
    lib = Library(str(root / "library.db"), str(root / "music"))
    with lib.transaction():
        for number in range(n_tracks):
            kind = int(random.integers(5))
            path = root / "music" / f"{seed} {number}.wav"
            path.touch()
            values = dict(
                zip(names.VECTOR, centres[kind] + random.normal(0, 1, 42), strict=True)
            )
            item = Item(
                path=os.fsencode(path),
                title=f"Title {seed} {number}", artist=f"Artist {random.integers(40)}",
                genres=[KINDS[kind]] if genre else [], year=1970 + kind,
            )  # fmt: skip
            lib.add(item)
            storing.store_features(item, values, names.version(60), "print")
    lib._close()


def let_hear(beet: Beet, n_tracks: int) -> None:
    """Give the first tracks of a made-up library values of the network, by their genre."""
    centres = np.random.default_rng(98).normal(0, 1, (5, names.N_NETWORK_VALUES))
    lib = Library(str(beet.root / "library.db"), str(beet.root / "music"))
    with lib.transaction():
        for item in sorted(lib.items(), key=lambda item: item.id)[:n_tracks]:
            random = np.random.default_rng(item.id)
            kind = KINDS.index(item.genres[0])
            values = (centres[kind] + random.normal(0, 0.7, 200)).tolist()
            version = names.version(60, names.NETWORK_VERSION)
            storing.store_heard(item, values, ["rock"], version, "print")
    lib._close()


@pytest.fixture(scope="session")
def real_music() -> Path:
    """The folder of freely licensed music that `make test` fetches."""
    if not any(MUSIC.glob("*/*.ogg")):
        skip_or_fail(f"no music in {MUSIC}: scripts/fetch-music.sh needs Debian's apt-get")
    return MUSIC


@pytest.fixture(scope="session")
def pieces(real_music: Path) -> list[dict[str, float]]:
    """Summaries of every ten seconds of the real music, each as if it were a track."""
    found = []
    for path in sorted(real_music.glob("*/*.ogg")):
        with open_sound(os.fsencode(path)) as sound:
            y = np.concatenate(list(sound.blocks()))
            length = round(10 * sound.sr)
            starts = range(0, len(y) - length, length)
            found += [extract([y[start : start + length]], sound.sr) for start in starts]
    return found


@pytest.fixture(scope="session")
def analysed(real_music: Path, tmp_path_factory: pytest.TempPathFactory) -> Beet:
    """A library of real music, imported by style and analysed.

    All tests that ask for it see the same: one that changes more than clusters takes a copy.
    """
    beet = Beet(tmp_path_factory.mktemp("analysed") / "beets")
    beet.configure(f"mir: {{playlist_dir: {beet.playlists}}}\n")
    for package, style in STYLES.items():
        (beet.music / package).mkdir()
        for path in sorted((real_music / package).iterdir()):
            if path.suffix in (".ogg", ".mp3"):
                (beet.music / package / path.name).symlink_to(path)
        beet.import_(str(beet.music / package), style)
    beet("mirextract", "-t", "2")
    return beet


@pytest.fixture
def without_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide TensorFlow, as on Python 3.14, for which there is none."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *args: None if name == "tensorflow" else find(name, *args),
    )


@pytest.fixture(scope="session")
def musicnn() -> Path:
    """The folder of the package with the network's checkpoints."""
    try:
        return Path(str(metadata.distribution("musicnn").locate_file("musicnn")))
    except metadata.PackageNotFoundError:
        skip_or_fail(f"musicnn is not installed: {weights.HOW_TO_GET}")


@pytest.fixture
def without_musicnn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the package with the network's checkpoints."""

    def distribution(name: str) -> metadata.Distribution:
        if name == "musicnn":
            raise metadata.PackageNotFoundError(name)
        return found(name)

    found = metadata.distribution
    monkeypatch.setattr(metadata, "distribution", distribution)


@pytest.fixture
def foreign_musicnn(monkeypatch: pytest.MonkeyPatch, musicnn: Path, tmp_path: Path) -> Path:
    """Put a package in the place of that one in whose checkpoint one bit differs."""
    folder = tmp_path / "site-packages" / "musicnn" / "MSD_musicnn"
    shutil.copytree(musicnn / "MSD_musicnn", folder)
    path = folder / ".data-00000-of-00001"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    package = metadata.PathDistribution(tmp_path / "site-packages" / "musicnn.dist-info")
    monkeypatch.setattr(metadata, "distribution", lambda name: package)
    return path


@pytest.fixture(scope="session")
def browsers() -> Iterator[Callable[[str], Browser]]:
    """Start a browser by its name, once for all tests."""
    from tests.browser import browsers

    with browsers() as started:
        yield started


@pytest.fixture(scope="session", params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest, browsers) -> Browser:
    """A real, headless browser: each test runs in both of them."""
    return browsers(request.param)
