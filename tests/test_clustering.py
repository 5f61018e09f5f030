"""Clusters: what must hold for every method."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.cluster.hierarchy import cut_tree, linkage
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from beetsplug.mir.clusters import clustering, hierarchy
from beetsplug.mir.clusters.clustering import (
    agglomerative,
    distances_to_centre,
    kmeans,
    sensible_n_clusters,
)
from beetsplug.mir.ground.grouping import factorize
from beetsplug.mir.space import encodings

methods = pytest.mark.parametrize("method", [kmeans, agglomerative])
coordinates = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 25), st.just(3)), elements=st.integers(-5, 5)
)


def blobs(n_blobs: int, size: int = 20) -> np.ndarray:
    centres = 10.0 * np.arange(n_blobs)[:, None] * np.ones(3)
    return np.random.default_rng(0).normal(np.repeat(centres, size, axis=0), 0.5)


@methods
def test_far_apart_blobs_are_the_clusters_in_the_order_of_the_first_coordinate(method):
    assert method(blobs(5), 5).tolist() == np.repeat(np.arange(1, 6), 20).tolist()


@methods
def test_the_order_of_the_tracks_does_not_matter(method):
    Z = blobs(4)
    shuffle = np.random.default_rng(3).permutation(len(Z))

    labels = method(Z, 4)

    assert (method(Z[shuffle], 4) == labels[shuffle]).all()
    assert (method(Z, 4) == labels).all()


@methods
@settings(max_examples=40, deadline=None)
@given(Z=coordinates, n_clusters=st.integers(1, 30))
def test_labels_run_from_1_without_gaps(method, Z, n_clusters):
    labels = method(Z, n_clusters)

    distinct = len(np.unique(Z, axis=0))
    assert sorted(set(labels)) == list(range(1, min(n_clusters, distinct) + 1))


@methods
def test_equal_tracks_are_one_cluster(method):
    assert (method(np.zeros((50, 3)), 16) == 1).all()


@pytest.mark.parametrize(
    ("n_tracks", "n_clusters"), [(1, 1), (4, 1), (10, 2), (56, 11), (80, 16), (10**5, 16)]
)
def test_a_small_library_gets_fewer_clusters(n_tracks, n_clusters):
    assert sensible_n_clusters(n_tracks, 16) == n_clusters


def test_the_track_in_the_middle_is_the_most_typical():
    Z = np.array([[0.0], [1.0], [2.0], [50.0]])

    distances = distances_to_centre(Z, np.array([1, 1, 1, 2]))

    assert distances.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("n_samples", [2, 3, 17, 200])
def test_the_tree_is_that_of_scipy(n_samples):
    Z = np.random.default_rng(n_samples).normal(size=(n_samples, 4))

    merges, oracle = hierarchy.tree(Z), linkage(Z, "ward")

    assert merges == pytest.approx(oracle)
    for n_clusters in (1, 2, 5):
        labels = hierarchy.cut(merges, min(n_clusters, n_samples))
        expected = cut_tree(oracle, min(n_clusters, n_samples)).ravel()
        assert adjusted_rand_score(labels, expected) == 1


def test_a_weight_of_three_is_three_tracks_in_one_place():
    Z = np.random.default_rng(1).normal(size=(30, 3))
    weights = np.random.default_rng(2).integers(1, 4, 30)

    weighted = hierarchy.tree(Z, weights=weights.astype(float))
    heights = linkage(np.repeat(Z, weights, axis=0), "ward")[:, 2]

    assert weighted[:, 2] == pytest.approx(heights[heights > 1e-9])
    assert weighted[-1, 3] == weights.sum()


def test_the_bias_contracts_distances_within_a_genre_by_its_factor():
    Z = np.array([[0.0], [1.0], [10.0], [11.0]])
    genres = np.array([0, 1, 2, 2])

    assert hierarchy.tree(Z, groups=genres, bias=0.75)[0].tolist() == [2, 3, 0.25, 2]
    assert hierarchy.tree(Z, groups=genres, bias=0.75)[1].tolist() == [0, 1, 1, 2]


def test_a_full_bias_gives_the_genres_and_none_is_exactly_without():
    Z = np.random.default_rng(0).normal(size=(60, 3))
    genres = ["Rock", "Jazz", "Folk"] * 20

    assert adjusted_rand_score(genres, agglomerative(Z, 3, genres=genres, bias=1.0)) == 1
    unbiased = agglomerative(Z, 7)
    assert (agglomerative(Z, 7, genres=genres, bias=0.0) == unbiased).all()


def test_tracks_without_a_genre_are_never_contracted():
    Z = np.random.default_rng(0).normal(size=(60, 3))

    assert (agglomerative(Z, 7, genres=[""] * 60, bias=1.0) == agglomerative(Z, 7)).all()


def test_two_tracks_without_a_genre_are_not_of_one_genre():
    Z = np.array([[0.0], [1.0], [10.0], [11.5]])
    merges = hierarchy.tree(Z, groups=np.array([-1, -1, 0, 0]), bias=0.75)

    assert merges[:2].tolist() == [[2, 3, 0.375, 2], [0, 1, 1, 2]]
    assert factorize(["", "Rock", "Jazz", "", "Rock"])[0].tolist() == [
        -1,
        1,
        0,
        -1,
        1,
    ]  # by name


def test_two_stages_find_what_one_finds(monkeypatch):
    Z = np.random.default_rng(0).normal(
        np.repeat(np.random.default_rng(1).normal(0, 8, (6, 5)), 300, axis=0)
    )
    full = agglomerative(Z, 6)
    monkeypatch.setattr(clustering, "MOST_IN_TREE", 500)
    monkeypatch.setattr(clustering, "N_GROUPS", 100)

    assert adjusted_rand_score(full, agglomerative(Z, 6)) > 0.99


def test_small_groups_count_by_their_tracks(monkeypatch):
    """In tracks the dense halves are more than those that are few and far away."""
    Z = np.random.default_rng(0).normal(
        np.repeat(
            [[0, 0, 0], [3, 0, 0], [0, 20, 0], [0, -20, 0]], [600, 600, 100, 100], axis=0
        ),
        np.repeat([0.5, 3], [1200, 200])[:, None],
    )
    full = agglomerative(Z, 2)
    monkeypatch.setattr(clustering, "MOST_IN_TREE", 500)
    monkeypatch.setattr(clustering, "N_GROUPS", 100)

    assert adjusted_rand_score(full, agglomerative(Z, 2)) > 0.95


def test_two_stages_give_the_same_each_time(monkeypatch):
    Z = np.random.default_rng(0).normal(size=(600, 3))
    monkeypatch.setattr(clustering, "MOST_IN_TREE", 500)
    monkeypatch.setattr(clustering, "N_GROUPS", 100)

    assert (agglomerative(Z, 5) == agglomerative(Z, 5)).all()


def test_of_very_many_genres_the_most_common_are_still_told_apart(monkeypatch):
    monkeypatch.setattr(clustering, "MOST_IN_TREE", 100)
    monkeypatch.setattr(clustering, "N_GROUPS", 30)
    Z = np.random.default_rng(0).normal(size=(450, 3))
    genres = ["Rock"] * 150 + ["Jazz"] * 150 + [f"Own {n}" for n in range(150)]

    labels = agglomerative(Z, 3, genres=genres, bias=1.0)

    assert len(set(labels[:150])) == len(set(labels[150:300])) == 1
    assert labels[0] != labels[150]


def test_more_clusters_than_small_groups_are_still_made(monkeypatch):
    Z = np.random.default_rng(0).normal(size=(600, 3))
    monkeypatch.setattr(clustering, "MOST_IN_TREE", 500)
    monkeypatch.setattr(clustering, "N_GROUPS", 30)

    assert agglomerative(Z, 50).max() == 50


def test_thousands_of_genres_leave_the_tree_small(monkeypatch):
    Z = np.random.default_rng(0).normal(size=(600, 3))
    monkeypatch.setattr(clustering, "MOST_IN_TREE", 100)
    monkeypatch.setattr(clustering, "N_GROUPS", 30)
    sizes = []
    tree = hierarchy.tree
    monkeypatch.setattr(
        hierarchy, "tree", lambda Z, **kw: sizes.append(len(Z)) or tree(Z, **kw)
    )

    assert agglomerative(Z, 5, genres=[str(n) for n in range(600)], bias=0.5).max() == 5
    assert sizes[0] <= 60


@methods
def test_copies_stay_together_whatever_their_number(method):
    X = np.repeat(np.random.default_rng(0).random((3, 16)), 50, axis=0)
    Z = encodings.fit(X, [""] * 150, "pca", 3).Z

    labels = method(Z, 4)

    assert np.bincount(labels).tolist() == [0, 50, 50, 50]


def test_a_full_bias_still_divides_a_genre_by_sound():
    Z = np.concatenate([np.zeros((5, 1)), np.ones((5, 1)), np.full((5, 1), 50.0)])
    Z += np.linspace(0, 0.01, 15)[:, None]
    genres = ["Rock"] * 10 + ["Jazz"] * 5

    labels = agglomerative(Z, 3, genres=genres, bias=1.0)

    assert labels.tolist() == [1] * 5 + [2] * 5 + [3] * 5


def test_a_tree_cannot_be_cut_into_more_clusters_than_samples():
    with pytest.raises(ValueError, match="3 samples"):
        hierarchy.cut(hierarchy.tree(np.eye(3)), 4)


def test_groups_never_mix_genres(monkeypatch):
    Z = np.random.default_rng(0).normal(size=(500, 3))
    genres = np.random.default_rng(1).integers(-1, 4, 500)

    members = clustering.small_groups(Z, genres, 50, random_state=0)

    assert 40 <= len(np.unique(members)) <= 60
    assert all(len(set(genres[members == m])) == 1 for m in np.unique(members))
    monkeypatch.setattr(clustering, "MOST_IN_TREE", 100)
    names = [str(genre) for genre in genres]
    assert adjusted_rand_score(genres, agglomerative(Z, 5, genres=names, bias=1.0)) == 1


def test_of_several_starts_the_best_counts():
    Z = np.random.default_rng(0).normal(size=(400, 3))

    def spread(labels):
        return sum(
            ((Z[labels == n] - Z[labels == n].mean(axis=0)) ** 2).sum() for n in set(labels)
        )

    one = [KMeans(30, n_init=1, random_state=seed).fit(Z).inertia_ for seed in range(5)]
    several = [spread(kmeans(Z, 30, random_state=seed)) for seed in range(5)]

    assert np.mean(several) < 0.98 * np.mean(one)


def test_clusters_are_numbered_by_the_first_coordinate_whatever_the_others():
    Z = np.array([[1.0, 0.0], [0.0, 5.0], [1.0, 0.1], [0.0, 5.1]])

    assert kmeans(Z, 2).tolist() == agglomerative(Z, 2).tolist() == [2, 1, 2, 1]
