"""The order of a playlist."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beetsplug.mir.clusters.order import inserting, joining
from beetsplug.mir.clusters.order.inserting import insert_each
from beetsplug.mir.clusters.order.joining import near
from beetsplug.mir.clusters.order.path import smooth_path
from beetsplug.mir.clusters.order.shortening import shorten


def length(Z, path):
    return np.linalg.norm(np.diff(Z[path], axis=0), axis=1).sum()


def together(artists, path):
    found = artists[path]
    return int(((found[1:] == found[:-1]) & (found[1:] >= 0)).sum())


def nobody(n_samples):
    return np.full(n_samples, -1)


def test_points_on_a_line_are_played_from_end_to_end():
    places = np.random.default_rng(0).permutation(50)

    path = smooth_path(places[:, None].astype(float), nobody(50))

    assert places[path].tolist() in (list(range(50)), list(range(49, -1, -1)))


def test_a_path_is_much_smoother_than_chance_and_than_one_coordinate():
    Z = np.random.default_rng(0).normal(size=(500, 3))

    path = smooth_path(Z, nobody(500))

    assert length(Z, path) < 0.35 * length(Z, np.arange(500))
    assert length(Z, path) < 0.35 * length(Z, np.argsort(Z[:, 0]))


def test_a_path_through_few_points_is_nearly_the_shortest():
    """Always on to the nearest alone, it would be a tenth longer."""
    orders = np.array(list(permutations(range(7))))
    ratios = []
    for seed in range(40):
        Z = np.random.default_rng(seed).random((7, 2))
        D = np.linalg.norm(Z[:, None] - Z[None], axis=-1)
        shortest = D[orders[:, :-1], orders[:, 1:]].sum(axis=1).min()
        ratios.append(length(Z, smooth_path(Z, nobody(7))) / shortest)

    assert np.mean(ratios) < 1.03


def test_a_path_through_very_many_points_has_few_detours():
    """The shortest has about 0.7124 times the root of their number and area."""
    Z = np.random.default_rng(0).random((2000, 2))

    path = smooth_path(Z, nobody(2000))

    assert length(Z, path) < 1.12 * 0.7124 * np.sqrt(2000)


@pytest.mark.parametrize(("n_inside", "is_turned"), [(40_000, True), (55_000, False)])
def test_a_part_is_turned_that_is_not_too_long(n_inside, is_turned):
    """To turn ever longer ones is what would grow faster than the path."""
    n_samples = 120_000
    sorted_ = np.arange(n_samples)
    Z, part = sorted_[:, None].astype(float), slice(30_000, 30_000 + n_inside)
    path = sorted_.copy()
    path[part] = path[part][::-1]
    nearest = np.abs(sorted_[:, None] + [-1, 1])  # of the first twice the second
    nearest[-1] = n_samples - 2

    shorter = shorten(path, Z, nobody(n_samples), nearest)

    assert np.array_equal(shorter, sorted_ if is_turned else path)


def test_of_very_many_samples_none_is_taken_for_near_that_is_five_times_as_far(monkeypatch):
    Z = np.random.default_rng(0).normal(size=(3000, 8))
    exact = np.sort(np.linalg.norm(Z[:, None] - Z[None], axis=-1), axis=1)[:, 1:13]
    exactly_near = near(Z, 12)
    monkeypatch.setattr(joining, "_MANY", 100)
    roughly_near = near(Z, 12)

    for found, times in ((exactly_near, 2), (roughly_near, 5)):
        ways = np.linalg.norm(Z[found] - Z[:, None], axis=-1)
        assert (ways <= times * exact * (1 + 1e-9)).all()
    assert not np.array_equal(exactly_near, roughly_near)


@pytest.mark.parametrize(
    "kind", ["all different", "one artist", "one has nearly half", "equal"]
)
def test_a_path_through_fifty_thousand_is_found(kind):
    """What grows with the square would take minutes here."""
    n_samples = 50_000
    random = np.random.default_rng(0)
    Z = random.random((n_samples, 3))
    artists = np.arange(n_samples)
    if kind == "one artist":
        artists = np.zeros(n_samples, dtype=int)
    elif kind == "one has nearly half":
        artists[random.random(n_samples) < 0.48] = 0
        Z[artists == 0] += 10
    elif kind == "equal":
        Z[1000:4000] = 0.5

    path = smooth_path(Z, artists)

    assert sorted(path) == list(range(n_samples))
    assert together(artists, path) == (n_samples - 1 if kind == "one artist" else 0)
    if kind == "all different":
        assert length(Z, path) < 0.75 * n_samples ** (2 / 3)


def test_the_path_along_a_band_mostly_starts_at_one_of_its_ends():
    """From the middle it would go one way, and jump back to go the other."""
    starts = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        Z = np.column_stack([random.uniform(-1, 1, 300), random.normal(0, 0.04, 300)])
        starts.append(abs(Z[smooth_path(Z, nobody(300))[0], 0]))

    assert np.mean(np.array(starts) > 0.8) > 0.7


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), n_samples=st.integers(0, 40), n_artists=st.integers(1, 8))
def test_no_two_neighbours_of_one_artist_where_it_can_be_avoided(seed, n_samples, n_artists):
    random = np.random.default_rng(seed)
    artists = random.integers(-1, n_artists, n_samples)
    Z = random.normal(size=(n_samples, 2)) + 5 * artists[:, None]  # artists sound alike

    path = smooth_path(Z, artists)

    assert sorted(path) == list(range(n_samples))
    known = artists[artists >= 0]
    most = np.bincount(known).max() if len(known) else 0
    assert together(artists, path) == max(0, most - (n_samples - most) - 1)
    assert (smooth_path(Z, artists) == path).all()


def test_copies_of_one_track_are_ordered():
    artists = np.arange(100)

    assert sorted(smooth_path(np.zeros((100, 3)), artists)) == list(range(100))


def test_a_new_track_is_put_where_it_fits():
    Z = np.array([[0.0], [1.0], [2.0], [3.0], [1.4]])

    assert insert_each(np.arange(4), Z, nobody(5), np.array([4])).tolist() == [0, 1, 4, 2, 3]


def test_a_new_track_keeps_away_from_its_artist():
    Z = np.array([[0.0], [1.0], [2.0], [3.0], [1.4]])
    artists = np.array([0, 1, 2, 3, 2])

    assert insert_each(np.arange(4), Z, artists, np.array([4])).tolist() == [0, 4, 1, 2, 3]
    assert insert_each(np.array([], dtype=int), Z, artists, np.array([4])).tolist() == [4]


@pytest.mark.parametrize(("n_there", "n_new"), [(2, 1500), (1000, 300)])
def test_many_new_tracks_come_beside_near_ones_as_good_as_anywhere(n_there, n_new, monkeypatch):
    random = np.random.default_rng(n_new)
    Z = random.normal(size=(n_there + n_new, 3))
    artists = random.integers(-1, 40, size=len(Z))
    path, new = smooth_path(Z[:n_there], artists[:n_there]), n_there + np.arange(n_new)
    everywhere = insert_each(path, Z, artists, new)
    monkeypatch.setattr(inserting, "MOST_TRIED", 3000)
    monkeypatch.setattr(inserting, "_AT_ONCE", 50)

    found = insert_each(path, Z, artists, new)

    assert sorted(found) == list(range(len(Z)))
    assert [sample for sample in found if sample < n_there] == path.tolist()
    assert together(artists, found) <= together(artists, everywhere)
    assert length(Z, found) < 1.05 * length(Z, everywhere)
