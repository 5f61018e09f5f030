"""Where the windows of an excerpt come from: a sweep tells the time by its pitch."""

import os
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from beetsplug.mir.sound import analysis
from beetsplug.mir.sound.audio import open_sound
from beetsplug.mir.sound.excerpt import windows
from tests.sounds import FORMATS, SR, joined, sweep, time_of, write

EXCERPT = 10  # four windows
LENGTH = 60.0


def heard(path, excerpt=EXCERPT):
    """Return the windows that are heard of a file, and their samples."""
    with open_sound(os.fsencode(path)) as sound:
        wanted = windows(sound.seconds, excerpt)
        return list(zip(wanted, analysis._heard(sound, wanted), strict=False)), sound.sr


def places(path, length, excerpt=EXCERPT):
    """Return when each window should be, and from when in the sweep it is."""
    found, sr = heard(path, excerpt)
    return [(w.start + w.seconds / 2, time_of(y, length, sr)) for w, y in found]


def heard_whole(path):
    """Return how many seconds are heard of a file, and the first and last time of its sweep."""
    with open_sound(os.fsencode(path)) as sound:
        y = np.concatenate(list(sound.blocks()))
        return len(y) / sound.sr, y, sound.sr


@pytest.mark.parametrize("suffix", FORMATS)
def test_windows_come_from_where_they_should(tmp_path, suffix):
    sr = 48000 if suffix == "opus" else SR
    path = write(tmp_path / f"a.{suffix}", sweep(0, LENGTH, LENGTH, sr), sr)

    found = places(path, LENGTH)

    if suffix != "aac":  # nothing in it tells its length
        assert len(found) == 4
    for wanted, came_from in found:
        assert came_from == pytest.approx(wanted, abs=0.02 * LENGTH)


@pytest.mark.parametrize(
    "suffix", ["mp3", "cbr.mp3", "flac", "ogg", "opus", "aac", "mp2", "ac3"]
)
def test_of_joined_files_all_is_heard_and_nothing_from_the_wrong_place(tmp_path, suffix):
    sr = 48000 if suffix == "opus" else SR
    parts = [
        write(tmp_path / f"{n}.{suffix}", sweep(20 * n, 20 * n + 20, 60, sr), sr)
        for n in range(3)
    ]
    path = joined(tmp_path / f"all.{suffix}", *parts)

    for wanted, came_from in places(path, 60):
        assert came_from == pytest.approx(wanted, abs=2)
    seconds, y, sr = heard_whole(path)
    assert seconds == pytest.approx(60, abs=1.5)
    for second in (5, 25, 45):
        few = y[second * sr : (second + 1) * sr]
        assert time_of(few, 60, sr) == pytest.approx(second + 0.5, abs=1.5)


@pytest.mark.parametrize("suffix", ["wav", "aiff", "m4a", "wv", "tta", "wma", "mka"])
def test_of_joined_files_that_nobody_plays_on_the_first_is_heard_in_the_right_places(
    tmp_path, suffix
):
    parts = [
        write(tmp_path / f"{n}.{suffix}", sweep(30 * n, 30 * n + 30, 60)) for n in range(2)
    ]
    path = joined(tmp_path / f"all.{suffix}", *parts)

    for wanted, came_from in places(path, 60):
        assert came_from == pytest.approx(wanted, abs=2)
    assert heard_whole(path)[0] > 29


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A whole sweep as MP3."""
    return write(tmp_path_factory.mktemp("swept") / "a.mp3", sweep(0, LENGTH, LENGTH))


def xing(path):
    data = bytearray(path.read_bytes())
    place = next(data.find(name) for name in (b"Xing", b"Info") if name in data[:2000])
    return data, place


@pytest.mark.parametrize("times", [0.3, 0.7, 1.5, 3])
def test_a_wrong_length_in_a_header_is_not_believed(tmp_path, swept, times):
    data, place = xing(swept)
    (frames,) = struct.unpack_from(">I", data, place + 8)
    struct.pack_into(">I", data, place + 8, round(frames * times))
    path = tmp_path / "a.mp3"
    path.write_bytes(data)

    for wanted, came_from in places(path, LENGTH):
        assert came_from == pytest.approx(wanted, abs=0.05 * LENGTH)


def test_a_wrong_table_of_places_is_not_believed(tmp_path, swept):
    """The table says that the track goes on ever more slowly."""
    data, place = xing(swept)
    assert data[place + 7] & 4  # there is a table
    data[place + 16 : place + 116] = bytes(int(255 * (n / 100) ** 3) for n in range(100))
    path = tmp_path / "a.mp3"
    path.write_bytes(data)

    assert places(path, LENGTH) == []


def test_a_file_whose_length_is_guessed_wrong_is_heard_whole(tmp_path):
    """MP3 of changing rate, without the frame that tells the length."""
    y = sweep(0, LENGTH, LENGTH)
    y[20 * SR :] += 0.1 * np.random.default_rng(0).standard_normal(40 * SR).astype(np.float32)
    path = write(tmp_path / "a.mp3", y)
    data, place = xing(path)
    data[place : place + 4] = b"none"
    path.write_bytes(data)

    assert places(path, LENGTH) == []


@example(514.0, 257)  # the last but one began after the last
@given(length=st.floats(0.01, 1e5), excerpt=st.integers(1, 600))
def test_windows_lie_within_the_track_and_one_is_long_enough_for_the_beat(length, excerpt):
    found = windows(length, excerpt)

    assert all(w.start >= 0 and w.start + w.seconds <= length + 1e-9 for w in found)
    assert [w.start for w in found] == sorted(w.start for w in found)
    assert not found or max(w.seconds for w in found) == 9.0
    assert found or length < max(2 * excerpt, 20, 2 * sum(w.seconds for w in found))


@pytest.mark.parametrize("seconds", [9.5, 10.8, 11.3, 11.8, 13, 19, 20])
def test_a_track_little_longer_than_its_excerpt_has_values(tmp_path, seconds):
    path = write(tmp_path / "a.flac", sweep(0, seconds, seconds))

    assert analysis.analyse_file(os.fsencode(path), 5).values
