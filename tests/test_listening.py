"""What the network hears reaches the library, and stays there while it is right."""

import binascii
import math
import os
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from beets.library import Item

from beetsplug.mir import fields, names
from beetsplug.mir.library import storing
from beetsplug.mir.library.known import read_known
from beetsplug.mir.library.rows import HEARD, unpacked
from beetsplug.mir.sound import analysis
from beetsplug.mir.sound.audio import Sound
from beetsplug.mir.sound.errors import AudioError
from beetsplug.mir.sound.network import weights
from tests.conftest import SR, Beet, noise, sine

OF_NETWORK = {fields.NETWORK, fields.NETWORK_VERSION, fields.TAGS}
HEARD_60 = names.version(60, names.NETWORK_VERSION)
HEARD_WHOLE = names.version(0, names.NETWORK_VERSION)
VERSION = names.version(60)
FEATURES = {name: index / 7 for index, name in enumerate(names.VECTOR)}
VALUES = [index / 8 for index in range(names.N_NETWORK_VALUES)]

pytestmark = pytest.mark.usefixtures("musicnn")


def stored(beet: Beet) -> dict[str, dict[str, str]]:
    """Return what is in the library of each track by its title, as it is there."""
    sql = (
        "SELECT items.path, key, value FROM items JOIN item_attributes ON entity_id = items.id"
        " WHERE key LIKE 'mir%'"
    )
    found: dict[str, dict[str, str]] = {}
    with closing(sqlite3.connect(beet.root / "library.db")) as db:
        for path, key, value in db.execute(sql):
            found.setdefault(Path(os.fsdecode(path)).stem, {})[key] = value
    return found


def only(beet: Beet) -> dict[str, str]:
    """Return what is in the library of the only track."""
    (found,) = stored(beet).values()
    return found


def change(beet: Beet, sql: str, *values: str) -> None:
    with closing(sqlite3.connect(beet.root / "library.db")) as db, db:
        db.execute(sql, values)


def forget_network(beet: Beet) -> None:
    keys = ", ".join(f"'{key}'" for key in OF_NETWORK)
    change(beet, f"DELETE FROM item_attributes WHERE key IN ({keys})")


def values_of(attributes: dict[str, str]) -> np.ndarray:
    return np.frombuffer(unpacked(attributes[fields.NETWORK], HEARD), "<f2").astype(float)


def without_source(attributes: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in attributes.items() if key != fields.SOURCE}


# What is stored


def test_what_is_heard_is_stored_and_read_as_there(lib, add_item):
    item = add_item()
    storing.store_heard(item, VALUES, ["rock", "female vocalists"], HEARD_60, "print")

    item = lib.get_item(item.id)
    assert struct.unpack(HEARD, unpacked(item[fields.NETWORK], HEARD)) == tuple(VALUES)
    assert item[fields.TAGS] == "rock; female vocalists"
    assert item[fields.NETWORK_VERSION] == HEARD_60
    assert item[fields.SOURCE] == "print"
    (known,) = read_known(lib, [item.id])
    assert known.network_version == HEARD_60
    with lib.transaction() as tx:
        types = tx.query("SELECT DISTINCT typeof(value) FROM item_attributes")
    assert [row[0] for row in types] == ["text"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 70000.0])
def test_what_is_no_finite_number_is_not_stored(value):
    with pytest.raises(ValueError, match="values that are"):
        storing.store_heard(None, [*VALUES[1:], value], [], HEARD_60, "print")


NOT_A_NUMBER = binascii.b2a_base64(b"\xff" * 2 * names.N_NETWORK_VALUES).decode()


@pytest.mark.parametrize("damage", ["no base 64", "AAAA", NOT_A_NUMBER, ""])
def test_damaged_values_count_as_missing(lib, add_item, damage):
    item = add_item()
    storing.store_heard(item, VALUES, [], HEARD_60, "print")
    item[fields.NETWORK] = damage
    item.store()

    (known,) = read_known(lib, [item.id])
    assert known.network_version is None


def test_what_was_heard_stays_with_its_file(lib, add_item):
    item = add_item()
    storing.store_features(item, FEATURES, VERSION, "print @1")
    storing.store_heard(item, VALUES, ["rock"], HEARD_60, "print @1")

    storing.store_features(item, FEATURES, VERSION, "print @2")
    assert set(lib.get_item(item.id)) >= OF_NETWORK

    storing.store_features(item, FEATURES, VERSION, "other print")
    assert not set(lib.get_item(item.id)) & OF_NETWORK


def test_what_an_error_leaves(lib, add_item):
    def fails(source="print", network_version=HEARD_60, version=VERSION):
        storing.store_error(item, "crashed", version, source, network_version)
        return {key for key in lib.get_item(item.id) if key.startswith("mir_")}

    measured = {fields.VERSION, fields.VECTOR, fields.SOURCE, *fields.FEATURE_FIELDS}
    item = add_item()
    storing.store_features(item, FEATURES, VERSION, "print")

    assert fails(network_version=None) == measured
    assert fails() == measured | {fields.ERROR}
    storing.store_heard(item, VALUES, ["rock"], HEARD_60, "print")
    assert fields.ERROR not in lib.get_item(item.id)
    assert fails() == measured | OF_NETWORK
    assert fails(network_version=HEARD_WHOLE) == measured | OF_NETWORK | {fields.ERROR}
    assert fails() == measured | OF_NETWORK
    assert fails(version=names.version(0)) == measured | OF_NETWORK | {fields.ERROR}

    item[fields.VECTOR] = "damaged"
    assert fails() == OF_NETWORK | {fields.ERROR, fields.SOURCE}
    item[fields.NETWORK] = "damaged"
    assert fails() == {fields.ERROR, fields.SOURCE}

    storing.store_features(item, FEATURES, VERSION, "print")
    storing.store_heard(item, VALUES, ["rock"], HEARD_60, "print")
    assert fails(source="other print") == {fields.ERROR, fields.SOURCE}


def test_tags_are_queried_in_sql(lib, add_item):
    for number, tags in enumerate([["rock", "pop"], ["electronic"], []]):
        item = add_item(f"{number}.wav")
        storing.store_heard(item, VALUES, tags, HEARD_60, "print")

    clause, _ = Item.field_query(fields.TAGS, "pop", Item._type(fields.TAGS).query).clause()
    assert "item_attributes" in clause
    assert [item.id for item in lib.items("mir_tags:electronic")] == [2]
    assert [item.id for item in lib.items("mir_tags:pop")] == [1]


# Stories


@pytest.fixture(scope="module")
def _one_sound(tmp_path_factory) -> Beet:
    beet = Beet(tmp_path_factory.mktemp("one") / "beets")
    beet.add("a.wav", noise(3.2) + sine(440, 3.2, amplitude=0.3))
    return beet


@pytest.fixture
def one(beet: Beet, _one_sound: Beet) -> Beet:
    """A library of one short sound that is not analysed."""
    return _one_sound.copy(beet.root)


def test_a_track_is_measured_and_heard(small: Beet):
    out = small("mirextract", "-t", "2")

    assert out.splitlines() == ["6 analysed, 0 skipped, 0 failed"]
    assert (small.root / "mir-network.bin").stat().st_size < 1e6
    for attributes in stored(small).values():
        assert set(attributes) >= OF_NETWORK | {fields.VECTOR, fields.VERSION}
        assert attributes[fields.NETWORK_VERSION] == HEARD_60
        assert np.isfinite(values_of(attributes)).all()
        assert set(attributes[fields.TAGS].split("; ")) <= {*names.TAGS}
    tag = stored(small)["noise 0"][fields.TAGS].split("; ")[0]
    assert "noise 0.wav" in small("ls", "-f", "$path", f"mir_tags:{tag}")
    assert small("mirextract").splitlines() == ["0 analysed, 6 skipped, 0 failed"]


def test_real_music_is_found_by_its_tags(beet: Beet, real_music):
    path = beet.music / "techno.ogg"
    path.symlink_to(real_music / "parsec47-data" / "ptn1.ogg")
    beet.import_(str(path))
    beet("mirextract", "-q")

    assert beet("ls", "-f", "$path", "mir_tags:electronic").splitlines() == [str(path)]
    assert only(beet)[fields.TAGS].startswith("electronic")
    assert beet("ls", "mir_tags:acoustic") == ""


def test_a_track_that_lacks_the_network_is_heard_for_it_alone(one: Beet, monkeypatch):
    one("mirextract", "-q")
    together = only(one)
    forget_network(one)
    monkeypatch.setattr(analysis.compute, "extract", None)  # nobody measures

    assert len(one("mirextract", "-p").splitlines()) == 1
    assert "1 analysed" in one("mirextract")

    alone = only(one)
    assert values_of(alone) == pytest.approx(values_of(together), abs=1e-2)
    assert {k: v for k, v in alone.items() if k != fields.NETWORK} == {
        k: v for k, v in together.items() if k != fields.NETWORK
    }
    assert "0 analysed, 1 skipped" in one("mirextract")


def test_a_track_that_lacks_the_sixteen_is_not_heard_again(one: Beet, monkeypatch):
    one("mirextract", "-q")
    before = only(one)
    change(one, "DELETE FROM item_attributes WHERE key = ?", fields.VECTOR)
    monkeypatch.setattr(analysis, "hear", None)  # nobody listens

    assert "1 analysed" in one("mirextract")
    assert only(one) == before


@pytest.mark.parametrize("excerpt", [0, 5])
def test_heard_alone_a_long_track_has_the_values_of_heard_together(beet: Beet, excerpt):
    """Whole, and in excerpts: a sound that changes all the time, over whole patches."""
    y = np.concatenate([noise(8, seed=1), sine(300, 8), noise(8, seed=2), sine(3000, 16)])
    beet.add("a.wav", y)
    beet.configure(f"mir: {{excerpt: {excerpt}}}\n")
    beet("mirextract", "-q")
    together = only(beet)
    forget_network(beet)
    beet("mirextract", "-q")

    alone = only(beet)
    assert together[fields.NETWORK_VERSION] == names.version(excerpt, names.NETWORK_VERSION)
    assert values_of(alone) == pytest.approx(values_of(together), abs=1e-2)
    assert alone[fields.TAGS] == together[fields.TAGS]
    assert alone[fields.VECTOR] == together[fields.VECTOR]
    beet.configure("mir: {excerpt: 0}\n")
    beet("mirextract", "-q", "-f")
    whole = values_of(only(beet))
    different = np.abs(whole - values_of(together)).max()
    assert different > 0.1 if excerpt else different < 1e-2


def test_for_the_network_alone_only_what_it_hears_is_decoded(tmp_path, monkeypatch):
    """Of four windows the long one; the others are for the sixteen."""
    read = []
    window = Sound.window

    def reading(sound, start, seconds):
        read.append(seconds)
        return window(sound, start, seconds)

    monkeypatch.setattr(Sound, "window", reading)
    sf.write(tmp_path / "a.wav", noise(24), SR)

    found = analysis.analyse_file(
        bytes(tmp_path / "a.wav"), 5, None, weights.load(tmp_path / "nowhere")
    )

    assert found.values is None
    assert found.heard is not None
    assert read == [9.0]


def test_measured_alone_the_sixteen_are_those_of_measured_together(one: Beet):
    one.configure("mir: {network: no}\n")
    one("mirextract", "-q")
    alone = only(one)
    assert not OF_NETWORK & set(alone)
    one.configure()
    one("mirextract", "-q", "-f")

    assert {k: v for k, v in only(one).items() if k not in OF_NETWORK} == alone


def test_without_the_network_none_is_stored_and_none_is_lost(one: Beet):
    one.configure("mir: {network: no}\n")
    one("mirextract", "-q")
    assert not OF_NETWORK & set(only(one))
    assert not (one.root / "mir-network.bin").exists()
    assert one("mirextract").splitlines() == ["0 analysed, 1 skipped, 0 failed"]

    one.configure()
    one("mirextract", "-q")
    before = only(one)
    assert set(before) >= OF_NETWORK
    one.configure("mir: {network: no}\n")

    assert one("mirextract", "-f").splitlines() == ["1 analysed, 0 skipped, 0 failed"]
    assert only(one) == before


def test_by_force_a_track_is_measured_and_heard_anew(one: Beet):
    one("mirextract", "-q")
    before = only(one)
    for key in (fields.TAGS, "mir_zcr"):
        change(one, "UPDATE item_attributes SET value = '7' WHERE key = ?", key)
    by_hand = only(one)

    assert "0 analysed" in one("mirextract")
    assert only(one) == by_hand != before
    assert "1 analysed" in one("mirextract", "-f")
    assert only(one) == before


def test_what_another_version_heard_is_heard_anew(one: Beet):
    one("mirextract", "-q")
    before = only(one)
    change(
        one, "UPDATE item_attributes SET value = '0-60' WHERE key = ?", fields.NETWORK_VERSION
    )

    assert "1 analysed" in one("mirextract")
    assert only(one).keys() == before.keys()
    assert only(one)[fields.NETWORK_VERSION] == HEARD_60


def test_damaged_values_are_heard_anew(one: Beet):
    one("mirextract", "-q")
    before = only(one)
    change(one, "UPDATE item_attributes SET value = 'AAAA' WHERE key = ?", fields.NETWORK)

    assert "1 analysed" in one("mirextract")
    assert values_of(only(one)) == pytest.approx(values_of(before), abs=1e-2)


@pytest.mark.parametrize("network", ["yes", "no"])
def test_of_a_replaced_file_nothing_stays(one: Beet, network):
    one("mirextract", "-q")
    before = only(one)
    sf.write(one.music / "a.wav", sine(3000, 5), SR)
    one.configure(f"mir: {{network: {network}}}\n")

    assert "1 analysed" in one("mirextract")

    after = only(one)
    assert after[fields.VECTOR] != before[fields.VECTOR]
    if network == "yes":
        assert np.abs(values_of(after) - values_of(before)).max() > 0.1
    else:
        assert not OF_NETWORK & set(after)


def test_a_file_that_was_only_touched_keeps_all(one: Beet):
    one("mirextract", "-q")
    before = only(one)
    os.utime(one.music / "a.wav", (1, 1))

    assert "0 analysed, 1 skipped" in one("mirextract")
    assert without_source(only(one)) == without_source(before)


@pytest.mark.usefixtures("without_musicnn")
def test_without_the_package_the_sixteen_go_on_with_one_line_of_advice(one: Beet):
    code, out, err = one.run("mirextract")

    assert (code, err) == (0, "")
    summary, advice = out.splitlines()
    assert summary == "1 analysed, 0 skipped, 0 failed"
    assert advice.startswith("the trained network is not installed: `pip install")
    assert weights.HOW_TO_GET in advice
    assert set(only(one)) == {
        *(fields.VECTOR, fields.VERSION, fields.SOURCE, fields.GENRE, *fields.FEATURE_FIELDS)
    }
    assert not (one.root / "mir-network.bin").exists()
    assert one.run("mirextract", "-q", "-f") == (0, "", "")
    assert len(one("mirextract", "-p", "-f").splitlines()) == 1
    assert len(one("mirextract").splitlines()) == 2
    one.configure("mir: {network: no}\n")
    assert len(one("mirextract").splitlines()) == 1


def test_without_the_package_what_it_was_kept_as_does(one: Beet, request):
    one("mirextract", "-q")
    forget_network(one)
    weights.load.cache_clear()
    request.getfixturevalue("without_musicnn")

    assert one("mirextract").splitlines() == ["1 analysed, 0 skipped, 0 failed"]
    assert set(only(one)) >= OF_NETWORK


def test_what_was_heard_stays_where_the_package_is_gone(one: Beet, request):
    one("mirextract", "-q")
    before = only(one)
    (one.root / "mir-network.bin").unlink()
    request.getfixturevalue("without_musicnn")

    assert "1 analysed" in one("mirextract", "-f")
    assert only(one) == before


def test_a_damaged_checkpoint_is_a_line_and_the_sixteen_go_on(one: Beet, foreign_musicnn):
    code, out, err = one.run("mirextract")

    assert code == 0
    assert out.splitlines() == ["1 analysed, 0 skipped, 0 failed"]
    (line,) = err.splitlines()
    assert str(foreign_musicnn) in line
    assert line.endswith("; going on without the network")
    assert fields.VECTOR in only(one)
    assert not OF_NETWORK & set(only(one))
    assert not (one.root / "mir-network.bin").exists()


def test_where_nothing_can_be_kept_it_is_heard_all_the_same(one: Beet):
    (one.root / "mir-network.bin").mkdir()  # even root cannot write there
    before = sorted(one.root.iterdir())

    code, out, err = one.run("mirextract")

    assert code == 0
    assert out.splitlines() == ["1 analysed, 0 skipped, 0 failed"]
    (line,) = err.splitlines()
    assert "mir-network.bin: cannot keep the network there (" in line
    assert set(only(one)) >= OF_NETWORK
    assert sorted(one.root.iterdir()) == before


def test_damaged_weights_are_made_anew(one: Beet):
    file = one.root / "mir-network.bin"
    one("mirextract", "-q")
    whole = file.read_bytes()

    for damaged in (b"", whole[:-1], b"x" + whole):
        file.write_bytes(damaged)
        assert one.run("mirextract", "-q") == (0, "", "")
        assert file.read_bytes() == whole


def test_who_pretends_writes_nothing(one: Beet):
    before = sorted(one.root.iterdir())

    assert one("mirextract", "-p").splitlines() == [str(one.music / "a.wav")]

    assert sorted(one.root.iterdir()) == before
    assert stored(one) == {}


def test_short_mono_and_silent_files_are_heard(beet: Beet):
    sounds = {
        "stereo": np.stack([noise(4, seed=1), noise(4, seed=2)], axis=1),
        "3 s": noise(3),
        "1 s": noise(1),
        "0.2 s": noise(0.2),
        "one sample": np.ones(1),
        "silence": np.zeros(4 * SR),
    }
    for name, y in sounds.items():
        beet.add(f"{name}.wav", y)

    assert "6 analysed" in beet("mirextract")

    found = stored(beet)
    for attributes in found.values():
        assert set(attributes) >= OF_NETWORK | {fields.VECTOR}
        assert np.isfinite(values_of(attributes)).all()
    assert found["silence"][fields.TAGS] == ""
    assert found["1 s"][fields.TAGS]
    assert "0 analysed, 6 skipped" in beet("mirextract")


def test_what_was_heard_whole_is_left_alone(beet: Beet):
    beet.add("a.wav", np.tile(noise(13), 10))
    beet("mirextract", "-q")
    assert only(beet)[fields.NETWORK_VERSION] == HEARD_60
    assert "1 analysed" in beet("mirextract", "--whole")
    whole = only(beet)
    assert whole[fields.NETWORK_VERSION] == HEARD_WHOLE

    assert "0 analysed, 1 skipped" in beet("mirextract")
    assert only(beet) == whole


def test_what_was_measured_whole_is_heard_in_excerpts(beet: Beet):
    beet.add("a.wav", np.tile(noise(13), 10))
    beet.configure("mir: {network: no}\n")
    beet("mirextract", "-q", "--whole")
    whole = only(beet)
    beet.configure()

    assert "1 analysed" in beet("mirextract")

    assert only(beet)[fields.NETWORK_VERSION] == HEARD_60
    assert {k: v for k, v in only(beet).items() if k not in OF_NETWORK} == whole


@pytest.mark.parametrize("network", ["yes", "no"])
def test_a_file_that_cannot_be_decoded_is_not_tried_again(one: Beet, network):
    one.configure(f"mir: {{network: {network}}}\n")
    one("mirextract", "-q")
    (one.music / "a.wav").write_bytes(b"no sound")

    code, out, err = one.run("mirextract")

    assert (code, len(err.splitlines())) == (0, 1)
    assert out.splitlines() == ["0 analysed, 0 skipped, 1 failed"]
    assert set(only(one)) == {fields.ERROR, fields.SOURCE, fields.GENRE}
    for setting in (network, "no", "yes"):
        one.configure(f"mir: {{network: {setting}}}\n")
        code, out, err = one.run("mirextract")
        assert (code, err) == (0, "")
        assert out.startswith("0 analysed, 1 skipped, 0 failed (1 skipped that failed before")
    assert "1 failed" in one("mirextract", "--retry")


def test_a_file_that_can_be_measured_but_not_heard_is_not_tried_again(one: Beet, monkeypatch):
    def fail(*_):
        raise AudioError("cannot be heard")

    one.configure("mir: {network: no}\n")
    one("mirextract", "-q")
    before = only(one)
    one.configure()
    with monkeypatch.context() as patch:
        patch.setattr(analysis, "hear", fail)
        code, out, err = one.run("mirextract")
    assert code == 0
    assert out.splitlines() == ["0 analysed, 0 skipped, 1 failed"]
    assert "a.wav: cannot be heard" in err
    failed = only(one)
    assert failed == {**before, fields.ERROR: "cannot be heard"}

    code, out, err = one.run("mirextract")
    assert (code, err) == (0, "")
    assert out.startswith("0 analysed, 1 skipped, 0 failed (1 skipped that failed before")
    assert only(one) == failed

    assert "1 analysed" in one("mirextract", "--retry")
    assert {k: v for k, v in only(one).items() if k not in OF_NETWORK} == before


def test_what_could_not_be_heard_is_no_error_where_nobody_asks_for_it(one: Beet):
    one.configure("mir: {network: no}\n")
    one("mirextract", "-q")
    before = only(one)
    change(
        one,
        "INSERT INTO item_attributes (entity_id, key, value) VALUES (1, 'mir_error', 'x')",
    )

    assert one("mirextract").splitlines() == ["0 analysed, 1 skipped, 0 failed"]
    assert only(one) == before


def test_what_is_heard_is_told(one: Beet):
    def told() -> str:
        return one.run("-v", "mirextract", "-f")[2]

    assert "excerpts of 60 s, with the network" in told()
    one.configure("mir: {network: no, excerpt: 0}\n")
    assert "whole, without the network" in told()
