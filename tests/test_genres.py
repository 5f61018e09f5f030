"""The order of genres."""

import random

import numpy as np
import pytest

from beetsplug.mir.clusters.genres import order, short_path
from beetsplug.mir.clusters.order.path import smooth_path


def length(distances, path):
    return distances[path[:-1], path[1:]].sum()


def test_genres_on_a_line_come_in_its_order():
    places = {"c": 0.0, "a": 1.0, "d": 2.0, "b": 3.0}
    genres = [genre for genre in places for _ in range(3)]
    Z = np.array([[places[genre], 0.0] for genre in genres])

    assert order(Z, genres) in (list("cadb"), list("bdac"))


@pytest.mark.parametrize("n_genres", [1, 2, 3, 10, 100])
def test_the_path_is_complete_repeatable_and_no_longer_than_the_alphabets(n_genres):
    points = np.random.default_rng(n_genres).random((n_genres, 3))
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    random.seed(n_genres)

    path = short_path(points)

    assert sorted(path) == list(range(n_genres))
    assert length(distances, path) <= length(distances, np.arange(n_genres))
    random.seed(0)
    assert short_path(points) == path


def shortest(distances):
    """Return the length of the shortest open path through all points (Held and Karp 1962)."""
    n_points = len(distances)
    least = np.full((2**n_points, n_points), np.inf)  # by those visited and the last of them
    least[2 ** np.arange(n_points), np.arange(n_points)] = 0
    for visited in range(1, 2**n_points):
        onward = (least[visited][:, None] + distances).min(axis=0)
        for point in range(n_points):
            if not visited >> point & 1:
                longer = visited | 1 << point
                least[longer, point] = min(least[longer, point], onward[point])
    return least[-1].min()


def in_two_crowds(n_points, seed):
    random = np.random.default_rng(seed)
    points = random.normal(size=(n_points, 2))
    points *= np.where(random.random((n_points, 1)) < 0.5, 0.3, 1)
    return points + 5 * random.integers(0, 2, (n_points, 1))


@pytest.mark.parametrize(
    "points",
    [
        pytest.param(in_two_crowds(10, 1109), id="10"),
        pytest.param(in_two_crowds(11, 1043), id="11"),
        pytest.param(np.random.default_rng(99).random((16, 2)), id="16"),
    ],
)
def test_genres_come_in_the_shortest_order_where_the_path_of_playlists_is_longer(points):
    """Their order is searched for longer than that of tracks, as the first two say."""
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    of_playlists = smooth_path(points, np.full(len(points), -1))

    found = length(distances, short_path(points))

    assert found == pytest.approx(shortest(distances))
    assert found <= length(distances, of_playlists)


@pytest.mark.long
@pytest.mark.parametrize("n_genres", [20, 50])
def test_genres_come_in_an_order_that_one_search_does_not_find(n_genres):
    """One local search from the path of playlists shortens hardly any of these."""
    of_playlists = found = 0.0
    for seed in range(4):
        points = np.random.default_rng(seed).normal(size=(n_genres, 8))
        distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
        of_playlists += length(distances, smooth_path(points, np.full(n_genres, -1)))
        found += length(distances, short_path(points))

    assert found < 0.993 * of_playlists


def test_the_search_ends_when_its_time_is_up():
    points = np.random.default_rng(0).random((400, 3))

    path = short_path(points, seconds=0.1)

    assert sorted(path) == list(range(400))


def test_an_alphabet_that_is_the_shortest_path_is_kept():
    line = np.arange(50.0)[:, None]

    assert short_path(line) in (list(range(50)), list(range(49, -1, -1)))


def test_genres_are_ordered_by_their_means():
    Z = np.array([[-10.0], [12.0], [0.0], [2.0]])

    assert order(Z, ["a", "a", "b", "c"]) in (list("bac"), list("cab"))


@pytest.mark.parametrize("seed", [173, 518, 555])
def test_of_few_genres_the_alphabet_is_kept_where_it_is_shorter(seed):
    points = np.random.default_rng(seed).random((5, 2))
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)

    assert length(distances, short_path(points)) <= length(distances, np.arange(5)) + 1e-12


def test_the_search_leaves_the_random_numbers_of_others_alone():
    random.seed(5)
    expected = random.random()
    random.seed(5)

    short_path(np.random.default_rng(0).random((12, 3)))

    assert random.random() == expected


def test_tracks_without_a_genre_are_left_out():
    assert order(np.zeros((3, 3)), ["", "Rock", ""]) == ["Rock"]
    assert order(np.zeros((0, 3)), []) == []
