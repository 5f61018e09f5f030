"""`mirextract --check`: stored features beside librosa's."""

import base64
import importlib.util
import os
import sqlite3
import struct

import numpy as np
import pytest
import soundfile as sf

from beetsplug.mir import names
from beetsplug.mir.commands.extract import comparing
from beetsplug.mir.commands.extract.comparing import LeftOut
from beetsplug.mir.sound.features import plain
from beetsplug.mir.sound.features.agreement import agreements
from tests.conftest import SR, noise

FEATURES = [feature.name for feature in names.FEATURES]


@pytest.fixture
def heard(extracted):
    """Six analysed sounds, and whatever the library holds of them."""
    return extracted


def table(out: str) -> dict[str, list[str]]:
    """Return the row of each feature: correlation, difference, its unit, deviations, track."""
    words = [line.split() for line in out.splitlines()]
    return {word[0]: word[1:] for word in words if word and word[0] in FEATURES}


def correlations(out: str) -> list[float]:
    return [float(row[0]) for row in table(out).values()]


def execute(beet, sql: str, *values: object) -> list[tuple]:
    with sqlite3.connect(beet.root / "library.db") as db:
        found = db.execute(sql, values).fetchall()
    db.close()
    return found


def everything(beet) -> list[tuple]:
    return execute(beet, "SELECT * FROM items") + execute(
        beet, "SELECT entity_id, key, value FROM item_attributes ORDER BY 1, 2"
    )


def set_attribute(beet, title: str, key: str, value: object) -> None:
    (id_,) = execute(beet, "SELECT id FROM items WHERE CAST(path AS TEXT) LIKE ?", f"%{title}")
    execute(
        beet, "UPDATE item_attributes SET value = ? WHERE entity_id = ? AND key = ?",
        value, id_[0], key,
    )  # fmt: skip


def test_what_is_stored_agrees_with_librosa_and_nothing_is_stored(heard):
    before = everything(heard)

    out = heard("mirextract", "--check")

    assert out.startswith("6 tracks compared with librosa\n")
    assert list(table(out)) == FEATURES
    assert min(correlations(out)) >= 0.99
    assert everything(heard) == before


def test_a_field_that_was_changed_is_the_largest_difference(heard):
    set_attribute(heard, "noise 1.wav", "mir_centroid", "20.0")

    out = heard("mirextract", "--check")

    correlation, difference, unit, deviations, *track = table(out)["centroid"]
    assert float(correlation) < 0.99
    assert 20 < float(difference) < 40  # white noise has 50
    assert unit == "mel"
    assert float(deviations) > 0.5
    assert track == ["noise", "1.wav"]
    assert float(table(out)["bandwidth"][0]) >= 0.99


def test_a_vector_that_was_changed_is_the_largest_difference(heard):
    """Clusters are made of it, whatever the fields show."""
    ((packed,),) = execute(
        heard, "SELECT value FROM item_attributes WHERE key = 'mir_vector' LIMIT 1"
    )
    values = list(struct.unpack("<42f", base64.b64decode(packed)))
    values[names.VECTOR.index("bark510_median")] = -4000.0
    vector = base64.b64encode(struct.pack("<42f", *values)).decode()
    set_attribute(heard, "tone 0.wav", "mir_vector", vector)

    row = table(heard("mirextract", "--check"))["bark510"]

    assert float(row[1]) > 3000
    assert row[-2:] == ["tone", "0.wav"]


def test_what_cannot_be_compared_is_told_and_counted(heard):
    os.remove(heard.music / "clicks 0.wav")
    execute(heard, "UPDATE item_attributes SET value = '1-60' WHERE key = 'mir_version'"
                   " AND entity_id = (SELECT MIN(id) FROM items)")  # fmt: skip
    broken = heard.music / "noise 1.wav"
    changed = broken.stat().st_mtime_ns
    broken.write_bytes(b"RIFF")
    os.utime(broken, ns=(changed, changed))

    code, out, err = heard.run("mirextract", "--check")

    assert code == 0
    assert [line for line in err.splitlines() if "clicks 0.wav: is missing" in line]
    assert [line for line in err.splitlines() if "noise 1.wav: " in line]
    assert len(err.splitlines()) == 2
    assert out.splitlines()[0] == (
        "3 tracks compared with librosa; left out:"
        " 1 without current features, 1 missing, 1 not to be analysed"
    )


def test_a_file_that_was_replaced_is_not_held_against_what_it_was(heard):
    sf.write(heard.music / "tone 0.wav", noise(3), SR)
    os.utime(heard.music / "tone 0.wav", (10**9, 10**9))

    out = heard("mirextract", "--check")

    assert out.startswith(
        "5 tracks compared with librosa; left out: 1 without current features\n"
    )


def test_two_tracks_have_no_correlation_and_one_has_no_deviation(heard):
    two = table(heard("mirextract", "--check", "genres:Tone"))
    one = table(heard("mirextract", "--check", "--limit", "1", "genres:Tone"))

    assert {row[0] for row in two.values()} == {"-"}
    assert two["centroid"][3] != "-"
    assert one["centroid"][3] == "-"


def test_it_listens_to_the_stretches_that_were_heard(beet):
    """Not to what the configuration asks for today."""
    for number in range(2):
        y = noise(20, 8000, seed=number) * np.linspace(0, 1, 160_000, dtype=np.float32) ** 4
        beet.add(f"{number}.wav", y + 0.01, 8000)
    beet.configure("mir: {excerpt: 10}\n")
    beet("mirextract", "-q")
    levels = beet("ls", "-f", "$mir_bark510").split()
    beet.configure("mir: {excerpt: 0}\n")

    windows = table(beet("mirextract", "--check"))
    beet("mirextract", "-q")
    whole = table(beet("mirextract", "--check"))

    assert beet("ls", "-f", "$mir_version").split() == ["2-whole"] * 2
    assert beet("ls", "-f", "$mir_bark510").split() != levels
    for found in (windows, whole):
        assert float(found["bark510"][1]) < 0.001


def test_of_many_tracks_a_hundred_are_drawn_always_the_same(made_up, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        comparing, "_plain", lambda kept: drawn.append(kept.id) or LeftOut("in the way")
    )

    first, fewer = made_up("mirextract", "--check"), made_up("mirextract", "--check",
                                                             "--limit", "7")  # fmt: skip
    made_up("mirextract", "--check")

    assert first.splitlines() == [
        "100 of 200 tracks, drawn at random:",
        "0 tracks compared with librosa; left out: 100 in the way",
    ]
    assert fewer.startswith("7 of 200 tracks")
    assert drawn[:100] == drawn[107:]
    assert len(set(drawn[:100])) == 100


def test_when_it_is_interrupted_what_was_compared_is_told(heard, monkeypatch):
    real, calls = comparing._plain, []

    def interrupted(kept):
        calls.append(kept)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(kept)

    monkeypatch.setattr(comparing, "_plain", interrupted)
    code, out, _ = heard.run("mirextract", "--check")

    assert code == 0  # as beets ends every command
    assert out.startswith("2 tracks compared with librosa; left out: 4 not reached\n")


def test_sound_that_librosa_cannot_hold_is_told(heard, monkeypatch):
    monkeypatch.setattr(plain, "MOST_SECONDS", 1.5)

    code, out, err = heard.run("mirextract", "--check")

    assert code == 0
    assert err.count("too long for librosa") == 2
    assert "2 not to be analysed" in out


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--force"], "--force"),
        (["--whole", "-q"], "--whole, --quiet"),
        (["-t", "2"], "--threads"),
        (["-p"], "--pretend"),
        (["--retry"], "--retry"),
    ],
)
def test_options_that_play_no_part_are_refused(beet, options, named):
    code, _, err = beet.run("mirextract", "--check", *options)

    assert code == 1
    assert f"{named}: plays no part in --check" in err


def test_without_features_or_librosa_there_is_one_clear_line(small, monkeypatch):
    assert "no tracks match" in small.run("mirextract", "--check", "title:nothing")[2]
    assert "run `beet mirextract` first" in small.run("mirextract", "--check")[2]

    find = importlib.util.find_spec
    monkeypatch.setattr(
        comparing, "find_spec", lambda name: None if name == "librosa" else find(name)
    )
    code, _, err = small.run("mirextract", "--check")

    assert code == 1
    assert "needs librosa, which is not installed: pip install librosa" in err


def test_agreement_is_told_by_feature():
    reference = np.array([[1.0, 5, 0], [2, 5, 1], [3, 5, 2], [4, 5, 3]])
    X = reference + np.array([[0.0, 0, 0], [0, 2, 0], [0, 0, -9], [0, 0, 0]])

    same, constant, moved = agreements(X, reference)

    assert same == (pytest.approx(1), 0, 0, 0)
    assert constant == (None, 2, None, 1)
    assert moved.correlation == pytest.approx(0.4)
    assert (moved.difference, moved.row) == (9, 2)
    assert moved.deviations == pytest.approx(9 / np.sqrt(1.25))


@pytest.mark.parametrize("excerpt", [0, 30, 60])
def test_a_version_says_how_much_was_heard(excerpt):
    assert names.heard(names.version(excerpt)) == excerpt


@pytest.mark.parametrize("version", ["", "2", "1-60", "2-", "2-x", "3-whole", "2--1"])
def test_other_versions_say_nothing(version):
    assert names.heard(version) is None
