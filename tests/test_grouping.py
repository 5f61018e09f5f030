"""Names as numbers, and what is counted by group."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.clusters import genres
from beetsplug.mir.clusters.contraction import to_clusters
from beetsplug.mir.clusters.evaluation import evaluate
from beetsplug.mir.clusters.naming import describe
from beetsplug.mir.ground.grouping import cross_table, factorize, means, split
from beetsplug.mir.plots.groups import Groups
from beetsplug.mir.plots.palette import NO_GROUP
from beetsplug.mir.space.linear import genre_means

names_of_samples = st.lists(
    st.sampled_from(["", "Rock", "Jazz", "Köln", "a" * 50]), max_size=30
)


@given(names=names_of_samples)
def test_each_sample_gets_the_place_of_its_name_and_none_gets_minus_one(names):
    members, known = factorize(names)

    assert known == sorted(set(names) - {""})
    assert [known[member] if member >= 0 else "" for member in members] == names


@given(names=names_of_samples, seed=st.integers(0, 100))
def test_groups_are_split_counted_and_averaged_as_one_by_one(names, seed):
    members, known = factorize(names)
    random = np.random.default_rng(seed)
    Z, columns = random.normal(size=(len(names), 2)), random.integers(-1, 3, len(names))

    rows = split(members, len(known))
    averages, counts = means(Z, members), cross_table(members, columns, (len(known), 3))

    assert averages.shape == (len(known), 2)
    for group in range(len(known)):
        one = members == group
        assert rows[group].tolist() == np.flatnonzero(one).tolist()
        assert averages[group] == pytest.approx(Z[one].mean(axis=0))
        assert counts[group].tolist() == [(one & (columns == c)).sum() for c in range(3)]


def test_a_long_genre_takes_no_room_beside_the_others():
    """numpy would give each of the names the room of the longest: 160 MB here."""
    n_tracks = 20_000
    tags = ["g" * 2000] + ["Rock", "Jazz"] * (n_tracks // 2)
    X = np.random.default_rng(0).random((len(tags), 16))
    ids = np.arange(len(tags)) % 7 + 1

    tracemalloc.start()
    genre_means(X, tags, 0.5)
    genres.order(X[:, :3], tags)
    to_clusters(ids, tags, 0.5)
    describe(X, ids, tags)
    evaluate({"z": X[:50]}, tags[:50], methods=["kmeans"], n_clusters=[2])
    groups = Groups(tags, dict.fromkeys(["Jazz", "Rock", tags[0]], NO_GROUP), "genre")
    assert [len(groups.members(name)) for name in groups.order] == [10_000, 10_000, 1]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 60e6
