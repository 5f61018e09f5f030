"""The order of genres."""

import random

import numpy as np
import pytest

from beetsplug.mir.genres import order, short_path


def length(distances, path):
    return distances[path[:-1], path[1:]].sum()


def test_genres_on_a_line_come_in_its_order():
    places = {"c": 0.0, "a": 1.0, "d": 2.0, "b": 3.0}
    genres = [genre for genre in places for _ in range(3)]
    Z = np.array([[places[genre], 0.0] for genre in genres])

    assert order(Z, genres) in (list("cadb"), list("bdac"))


@pytest.mark.parametrize("n_genres", [1, 2, 3, 10, 40, 300])
def test_the_path_is_complete_repeatable_and_no_longer_than_the_alphabets(n_genres):
    points = np.random.default_rng(n_genres).random((n_genres, 3))
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    random.seed(n_genres)

    path = short_path(points)

    assert sorted(path) == list(range(n_genres))
    assert length(distances, path) <= length(distances, np.arange(n_genres))
    random.seed(0)
    assert short_path(points) == path


def test_an_alphabet_that_is_the_shortest_path_is_kept():
    line = np.arange(150.0)[:, None]

    assert short_path(line) in (list(range(150)), list(range(149, -1, -1)))


def test_tracks_without_a_genre_are_left_out():
    assert order(np.zeros((3, 3)), ["", "Rock", ""]) == ["Rock"]
    assert order(np.zeros((0, 3)), []) == []
