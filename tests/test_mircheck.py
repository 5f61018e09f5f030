"""`beet mircheck`: genres that sound wrong, missing ones, copies, and what is changed."""

import io
import os
import signal
import sqlite3
import sys
from pathlib import Path

import mediafile
import numpy as np
import pytest
import soundfile as sf
from beets.dbcore.db import Transaction
from beets.library import Item

from beetsplug.mir import names
from beetsplug.mir.commands.check import modifying
from beetsplug.mir.library import storing
from beetsplug.mir.library.values import heard_of
from tests import sounds
from tests.beet import SR
from tests.conftest import Beet, clicks, noise, sine
from tests.test_similar import change, field, library, refused, told

PLANTED = 5  # a track of the made-up library that gets a genre of another
MISSING = (6, 7, 8, 9)  # some that lose theirs


@pytest.fixture(scope="module")
def _odd(tmp_path_factory: pytest.TempPathFactory, _two_hundred_tracks: Beet) -> Beet:
    beet = _two_hundred_tracks.copy(tmp_path_factory.mktemp("odd") / "beets")
    with library(beet) as lib, lib.transaction():
        for id_ in (PLANTED, *MISSING):
            item = lib.get_item(id_)
            item.genres = ["Zydeco"] * (id_ == PLANTED)
            item.store()
    return beet


@pytest.fixture
def odd(beet: Beet, _odd: Beet) -> Beet:
    """A library with a genre that sounds wrong, and four tracks without one."""
    return _odd.copy(beet.root)


@pytest.fixture(scope="module")
def known(_two_hundred_tracks: Beet) -> dict[int, str]:
    """The genres that its tracks had."""
    return genres(_two_hundred_tracks)


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


def genres(beet: Beet) -> dict[int, str]:
    return field(beet, "genres")


def parts(out: str) -> dict[str, list[str]]:
    """Return the lines under each heading."""
    found: dict[str, list[str]] = {}
    for line in out.splitlines():
        if not line.startswith(" "):
            found[line] = []
        else:
            found[[*found][-1]].append(line.strip())
    return found


def suggested(beet: Beet, *args: str) -> dict[int, str]:
    """Return the genre that is suggested for each track, by id."""
    lines = beet("mircheck", "--missing", "-f", "$id", *args).splitlines()[1:]
    return {int(line.split(":")[0]): line.split(": ")[1].split(" (")[0] for line in lines}


def named(beet: Beet, *args: str) -> list[int]:
    """Return the ids of the tracks whose genre sounds wrong."""
    lines = beet("mircheck", "--genres", "-f", "$id", *args).splitlines()[1:]
    return [int(line.split(":")[0]) for line in lines]


# what is said


def test_a_wrong_genre_is_named_and_missing_ones_are_suggested(known, odd: Beet):
    found = parts(odd("mircheck", "-f", "<$id>"))

    (wrong,) = found["Genres that sound wrong: 1 of 196"]
    assert wrong.startswith(f"<{PLANTED}>: Zydeco; ")
    assert f"10 of 10 neighbours of other artists are {known[PLANTED]}, such as <" in wrong
    assert wrong.endswith(" (0.99)")
    lines = found["Genres for tracks without one: 4 of 4"]
    assert sorted(lines) == [f"<{id_}>: {known[id_]} (0.99)" for id_ in MISSING]
    assert found["Recordings that are there more than once: 0"] == []
    example = int(wrong.split("such as <")[1].split(">")[0])
    assert known[example] == known[PLANTED]
    assert field(odd, "artist")[example] != field(odd, "artist")[PLANTED]


def test_without_a_format_tracks_are_called_as_ever_or_by_their_path(odd: Beet):
    change(odd, MISSING[0], title="")
    lines = odd("mircheck", "--missing").splitlines()[1:]

    shown = {line.split(":")[0].strip() for line in lines}
    assert odd("ls", f"id:{MISSING[1]}").strip() in shown
    assert odd("ls", "-p", f"id:{MISSING[0]}").strip() in shown


def test_parts_can_be_asked_for(odd: Beet):
    assert [*parts(odd("mircheck", "--genres"))] == ["Genres that sound wrong: 1 of 196"]
    assert [*parts(odd("mircheck", "--missing"))] == ["Genres for tracks without one: 4 of 4"]
    assert len(parts(odd("mircheck", "--duplicates", "--missing"))) == 2


def test_a_query_says_which_tracks_are_checked_and_changes_nothing_else(odd: Beet):
    everything = odd("mircheck", "--missing", "--least", "0").splitlines()[1:]
    found = parts(odd("mircheck", "--least", "0", f"id:{MISSING[1]}..300"))

    assert [*found] == [
        "Genres that sound wrong: 0 of 191",
        "Genres for tracks without one: 3 of 3",
        "Recordings that are there more than once: 0",
    ]
    assert {*found["Genres for tracks without one: 3 of 3"]} < {*map(str.strip, everything)}


def test_what_is_less_sure_is_counted(odd: Beet):
    odd("modify", "-yWM", "id:10..100", "genres=Rock")  # genres that mean little
    odd("modify", "-yWM", "id:10..100", "title::[13579]$", "genres=Pop")
    heading, *lines = odd("mircheck", "--missing", "--least", ".99").splitlines()

    assert (heading, lines) == ("Genres for tracks without one: 0 of 4, 4 below 0.99", [])
    all_of_them = odd("mircheck", "--missing", "--least", "0").splitlines()[1:]
    confidences = [float(line.split("(")[1][:-1]) for line in all_of_them]
    assert len(all_of_them) == 4
    assert confidences == sorted(confidences, reverse=True)
    assert max(confidences) < 0.9


def example(beet: Beet) -> int:
    """Return the id of the nearest neighbour that speaks against the planted genre."""
    (line,) = beet("mircheck", "--genres", "-f", "<$id>").splitlines()[1:]
    return int(line.split("such as <")[1].split(">")[0])


def test_tracks_of_the_same_artist_are_no_witnesses(odd: Beet):
    nearest = example(odd)
    change(odd, nearest, artist="The Two of Them")
    assert example(odd) == nearest

    change(odd, PLANTED, artist="The Two of Them feat. Others")
    assert example(odd) != nearest


def test_nor_are_those_of_the_same_album_if_there_is_no_artist(odd: Beet):
    nearest = example(odd)
    odd("modify", "-yWM", "artist=", f"id:{PLANTED}", ",", f"id:{nearest}")
    assert example(odd) == nearest

    with library(odd) as lib:
        lib.add_album([lib.get_item(PLANTED), lib.get_item(nearest)])
    assert example(odd) != nearest


def test_one_artist_has_two_votes(odd: Beet):
    odd("modify", "-yWM", "artist=The Only One", f"^id:{PLANTED}")
    assert "0 tracks have a known genre and 8 neighbours" in odd("mircheck")

    odd("modify", "-yWM", "id:100..", "artist=$title")
    assert "10 of 10 neighbours" in odd("mircheck", "--genres")


def test_capitals_make_no_other_genre(known, odd: Beet):
    genre = known[PLANTED]
    odd("modify", "-yWM", f"genres:{genre}", "title::[147]$", f"genres={genre.upper()}")

    assert named(odd) == [PLANTED]
    assert f"10 of 10 neighbours of other artists are {genre}," in odd("mircheck", "--genres")


def test_a_track_may_have_more_than_one_genre(known, odd: Beet):
    change(odd, PLANTED, genres=["Zydeco", known[PLANTED].lower()])
    assert named(odd) == []

    change(odd, PLANTED, genres=["Zydeco", "Live"])
    assert ": Zydeco, Live; 10 of 10" in odd("mircheck", "--genres")
    odd("mircheck", "--genres", "--apply", "-yW")
    assert genres(odd)[PLANTED] == f"{known[PLANTED]}; Live"


def test_a_genre_that_only_the_file_has_is_known(known, odd: Beet):
    change(odd, MISSING[0], mir_genre=known[MISSING[0]])
    change(odd, MISSING[1], mir_genre="Zydeco")

    assert suggested(odd).keys() == set(MISSING[2:])
    assert sorted(named(odd)) == [PLANTED, MISSING[1]]
    odd("mircheck", "--genres", "--apply", "-yW")
    assert genres(odd)[MISSING[1]] == known[MISSING[1]]


# when there is nothing to say


def test_no_genre_is_nothing_to_learn_from(made_up: Beet):
    made_up("modify", "-yWM", "genres=")

    out = made_up("mircheck", "--apply", "-y")
    assert out.startswith("Genres: nothing to say: no track has a genre to learn from\n")
    assert out.endswith("Recordings that are there more than once: 0\nno genre to change\n")


def test_nor_is_one(made_up: Beet):
    made_up("modify", "-yWM", "genres=Rock", "id:..100")
    made_up("modify", "-yWM", "genres=", "id:101..")

    assert "all tracks with a genre are Rock: there is no other" in made_up("mircheck")


def test_few_genres_are_too_few(made_up: Beet):
    made_up("modify", "-yWM", "genres=", "id:100..")
    (line,) = made_up("mircheck", "--missing").splitlines()
    assert "99 tracks have a known genre" in line
    assert "100 are needed" in line

    change(made_up, 100, genres=["Folk"])
    assert made_up("mircheck", "--missing").startswith("Genres for tracks without one: ")


def test_tracks_that_are_not_analysed_are_left_out(odd: Beet):
    odd("modify", "-yWM", "mir_version!", "id:100..149")

    out, line = told(odd, "mircheck", "--missing")
    assert line == "mir: 50 matching tracks are not analysed and left out"
    assert out.startswith("Genres for tracks without one: 4 of 4\n")
    assert "none of the matching tracks is analysed" in refused(odd, "mircheck", "id:100..149")
    assert "no tracks match" in refused(odd, "mircheck", "title:nothing")
    odd("modify", "-yWM", "mir_version!")
    assert "no track is analysed yet" in refused(odd, "mircheck")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--least", "1.1"], "--least has to be between 0 and 1"),
        (["--least", "-0.1"], "--least has to be between 0 and 1"),
        (["--least", "nan"], "--least has to be between 0 and 1"),
        (["-y"], "-y: belongs to --apply"),
        (["-W", "-m"], "-w, -W, -m, -M: belongs to --apply"),
        (["--duplicates", "--apply"], "copies are removed by `beet rm id:...`"),
        (["-F", "loud"], "must be one of ['auto', 'classic', 'network']"),
    ],
)
def test_what_cannot_be_is_one_clear_line(odd: Beet, options, why):
    assert why in refused(odd, "mircheck", *options)


# what is changed


def test_apply_fills_gaps_and_leaves_what_somebody_wrote(known, odd: Beet):
    before = genres(odd)
    out = odd("mircheck", "--apply", "-yW")

    after = genres(odd)
    assert after == before | {id_: known[id_] for id_ in MISSING}
    assert "  --apply leaves these as they are, unless --genres is given, too" in out
    assert out.endswith("4 genres changed\n")
    assert odd("mircheck", "--missing", "--apply", "-yW").endswith("no genre to change\n")


def test_with_genres_it_replaces_those_and_nothing_else(known, odd: Beet):
    before = genres(odd)
    odd("mircheck", "--genres", "--apply", "-yW")

    assert genres(odd) == before | {PLANTED: known[PLANTED]}
    odd("mircheck", "--genres", "--missing", "--apply", "-yW")
    assert genres(odd) == known


def test_a_change_is_shown_as_modify_shows_it_and_pretence_changes_nothing(known, odd: Beet):
    before = genres(odd)
    out = odd("mircheck", "--missing", "--apply", "-p", f"id:{MISSING[0]}")

    shown = odd("modify", "-WM", f"id:{MISSING[0]}", f"genres={known[MISSING[0]]}", "-y")
    assert out.splitlines()[2:] == shown.splitlines()[1:]
    change(odd, MISSING[0], genres=[])
    odd.configure("mir: {pretend: yes}\n")
    odd("mircheck", "--apply", "-y")
    assert genres(odd) == before


@pytest.mark.parametrize("stdin", [io.StringIO("y\n"), None])
def test_without_a_terminal_nobody_can_agree(odd: Beet, monkeypatch, stdin):
    monkeypatch.setattr(sys, "stdin", stdin)
    before = genres(odd)
    code, _, err = odd.run("mircheck", "--apply")

    assert code == 1
    assert err.splitlines()[-1] == "error: 4 genres would change: -y says yes to that"
    assert genres(odd) == before


@pytest.mark.parametrize(
    ("answers", "n_changed"),
    [("y\n", 4), ("n\n", 0), ("s\ny\nn\ny\nn\n", 2), ("s\ny\nq\n", 1)],
)
def test_at_a_terminal_the_answer_decides(known, odd: Beet, monkeypatch, answers, n_changed):
    monkeypatch.setattr(sys, "stdin", Terminal(answers))
    before = genres(odd)
    out = odd("mircheck", "--apply", "-WM")

    changed = {id_ for id_, genre in genres(odd).items() if genre != before[id_]}
    assert "Really modify? (Yes/no/select)" in out
    assert out.endswith(f"{n_changed} genre{'s' * (n_changed != 1)} changed\n")
    assert len(changed) == n_changed
    assert changed <= {*MISSING}
    assert all(genres(odd)[id_] == known[id_] for id_ in changed)


def test_a_real_terminal_asks_as_well(odd: Beet):
    master, slave = os.openpty()
    process = odd.start("mircheck", "--apply", "-w", "-m", stdin=slave)
    os.write(master, b"n\n")
    out, err = process.communicate(timeout=600)
    os.close(slave)
    os.close(master)

    assert process.returncode == 0, err
    assert "Really modify, move and write tags? (Yes/no/select)" in out
    assert out.endswith("0 genres changed\n")


def test_an_end_of_the_answers_changes_nothing(odd: Beet, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    before = genres(odd)
    code, _, err = odd.run("mircheck", "--apply")

    assert (code, genres(odd)) == (1, before)
    assert "stdin stream ended" in err


def with_real_file(beet: Beet, id_: int) -> Path:
    """Put a sound into the file of a made-up track."""
    path = Path(field(beet, "path")[id_])
    sf.write(path, noise(0.1), SR)
    return path


@pytest.mark.parametrize(
    ("option", "config", "written"),
    [("-w", "no", True), ("-W", "yes", False), (None, "yes", True), (None, "no", False)],
)
def test_the_files_are_written_as_modify_would(known, odd: Beet, option, config, written):
    odd.configure(f"import: {{write: {config}, copy: no}}\n")
    path = with_real_file(odd, MISSING[0])
    options = [option] if option else []
    odd("mircheck", "--apply", "-y", *options, f"id:{MISSING[0]}")

    of_file = mediafile.MediaFile(path).genres
    assert of_file == ([known[MISSING[0]]] if written else None)
    assert genres(odd)[MISSING[0]] == known[MISSING[0]]


def test_a_file_that_cannot_be_written_is_told_and_the_rest_goes_on(known, odd: Beet):
    with_real_file(odd, MISSING[3])  # the others are empty
    code, out, err = odd.run("mircheck", "--apply", "-yw")

    assert code == 0
    assert err.count("error reading") == 3
    assert out.endswith("4 genres changed\n")
    assert [genres(odd)[id_] for id_ in MISSING] == [known[id_] for id_ in MISSING]


def test_files_move_to_where_their_genre_belongs(known, odd: Beet):
    odd.configure("paths: {singleton: $genres/$title}\n")
    path = with_real_file(odd, MISSING[0])
    odd("mircheck", "--apply", "-yWm", f"id:{MISSING[0]}")

    new = Path(field(odd, "path")[MISSING[0]])
    assert new.parent == odd.music / known[MISSING[0]]
    assert new.exists()
    assert not path.exists()


def test_a_commit_that_fails_is_done_again_with_the_file_where_it_is_now(
    known, odd: Beet, monkeypatch
):
    odd.configure("paths: {singleton: $genres/$title}\n")
    with_real_file(odd, MISSING[0])
    query, failures = Transaction.query, []

    def failing_once(self, statement, subvals=()):
        if statement == "COMMIT" and not failures:
            failures.append(statement)
            raise sqlite3.OperationalError("database is locked")
        return query(self, statement, subvals)

    monkeypatch.setattr(Transaction, "query", failing_once)
    odd("mircheck", "--apply", "-ywm", f"id:{MISSING[0]}")

    assert failures
    new = Path(field(odd, "path")[MISSING[0]])
    assert new.parent == odd.music / known[MISSING[0]]
    assert mediafile.MediaFile(new).genres == [known[MISSING[0]]]
    assert genres(odd)[MISSING[0]] == known[MISSING[0]]
    assert not odd("update", "-p", f"id:{MISSING[0]}")  # it knows the file as it is


def test_a_ctrl_c_leaves_no_track_half_done(known, odd: Beet, monkeypatch):
    """A file and what the library knows of it are changed both, or neither."""
    paths = {id_: with_real_file(odd, id_) for id_ in MISSING}
    write = Item.write

    def interrupted(self, *args, **options):
        write(self, *args, **options)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(Item, "write", interrupted)
    _, out, _ = odd.run("mircheck", "--apply", "-yw")
    monkeypatch.undo()

    assert signal.getsignal(signal.SIGINT) is before
    assert out.endswith("\n1 genre changed\n")
    of_library = {id_: genres(odd)[id_] for id_ in MISSING}
    of_files = {id_: mediafile.MediaFile(paths[id_]).genres for id_ in MISSING}
    assert sorted(map(bool, of_library.values())) == [False, False, False, True]
    assert {id_: [genre] if genre else None for id_, genre in of_library.items()} == of_files


def test_what_was_changed_or_removed_meanwhile_stays_so(odd: Beet, monkeypatch):
    def agreed(prompt, changes, shown):
        change(odd, MISSING[0], genres=["Polka"])
        with library(odd) as lib:
            lib.get_item(MISSING[1]).remove()
        return changes

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(modifying.ui, "input_select_objects", agreed)
    assert odd("mircheck", "--apply", "-W").endswith("2 genres changed\n")

    after = genres(odd)
    assert after[MISSING[0]] == "Polka"
    assert MISSING[1] not in after


# copies


def test_the_same_recording_is_listed_once_with_what_tells_it(made_up: Beet):
    for id_, values in {
        17: {"mb_trackid": "x", "bitrate": 192_000, "format": "MP3", "length": 225.0},
        30: {"mb_trackid": "x", "bitrate": 900_000, "format": "FLAC", "length": 226.4},
        40: {"artist": "A", "title": "Song (live)"},
        50: {"artist": "A feat. B", "title": "Song"},
        60: {"artist": "A", "title": "Song (remix)"},
    }.items():
        change(made_up, id_, **values)
    found = parts(made_up("mircheck", "--duplicates", "-f", "<$id>"))

    ((heading, lines),) = found.items()
    assert heading == "Recordings that are there more than once: 2"
    start = next(n for n, line in enumerate(lines) if line.startswith("<30>: the same id, "))
    paths = field(made_up, "path")
    assert lines[start + 1 : start + 3] == [
        f"3:46 FLAC 900kbps {paths[30]}",
        f"3:45 MP3 192kbps {paths[17]}",
    ]
    assert any(
        line.startswith(("<40>: the same name", "<50>: the same name")) for line in lines
    )
    assert paths[60] not in "".join(lines)
    only = parts(made_up("mircheck", "--duplicates", "id:17"))
    assert [*only] == ["Recordings that are there more than once: 1"]
    none = parts(made_up("mircheck", "--duplicates", "id:60"))
    assert [*none] == ["Recordings that are there more than once: 0"]


@pytest.fixture
def formats(beet: Beet, musicnn: Path) -> Beet:
    """One sound in four formats, heard by the network, among sounds that differ."""
    others = {"tone": sine(300, 3), "noise": noise(3), "clicks": clicks(3)}
    for name, y in others.items():
        sounds.write(beet.music / f"{name}.wav", y)
    chord = sum(sine(frequency, 3, 48000, 0.1) for frequency in (220, 277, 330))
    song = chord + 0.3 * clicks(3, sr=48000)
    for suffix in ("flac", "m4a", "mp3"):
        sounds.write(beet.music / f"song.{suffix}", song, 48000)
    sounds.encode(beet.music / "song.opus", song, 48000, "libopus")
    beet.import_(str(beet.music))
    beet("mirextract", "-q")
    with library(beet) as lib, lib.transaction():
        heard = np.concatenate([heard_of(item) for item in lib.items("path::wav$")])
        random = np.random.default_rng(0)
        for number in range(60):  # as different from each other as those three
            item = Item(path=os.fsencode(beet.music / f"{number}.wav"), length=number)
            lib.add(item)
            values = heard.mean(axis=0) + heard.std(axis=0) * random.normal(0, 1, 200)
            version = names.version(60, names.NETWORK_VERSION)
            storing.store_heard(item, values.tolist(), [], version, "print")
    return beet


def test_one_sound_is_known_again_in_other_formats(formats: Beet):
    heading, first, *copies = formats("mircheck", "--duplicates").splitlines()

    assert heading == "Recordings that are there more than once: 1"
    assert first.startswith(f"  {formats.music / 'song.'}")
    assert ": the same sound, up to 0." in first
    assert first.endswith(" apart")
    listed = [line.split() for line in copies]
    assert [line[0] for line in listed] == ["0:03"] * 4
    assert sorted(line[1] for line in listed) == ["AAC", "FLAC", "MP3", "Opus"]
    bitrates = [int(line[2].removesuffix("kbps")) for line in listed]
    assert bitrates == sorted(bitrates, reverse=True)
    assert {Path(line[3]).stem for line in listed} == {"song"}
