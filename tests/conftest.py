"""What the tests share: sounds with known answers, a library, the command, real music."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import beets
import numpy as np
import pytest
import soundfile as sf
from beets import plugins
from beets.library import Item, Library

from beetsplug.mir import library, names
from beetsplug.mir.audio import open_sound
from beetsplug.mir.features.extract import extract

if TYPE_CHECKING:
    from collections.abc import Iterator

SR = 44100
REPOSITORY = Path(__file__).parents[1]
MUSIC = REPOSITORY / ".cache" / "music"
STYLES = {"parsec47-data": "Techno", "tumiki-fighters-data": "Cartoon", "asc-music": "Score"}

KINDS = ("Ambient", "Techno", "Folk", "Metal", "Jazz")


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


class Beet:
    """The `beet` command with a configuration, library and music folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.music = root / "music"
        self.playlists = root / "playlists"
        self.music.mkdir(parents=True)
        self.configure()

    def configure(self, extra: str = "") -> None:
        (self.root / "config.yaml").write_text(
            f"directory: {self.music}\n"
            f"library: {self.root / 'library.db'}\n"
            "plugins: mir\n"
            "import: {copy: no, move: no, write: no, duplicate_action: keep}\n"
            "create_backup_before_migrations: no\n" + extra
        )

    def start(self, *args: str, **options) -> subprocess.Popen[str]:
        # Numeric warnings are errors in the workers, too.
        environment = {
            **os.environ,
            "BEETSDIR": str(self.root),
            "PYTHONWARNINGS": "error::RuntimeWarning",
        }
        command = [sys.executable, "-m", "beets", *args]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE} | options
        return subprocess.Popen(
            command, env=environment, cwd=self.root, encoding="utf-8", errors="replace",
            stderr=subprocess.PIPE, **streams,
        )  # fmt: skip

    def run(self, *args: str) -> tuple[int, str, str]:
        process = self.start(*args)
        out, err = process.communicate(timeout=600)
        assert "Traceback" not in err, err
        return process.returncode, out, err

    def __call__(self, *args: str) -> str:
        """Run a command that must succeed; return what it prints."""
        code, out, err = self.run(*args)
        assert code == 0, err
        return out

    def add(self, name: str | bytes, y: np.ndarray, sr: int = SR, genre: str = "") -> bytes:
        """Write a sound into the music folder and import it."""
        path = os.path.join(os.fsencode(self.music), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            sf.write(file, y, sr, format="WAV")
        self.import_(os.fsdecode(path), genre)
        return path

    def import_(self, path: str, genre: str = "") -> None:
        options = ["--set", f"genres={genre}"] if genre else []
        how = ["--quiet", "--noautotag", "--singletons", *options]
        code, _, err = self.run("import", *how, path)
        assert code == 0, err


def add_tracks(root: Path, n_tracks: int, seed: int, genre: bool = True) -> None:
    """Add tracks of five kinds of sound, each a genre."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 2, (5, 42))
    lib = Library(str(root / "library.db"), str(root / "music"))
    with lib.transaction():
        for number in range(n_tracks):
            kind = int(random.integers(5))
            values = dict(
                zip(names.VECTOR, centres[kind] + random.normal(0, 1, 42), strict=True)
            )
            item = Item(
                path=os.fsencode(root / "music" / f"{seed} {number}.wav"),
                title=f"Title {seed} {number}", artist=f"Artist {random.integers(40)}",
                genres=[KINDS[kind]] if genre else [], year=1970 + kind,
            )  # fmt: skip
            lib.add(item)
            library.store_features(item, values, names.version(60), "print")
    lib._close()


@pytest.fixture
def beet(tmp_path: Path) -> Beet:
    return Beet(tmp_path / "beets")


@pytest.fixture
def made_up(beet: Beet) -> Beet:
    beet.configure(f"mir: {{playlist_dir: {beet.playlists}}}\n")
    beet("ls")
    add_tracks(beet.root, 200, seed=1)
    return beet


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
    """A library of real music, imported by style and analysed; for tests that only read it."""
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
