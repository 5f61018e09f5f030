"""Scores of clusterings, and the choice of how many clusters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from beetsplug.mir.clusters import evaluation
from beetsplug.mir.clusters.choosing import MOST_CLUSTERS, choose_n_clusters
from beetsplug.mir.clusters.clustering import agglomerative, kmeans
from beetsplug.mir.clusters.evaluation import (
    adjusted_rand,
    clustered,
    evaluate,
    sample,
    stability,
)
from beetsplug.mir.clusters.gains import COMPARABLE, N_CLOUDS, Comparison, compare
from beetsplug.mir.names import METHODS


def blobs(n_blobs: int, size: int = 30, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    random = np.random.default_rng(seed)
    centres = 12 * np.eye(n_blobs, 8)[:, :8]
    Z = np.repeat(centres, size, axis=0) + random.normal(0, 1, (n_blobs * size, 8))
    return Z, [f"Genre {n}" for n in np.repeat(np.arange(n_blobs), size)]


def test_the_planted_clusters_score_1_and_are_the_best():
    Z, truth = blobs(4)

    rows = evaluate({"plain": Z, "noise": np.random.default_rng(1).random((120, 3))}, truth)

    assert len(rows) == 2 * len(METHODS) * 19
    for score in ("adjusted_rand", "adjusted_mutual_info", "fowlkes_mallows", "silhouette"):
        found = max(rows, key=lambda row: getattr(row, score))
        assert (found.space, found.n_clusters) == ("plain", 4)
    row = next(row for row in rows if row[:3] == ("plain", "kmeans", 4))
    assert row.adjusted_rand == row.homogeneity == row.completeness == pytest.approx(1)
    assert row.stability == pytest.approx(1)


def test_the_scores_are_those_of_scikit_learn():
    Z = np.random.default_rng(0).normal(size=(80, 3))
    truth = [str(n % 5) for n in range(80)]

    rows = evaluate({"z": Z}, truth, n_clusters=[7])

    for row, method in zip(rows, (kmeans, agglomerative), strict=True):
        labels = method(Z, 7)
        assert row.adjusted_rand == pytest.approx(metrics.adjusted_rand_score(truth, labels))
        assert row.adjusted_mutual_info == pytest.approx(
            metrics.adjusted_mutual_info_score(truth, labels)
        )
        assert row.homogeneity == pytest.approx(metrics.homogeneity_score(truth, labels))
        assert row.completeness == pytest.approx(metrics.completeness_score(truth, labels))
        assert row.fowlkes_mallows == pytest.approx(
            metrics.fowlkes_mallows_score(truth, labels)
        )
        assert row.silhouette == pytest.approx(metrics.silhouette_score(Z, labels))


def test_planted_clusters_win_stars_in_all_that_can_be_compared():
    Z, truth = blobs(4, size=40)
    noise = np.random.default_rng(1).random((160, 3))

    comparison = compare({"noise": noise, "plain": Z}, truth, n_clusters=range(2, 7))

    for score in COMPARABLE:
        found = comparison.best(score)
        assert (found.space, found.n_clusters) == ("plain", 4)


@pytest.mark.parametrize(
    "kind",
    ["normal", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("long", "uniform"))],
)
def test_noise_wins_no_star(kind):
    """The best of many scores is always something; it is not far above chance."""
    random = np.random.default_rng(1)
    Z = random.random((100, 8)) if kind == "uniform" else random.normal(size=(100, 8))
    if kind == "long":
        Z *= 2.0 ** -np.arange(8)
    truth = [str(n) for n in random.integers(0, 6, 100)]

    comparison = compare({"8": Z, "3": Z[:, :3]}, truth, n_clusters=range(2, 8))

    assert [comparison.best(score) for score in COMPARABLE] == [None] * 4


def test_a_gain_is_what_the_clouds_do_not_have():
    Z, _ = blobs(3)

    rows = compare({"z": Z}, [""] * 90, methods=["kmeans"], n_clusters=[3]).rows
    random = np.random.default_rng(0)
    means = [
        metrics.silhouette_score(cloud, kmeans(cloud, 3))
        for cloud in (
            random.multivariate_normal(Z.mean(axis=0), np.cov(Z.T), size=90, method="eigh")
            for _ in range(N_CLOUDS)
        )
    ]

    assert rows[0].silhouette_gain == pytest.approx(rows[0].silhouette - np.mean(means))
    assert rows[0].stability_gain > 0.2


def test_of_equal_scores_that_of_fewest_clusters_is_the_best():
    rows = evaluate({"z": blobs(3)[0]}, [""] * 90, methods=["kmeans"], n_clusters=[5, 2, 4])
    equal = [row._replace(silhouette_gain=0.5) for row in rows]

    assert (
        Comparison(equal, {("silhouette_gain", 2): 0.2}).best("silhouette_gain").n_clusters == 2
    )
    assert (
        Comparison(equal, {("silhouette_gain", 2): 0.3}).best("silhouette_gain").n_clusters == 4
    )
    assert Comparison(equal, {}).best("stability_gain") is None


def test_in_a_cloud_many_clusters_are_not_steady():
    """In blobs they are: the same code says 1 of them."""
    Z = np.random.default_rng(0).normal(size=(200, 6))

    for row in evaluate({"z": Z}, [""] * 200, n_clusters=[8]):
        assert 0 < row.stability < 0.8


def test_clusters_that_are_the_genres_are_steady_with_a_full_bias():
    """Each sample of the tracks has its own genres."""
    random = np.random.default_rng(0)
    genres = [str(n) for n in random.integers(4, size=120)]
    Z = random.normal(size=(120, 3))

    (row,) = evaluate(
        {"z": Z}, genres, genres=genres, bias=1.0, methods=["agglomerative"], n_clusters=[4]
    )

    assert row.stability == 1


def test_where_each_track_is_a_cluster_nothing_tells_how_steady_they_are():
    def alone(Z, chosen, counts, random_state, n_init=None):
        return {k: np.arange(1, len(chosen) + 1) for k in counts}

    assert stability(alone, np.eye(30), [15], 0) == {15: None}


def test_tracks_without_a_label_do_not_count_beside_labels():
    Z, truth = blobs(3)
    wrong = [label if n % 3 else "" for n, label in enumerate(truth)]

    row = evaluate({"z": Z}, wrong, methods=["kmeans"], n_clusters=[3])[0]

    assert row.adjusted_rand == pytest.approx(1)


@pytest.mark.parametrize("truth", ["", "Rock"])
def test_one_genre_or_none_leaves_only_the_scores_without_labels(truth):
    Z, _ = blobs(3)

    row = evaluate({"z": Z}, [truth] * len(Z), n_clusters=[3])[0]

    assert row[3:8] == (None,) * 5
    assert row.silhouette > 0.5
    assert row.stability == pytest.approx(1)
    assert Comparison([row], {}).best("adjusted_rand") is None


def test_a_larger_bias_agrees_more_with_genre():
    random = np.random.default_rng(0)
    genres = [str(n % 4) for n in range(200)]
    Z = random.normal(size=(200, 3)) + random.normal(size=(4, 3))[np.arange(200) % 4]

    scores = [
        evaluate({"z": Z}, genres, genres=genres, bias=bias, methods=["agglomerative"],
                 n_clusters=[4])[0].adjusted_rand
        for bias in (0, 0.5, 0.75, 1)
    ]  # fmt: skip

    assert scores == sorted(scores)
    assert scores[-1] == 1
    plain = evaluate({"z": Z}, genres, methods=["agglomerative"], n_clusters=[4])[0]
    assert scores[0] == plain.adjusted_rand


def test_more_clusters_than_different_tracks_are_not_scored():
    Z = np.repeat(np.arange(5.0), 4)[:, None]

    assert {row.n_clusters for row in evaluate({"z": Z}, [""] * 20)} <= {2, 3, 4, 5}
    assert evaluate({"z": np.zeros((20, 2))}, [""] * 20) == []


def test_of_too_many_tracks_some_are_drawn_always_the_same(monkeypatch):
    monkeypatch.setattr(evaluation, "MOST_EVALUATED", 50)

    drawn = sample(1000, 3)

    assert len(set(drawn.tolist())) == 50
    assert drawn.tolist() == sorted(drawn)
    assert (drawn == sample(1000, 3)).all()
    assert sample(50, 3).tolist() == list(range(50))


@pytest.mark.parametrize("n_blobs", [3, 8])
@pytest.mark.parametrize("method", METHODS)
def test_the_number_of_planted_clusters_is_chosen(n_blobs, method):
    Z, _ = blobs(n_blobs)
    steps, announced = [], []

    choice = choose_n_clusters(
        Z, method, most=12, on_round=announced.append, on_step=lambda: steps.append(1)
    )

    assert choice.n_clusters == n_blobs
    assert "stability 1.00" in choice.why
    assert announced == [N_CLOUDS + 1]
    assert len(steps) == N_CLOUDS + 1


@pytest.mark.parametrize(("n_blobs", "end"), [(25, ""), (70, " (more were not tried)")])
def test_more_are_tried_while_that_is_better(n_blobs, end):
    centres = np.random.default_rng(1).normal(0, 30, (n_blobs, 8))
    Z = np.random.default_rng(0).normal(np.repeat(centres, 6, axis=0))

    choice = choose_n_clusters(Z, "agglomerative", most=len(Z) // 2)

    assert choice.n_clusters == min(n_blobs, MOST_CLUSTERS)
    assert choice.why.endswith(end)
    assert choice.why.endswith(" tried)") == bool(end)


def test_clusters_in_two_far_groups_are_counted_one_by_one():
    """The two groups are steadier and farther apart: so are the halves of any long cloud."""
    triangle = np.array([[0, 0], [8, 0], [4, 8]])
    centres = np.concatenate([triangle, triangle + np.array([40, 0])])
    Z = np.random.default_rng(0).normal(np.repeat(centres, 30, axis=0))

    assert choose_n_clusters(Z, "kmeans", most=10).n_clusters == 6


def test_very_few_tracks_have_no_stability_rather_than_a_false_one():
    rows = evaluate({"z": np.arange(4.0)[:, None]}, [""] * 4, n_clusters=[4])

    assert all(row.stability is None for row in rows)


@pytest.mark.parametrize("n_tracks", [1, 2, 3])
def test_too_few_tracks_leave_no_choice(n_tracks):
    with pytest.raises(ValueError, match="too few"):
        choose_n_clusters(np.eye(n_tracks), "kmeans", most=n_tracks // 2)


def test_tracks_that_are_all_alike_leave_no_choice():
    with pytest.raises(ValueError, match="too alike"):
        choose_n_clusters(np.ones((30, 3)), "kmeans", most=20)


@given(
    labels=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)
)
def test_the_agreement_of_samples_is_the_index_of_scikit_learn(labels):
    a, b = np.transpose(labels)

    assert adjusted_rand(a, b) == pytest.approx(metrics.adjusted_rand_score(a, b), abs=1e-12)


@pytest.mark.parametrize("method", ["kmeans", "agglomerative"])
def test_clusters_that_were_scored_can_be_had_again(method):
    Z, truth = blobs(3)
    [row] = evaluate({"z": Z}, truth, methods=[method], n_clusters=[5], random_state=3)

    labels = clustered(Z, method, 5, 3)

    assert set(labels) == {1, 2, 3, 4, 5}
    assert metrics.adjusted_rand_score(truth, labels) == pytest.approx(row.adjusted_rand)
