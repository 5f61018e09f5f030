"""The plane on which neighbours stay neighbours."""

import ast
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.decomposition import PCA

from beetsplug.mir.space import plane as module
from beetsplug.mir.space.plane import kept, neighbour_plane
from tests.test_layout import imported

N_TRACKS, N_NEW = 200, 10


def music(n_tracks: int = N_TRACKS, seed: int = 0) -> np.ndarray:
    """Kinds of sound, each a curved sheet of a few dimensions in forty; of unit length."""
    random = np.random.default_rng(seed)
    kinds = random.integers(12, size=n_tracks)
    centres, sheets = random.normal(size=(12, 40)), random.normal(size=(12, 3, 40))
    along = random.normal(size=(n_tracks, 1, 3))
    X = np.tanh(centres[kinds] + 0.5 * (along @ sheets[kinds])[:, 0])
    return X / np.linalg.norm(X, axis=1, keepdims=True)


@cache
def plane_of_most() -> np.ndarray:
    return neighbour_plane(music()[:-N_NEW])


@cache
def plane_of_all() -> np.ndarray:
    return neighbour_plane(music())


def with_new_ones(known: np.ndarray, n_tracks: int = N_TRACKS) -> np.ndarray:
    return np.vstack([known, np.full((n_tracks - len(known), 2), np.nan)])


def moved(before, after):
    """Return how far tracks went, beside the deviation of the plane."""
    way = np.linalg.norm(after[: len(before)] - before, axis=1)
    return way / np.sqrt(before.var(axis=0).sum())


def test_clouds_that_lie_apart_stay_apart():
    random = np.random.default_rng(0)
    clouds = np.repeat(np.arange(4), 40)
    X = 10 * random.normal(size=(4, 20))[clouds] + random.normal(size=(160, 20))

    plane = neighbour_plane(X)

    centres = np.array([plane[clouds == cloud].mean(axis=0) for cloud in range(4)])
    D = np.linalg.norm(plane[:, None] - centres, axis=-1)
    assert (D.argmin(axis=1) == clouds).all()
    assert D.min(axis=1).max() < np.sort(D, axis=1)[:, 1].min()


def test_far_more_neighbours_are_kept_than_by_the_principal_components():
    X = music()

    assert kept(X, plane_of_all()) > kept(X, PCA(2).fit_transform(X)) + 0.25


def test_twenty_tracks_keep_most_of_their_nearest():
    shares = [kept(music(20, seed), neighbour_plane(music(20, seed)), 3) for seed in range(10)]

    assert np.mean(shares) > 0.6


def test_fewer_than_eight_are_drawn_by_their_principal_components():
    for n_tracks in range(2, 8):
        X = music(n_tracks)
        ratio = neighbour_plane(X)[:, 0] / PCA(2).fit_transform(X)[:, 0]

        assert np.abs(ratio) == pytest.approx(np.full(n_tracks, abs(ratio[0])), rel=1e-3)


def test_the_same_tracks_get_the_same_plane_in_whatever_order():
    X = music()[:60]
    order = np.random.default_rng(1).permutation(60)

    plane = neighbour_plane(X)

    assert (neighbour_plane(X) == plane).all()
    assert (neighbour_plane(X[order]) == plane[order]).all()
    assert (neighbour_plane(X, random_state=1) != plane).any()


def test_the_unit_of_the_coordinates_does_not_matter():
    X = music()[:60]

    assert (neighbour_plane(X * 2.0**400) == neighbour_plane(X)).all()


def test_tracks_with_a_place_hardly_move_when_some_are_added():
    X = music()

    after = neighbour_plane(X, start=with_new_ones(plane_of_most()))

    way = moved(plane_of_most(), after)
    assert np.median(way) < 0.04
    assert np.percentile(way, 90) < 0.1
    assert np.median(moved(plane_of_most(), plane_of_all())) > 0.1  # without their places
    assert kept(X, after) > kept(X, plane_of_all()) - 0.02


def test_the_same_places_lead_to_the_same_plane():
    start = with_new_ones(plane_of_most())

    assert (
        neighbour_plane(music(), start=start) == neighbour_plane(music(), start=start)
    ).all()


@pytest.mark.parametrize("n_known", [2, 40])
def test_a_library_that_grew_much_is_drawn_as_well_as_a_new_one(n_known):
    X = music()
    start = with_new_ones(plane_of_most()[:n_known])

    plane = neighbour_plane(X, start=start)

    assert kept(X, plane) > kept(X, plane_of_all()) - 0.04
    assert (neighbour_plane(X, start=8 * start) == plane).all()  # only the arrangement counts


@pytest.mark.parametrize("place", [np.nan, np.inf, 7.0], ids=["none", "infinite", "all at one"])
def test_places_that_say_nothing_are_as_none(place):
    X = music()[:60]

    plane = neighbour_plane(X, start=np.full((60, 2), place))

    assert (plane == neighbour_plane(X)).all()


def test_a_new_track_begins_in_the_cloud_of_most_of_its_neighbours():
    points = np.array([[-1.0], [-1.1], [-1.2], [1.1], [1.2], [9.0], [0.0]])
    places = np.array([[0.0, 0], [1, 0], [0, 1], [90, 90], [91, 90], [500, 500], [np.nan] * 2])

    filled = module._filled(points, places, np.isfinite(places).all(axis=1))

    assert (filled[:-1] == places[:-1]).all()
    assert (filled[-1] == [1, 1]).all()


def test_equal_tracks_start_from_the_mean_of_their_places():
    X, start, aside = music()[:-N_NEW], plane_of_most(), np.array([4.0, 0.0])

    both = neighbour_plane(np.vstack([X, X]), start=np.vstack([start, start + 2 * aside]))

    assert (both[: len(X)] == both[len(X) :]).all()
    assert both[: len(X)] == pytest.approx(neighbour_plane(X, start=start + aside), abs=0.1)


def test_a_large_library_is_drawn_as_a_small_one(monkeypatch):
    """From ten thousand tracks on the forces are interpolated."""
    X, start = music(), with_new_ones(plane_of_most())
    small = neighbour_plane(X, start=start)
    monkeypatch.setattr(module, "MANY", N_TRACKS)

    large = neighbour_plane(X, start=start)

    assert (large != small).any()
    assert np.median(moved(small, large)) < 0.02


def test_of_very_many_some_find_their_places_and_the_others_lie_amid_them(monkeypatch):
    X = np.vstack([music(400), music(400)[:5]])
    monkeypatch.setattr(module, "MOST_UNFOLDED", 200)

    plane = neighbour_plane(X)

    assert (plane[400:] == plane[:5]).all()
    assert (neighbour_plane(X[::-1])[::-1] == plane).all()
    assert kept(X, plane) > 2 * kept(X, PCA(2).fit_transform(X))
    grown = neighbour_plane(np.vstack([X, music(20, seed=1)]), start=with_new_ones(plane, 425))
    assert (grown[:405] == plane).all()
    assert np.isfinite(grown).all()


@pytest.mark.parametrize("n_tracks", [0, 1])
def test_no_track_or_one_has_its_place(n_tracks):
    assert (neighbour_plane(np.ones((n_tracks, 5))) == np.zeros((n_tracks, 2))).all()


@pytest.mark.parametrize("n_tracks", [2, 3])
def test_two_or_three_tracks_keep_their_distances(n_tracks):
    X = music(n_tracks)

    plane = neighbour_plane(X)

    def distances(Z):
        return np.linalg.norm(Z - np.roll(Z, 1, axis=0), axis=1)

    ratio = distances(plane) / distances(X)
    assert ratio == pytest.approx(np.full(n_tracks, ratio[0]), rel=1e-5)
    assert ratio[0] > 0


def test_tracks_that_are_all_equal_have_one_place():
    assert (neighbour_plane(np.full((30, 7), 3.0)) == 0).all()


def test_tracks_on_a_line_do_not_stay_on_one():
    plane = neighbour_plane(np.arange(50.0)[:, None])

    assert (np.ptp(plane, axis=0) > 0.1).all()


@pytest.mark.parametrize("n_tracks", [5, 8, 9, 12, 20])
def test_few_tracks_do_not_fall_on_one_place(n_tracks, caplog):
    for seed in range(3):
        plane = neighbour_plane(music(n_tracks, seed))
        D = np.linalg.norm(plane[:, None] - plane, axis=-1)[np.triu_indices(n_tracks, 1)]

        assert D.min() > 0.01 * D.max()
        assert D.max() > 0.1

    assert not caplog.records


@settings(max_examples=40, deadline=None)
@given(
    X=hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 25), st.integers(1, 3)),
        elements=st.sampled_from([0.0, -0.0, 1.0, 1.0 + 1e-15, 2.0, -1e-300, 1e6, -1e150]),
    ),
    n_known=st.integers(0, 25),
)
def test_any_tracks_have_places_and_equal_ones_the_same(X, n_known):
    start = np.random.default_rng(0).normal(0, 5, (len(X), 2))
    start[n_known:] = np.nan

    plane = neighbour_plane(X, start=start)

    assert plane.shape == (len(X), 2)
    assert np.isfinite(plane).all()
    for place, row in zip(plane, X, strict=True):
        assert (plane[(row == X).all(axis=1)] == place).all()


def test_all_neighbours_are_kept_where_nothing_changes_and_by_chance_few():
    X = np.random.default_rng(0).normal(size=(400, 2))

    assert kept(X, 3 * X[:, ::-1]) == 1
    assert kept(X, X[::-1]) == pytest.approx(10 / 399, abs=0.015)


def test_neighbours_kept_are_those_counted_by_hand():
    X = np.array([[0.0], [1.0], [3.0], [7.0]])
    plane = np.array([[0.0, 0], [0, 1], [0, 9], [0, 2]])

    assert kept(X, plane, 1) == pytest.approx(2 / 4)  # of the first and the second


def test_one_of_several_as_near_is_as_good_as_another():
    X = np.zeros((30, 3))

    assert kept(X, np.random.default_rng(0).normal(size=(30, 2))) == 1


def test_where_there_are_no_others_all_neighbours_are_kept():
    assert kept(np.zeros((0, 3)), np.zeros((0, 2))) == 1
    assert kept(np.zeros((1, 3)), np.zeros((1, 2))) == 1
    assert kept(music(5), np.zeros((5, 2))) == 1


def test_the_library_behind_it_is_loaded_when_a_plane_is_made():
    """It takes most of a second."""
    on_loading = ast.parse(Path(module.__file__).read_text()).body

    assert "openTSNE" in imported(Path(module.__file__))
    assert not any("openTSNE" in ast.unparse(node) for node in on_loading if is_import(node))


def is_import(node):
    return isinstance(node, (ast.Import, ast.ImportFrom))
