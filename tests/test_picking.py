"""Which tracks of a cluster its playlist has."""

from collections import Counter

import numpy as np
import pytest
from beets.library import Library
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.clusters.picking import Limits, pick, pick_more
from beetsplug.mir.space.similarity import Recordings, are_same, space_of
from tests.beet import Beet
from tests.conftest import add_tracks

N = 60
FAR_APART = np.random.default_rng(0).normal(0, 5, (N, 16))
NO_NAMES = np.full(N, -1)


def picked(Z=FAR_APART, *, artists=NO_NAMES, seconds=None, by_id=NO_NAMES, by_name=NO_NAMES,
           **limits):  # fmt: skip
    """Pick of tracks that are the more typical the lower their row."""
    seconds = np.arange(len(Z)) * 100.0 if seconds is None else seconds
    same = Recordings(by_id, by_name, seconds)
    rows = pick(np.arange(len(Z)), space_of(Z), same, artists, Limits(**limits))
    return rows.tolist()


def test_without_limits_a_playlist_has_all_tracks():
    assert picked() == list(range(N))


def test_most_of_one_artist():
    artists = np.arange(N) % 4
    artists[::5] = -1  # nobody knows, and so they are not one

    rows = picked(artists=artists, per_artist=3)

    counts = Counter(artists[rows].tolist())
    assert {counts[artist] for artist in range(4)} == {3}
    assert counts[-1] == N // 5
    assert rows == sorted(rows)


def test_the_most_typical_fill_the_time():
    rows = pick(
        np.array([5, 3, 9, 1]), space_of(FAR_APART),
        Recordings(NO_NAMES, NO_NAMES, np.arange(N) * 600.0),
        NO_NAMES, Limits(seconds=5000.0),
    )  # fmt: skip

    assert rows.tolist() == [5, 3, 9]  # 3000 + 1800 are not enough, and 5400 more are


def test_a_recording_comes_once_by_id_name_or_sound():
    by_id, by_name = NO_NAMES.copy(), NO_NAMES.copy()
    by_id[[2, 7]] = 1
    by_name[[3, 8]] = 1
    Z = FAR_APART.copy()
    Z[9] = Z[4] + 0.01
    seconds = np.arange(N) * 100.0
    seconds[9] = seconds[4] + 3

    rows = picked(Z, seconds=seconds, by_id=by_id, by_name=by_name)

    assert sorted(set(range(N)) - set(rows)) == [7, 8, 9]


def test_what_sounds_the_same_and_is_longer_is_another():
    Z = FAR_APART.copy()
    Z[9] = Z[4]

    assert picked(Z) == list(range(N))


def test_tracks_without_features_stay():
    Z = FAR_APART.copy()
    Z[[3, 7]] = np.nan

    rows = pick(
        np.arange(N), space_of(Z, sample=FAR_APART),
        Recordings(NO_NAMES, NO_NAMES, np.full(N, 60.0)), NO_NAMES, Limits(),
    )  # fmt: skip

    assert {3, 7} <= set(rows.tolist())


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_each_is_held_against_all_that_are_taken(n, n_listed, seed):
    random = np.random.default_rng(seed)
    Z = random.normal(0, 1, (8, 3))[random.integers(8, size=n)] + random.normal(0, 0.05, (n, 3))
    Z[random.random(n) < 0.1] = np.nan
    space = space_of(Z, sample=random.normal(0, 1, (n, 3)))
    same = Recordings(
        random.integers(-1, 30, n), random.integers(-1, 30, n), 3.5 * random.integers(9, size=n)
    )
    rows = random.permutation(n)
    listed, new = rows[:n_listed], rows[n_listed:]
    expected = listed
    for row in new.tolist():
        if not are_same(space, row, expected, same).any():
            expected = np.append(expected, row)

    found = pick_more(listed, new, space, same)

    assert found.tolist() == expected.tolist()
    if n_listed == 0:
        limits = Limits()
        assert pick(new, space, same, np.full(n, -1), limits).tolist() == expected.tolist()


@given(
    st.integers(1, 12), st.integers(1, 4), st.floats(1, 4000), st.integers(0, 2**32 - 1)
)  # fmt: skip
def test_whatever_the_limits_something_is_left_and_they_hold(n, per_artist, most, seed):
    random = np.random.default_rng(seed)
    Z, artists = random.normal(0, 1, (n, 3)), random.integers(-1, 3, n)
    seconds = random.uniform(0, 900, n)
    same = Recordings(random.integers(-1, 4, n), random.integers(-1, 4, n), seconds)

    rows = pick(np.arange(n), space_of(Z), same, artists, Limits(per_artist, most))

    assert 1 <= len(rows) == len(set(rows.tolist()))
    assert (
        max(Counter(artists[rows][artists[rows] >= 0].tolist()).values(), default=0)
        <= per_artist
    )
    assert seconds[rows[:-1]].sum() < most
    for names in (same.by_id, same.by_name):
        known = names[rows][names[rows] >= 0].tolist()
        assert len(known) == len(set(known))


@pytest.fixture
def lasting(made_up: Beet) -> Beet:
    """The made-up library with tracks of five minutes."""
    made_up("modify", "-y", "-MW", "length=5:00")
    return made_up


def listed(beet: Beet) -> dict[str, list[str]]:
    return {path.name: path.read_text().splitlines() for path in beet.playlists.glob("*.m3u")}


def test_a_playlist_has_so_much_of_an_artist_and_lasts_so_long(lasting: Beet):
    lasting("mircluster", "-k", "5", "--per-artist", "1", "--length", "1h")

    for name, paths in listed(lasting).items():
        assert len(paths) == 12, name
    assert len(lasting("ls", "mircluster:1..").splitlines()) == 200
    in_lists = lasting("ls", "-f", "$mircluster $artist", "mir_order:1..").splitlines()
    assert len(in_lists) == len(set(in_lists)) == 60


def test_the_settings_say_the_same_and_zero_on_the_command_line_is_none(lasting: Beet):
    lasting.configure(
        f"mir: {{playlist_dir: {lasting.playlists}, length: 30m, per_artist: 2}}\n"
    )
    lasting("mircluster", "-k", "5")
    assert {len(paths) for paths in listed(lasting).values()} == {6}

    lasting("mircluster", "-k", "5", "--length", "0", "--per-artist", "0")

    assert sum(map(len, listed(lasting).values())) == 200


@pytest.mark.parametrize(
    "setting", ["length: 2", "length: 2x", "length: yes", "per_artist: -1", "per_artist: few"]
)
def test_what_is_no_length_and_no_number_is_told(made_up: Beet, setting):
    made_up.configure(f"mir: {{{setting}}}\n")

    code, _, err = made_up.run("mircluster")

    assert code == 1
    assert err.startswith(f"configuration error: mir.{setting.partition(':')[0]}")


def test_assigned_tracks_find_full_playlists_and_take_only_places_they_are_worth(lasting: Beet):
    lasting("mircluster", "-k", "5", "--length", "1h")
    add_tracks(lasting.root, 30, seed=9)
    lasting("modify", "-y", "-MW", "title::^Title.9", "length=5:00")
    lasting.configure(f"mir: {{playlist_dir: {lasting.playlists}, length: 1h}}\n")

    lasting("mircluster", "--assign")

    assert {len(paths) for paths in listed(lasting).values()} == {12}
    placed = lasting("ls", "-f", "$mir_order", "title::^Title.9", "mircluster:1..").split()
    assert len(placed) == 30
    new_in_lists = lasting("ls", "title::^Title.9", "mir_order:1..").splitlines()
    assert 0 < len(new_in_lists) < 30


def test_a_copy_of_a_track_is_in_its_cluster_but_not_in_the_playlist(lasting: Beet):
    lasting("mircluster", "-k", "5")
    lib = Library(str(lasting.root / "library.db"), str(lasting.music))
    first = lib.get_item(1)
    first.id, first.path = None, bytes(lasting.music / "copy.wav")
    (lasting.music / "copy.wav").touch()
    for key in ("mircluster", "mir_order", "mircluster_name"):
        del first[key]
    lib.add(first)
    lib._close()

    lasting("mircluster", "--assign")

    cluster = lasting("ls", "-f", "$mircluster", "id:1").strip()
    assert lasting("ls", "-f", "$mircluster", "path::copy").strip() == cluster
    in_lists = [path for paths in listed(lasting).values() for path in paths]
    assert len(in_lists) == 200  # of both one, the more typical: they are equally so
    assert ("copy.wav" in in_lists) != ("1 0.wav" in in_lists)
