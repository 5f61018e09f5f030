"""Clusters: what must hold for every method."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from beetsplug.mir.clustering import CLUSTERERS, distances_to_centre, sensible_n_clusters

methods = pytest.mark.parametrize("method", sorted(CLUSTERERS))
coordinates = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 25), st.just(3)), elements=st.integers(-5, 5)
)


def blobs(n_blobs: int, size: int = 20) -> np.ndarray:
    centres = 10.0 * np.arange(n_blobs)[:, None] * np.ones(3)
    return np.random.default_rng(0).normal(np.repeat(centres, size, axis=0), 0.5)


@methods
def test_far_apart_blobs_are_the_clusters_in_the_order_of_the_first_coordinate(method):
    assert CLUSTERERS[method](blobs(5), 5).tolist() == np.repeat(np.arange(1, 6), 20).tolist()


@methods
def test_the_order_of_the_tracks_does_not_matter(method):
    Z = blobs(4)
    shuffle = np.random.default_rng(3).permutation(len(Z))

    labels = CLUSTERERS[method](Z, 4)

    assert (CLUSTERERS[method](Z[shuffle], 4) == labels[shuffle]).all()
    assert (CLUSTERERS[method](Z, 4) == labels).all()


@methods
@settings(max_examples=40, deadline=None)
@given(Z=coordinates, n_clusters=st.integers(1, 30))
def test_labels_run_from_1_without_gaps(method, Z, n_clusters):
    labels = CLUSTERERS[method](Z, n_clusters)

    distinct = len(np.unique(Z, axis=0))
    assert sorted(set(labels)) == list(range(1, min(n_clusters, distinct) + 1))


@methods
def test_equal_tracks_are_one_cluster(method):
    assert (CLUSTERERS[method](np.zeros((50, 3)), 16) == 1).all()


@pytest.mark.parametrize(
    ("n_tracks", "n_clusters"), [(1, 1), (4, 1), (10, 2), (56, 11), (80, 16), (10**5, 16)]
)
def test_a_small_library_gets_fewer_clusters(n_tracks, n_clusters):
    assert sensible_n_clusters(n_tracks, 16) == n_clusters


def test_the_track_in_the_middle_is_the_most_typical():
    Z = np.array([[0.0], [1.0], [2.0], [50.0]])

    distances = distances_to_centre(Z, np.array([1, 1, 1, 2]))

    assert distances.tolist() == [1, 0, 1, 0]
