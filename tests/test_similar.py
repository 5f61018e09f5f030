"""What sounds like a track: `sounds_like:`, mirsimilar, mirradio, mirpath, told by `beet`."""

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise

import numpy as np
import pytest
from beets.library import Item, Library, parse_query_parts

from beetsplug.mir import names
from beetsplug.mir.library import sounding, storing
from beetsplug.mir.queries import alike
from tests.conftest import Beet, let_hear, noise
from tests.test_mpd import _no_environment as _no_environment
from tests.test_mpd import free_port, running

REFERENCE = 17  # of those that are made up


@contextmanager
def library(beet: Beet) -> Iterator[Library]:
    lib = Library(str(beet.root / "library.db"), str(beet.music))
    try:
        yield lib
    finally:
        lib._close()


@pytest.fixture
def row(beet: Beet, _row: Beet) -> Beet:
    """A library of sixty tracks, each a small step farther the same way, of seven artists."""
    return _row.copy(beet.root)


@pytest.fixture(scope="module")
def _row(tmp_path_factory: pytest.TempPathFactory) -> Beet:
    beet = Beet(tmp_path_factory.mktemp("row") / "beets")
    beet("ls")
    random = np.random.default_rng(5)
    way = random.normal(0, 1, len(names.VECTOR))
    with library(beet) as lib, lib.transaction():
        for n in range(1, 61):
            path = beet.music / f"{n}.wav"
            path.touch()
            item = Item(
                path=os.fsencode(path), title=f"Title {n}", artist=f"Artist {n % 7}",
                length=60.0 + 10 * n,
            )  # fmt: skip
            lib.add(item)
            values = n / 10 * way + random.normal(0, 0.02, len(way))
            values = dict(zip(names.VECTOR, values, strict=True))
            storing.store_features(item, values, names.version(60), "print")
    return beet


def change(beet: Beet, id_: int, **values: object) -> None:
    with library(beet) as lib:
        item = lib.get_item(id_)
        item.update(values)
        item.store()


def add_not_analysed(beet: Beet) -> int:
    path = beet.music / "new.wav"
    path.touch()
    with library(beet) as lib:
        item = Item(path=os.fsencode(path), title="New", artist="Somebody")
        lib.add(item)
        return item.id


def ids(beet: Beet, command: str, *args: str) -> list[int]:
    """Return the ids of the tracks that a command lists, in its order."""
    return [int(line) for line in beet(command, "-f", "$id", *args).splitlines()]


def shown(beet: Beet, form: str, command: str, *args: str) -> list[str]:
    return beet(command, "-f", form, *args).splitlines()


def field(beet: Beet, name: str, *query: str) -> dict[int, str]:
    """Return what a field is of each track, by id."""
    lines = shown(beet, f"$id\t${name}", "ls", *query)
    return {int(line.split("\t")[0]): line.split("\t")[1] for line in lines}


def refused(beet: Beet, *args: str) -> str:
    """Return the one line of a command that fails without an answer."""
    code, out, err = beet.run(*args)
    assert (code, out) == (1, "")
    (line,) = err.strip().splitlines()
    return line


def told(beet: Beet, *args: str) -> tuple[str, str]:
    """Return what a command that succeeds prints, and the one line that it tells."""
    code, out, err = beet.run(*args)
    assert code == 0
    (line,) = err.strip().splitlines()
    return out, line


def places(beet: Beet, features: str = names.CLASSIC) -> dict[int, np.ndarray]:
    with library(beet) as lib:
        around = alike.surroundings(lib, features)
    Z = around.space.Z.astype(float)
    return dict(zip(around.sounds.ids.tolist(), Z, strict=True))


def away(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(a - b))


# sounds_like:


def test_a_query_finds_what_the_command_lists(made_up: Beet):
    """By an id, by a query, with a number, with a reference of several tracks."""
    for reference, query, n in [
        ("17", ["id:17"], 25),
        (" id:17 ", ["id:17"], 25),
        ("50:17", ["id:17"], 50),
        ("1:17", ["id:17"], 1),
        ("title:'Title 1 16'", ["title:Title 1 16"], 25),
        ("5:artist:'Artist 30'", ["artist:Artist 30"], 5),
        ("7:id:1 , id:2", ["id:1..2"], 7),
        ("sounds_like:3:17", ["sounds_like:3:17"], 25),
    ]:
        found = ids(made_up, "ls", f"sounds_like:{reference}")
        assert len(found) == n
        assert set(found) == set(ids(made_up, "mirsimilar", *query, "-n", str(n)))
        assert ids(made_up, "ls", *query)
        assert not set(found) & set(ids(made_up, "ls", *query))
    assert ids(made_up, "mirsimilar", "17") == ids(made_up, "mirsimilar", "id:17")
    genres = list(field(made_up, "genres", "sounds_like:10:17").values())
    assert genres.count(field(made_up, "genres", "id:17")[17]) >= 9


def test_a_query_goes_with_others_and_the_other_way_round(made_up: Beet):
    everything, found = set(ids(made_up, "ls")), set(ids(made_up, "ls", "sounds_like:17"))
    others = set(ids(made_up, "ls", "sounds_like:1"))
    even = set(ids(made_up, "ls", "artist::[02468]$"))
    assert 0 < len(found & even) < 25

    assert set(ids(made_up, "ls", "^sounds_like:17")) == everything - found
    assert set(ids(made_up, "ls", "sounds_like:17", "artist::[02468]$")) == found & even
    assert set(ids(made_up, "ls", "sounds_like:17", ",", "sounds_like:1")) == found | others
    assert set(ids(made_up, "ls", "sounds_like:17", "^sounds_like:1")) == found - others
    # The number is counted before the other queries, not after.
    assert set(ids(made_up, "ls", "sounds_like:5:17", "^sounds_like:4:17")) == {
        ids(made_up, "mirsimilar", "17", "-n", "5")[4]
    }
    assert ids(made_up, "ls", "sounds_like:17", "id-") == sorted(found, reverse=True)


@pytest.mark.parametrize("reference", ["17", "3:17", "40:genres:Jazz year:1974"])
def test_the_database_and_each_item_give_one_answer(made_up: Beet, reference):
    expected = set(ids(made_up, "ls", f"sounds_like:{reference}"))
    with library(made_up) as lib:
        query, _ = parse_query_parts([f"sounds_like:{reference}"], Item)
        by_item = {item.id for item in lib.items() if query.match(item)}
        assert not query.match(Item(title="in no library"))
    assert expected
    assert by_item == expected


def test_a_recording_that_is_there_twice_is_left_out(made_up: Beet):
    first, second, third, *_ = ids(made_up, "mirsimilar", "17", "-n", "5")
    change(made_up, 17, mb_trackid="one", title="A Song", artist="The Band")
    change(made_up, first, mb_trackid="one")
    change(made_up, second, title="A song (Live)", artist="The Band feat. A Guest")
    change(made_up, third, title="A Song", artist="Another Band")

    found = ids(made_up, "mirsimilar", "17", "-n", "5")

    assert found[0] == third
    assert not {17, first, second} & set(found)
    assert set(ids(made_up, "ls", "sounds_like:5:17")) == set(found)

    # And of two that are one recording, only the nearer is among the answers.
    fourth, fifth = found[1:3]
    change(made_up, fifth, mb_trackid="two")
    change(made_up, fourth, mb_trackid="two")
    assert fifth not in ids(made_up, "mirsimilar", "17", "-n", "5")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("9999", "no track matches '9999'"),
        ("99999999999999999999", "too large"),
        ("artist:Nobody", "no track matches 'artist:Nobody'"),
        ("3:artist:Nobody", "no track matches 'artist:Nobody'"),
        ("artist:'Art", '"artist:\'Art": No closing quotation'),
        ("year::(", "is not a regular expression"),
        ("sounds:piano", "the network knows no 'piano'"),
    ],
)
def test_a_reference_that_is_not_there_is_a_line_and_no_tracks(made_up: Beet, pattern, reason):
    out, line = told(made_up, "ls", f"sounds_like:{pattern}")

    assert out == ""
    assert line.startswith("mir: sounds_like: ")
    assert reason in line
    assert len(ids(made_up, "ls", f"^sounds_like:{pattern}")) == 200


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("0:17", "how many has to be from 1 to 20000"),
        ("20001:17", "how many has to be from 1 to 20000"),
        ("", "it is empty"),
        (" ", "it is empty"),
        ("5:", "it is empty"),
    ],
)
def test_a_query_that_asks_for_nothing_is_refused(made_up: Beet, pattern, reason):
    line = refused(made_up, "ls", f"sounds_like:{pattern}")

    assert line.startswith("invalid query: ")
    assert line.endswith(reason)


def test_more_than_there_are_is_all(made_up: Beet):
    assert len(ids(made_up, "ls", "sounds_like:20000:17")) == 199


def test_the_network_is_taken_where_it_has_heard_nine_in_ten(made_up: Beet):
    let_hear(made_up, 179)
    classic = ids(made_up, "mirsimilar", "17", "-F", "classic")
    assert ids(made_up, "mirsimilar", "17") == classic
    assert set(ids(made_up, "ls", "sounds_like:17")) == set(classic)

    let_hear(made_up, 180)
    network = ids(made_up, "mirsimilar", "17", "-F", "network")
    assert network != classic
    assert ids(made_up, "mirsimilar", "17") == network
    assert set(ids(made_up, "ls", "sounds_like:17")) == set(network)
    assert max(ids(made_up, "mirsimilar", "17", "-n", "200")) == 180
    assert refused(made_up, "mirsimilar", "190") == (
        "error: none of the tracks that match '190' was heard by the network:"
        " run `beet mirextract`"
    )

    made_up.configure("mir: {features: classic}\n")
    assert ids(made_up, "mirsimilar", "17") == classic
    assert set(ids(made_up, "ls", "sounds_like:17")) == set(classic)
    assert ids(made_up, "mirsimilar", "17", "-F", "network") == network

    made_up.configure("mir: {features: best}\n")
    assert "mir.features" in refused(made_up, "mirsimilar", "17")
    assert "mir.features" in refused(made_up, "ls", "sounds_like:17")


def test_a_library_without_analysed_tracks(small: Beet):
    nothing = "no track is analysed yet: run `beet mirextract` first"

    assert told(small, "ls", "sounds_like:1") == ("", f"mir: sounds_like: {nothing}")
    for command in (["mirsimilar", "1"], ["mirradio", "1"], ["mirpath", "1", "2"]):
        assert refused(small, *command) == f"error: {nothing}"
        assert refused(small, *command, "-F", "network") == (
            "error: no track is heard by the network yet: run `beet mirextract` first"
        )


def test_a_track_that_is_not_analysed(made_up: Beet):
    new = add_not_analysed(made_up)
    reason = f"none of the tracks that match '{new}' is analysed: run `beet mirextract`"

    assert told(made_up, "ls", f"sounds_like:{new}") == ("", f"mir: sounds_like: {reason}")
    for command in (["mirsimilar"], ["mirradio"], ["mirpath", "1"]):
        assert refused(made_up, *command, str(new)) == f"error: {reason}"
    assert "no analysed track matches" in refused(
        made_up, "mirsimilar", "1", "--within", f"id:{new}"
    )
    # With another it is said, and the other counts.
    out, line = told(made_up, "mirsimilar", f"id:{new}", ",", "id:17", "-f", "$id")
    assert line == "mir: 1 of the 2 reference tracks are not analysed"
    assert out == made_up("mirsimilar", "17", "-f", "$id")


# beets' own commands and plugins


def listed(path) -> set[str]:
    return set(path.read_text().split("\n")) - {""}


def test_a_smart_playlist(made_up: Beet):
    folder = made_up.root / "smart"
    made_up.configure(
        "plugins: mir smartplaylist\n"
        f"smartplaylist: {{playlist_dir: {folder}, relative_to: {made_up.music}, playlists: ["
        '{name: alike.m3u, query: "sounds_like:\'50:artist:\\"Artist 3\\" year:1972\'"},'
        " {name: gone.m3u, query: 'sounds_like:9999'},"
        " {name: both.m3u, query: 'sounds_like:17 artist::[02468]$'}]}\n"
    )
    found = shown(made_up, "$path", "ls", "sounds_like:50:artist:'Artist 3' year:1972")
    assert len(found) == 50
    expected = {os.path.basename(path) for path in found}

    code, _, err = made_up.run("splupdate")

    assert code == 0
    assert listed(folder / "alike.m3u") == expected
    assert not (folder / "gone.m3u").exists()  # smartplaylist makes no empty ones
    assert listed(folder / "both.m3u") == {
        os.path.basename(path)
        for path in shown(made_up, "$path", "ls", "sounds_like:17", "artist::[02468]$")
    }
    assert err.count("sounds_like: no track matches '9999'") == 1
    assert "Traceback" not in err


def test_what_is_stored_after_an_item_was_asked_counts(made_up: Beet):
    """As smartplaylist has it: it asks each item that is stored, and in the end for all."""
    expected = set(ids(made_up, "ls", "sounds_like:3:17"))
    new = add_not_analysed(made_up)
    with library(made_up) as lib:
        query, _ = parse_query_parts(["sounds_like:3:17"], Item)
        like = next(iter(query.subqueries))
        like.library = lib
        assert {item.id for item in lib.items(query)} == expected
        item, reference = lib.get_item(new), lib.get_item(17)
        assert not query.match(item)
        values = reference["mir_vector"]
        item.update({"mir_vector": values, "mir_version": reference["mir_version"]})
        item.length = 100.0
        item.store()
        assert new in {item.id for item in lib.items(query)}


def test_beets_own_commands_take_the_query(made_up: Beet):
    found = set(ids(made_up, "ls", "sounds_like:17"))

    made_up("modify", "-y", "sounds_like:17", "mood=calm")
    assert set(ids(made_up, "ls", "mood:calm")) == found

    made_up.configure("plugins: mir random export\n")
    some = ids(made_up, "random", "-n", "5", "sounds_like:17")
    assert len(set(some)) == 5
    assert set(some) <= found
    exported = json.loads(made_up("export", "-l", "-i", "id", "sounds_like:17"))
    assert {int(track["id"]) for track in exported} == found


# mirsimilar


def test_the_nearest_come_first(row: Beet):
    lines = shown(row, "$id $mir_distance", "mirsimilar", "30", "-n", "12")
    found = [int(line.split()[0]) for line in lines]
    distances = [float(line.split()[1]) for line in lines]

    assert len(lines) == 12
    assert set(found[:3]) == {28, 29, 31}
    assert set(found) <= set(range(20, 41)) - {30}
    assert distances == sorted(distances)
    assert all(re.fullmatch(r"\d+ \d+\.\d{3}", line) for line in lines)
    assert 0 < distances[0] < 1 < distances[-1]
    # The same for any number: the list only goes on.
    assert ids(row, "mirsimilar", "30", "-n", "5") == found[:5]
    assert len(ids(row, "mirsimilar", "30")) == 25


def test_distances_are_shown_and_never_stored(made_up: Beet):
    made_up("mirsimilar", "17", "--why", "-f", "$mir_distance")
    made_up("modify", "-y", "sounds_like:17", "mood=calm")

    assert made_up("ls", "mir_distance:..") == ""
    with closing(sqlite3.connect(made_up.root / "library.db")) as db:
        keys = {key for (key,) in db.execute("SELECT DISTINCT key FROM item_attributes")}
    assert "mood" in keys
    assert "mir_distance" not in keys


def test_several_tracks_are_what_they_are_together(row: Beet):
    """Between the two, and neither of them."""
    found = ids(row, "mirsimilar", "id:20", ",", "id:40", "-n", "5")

    assert all(25 <= id_ <= 35 for id_ in found)


def test_only_those_that_match_are_taken(made_up: Beet):
    found = ids(made_up, "mirsimilar", "17", "-n", "12", "--within", "genres:Jazz year:1974")

    assert len(found) == 12
    assert set(field(made_up, "genres", "id:17").values()) != {"Jazz"}
    genres = field(made_up, "genres")
    assert {genres[id_] for id_ in found} == {"Jazz"}
    order = ids(made_up, "mirsimilar", "17", "-n", "199")
    assert found == [id_ for id_ in order if genres[id_] == "Jazz"][:12]
    assert refused(made_up, "mirsimilar", "17", "--within", "artist:Nobody") == (
        "error: --within 'artist:Nobody': no analysed track matches"
    )


def test_nothing_is_nearer_to_what_is_not_wanted(made_up: Beet):
    genres = field(made_up, "genres")
    metal = next(id_ for id_, genre in genres.items() if genre == "Metal")
    jazz = next(id_ for id_, genre in genres.items() if genre == "Jazz")
    both = ("mirsimilar", f"id:{metal}", ",", f"id:{jazz}", "-n", "30")
    assert "Metal" in {genres[id_] for id_ in ids(made_up, *both)}

    found = ids(made_up, *both, "--unlike", f"genres:Metal id:{metal}")

    Z = places(made_up)
    middle = (Z[metal] + Z[jazz]) / 2
    assert len(found) == 30
    for id_ in found:
        assert away(Z[id_], middle) < away(Z[id_], Z[metal])
    # And it is away from there, not only on this side.
    on_this_side = [id_ for id_ in Z if away(Z[id_], middle) < away(Z[id_], Z[metal])]
    among = " , ".join(f"id:{id_}" for id_ in on_this_side)
    near = ids(made_up, *both, "--within", among)
    assert np.mean([away(Z[id_], Z[metal]) for id_ in found]) > 1.02 * np.mean(
        [away(Z[id_], Z[metal]) for id_ in near]
    )

    assert refused(made_up, "mirsimilar", "17", "--unlike", "id:17") == (
        "error: --unlike: that is the reference itself"
    )
    assert refused(made_up, "mirsimilar", "17", "--unlike", "9999") == (
        "error: no track matches '9999'"
    )


def test_no_artist_that_was_asked_for(row: Beet):
    artists = field(row, "artist")
    query = ("mirsimilar", "id:30..31", "-n", "60")
    asked = {artists[30], artists[31]}
    assert asked & {artists[id_] for id_ in ids(row, *query)}

    found = ids(row, *query, "--other-artists")

    assert found == [id_ for id_ in ids(row, *query) if artists[id_] not in asked]
    # Tracks without an artist are by nobody, not by the same one.
    for id_ in (30, 29):
        change(row, id_, artist="")
    assert 29 in ids(row, "mirsimilar", "30", "-n", "3", "--other-artists")


def test_every_track_has_a_line_of_reasons(row: Beet):
    lines = row("mirsimilar", "60", "-n", "4", "--why", "-f", "track $id").splitlines()

    assert lines[::2] == [f"track {id_}" for id_ in ids(row, "mirsimilar", "60", "-n", "4")]
    assert all(
        re.fullmatch(r"    both \w+, \w+, \w+(; more \w+)?", line) for line in lines[1::2]
    )
    (_, reason) = row("mirsimilar", "60", "--within", "id:1", "--why", "-f", "$id").splitlines()
    assert re.fullmatch(r"    alike in nothing that stands out; more \w+", reason)


@pytest.mark.usefixtures("musicnn")
def test_reasons_have_the_tags_that_the_network_hears(made_up: Beet):
    let_hear(made_up, 200)

    reasons = made_up("mirsimilar", "17", "--why", "-n", "5").splitlines()[1::2]

    tag = rf"({'|'.join(map(re.escape, names.TAGS))})"
    assert len(reasons) == 5
    assert any(re.match(rf"    both {tag}\b", reason) for reason in reasons)


def test_tracks_are_shown_as_the_user_wants(made_up: Beet):
    found = ids(made_up, "mirsimilar", "17", "-n", "3")
    paths, titles = field(made_up, "path"), field(made_up, "title")

    assert made_up("mirsimilar", "17", "-n", "3", "-p").splitlines() == [
        paths[id_] for id_ in found
    ]
    made_up.configure("format_item: 'the $title'\n")
    assert made_up("mirsimilar", "17", "-n", "3").splitlines() == [
        f"the {titles[id_]}" for id_ in found
    ]


def test_fewer_than_asked_for_are_said(row: Beet):
    out, line = told(row, "mirsimilar", "30", "--within", "id:28..32", "-f", "$id")

    assert set(out.split()) == {"28", "29", "31", "32"}
    assert line == "mir: there are only 4 others"
    assert refused(row, "mirsimilar", "30", "--within", "id:30") == (
        "error: no other track is left to compare the reference with"
    )


# playlists


def entries(beet: Beet, found: list[int]) -> str:
    paths = field(beet, "path")
    return "".join(f"{os.path.basename(paths[id_])}\n" for id_ in found)


@pytest.mark.parametrize(
    "command", [("mirsimilar", "17"), ("mirradio", "17"), ("mirpath", "17", "18")]
)
def test_a_list_becomes_a_playlist(made_up: Beet, command):
    path = made_up.root / "a list.M3U"
    found = ids(made_up, *command, "-n", "9", "--m3u", str(path))

    assert len(found) == 9
    assert path.read_text() == entries(made_up, found)
    assert [other.name for other in made_up.root.glob("*") if ".new" in other.name] == []


def test_entries_are_relative_to_where_the_player_starts(made_up: Beet, monkeypatch):
    path = made_up.root / "list.m3u"
    made_up.configure(f"mir: {{relative_to: {made_up.root}}}\n")
    found = ids(made_up, "mirsimilar", "17", "-n", "3", "--m3u", "list.m3u")  # of this folder

    assert path.read_text() == "".join(
        f"music/{line}\n" for line in entries(made_up, found).splitlines()
    )

    monkeypatch.setenv("HOME", str(made_up.root))
    made_up.configure(
        f"mir: {{relative_to: {made_up.playlists}, playlist_outside: absolute}}\n"
    )
    made_up("mirsimilar", "17", "-n", "3", "--m3u", "~/list.m3u")
    assert path.read_text() == "".join(
        f"{made_up.music}/{line}\n" for line in entries(made_up, found).splitlines()
    )


def test_a_playlist_without_an_entry_is_not_written(made_up: Beet):
    path = made_up.root / "list.m3u"
    path.write_text("before\n")
    made_up.configure(f"mir: {{relative_to: {made_up.playlists}}}\n")

    code, _, err = made_up.run("mirsimilar", "17", "-n", "3", "--m3u", str(path))

    assert code == 1
    assert "3 tracks outside" in err
    assert "nothing is written" in err.strip().splitlines()[-1]
    assert path.read_text() == "before\n"


def test_a_file_that_is_gone_is_no_entry(made_up: Beet):
    path = made_up.root / "list.m3u"
    found = ids(made_up, "mirsimilar", "17", "-n", "3")
    gone = made_up.music / entries(made_up, found[:1]).strip()
    gone.unlink()

    code, out, err = made_up.run("mirsimilar", "17", "-n", "3", "--m3u", str(path), "-f", "$id")

    assert code == 0
    assert [int(id_) for id_ in out.split()] == found
    assert f"1 files are gone and left out of the playlists, such as {gone}" in err
    assert path.read_text() == entries(made_up, found[1:])


def test_a_playlist_that_cannot_be_written_is_a_line(made_up: Beet, monkeypatch):
    found = shown(made_up, "$id", "mirsimilar", "17", "-n", "3")
    (made_up.root / "folder.m3u").mkdir()
    for name, why in [
        ("none/list.m3u", "No such file or directory"),
        ("config.yaml/list.m3u", "Not a directory"),
        ("folder.m3u", "Is a directory"),
        (f"{300 * 'x'}.m3u", "File name too long"),
    ]:
        path = made_up.root / name
        code, out, err = made_up.run(
            "mirsimilar", "17", "-n", "3", "-f", "$id", "--m3u", str(path)
        )
        assert (code, out.splitlines()) == (1, found)
        assert err.strip() == f"error: cannot write {path}: {why}"

    path = made_up.root / "list.m3u"
    path.write_text("before\n")

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, _, err = made_up.run("mirsimilar", "17", "--m3u", str(path))
    assert (code, err.strip()) == (1, f"error: cannot write {path}: No space left on device")
    assert path.read_text() == "before\n"
    assert [other.name for other in made_up.root.iterdir() if ".new" in other.name] == []


@pytest.mark.parametrize("command", [["mirsimilar"], ["mirradio"], ["mirpath", "1"]])
def test_a_name_that_can_be_no_playlist_is_told_before_the_work(made_up: Beet, command):
    assert refused(made_up, *command, "17", "--m3u", "list.txt") == (
        "error: --m3u list.txt: a playlist's name ends in .m3u"
    )
    code, _, err = made_up.run(*command, "17", "--m3u", "~no such user/list.m3u")
    assert code == 1
    assert err.strip() == (
        "error: cannot write ~no such user/list.m3u: No such file or directory"
    )


# mirradio


def spaces(beet: Beet, found: list[int]) -> list[int]:
    """Return how many others stand between each two tracks of one artist in a row."""
    artists = field(beet, "artist")
    by = [artists[id_] for id_ in found]
    last: dict[str, int] = {}
    gaps = []
    for place, artist in enumerate(by):
        if artist in last:
            gaps.append(place - last[artist] - 1)
        last[artist] = place
    return gaps


def test_the_radio_begins_at_the_track_and_plays_nothing_twice(made_up: Beet):
    found = ids(made_up, "mirradio", "17")

    assert found[0] == 17
    assert len(found) == len(set(found)) == 50
    assert len(ids(made_up, "mirradio", "17", "-n", "3")) == 3
    assert ids(made_up, "mirradio", "17", "-n", "1") == [17]
    genres = field(made_up, "genres")
    near = [genres[id_] for id_ in ids(made_up, "mirradio", "17", "-n", "20")]
    assert near.count(genres[17]) >= 15

    first, *others = ids(made_up, "mirradio", "id:17..19", "-n", "20")
    assert first in {17, 18, 19}
    assert len(set(others)) == 19


def test_several_tracks_begin_with_that_in_their_middle(row: Beet):
    assert 27 <= ids(row, "mirradio", "id:20..40", "-n", "5")[0] <= 33
    assert 12 <= ids(row, "mirpath", "id:10..20", "60", "-n", "5")[0] <= 18


def test_a_number_is_a_list_and_another_number_another_list(made_up: Beet):
    def radio(*options: str) -> list[int]:
        return ids(made_up, "mirradio", "17", "-n", "20", *options)

    assert radio() == radio("--random-state", "0")
    assert radio("--random-state", "7") == radio("--random-state", "7")
    lists = [radio("--random-state", str(number)) for number in range(5)]
    assert len({tuple(found) for found in lists}) == 5
    assert {found[0] for found in lists} == {17}
    made_up.configure("mir: {random_state: 3}\n")
    assert radio() == lists[3]


def test_the_radio_lasts_as_long_as_is_asked_for(row: Beet):
    for hours in (0.05, 0.5, 2):
        found = shown(row, "$id", "mirradio", "30", "--hours", str(hours))
        seconds = [60 + 10 * int(id_) for id_ in found]
        assert sum(seconds) >= 3600 * hours
        # The one too many may stand anywhere, now that they are in order.
        assert sum(seconds) - max(seconds) < 3600 * hours
    assert len(shown(row, "$id", "mirradio", "30", "--hours", "0.05")) == 1


def test_the_radio_ends_where_there_are_no_more_tracks(row: Beet):
    out, line = told(row, "mirradio", "30", "-f", "$id", "-n", "100")
    assert sorted(map(int, out.split())) == list(range(1, 61))
    assert line == "mir: there are no more tracks than 60"

    out, line = told(row, "mirradio", "30", "-f", "$id", "--within", "id:1..3")
    assert out.split()[0] == "30"
    assert sorted(map(int, out.split())) == [1, 2, 3, 30]
    assert line == "mir: there are no more tracks than 4"

    out, line = told(row, "mirradio", "1", "-f", "$id", "--hours", "1", "--within", "id:2..5")
    assert sorted(map(int, out.split())) == [1, 2, 3, 4, 5]
    assert line == "mir: there are no more tracks: 5 last 0.1 hours"


def test_only_those_that_match_are_played(made_up: Beet):
    first, *others = ids(made_up, "mirradio", "17", "--within", "genres:Folk", "-n", "20")

    genres = field(made_up, "genres")
    assert (first, genres[first]) == (17, genres[17])
    assert genres[17] != "Folk"
    assert {genres[id_] for id_ in others} == {"Folk"}
    assert len(set(others)) == 19


def test_the_radio_keeps_artists_apart(row: Beet):
    """Of seven artists six others can stand between, and no more."""
    assert min(spaces(row, ids(row, "mirradio", "30", "-n", "20"))) >= 5
    for spacing in (1, 3):
        apart = spaces(row, ids(row, "mirradio", "30", "-n", "30", "--spacing", str(spacing)))
        assert min(apart) >= spacing
    close = ids(row, "mirradio", "30", "-n", "40", "--spacing", "0")
    assert min(spaces(row, close)) < 5
    row.configure("mir: {spacing: 0}\n")
    assert ids(row, "mirradio", "30", "-n", "40") == close
    assert len(ids(row, "mirradio", "30", "-n", "20", "--spacing", "1000")) == 20


def test_the_radio_stays_near_or_wanders_off(row: Beet):
    def how_far(drift: str) -> float:
        options = ["-n", "15", "--spacing", "0", "--drift", drift, "--random-state"]
        lists = [ids(row, "mirradio", "30", *options, str(n)) for n in range(8)]
        return float(np.mean([abs(id_ - 30) for found in lists for id_ in found]))

    assert how_far("0") < 8
    assert how_far("1") > how_far("0") + 1
    near = ids(row, "mirradio", "30", "--drift", "0")
    assert near != ids(row, "mirradio", "30")
    assert ids(row, "mirradio", "30", "--drift", "0.3") == ids(row, "mirradio", "30")
    row.configure("mir: {drift: 0}\n")
    assert ids(row, "mirradio", "30") == near


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--drift", "1.1"], "configuration error: mir.drift: must be at most 1, not 1.1"),
        (["--drift", "-0.1"], "configuration error: mir.drift: must be at least 0, not -0.1"),
        (["--drift", "nan"], "configuration error: mir.drift: must be at least 0, not nan"),
        (["--spacing", "-1"], "configuration error: mir.spacing: must be at least 0, not -1"),
        (
            ["--random-state", "-1"],
            "configuration error: mir.random_state: must be at least 0, not -1",
        ),
        (["-n", "0"], "error: -n has to be at least 1"),
        (["-n", "2", "--hours", "1"], "error: -n and --hours both say how long the list is"),
        (["--hours", "0"], "error: --hours has to be more than 0"),
        (["--hours", "nan"], "error: --hours has to be more than 0"),
        (["--hours", "inf"], "error: --hours has to be more than 0"),
        (["--within", "artist:Nobody"], "error: --within 'artist:Nobody': no analysed track"),
    ],
)
def test_a_wrong_option_of_the_radio_is_a_line(made_up: Beet, options, reason):
    assert refused(made_up, "mirradio", "17", *options).startswith(reason)


def test_a_wrong_setting_is_a_line(made_up: Beet):
    for setting in ("drift: far", "spacing: 1.5", "random_state: x", "features: best"):
        made_up.configure(f"mir: {{{setting}}}\n")
        name = setting.split(":")[0]
        assert f"mir.{name}: " in refused(made_up, "mirradio", "17")


# MPD


@pytest.mark.usefixtures("_no_environment")
def test_the_radio_and_a_path_go_to_the_end_of_mpds_queue(row: Beet):
    import soundfile as sf

    sf.write(row.root / "sound.wav", noise(0.1), 44100)
    for path in row.music.iterdir():
        path.unlink()
        os.link(row.root / "sound.wav", path)
    with running(row.root) as mpc:
        row.configure(f"mpd: {{host: {row.root}/socket}}\n")
        mpc("--wait", "update")
        mpc("add", "1.wav")

        def queue() -> list[str]:
            return mpc("--format", "%file%", "playlist").splitlines()

        out, line = told(row, "mirradio", "30", "-n", "10", "--mpd", "-f", "$id")
        expected = ["1.wav", *(f"{id_}.wav" for id_ in out.split())]
        assert line == "mir: 10 tracks are at the end of MPD's queue"
        assert queue() == expected

        out, line = told(row, "mirpath", "1", "60", "-n", "7", "--mpd", "-f", "$id")
        expected += [f"{id_}.wav" for id_ in out.split()]
        assert queue() == expected
        assert len(expected) == 18

        # What it does not know is told, and the rest is there.
        (row.music / "30.wav").rename(row.music / "moved.wav")
        mpc("--wait", "update")
        (row.music / "moved.wav").rename(row.music / "30.wav")
        code, out, err = row.run("mirradio", "30", "-n", "3", "--mpd", "-f", "$id")
        assert code == 0
        assert f"MPD does not know 1 of 3 tracks, such as 30.wav: is {row.music} its" in err
        assert "2 tracks are at the end of MPD's queue" in err
        expected += [f"{id_}.wav" for id_ in out.split()]
        assert queue() == [name for name in expected if name != "30.wav"]


@pytest.mark.usefixtures("_no_environment")
@pytest.mark.parametrize("command", [["mirradio", "17"], ["mirpath", "17", "18"]])
def test_without_an_mpd_there_is_a_line(made_up: Beet, command):
    port = free_port()
    made_up.configure(f"mpd: {{host: 127.0.0.1, port: {port}}}\n")
    path = made_up.root / "list.m3u"

    code, out, err = made_up.run(*command, "-n", "3", "--mpd", "--m3u", str(path), "-f", "$id")

    assert code == 1
    assert path.read_text() == entries(made_up, [int(id_) for id_ in out.split()])
    errors = [line for line in err.strip().splitlines() if line.startswith("error: ")]
    assert errors == [
        f"error: no MPD answers at 127.0.0.1:{port} (Connection refused): does it run?"
        " mpd.host and mpd.port say where it is"
    ]
    made_up.configure("mpd: {port: 0}\n")
    assert refused(made_up, *command, "--mpd") == (
        "configuration error: mpd.port: must be at least 1, not 0"
    )


# mirpath


def test_a_path_goes_from_one_track_to_another_in_even_steps(row: Beet):
    found = ids(row, "mirpath", "1", "60", "-n", "7")

    assert len(found) == 7
    assert (found[0], found[-1]) == (1, 60)
    assert found == sorted(set(found))
    assert all(7 <= b - a <= 13 for a, b in pairwise(found))
    assert ids(row, "mirpath", "60", "1", "-n", "7")[::6] == [60, 1]
    assert len(ids(row, "mirpath", "title:'Title 1' id:1", "id:60")) == 20
    assert ids(row, "mirpath", "1", "60", "-n", "2") == [1, 60]


def test_nothing_on_a_path_is_farther_than_its_ends(made_up: Beet):
    found = ids(made_up, "mirpath", "17", "18", "-n", "12")

    Z = places(made_up)
    assert (found[0], found[-1]) == (17, 18)
    assert len(found) == len(set(found)) == 12
    for id_ in found[1:-1]:
        assert max(away(Z[id_], Z[17]), away(Z[id_], Z[18])) < away(Z[17], Z[18])


def test_a_path_leads_through_others_in_their_order(row: Beet):
    through = ["--through", "50", "--through", "title:'Title 40' id:40"]
    found = ids(row, "mirpath", "1", "20", "-n", "14", *through)

    stops = [found.index(id_) for id_ in (1, 50, 40, 20)]
    assert stops == sorted(stops)
    assert (stops[0], stops[-1]) == (0, 13)
    assert len(found) == len(set(found)) == 14
    assert found[: stops[1]] == sorted(found[: stops[1]])
    assert found[stops[1] :] == sorted(found[stops[1] :], reverse=True)
    assert ids(row, "mirpath", "1", "20", "-n", "4", *through) == [1, 50, 40, 20]
    assert refused(row, "mirpath", "1", "20", "-n", "3", *through) == (
        "error: -n has to be at least 4"
    )


def test_a_path_keeps_artists_apart_where_it_can(row: Beet):
    """Steps of seven would be by one artist all the way."""
    found = ids(row, "mirpath", "1", "60", "-n", "9", "--spacing", "3")
    assert min(spaces(row, found)) >= 3
    for id_ in range(2, 60):
        change(row, id_, artist="The Same")
    assert len(ids(row, "mirpath", "1", "60", "-n", "9")) == 9


def test_a_path_has_no_recording_twice(row: Beet):
    for id_ in range(1, 61):
        change(row, id_, mb_trackid=f"recording {(id_ + 1) // 2}")

    found = ids(row, "mirpath", "1", "60", "-n", "25")

    assert len({(id_ + 1) // 2 for id_ in found}) == len(found)


def test_a_path_only_over_those_that_match(row: Beet):
    within = ["--within", "artist:'Artist 2' , artist:'Artist 5'", "--spacing", "0"]
    first, *between, last = ids(row, "mirpath", "1", "60", "-n", "6", *within)

    assert (first, last) == (1, 60)
    assert len(between) == 4
    assert {id_ % 7 for id_ in between} <= {2, 5}


def test_a_path_can_be_too_short(row: Beet):
    assert told(row, "mirpath", "1", "2", "-f", "$id") == (
        "1\n2\n",
        "mir: nothing lies between: these tracks are too near each other",
    )
    out, line = told(row, "mirpath", "1", "20", "-n", "40", "-f", "$id")
    found = [int(id_) for id_ in out.split()]
    assert line == f"mir: too little lies between for 40 tracks: {len(found)} are there"
    assert 15 < len(found) == len(set(found)) < 25
    assert (found[0], found[-1]) == (1, 20)


def test_a_path_needs_two_tracks(row: Beet):
    change(row, 2, mb_trackid="one")
    change(row, 40, mb_trackid="one")
    for args in ([], ["1"], ["1", "2", "3"]):
        assert refused(row, "mirpath", *args) == (
            "error: say from where to where: two ids, or queries in quotes"
        )
    for one, other in (("1", "1"), ("1", "id:1"), ("2", "40")):
        assert refused(row, "mirpath", one, other) == (
            f"error: {one!r} and {other!r} are the same recording"
        )
    assert refused(row, "mirpath", "1", "60", "--through", "60") == (
        "error: '60' and '60' are the same recording"
    )
    assert refused(row, "mirpath", "1", "60", "-n", "1") == "error: -n has to be at least 2"


# what all have in common


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["mirsimilar"], "error: say which track: an id, or any query"),
        (["mirradio"], "error: say which track: an id, or any query"),
        (["mirpath", "1", ""], "error: say which track: an id, or any query"),
        (["mirsimilar", "9999"], "error: no track matches '9999'"),
        (["mirradio", "artist:No", "body"], "error: no track matches 'artist:No body'"),
        (["mirpath", "1", "9999"], "error: no track matches '9999'"),
        (["mirpath", "1", "2", "--through", "9999"], "error: no track matches '9999'"),
        (["mirsimilar", 30 * "9"], f"invalid query: 'id:{30 * '9'}': Python int too large"),
        (["mirsimilar", "1", "--within", f"year:{30 * '9'}"], "invalid query: 'year:9999"),
        (["mirsimilar", "1", "-n", "0"], "error: -n has to be at least 1"),
        (["mirsimilar", "1", "-F", "best"], "configuration error: mir.features: must be one"),
        (["mirsimilar", "1", "--within", "a 'b"], 'error: --within "a \'b": No closing quot'),
        (["mirradio", "1", "--within", "a 'b"], 'error: --within "a \'b": No closing quot'),
        (["mirsimilar", "1", "--unlike", "a 'b"], 'error: --unlike "a \'b": No closing quot'),
        (["mirpath", "1", "artist:'b"], 'error: path "artist:\'b": No closing quotation'),
        (["mirsimilar", "year::("], "invalid query: 'year::(': '(' is not a regular expr"),
        (["mirradio", "1", "--within", "year::("], "invalid query: 'year::(': '(' is not a"),
        (["mirpath", "1", "year::("], "invalid query: 'year::(': '(' is not a regular"),
        (["mirsimilar", "sounds_like:0:1"], "invalid query: 'sounds_like:0:1': '0:1' is not"),
    ],
)
def test_every_error_is_a_line(made_up: Beet, args, reason):
    assert refused(made_up, *args).startswith(reason)


def test_in_a_process_of_its_own(made_up: Beet):
    """As a user has it, with exit codes and streams."""
    code, out, err = made_up.process("mirradio", "9999")
    assert (code, out, err.strip()) == (1, "", "error: no track matches '9999'")


def test_commands_ask_by_the_query_too(made_up: Beet):
    near = set(ids(made_up, "ls", "sounds_like:40:17"))

    assert set(ids(made_up, "mirsimilar", "1", "--within", "sounds_like:40:17")) <= near
    assert set(ids(made_up, "mirradio", "17", "-n", "20", "--within", "sounds_like:40:17")) <= {
        17,
        *near,
    }


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "say which track"),
        ("  ", "say which track"),
        ("\udcff", "surrogates not allowed"),
    ],
)
def test_what_says_nothing_is_no_reference(made_up: Beet, query, reason):
    for command in (["mirsimilar"], ["mirradio"], ["mirpath", "17"]):
        assert reason in refused(made_up, *command, query)


def test_a_damaged_library_is_a_line_in_a_query_too(made_up: Beet, monkeypatch):
    def read(lib, features):
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(sounding, "read_sounds", read)

    assert refused(made_up, "ls", "sounds_like:17") == (
        "error: sounds_like: database disk image is malformed"
    )
