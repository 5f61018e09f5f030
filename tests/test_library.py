"""What goes into the library comes out of it."""

import base64
import math
import os
import struct
from typing import NamedTuple

import mutagen
import numpy as np
import pytest
import soundfile as sf
from beets.library import Item
from beets.plugins import BeetsPlugin
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir import fields, names
from beetsplug.mir.library import items as library
from beetsplug.mir.library import selection, storing, versions
from beetsplug.mir.library.known import read_known
from beetsplug.mir.library.rows import HEARD, PACKED, unpacked
from beetsplug.mir.library.source import file_genre, first_genre, look, print_of
from beetsplug.mir.library.storing import Place
from tests.conftest import SR, sine

VERSION = names.version(60)
VALUES = {name: index / 7 for index, name in enumerate(names.VECTOR)}


def test_features_come_back_in_the_order_of_their_names(lib, add_item):
    item = add_item(artist="A", title="T", genres=["Rock", "Pop"], length=61.5, mb_trackid="id")
    storing.store_features(item, VALUES, VERSION, "print")

    found = library.read_tracks(lib)
    tracks, X = found.tracks, found.X

    values = [VALUES[f"{f.series}_{f.summary}"] for f in names.FEATURES]
    assert X[0] == pytest.approx(values, rel=1e-6)
    assert [item[field] for field in fields.FEATURE_FIELDS] == values
    assert tracks == [
        library.Track(
            item.id, item.path, "A", "T", 61.5, "id", "Rock", VERSION, "", 0, 0, "", ""
        )
    ]
    assert str(tracks[0]) == "A - T"


@given(value=st.sampled_from([math.nan, math.inf, -math.inf]))
def test_what_is_no_finite_number_never_reaches_the_library(value):
    with pytest.raises(ValueError, match="finite"):
        storing.store_features(None, {**VALUES, "hpss_median": value}, VERSION, "print")


def test_numpy_numbers_are_stored_as_numbers(lib, add_item):
    item = add_item()
    storing.store_features(
        item, {k: np.float32(v) for k, v in VALUES.items()}, VERSION, "print"
    )

    with lib.transaction() as tx:
        types = tx.query("SELECT DISTINCT typeof(value) FROM item_attributes")
    assert [row[0] for row in types] == ["text"]


def test_the_vector_holds_every_summary(lib, add_item):
    item = add_item()
    storing.store_features(item, VALUES, VERSION, "print")

    vector = np.frombuffer(base64.b64decode(item[fields.VECTOR]), "<f4")
    assert vector == pytest.approx(list(VALUES.values()))


@pytest.mark.parametrize(("form", "dtype"), [(PACKED, "<f4"), (HEARD, "<f2")])
@given(data=st.data())
def test_values_of_any_bits_are_whole_only_if_all_are_finite(form, dtype, data):
    finite = np.linspace(-1, 1, struct.calcsize(form) // np.dtype(dtype).itemsize).astype(dtype)
    place = data.draw(st.integers(0, len(finite) - 1))
    finite[place] = data.draw(st.floats(width=8 * finite.itemsize))

    found = unpacked(base64.b64encode(finite.tobytes()).decode(), form)

    assert found == (finite.tobytes() if np.isfinite(finite[place]) else None)


def test_other_versions_and_damaged_values_count_as_missing(lib, add_item):
    current, old, deleted, text, infinite = (add_item(f"{n}.wav") for n in range(5))
    for item in (current, old, deleted, text, infinite):
        storing.store_features(item, VALUES, VERSION, "print")
    old[fields.VERSION] = "0-60"
    del deleted[fields.VECTOR]
    text[fields.VECTOR] = "no base 64"
    infinite[fields.VECTOR] = base64.b64encode(struct.pack("<42f", *[math.inf] * 42)).decode()
    for item in (old, deleted, text, infinite):
        item.store()

    assert [track.id for track in library.read_tracks(lib).tracks] == [current.id]


def test_tags_come_in_the_order_of_the_items_asked_for(lib, add_item):
    one, two, three = (add_item(f"{n}.wav") for n in range(3))
    storing.store_heard(one, [0.0] * 200, ("rock", "hard rock"), "1-60", "print")
    storing.store_heard(three, [0.0] * 200, (), "1-60", "print")

    told = library.read_tags(lib, [two.id, one.id, three.id, 99])

    assert told == [(), ("rock", "hard rock"), (), ()]


def test_a_query_selects(lib, add_item):
    for artist in "abc":
        storing.store_features(
            add_item(f"{artist}.wav", artist=artist), VALUES, VERSION, "print"
        )

    ids = selection.matching(lib, ["artist:b"])
    assert [t.artist for t in library.read_tracks(lib, ids).tracks] == ["b"]
    assert len(selection.matching(lib, [])) == 3
    assert len(selection.matching(lib, ["^artist:b"])) == 2


def keys_of(lib, item) -> set[str]:
    return {key for key in lib.get_item(item.id) if key.startswith("mir_")}


def test_features_of_another_file_go_whole_with_an_error(lib, add_item):
    item = add_item()
    storing.store_features(item, VALUES, VERSION, "print @1")

    storing.store_error(item, "cannot be decoded", VERSION, "other print @2")
    assert keys_of(lib, item) == {fields.ERROR, fields.SOURCE}
    assert not library.read_tracks(lib).tracks

    storing.store_features(item, VALUES, VERSION, "print")
    assert fields.ERROR not in lib.get_item(item.id)


def test_other_plugins_are_told_of_new_clusters(lib, add_item, monkeypatch):
    a, b = add_item("a.wav"), add_item("b.wav")
    told = []
    listeners = [lambda lib, model: told.append((lib, model.id, model.get("mircluster")))]
    monkeypatch.setitem(BeetsPlugin.listeners, "database_change", listeners)

    storing.store_clusters(lib, {a.id: Place(1, 1, "soft"), b.id: Place(2, 1, "loud")})
    first = told[:]
    storing.store_clusters(lib, {a.id: Place(1, 1, "soft"), b.id: Place(2, 1, "loud")})

    assert first
    assert set(first) <= {(lib, a.id, 1), (lib, b.id, 2)}
    assert told == first  # nothing has changed


def test_audio_that_did_not_change_keeps_its_features_when_it_fails_later(lib, add_item):
    item = add_item()
    storing.store_features(item, VALUES, VERSION, "print @1")
    before = keys_of(lib, item)

    storing.store_error(item, "its analysis crashed", VERSION, "print @2")
    assert keys_of(lib, item) == before
    assert lib.get_item(item.id)[fields.SOURCE] == "print @2"

    storing.store_error(item, "its analysis crashed", names.version(0), "print @2")
    assert keys_of(lib, item) == before | {fields.ERROR}

    item[fields.VECTOR] = "damaged"
    storing.store_error(item, "its analysis crashed", VERSION, "print @2")
    assert keys_of(lib, item) == {fields.ERROR, fields.SOURCE}


def test_an_error_of_any_letters_can_be_stored(lib, add_item):
    item = add_item()
    storing.store_error(item, "half a pair: \udcff", VERSION, "print")

    assert lib.get_item(item.id)[fields.ERROR] == "half a pair: \\udcff"


def test_clusters_replace_those_before(lib, add_item):
    a, b, c = (add_item(f"{name}.wav") for name in "abc")

    first = {a.id: Place(1, 1, "soft"), b.id: Place(2, 1, "loud")}

    assert storing.store_clusters(lib, first) == 2
    assert storing.store_clusters(lib, first) == 0
    assert storing.store_clusters(lib, {a.id: Place(1, 2, "soft"), c.id: Place(1, 1, "x")}) == 3

    assert [item.id for item in lib.items("mircluster:1 mir_order+")] == [c.id, a.id]
    assert not {fields.CLUSTER, fields.ORDER, fields.NAME} & set(lib.get_item(b.id).keys())
    assert lib.get_item(a.id).mircluster == 1
    assert lib.get_item(c.id).mircluster_name == "x"


def test_clustered_tracks_come_in_order_analysed_or_not(lib, add_item):
    a, b, c = (add_item(f"{name}.wav") for name in "abc")
    storing.store_features(b, VALUES, VERSION, "print")
    storing.store_features(c, VALUES, VERSION, "print")
    storing.store_clusters(lib, {a.id: Place(1, 2, "soft"), b.id: Place(1, 1, "soft")})

    found = [track for tracks in library.read_clusters(lib).values() for track in tracks]

    assert [(t.id, t.order, t.cluster_name) for t in found] == [
        (b.id, 1, "soft"),
        (a.id, 2, "soft"),
    ]
    assert [t.id for t in library.read_tracks(lib).tracks] == [b.id, c.id]


def test_clusters_come_one_after_the_other(lib, add_item):
    a, b, c = (add_item(f"{name}.wav") for name in "abc")
    places = {a.id: Place(2, 1, "x"), b.id: Place(1, 2, "y"), c.id: Place(1, 1, "y")}
    storing.store_clusters(lib, places)

    found = library.read_clusters(lib)
    assert {id_: [track.id for track in tracks] for id_, tracks in found.items()} == {
        1: [c.id, b.id],
        2: [a.id],
    }
    assert list(found) == [1, 2]


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        ({"artist": "A", "title": "T"}, "A - T"),
        ({"title": "T"}, "T"),
        ({"artist": "A"}, "A - a.wav"),
        ({}, "a.wav"),
    ],
)
def test_a_track_is_shown_by_what_there_is(lib, add_item, tags, shown):
    storing.store_features(add_item("a.wav", **tags), VALUES, VERSION, "print")

    assert str(library.read_tracks(lib).tracks[0]) == shown


def test_every_cluster_of_the_library_is_known_analysed_or_not(lib, add_item):
    a, b, _ = (add_item(f"{name}.wav") for name in "abc")
    storing.store_features(a, VALUES, VERSION, "print")
    storing.store_clusters(lib, {a.id: Place(3, 1, "soft"), b.id: Place(1, 1, "loud")})

    assert library.clusters(lib) == {a.id: 3, b.id: 1}


@pytest.mark.parametrize(
    "value", ["x", "", "9" * 5000, "9" * 12, "-1", "3.5", "1e3", "0", "nan", b"inf"]
)
def test_a_cluster_that_is_no_number_counts_as_none(lib, add_item, value):
    item = add_item()
    storing.store_features(item, VALUES, VERSION, "print")
    storing.store_clusters(lib, {item.id: Place(3, 7, "soft")})
    assert library.read_tracks(lib).tracks[0][-4:] == (3, 7, "soft", "")
    with lib.transaction() as tx:
        tx.mutate("UPDATE item_attributes SET value = ? WHERE key = 'mircluster'", (value,))

    assert library.read_tracks(lib).tracks[0].cluster == 0
    assert library.read_clusters(lib) == {}
    assert library.unplaced(lib) == [item.id]
    assert lib.get_item(item.id).formatted()["mircluster"] == "0"


def test_hand_made_values_are_read_as_beets_reads_them(lib, add_item, tmp_path):
    """`beet ls` can show such items, so that no command of ours may stop at one."""
    items = [add_item(f"{number}.wav", title="T") for number in range(4)]
    for item in items:
        storing.store_features(item, VALUES, VERSION, "print")
    with lib.transaction() as tx:
        text = str(tmp_path / "music" / "a.wav")
        tx.mutate("UPDATE items SET path = ?, artist = 7 WHERE id = 1", (text,))
        tx.mutate("UPDATE items SET path = NULL, title = NULL, genres = NULL WHERE id = 2")
        tx.mutate("UPDATE items SET length = 'x', mtime = 9e999, samplerate = '?' WHERE id = 3")
        tx.mutate(
            "UPDATE items SET length = '3:20', genres = ?, mtime = 'x' WHERE id = 4", (b"R",)
        )

    tracks = library.read_tracks(lib).tracks
    known = list(read_known(lib, [1, 2, 3, 4]))

    assert [track.path for track in tracks] == [item.path or b"" for item in lib.items("id+")]
    assert tracks[0].path == os.fsencode(tmp_path / "music" / "a.wav")
    assert (tracks[0].artist, tracks[1].title, tracks[1].path) == ("7", "", b"")
    assert [one.seconds for one in known] == [0, 0, 0, 200]
    assert [look(one) for one in known] == [None] * 4


@pytest.mark.parametrize(
    ("field", "labels"),
    [("albumartist", ["A", ""]), ("year", ["1999", ""]), ("genres", ["Rock", ""]),
     ("mood", ["calm", ""]), ("decade", None)],
)  # fmt: skip
def test_any_field_gives_labels(lib, add_item, field, labels):
    a = add_item(
        "a.wav", albumartist="A", year=1999, genres=["Rock", "Pop"], mood="calm", comp=True
    )
    b = add_item("b.wav")

    if labels is None:
        with pytest.raises(KeyError):
            library.labels_by(lib, [a.id, b.id], field)
    else:
        assert library.labels_by(lib, [a.id, b.id], field) == labels


@pytest.mark.parametrize(
    ("stored", "first"),
    [
        ("", ""),
        ("Rock", "Rock"),
        ("Rock\\␀Pop", "Rock"),
        ("Rock; Pop", "Rock"),
        (" Jazz ", "Jazz"),
        ("Rock, Pop", "Rock, Pop"),
        ("Rock;Pop", "Rock;Pop"),
        ("Rock / Pop", "Rock / Pop"),
        ("; Pop", "Pop"),
    ],
)
def test_the_first_genre_counts(stored, first):
    assert first_genre(stored) == first


@pytest.mark.parametrize(
    "genres",
    [["Rock, Pop"], ["Rock; Pop"], ["Rock;Pop"], ["A / B"], ["Rock", "Pop"], ["", "X"]],
)
def test_what_is_a_genre_is_the_same_in_the_library_in_a_file_and_for_a_comparison(
    lib, tmp_path, genres
):
    path = tmp_path / "a.flac"
    sf.write(path, sine(440, 1), SR)
    tags = mutagen.File(path)
    tags["genre"] = genres
    tags.save()
    item = Item.from_path(bytes(path))
    lib.add(item)
    storing.store_features(item, VALUES, VERSION, "print")

    first = next(genre for genre in lib.get_item(item.id).genres if genre)
    assert file_genre(bytes(path)) == first
    assert library.read_tracks(lib).tracks[0].genre == first
    assert library.labels_by(lib, [item.id], "genres") == [first]


def tagged(path, **tags):
    file = mutagen.File(path)
    file.update({key: [value] for key, value in tags.items()})
    file.save()


def test_the_genre_of_the_file_stands_in(lib, add_item):
    for number, genres in enumerate([[], ["Rock"]]):
        item = add_item(f"{number}.wav", genres=genres)
        storing.store_features(item, VALUES, VERSION, "print", "Ambient")

    assert [track.genre for track in library.read_tracks(lib).tracks] == ["Ambient", "Rock"]


def test_the_first_genre_of_the_tags_counts(tmp_path):
    path = tmp_path / "a.flac"
    sf.write(path, sine(440, 1), SR)
    assert file_genre(bytes(path)) == ""
    tagged(path, genre="Ambient; Drone")

    assert file_genre(bytes(path)) == "Ambient"
    assert file_genre(b"/nowhere/a.flac") is None  # as with a disk that is away


class File(NamedTuple):
    """A file as the library has seen it."""

    path: bytes
    source: str
    audio: tuple
    mtime: float


def test_the_source_tells_a_replaced_file_from_a_retagged_one(tmp_path):
    path = tmp_path / "a.flac"
    sf.write(path, sine(440, 2), SR)
    item = Item.from_path(bytes(path))
    audio = (item.format, item.samplerate, item.channels, item.length)

    def now(known: str = "", mtime: float = item.mtime):
        return look(File(bytes(path), known, audio, mtime))

    before = now()
    assert before.genre is None
    assert now(mtime=0).source == before.source

    tagged(path, title="another title " * 1000, genre="Drone")
    os.utime(path, (1, 1))
    assert now(before.source).source != before.source
    assert print_of(now(before.source).source) == print_of(before.source)
    assert now(before.source).genre == "Drone"
    retagged = now(before.source).source
    assert now(retagged).genre is None  # it was not opened again

    sf.write(path, sine(440, 3), SR)
    os.utime(path, (2, 2))
    assert print_of(now(retagged).source) != print_of(before.source)

    path.write_bytes(b"no sound")
    os.utime(path, (3, 3))
    assert now(retagged).source.startswith("unreadable, 8 bytes")

    path.unlink()
    assert now() is None
    path.mkdir()
    assert now() is None
    assert look(File(b"a\0b", "", audio, 0.0)) is None


def test_the_source_tells_streams_apart_by_all_that_their_headers_say(tmp_path):
    path = tmp_path / "a.flac"

    def seen():
        return look(File(bytes(path), "", (None, 0, 0, 0.0), 0.0)).source.partition(" @")[0]

    def written(y, sr):
        sf.write(path, y, sr)
        return seen()

    mono = sine(440, 2)
    found = [
        written(mono, SR),
        written(np.stack([mono, mono], axis=1), SR),
        written(sine(440, 2, 48000), 48000),
        written(sine(440, 2.1), SR),
    ]

    assert len(set(found)) == 4
    damaged = []
    for size in (10, 11):
        path.write_bytes(bytes(size))
        damaged.append(seen())
    assert damaged[0] != damaged[1]


def test_tracks_analysed_in_different_ways_are_warned_of(lib, add_item):
    storing.store_features(add_item("a.wav"), VALUES, names.version(60), "print")
    assert versions.mixture(library.read_tracks(lib).tracks) == ""

    storing.store_features(add_item("b.wav"), VALUES, names.version(0), "print")
    tracks = library.read_tracks(lib).tracks
    assert len(tracks) == 2
    assert f"1 by {names.version(0)}" in versions.mixture(tracks)
    assert "`beet mirextract --whole` mends" in versions.mixture(tracks)
    storing.store_features(add_item("b.wav"), VALUES, names.version(30), "print")
    excerpts = [
        track for track in library.read_tracks(lib).tracks if "whole" not in track.version
    ]
    assert "`beet mirextract` mends" in versions.mixture(excerpts)
