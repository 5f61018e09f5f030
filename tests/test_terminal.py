"""What reaches the terminal, and what happens where it does not."""

import logging
import os
import unicodedata

import pytest
from beets.logging import getLogger
from hypothesis import example, given
from hypothesis import strategies as st

from beetsplug.mir.ground import progress, terminal
from beetsplug.mir.ground.text import printable
from tests.conftest import Beet

EVIL = "a\x1b[31mb\u202ec\x9b2Jd\x07e\nf\u2066g\u2028h\x7f"


@given(st.text())
@example(EVIL)
def test_nothing_printable_steers_a_terminal(text):
    shown = printable(text)

    assert len(shown) == len(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert all(a in (b, "\ufffd") for a, b in zip(shown, text, strict=True))


@pytest.mark.parametrize(
    "text", ["Björk - Jóga", "日本", "\U0001f469\u200d\U0001f3a4", "a\xa0b"]
)
def test_what_any_script_is_written_with_stays(text):
    assert printable(text) == text


def test_tags_of_every_kind_reach_the_terminal_harmless(made_up: Beet):
    tags = [f"{field}={EVIL}" for field in ("artist", "title", "genres")]
    made_up("modify", "-yWM", *tags)

    code, out, err = made_up.run("mircluster", "-k", "3")

    assert code == 0
    assert "b\ufffdc" in out
    assert all(line.isprintable() for line in (out + err).splitlines())
    assert made_up("ls", "-f", "$mircluster_name").replace("\n", "").isprintable()


def test_warnings_and_errors_are_harmless_too(beet: Beet):
    path = beet.add(f"{EVIL.replace(os.sep, '')}.wav".replace("\n", ""), [0.0] * 100)
    with open(path, "w") as file:
        file.write("no sound")

    code, _, err = beet.run("mirextract", "-t", "0")
    assert code == 0
    assert "cannot" in err or "decoded" in err
    assert err.strip().isprintable()
    assert beet("mirextract", "-f", "-p").strip().isprintable()

    code, _, err = beet.run("mirextract", "--playlist", f"no{EVIL}")
    assert code == 1
    assert err.strip().isprintable()


def test_the_plugins_log_is_harmless_however_it_is_called(caplog):
    log = getLogger("beets.mir")
    with caplog.at_level(logging.WARNING, "beets.mir"):
        caplog.handler.setLevel(0)
        log.addHandler(caplog.handler)
        log.warning("{} {}", EVIL, EVIL.encode())
        log.removeHandler(caplog.handler)

    assert caplog.records
    assert all(record.getMessage().isprintable() for record in caplog.records)


def without_a_reader(beet: Beet, *args: str) -> tuple[int, str]:
    """Run a command whose output ends in a pipe that nobody reads."""
    process = beet.start(*args)
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=600)
    return process.returncode, err


def test_clusters_are_stored_whoever_reads_what_is_said(made_up: Beet):
    assert without_a_reader(made_up, "mircluster", "-k", "5") == (0, "")

    assert len(made_up("ls", "mircluster:1..").splitlines()) == 200
    assert len(list(made_up.playlists.glob("*.m3u"))) == 5


def test_pictures_are_drawn_whoever_reads_what_is_said(made_up: Beet):
    only = ["--only", "genre-order,explained-variance"]
    assert without_a_reader(made_up, "mirplot", "-o", "pictures", *only) == (0, "")

    names = {path.name for path in (made_up.root / "pictures").iterdir()}
    assert {"genre-order.svg", "explained-variance.svg", "index.html"} <= names


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_full_device_gets_one_line_when_all_is_done(made_up: Beet):
    with open("/dev/full", "wb") as full:
        process = made_up.start("mircluster", "-k", "5", stdout=full)
        _, err = process.communicate(timeout=600)

    assert process.returncode == 1
    assert err == "error: cannot write the output: No space left on device\n"
    assert len(made_up("ls", "mircluster:1..").splitlines()) == 200


def test_progress_goes_to_the_error_stream(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    with progress.Progress(3) as shown:
        shown.advance()
        shown.extend(2)
        shown.advance()
    with progress.Progress(3, what="analysing") as shown:
        shown.advance()
        shown.now("pca-2d")
        shown.advance()
    with progress.Progress(3, lines=False) as shown:
        shown.advance()

    out, err = capsys.readouterr()
    assert out == ""
    first, second, third, fourth = err.splitlines()
    assert first.startswith("1/3 tracks")
    assert second.startswith("2/5 tracks")
    assert third.startswith("analysing: 1/3 tracks")
    assert fourth.startswith("pca-2d: 2/3 tracks")


def test_progress_is_no_reason_to_stop(monkeypatch):
    class Full:
        def write(self, text: str) -> None:
            raise OSError(28, "No space left on device")

        def fileno(self) -> int:
            raise OSError

    monkeypatch.setattr("sys.stderr", Full())

    terminal.note("1/3 tracks")
