"""`beet mircluster --line`: one playlist through all tracks, from end to end."""

import json
from itertools import pairwise

import numpy as np
import pytest
from beets.library import Library
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.clusters.order.line import at_random, length, line
from beetsplug.mir.clusters.picking import Limits, pick_evenly
from beetsplug.mir.library import playlists
from beetsplug.mir.library.items import read_tracks
from beetsplug.mir.space import similarity
from beetsplug.mir.space.copies import first_of_each
from beetsplug.mir.space.similarity import Recordings, are_same
from tests.beet import Beet
from tests.conftest import add_tracks


def spiral(n: int) -> np.ndarray:
    """Return points on a curve, in the order in which it goes."""
    t = np.linspace(0, 3 * np.pi, n)
    return np.column_stack([t * 3, np.cos(t) * 5, np.sin(t) * 5])


def test_points_on_a_curve_are_in_its_order():
    mixed = np.random.default_rng(1).permutation(200)

    order = line(spiral(200)[mixed])

    assert mixed[order].tolist() == list(range(200))
    assert length(spiral(200)[mixed], order) < 0.1 * at_random(spiral(200))


def test_in_one_dimension_it_is_the_order_of_the_values():
    values = np.random.default_rng(2).normal(size=50)

    order = line(values[:, None], np.zeros(50, np.int64))

    assert order.tolist() == values.argsort().tolist()


@given(st.integers(1, 40), st.integers(0, 1000))
def test_it_has_each_sample_once_and_rises_on_the_whole(n, seed):
    Z = np.random.default_rng(seed).normal(size=(n, 3))

    order = line(Z)

    assert sorted(order.tolist()) == list(range(n))
    assert np.arange(n) @ (Z[order, 0] - Z[:, 0].mean()) >= -1e-9


@given(st.integers(2, 60), st.integers(0, 1000))
def test_the_first_of_each_recording_is_that_which_is_none_of_those_before(n_tracks, seed):
    random = np.random.default_rng(seed)
    Z = random.normal(0, 1, (n_tracks, 5))
    copied = random.random(n_tracks) < 0.3
    Z[copied] = Z[random.integers(n_tracks, size=copied.sum())]
    ids, names = (random.integers(-n_tracks, n_tracks, n_tracks) for _ in range(2))
    seconds = random.choice([100.0, 102.0, 105.0, 200.0], n_tracks)
    same = Recordings(np.maximum(ids, -1), np.maximum(names, -1), seconds)
    space = similarity.space_of(Z)
    expected: list[int] = []
    for row in range(n_tracks):
        if not are_same(space, row, np.array(expected, dtype=np.int64), same).any():
            expected.append(row)

    assert first_of_each(space, same).tolist() == expected


def test_of_an_artist_those_stay_that_lie_evenly():
    artists = np.array([0, 0, 0, 0, 0, 0, 0, 1, -1, -1, -1])

    rows = pick_evenly(np.arange(11), artists, np.full(11, 60.0), Limits(per_artist=2))

    assert rows.tolist() == [1, 5, 7, 8, 9, 10]


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=60),
    st.integers(1, 20_000),
    st.randoms(),
)
def test_a_length_is_filled_but_for_a_part_of_a_track(seconds, wanted, random):
    order = list(range(len(seconds)))
    random.shuffle(order)
    lengths = np.array(seconds, dtype=np.float64)

    rows = pick_evenly(np.array(order), np.zeros(len(order)), lengths, Limits(seconds=wanted))

    known = lengths[lengths > 0]
    assert [row for row in order if row in set(rows.tolist())] == rows.tolist()
    if not len(known) or np.median(known) * (lengths == 0).sum() + known.sum() <= wanted:
        assert len(rows) == len(seconds)
    else:
        filled = np.where(lengths > 0, lengths, np.median(known))[rows].sum()
        assert abs(filled - wanted) <= max(known) / 2 + 1e-6


def test_what_is_taken_for_a_length_comes_from_the_whole_line():
    rows = pick_evenly(
        np.arange(100), np.full(100, -1), np.full(100, 60.0), Limits(seconds=600)
    )

    assert rows.tolist() == list(range(4, 100, 10))


# --- through beet


def names_in(beet: Beet, name: str = "mir-line.m3u") -> list[str]:
    return (beet.playlists / name).read_text().splitlines()


def ours(beet: Beet) -> dict[str, str]:
    return {path.name: path.read_text() for path in beet.playlists.glob("mir-?.m3u")}


def failed(beet: Beet, *args: str) -> str:
    code, _, err = beet.run("mircluster", "--line", *args)
    assert code == 1
    return err


def titles(beet: Beet, *query: str) -> set[str]:
    return {path.rpartition("/")[2] for path in beet("ls", "-p", *query).splitlines()}


def test_all_tracks_are_in_one_playlist_and_nothing_else_is_changed(made_up: Beet):
    made_up("mircluster", "-k", "5")
    before = ours(made_up)
    fields = made_up("ls", "-f", "$id $mircluster $mir_order $mircluster_name $mir_model")

    out = made_up("mircluster", "--line")

    assert set(names_in(made_up)) == titles(made_up)
    assert len(names_in(made_up)) == 200
    assert out.endswith(f"{made_up.playlists / 'mir-line.m3u'}\n")
    assert "200 tracks along a smooth path (classic features)\n     1  Artist" in out
    assert ours(made_up) == before
    assert len(before) == 5
    assert fields == made_up(
        "ls", "-f", "$id $mircluster $mir_order $mircluster_name $mir_model"
    )
    # ... nor is the line, by what has nothing to do with it.
    written = (made_up.playlists / "mir-line.m3u").read_bytes()
    made_up("mircluster", "-k", "3", "-y")
    made_up("mircluster", "--assign")
    assert (made_up.playlists / "mir-line.m3u").read_bytes() == written
    assert len(ours(made_up)) == 3


def test_neighbours_sound_alike_and_the_way_is_told(made_up: Beet):
    out = made_up("mircluster", "--line")

    lib = Library(str(made_up.root / "library.db"), str(made_up.music))
    genre_of = {
        track.path.rpartition(b"/")[2]: track.genre for track in read_tracks(lib).tracks
    }
    lib._close()
    genres = [genre_of[name.encode()] for name in names_in(made_up)]
    changes = sum(a != b for a, b in pairwise(genres))
    assert changes < 20  # of five genres far apart; 160 at random
    share = int(out.rpartition("%)")[0].rpartition("(")[2])
    assert share < 70


def test_one_component_is_the_order_of_its_values(made_up: Beet):
    out = made_up("mircluster", "--line", "-d", "1", "-F", "classic")

    assert "200 tracks along the first principal component (classic features)" in out
    from beetsplug.mir.space.encodings import fit

    lib = Library(str(made_up.root / "library.db"), str(made_up.music))
    found = read_tracks(lib)
    lib._close()
    Z = fit(found.X, found.genres, "pca", 1).Z[:, 0]
    paths = [found.tracks[row].path.rpartition(b"/")[2].decode() for row in Z.argsort()]
    assert names_in(made_up) == paths


@pytest.mark.tensorflow
def test_the_code_of_an_autoencoder_is_another_order(made_up: Beet):
    out = made_up("mircluster", "--line", "-e", "autoencoder", "-d", "1", "--epochs", "5")

    assert "200 tracks along the code of the autoencoder" in out
    assert sorted(names_in(made_up)) == sorted(titles(made_up))


def test_without_tensorflow_it_is_told(made_up: Beet, without_tensorflow):
    assert "needs TensorFlow" in failed(made_up, "-e", "autoencoder", "-d", "1")


def test_a_query_an_artists_share_and_a_length_make_it_shorter(made_up: Beet):
    made_up("mircluster", "--line", "genres:Jazz")
    assert set(names_in(made_up)) == titles(made_up, "genres:Jazz")

    made_up("mircluster", "--line", "--per-artist", "1")
    assert len(names_in(made_up)) == len(set(made_up("ls", "-f", "$artist").splitlines()))

    made_up("modify", "-y", "length=100")
    made_up("mircluster", "--line", "--length", "1000s")
    assert len(names_in(made_up)) == 10


def test_a_recording_is_in_it_once(made_up: Beet):
    made_up("modify", "-y", "id:1", "mb_trackid=x")
    made_up("modify", "-y", "id:9", "mb_trackid=x")

    made_up("mircluster", "--line")

    assert len(names_in(made_up)) == 199


def test_pretence_shows_it_and_writes_nothing(made_up: Beet):
    out = made_up("mircluster", "--line", "-p")

    lines = out.splitlines()
    assert [line.split()[0] for line in lines[1:12]] == [
        "1", "2", "3", "4", "5", "...", "196", "197", "198", "199", "200"
    ]  # fmt: skip
    assert lines[-1].startswith("the steps sum up to ")
    assert not made_up.playlists.exists()


def test_options_without_a_part_are_refused(made_up: Beet):
    assert "--clusters: plays no part in --line" in failed(made_up, "-k", "3")
    assert "--yes: plays no part in --line" in failed(made_up, "-y")
    assert "different jobs" in failed(made_up, "--assign")
    assert "belong to --evaluate" in failed(made_up, "--by", "year")
    assert "no tracks match" in failed(made_up, "artist:nobody")


def test_moved_and_removed_tracks_are_right_in_it(made_up: Beet):
    made_up("mircluster", "--line")
    first, second, *rest = names_in(made_up)
    id_ = made_up("ls", "-f", "$id", f"path:{made_up.music / first}").strip()

    made_up("modify", "-y", f"id:{id_}", "artist=Other", "album=X")
    made_up("move", f"id:{id_}")
    moved = made_up("ls", "-p", f"id:{id_}").strip()
    made_up("rm", "-f", f"path:{made_up.music / second}")

    assert moved != str(made_up.music / first)
    assert names_in(made_up) == [moved.removeprefix(f"{made_up.music}/"), *rest]
    # The id of what is gone is forgotten: the next track may get it.
    manifest = json.loads((made_up.playlists / playlists.MANIFEST).read_text())
    assert len(manifest["line"].split()) == 199
    made_up("rm", "-f", "id:200")
    add_tracks(made_up.root, 1, seed=5)
    made_up("modify", "-y", "id:200", "year=1999")
    assert len(names_in(made_up)) == 198


def test_when_all_its_tracks_are_gone_so_is_the_line(made_up: Beet):
    made_up("mircluster", "--line", "genres:Jazz")

    made_up("rm", "-f", "genres:Jazz")

    assert not (made_up.playlists / "mir-line.m3u").exists()
    made_up("mircluster", "-k", "3")
    assert not (made_up.playlists / "mir-line.m3u").exists()


def test_a_file_of_somebody_else_is_left_alone(made_up: Beet):
    made_up.playlists.mkdir()
    (made_up.playlists / "mir-line.m3u").write_text("mine\n")

    err = failed(made_up)

    assert "mir-line.m3u: left alone: not written by us" in err
    assert "error: the line is not written" in err
    assert names_in(made_up) == ["mine"]


def test_it_is_named_and_written_as_the_clusters_are(made_up: Beet):
    made_up.configure(
        f"mir: {{playlist_dir: {made_up.playlists}, playlist_name: '$cluster - $name',"
        " playlist_format: m3u8, extended: yes}\n"
    )
    made_up("mircluster", "--line")

    lines = names_in(made_up, "line - from end to end.m3u8")
    assert lines[:2] == ["#EXTM3U", "#PLAYLIST:from end to end"]
    # Called otherwise, it is still one.
    made_up.configure(f"mir: {{playlist_dir: {made_up.playlists}}}\n")
    made_up("mircluster", "-k", "3")
    assert [path.name for path in made_up.playlists.glob("*line*.m3u*")] == ["mir-line.m3u"]


def test_a_name_that_clashes_is_told_before_anything_is_stored(made_up: Beet):
    made_up("mircluster", "--line")
    made_up.configure(f"mir: {{playlist_dir: {made_up.playlists}, playlist_name: one}}\n")

    code, _, err = made_up.run("mircluster", "-k", "1", "--fresh")

    assert code == 1
    assert "does not give each cluster a name of its own" in err or "at least 2" in err
    assert not made_up("ls", "mircluster:1..")


def test_a_snapshot_has_it_too(made_up: Beet):
    made_up("mircluster", "--line")

    made_up("mircluster", "--snapshot", "now")

    assert (made_up.playlists / "now" / "mir-line.m3u").read_text().splitlines() == names_in(
        made_up
    )


def test_the_line_of_another_library_in_the_folder_is_none_of_ours(made_up: Beet):
    made_up("mircluster", "--line")
    manifest = made_up.playlists / playlists.MANIFEST
    known = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**known, "library": "/elsewhere/library.db"}))

    made_up("mircluster", "-k", "3")

    assert not (made_up.playlists / "mir-line.m3u").exists()  # as with its clusters


@pytest.mark.parametrize("text", [17, None, ["1"], "1 x -3 " + "9" * 30, "99999 3"])
def test_a_line_that_somebody_damaged_in_the_manifest_is_harmless(made_up: Beet, text):
    made_up("mircluster", "--line")
    manifest = made_up.playlists / playlists.MANIFEST
    known = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**known, "line": text}))

    made_up("modify", "-y", "id:7", "year=1999")

    left = [name for name in ("mir-line.m3u",) if (made_up.playlists / name).exists()]
    assert len(names_in(made_up)) == 1 if left else True


def test_of_two_tracks_and_of_one_there_is_a_line(made_up: Beet):
    made_up("mircluster", "--line", "id:3..4")
    assert len(names_in(made_up)) == 2
    made_up("mircluster", "--line", "id:3")
    assert len(names_in(made_up)) == 1


def test_real_music_is_in_order_and_its_line_is_short(analysed: Beet, tmp_path):
    copy = analysed.copy(tmp_path / "beets")
    copy.configure(f"mir: {{playlist_dir: {copy.playlists}}}\n")

    out = copy("mircluster", "--line")

    lines = names_in(copy)
    assert len(lines) == len(set(lines)) > 9
    assert all((copy.music / name).exists() for name in lines)
    assert int(out.rpartition("%)")[0].rpartition("(")[2]) < 100
