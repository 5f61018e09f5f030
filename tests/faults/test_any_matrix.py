"""Any finite matrix goes through all that is computed of one, whatever its numbers are."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import strategies as st

from beetsplug.mir.clusters import (
    choosing,
    clustering,
    evaluation,
    gains,
    genres,
    hierarchy,
    matching,
    model,
    naming,
    neighbourhood,
    picking,
    reasons,
    settling,
    shaping,
    striking,
    voting,
)
from beetsplug.mir.clusters.order import inserting, line, path
from beetsplug.mir.ground.grouping import means
from beetsplug.mir.names import CLASSIC, N_VALUES, NETWORK
from beetsplug.mir.sound.features.summary import summarise
from beetsplug.mir.space import (
    copies,
    encodings,
    evening,
    linear,
    places,
    plane,
    similarity,
    ways,
)
from tests.faults import LONG
from tests.faults.matrices import by_lot, matrices
from tests.faults.trying import hold

WHAT = "any finite matrix through {}"
HUGE, TINY = np.finfo(np.float64).max, 5e-324

OF_FLOATS = st.one_of(matrices(), matrices(dtype=np.float32))
OPPOSITE = np.array([[HUGE, 0.0], [-HUGE, TINY], [HUGE, 0.0], [1.0, -0.0], [1e160, 2.0]])
"""Two ends of all numbers, equal rows, and what lies between."""

FAR = by_lot(7, 20, 2, np.float64)
FINE = 1e9 + np.random.default_rng(0).normal(0, 1, (40, 8))
"""What differs by little more than rounding errors of what it is made of."""


def stored(features: str) -> st.SearchStrategy[np.ndarray]:
    """Values as they are stored: any numbers of a feature set, of either type."""
    columns = (N_VALUES[features],)
    return st.one_of(matrices(columns), matrices(columns, dtype=np.float32))


def of_kinds(n: int) -> list[str]:
    return [("", "a", "b", "c")[number % 4] for number in range(n)]


def artists_of(n: int) -> np.ndarray:
    return np.arange(n) % 5 - 1


def told_apart(Z: np.ndarray) -> similarity.Recordings:
    """Recordings that nothing but their sound tells to be one."""
    return similarity.Recordings(np.full(len(Z), -1), np.full(len(Z), -1), np.zeros(len(Z)))


def equal_pairs(Z: np.ndarray) -> list[tuple[int, int]]:
    first: dict[bytes, int] = {}
    rows = [(Z[i] + 0.0).tobytes() for i in range(len(Z))]
    return [(first.setdefault(row, i), i) for i, row in enumerate(rows)]


def assert_finite(*arrays: np.ndarray) -> None:
    for array in arrays:
        assert np.isfinite(array).all()


def assert_permutation(order: np.ndarray, n: int) -> None:
    assert sorted(order.tolist()) == list(range(n))


@pytest.mark.parametrize("features", [CLASSIC, NETWORK])
def test_encodings(tally, features):
    def check(X, others, name, dims):
        no_genres = [""] * len(X)
        encoder, Z, _ = encodings.fit(X, no_genres, name, dims, features=features)

        assert_finite(Z, encoder.layers.explained)
        assert len(Z) == len(X)
        assert Z.shape[1] <= (dims if name == "pca" else N_VALUES[features])
        assert encoder.layers.explained.min(initial=0) >= -1e-9
        assert encoder.layers.explained.sum() <= 1 + 1e-9
        assert all((Z[a] == Z[b]).all() for a, b in equal_pairs(X))
        assert np.abs(Z).max() <= 64  # as far as what is made of them may rely on
        assert encoder.transform(X, no_genres) == pytest.approx(Z, abs=1e-6)
        assert_finite(encoder.transform(others, [""] * len(others)))

        if np.abs(X).max() > 1e14:  # what no file of a model may hold: tests/test_model.py
            return
        ids = clustering.kmeans(Z, 3)
        clusters = np.unique(ids)
        names = [f"cluster {id_}" for id_ in clusters]
        fitted = model.Model(encoder, means(Z, ids - 1), clusters, names, {}, "2-60")
        again = model._unpack("of a test", model.pack(fitted))
        placed, places_ = again.place(X, no_genres)
        assert (places_ == encoder.transform(X, no_genres)).all()
        assert set(placed.tolist()) <= set(clusters.tolist())
        assert set(again.place(others, [""] * len(others))[0].tolist()) <= {*clusters.tolist()}

    constant = np.full((3, N_VALUES[features]), 1e300)
    constant[1:, 0] = 1, 2
    opposite = np.where(np.arange(constant.size).reshape(constant.shape) % 2, HUGE, -HUGE)
    opposite[1] *= -1
    least = np.where(np.arange(3)[:, None] == 0, TINY, np.zeros_like(constant))
    hold(
        tally, WHAT.format("encodings and models"), check, stored(features), stored(features),
        st.sampled_from(["pca", "scaled", "none"]), st.integers(1, 16), some=10, all_=200,
        examples=[
            (constant, -constant, "pca", 8), (opposite, constant, "scaled", 8),
            (least, constant, "pca", 1),
        ],
    )  # fmt: skip


def test_clusters(tally):
    def check(Z, k, bias):
        n = len(Z)
        n_distinct = len(linear.distinct(Z))
        for labels in (
            clustering.kmeans(Z, k),
            clustering.agglomerative(Z, k, genres=of_kinds(n), bias=bias),
        ):
            assert set(labels.tolist()) == set(range(1, labels.max() + 1))
            assert labels.max() <= min(k, n_distinct)
            far = clustering.distances_to_centre(Z, labels)
            assert_finite(far, means(Z, labels - 1))
            assert (far >= 0).all()
            assert_shaped(Z, labels, k)
            ids = matching.match(labels, np.arange(n) % (k + 1), taken=[1, 2])
            assert len({*zip(ids.tolist(), labels.tolist(), strict=True)}) == labels.max()
            assert ids.min() >= 1
            assert str(matching.changes(ids, np.arange(n) % (k + 1)))
        same = clustering.kmeans(Z, k)
        assert all(same[a] == same[b] for a, b in equal_pairs(Z))
        sizes = shaping.bounds(Z, k)
        settled = settling.settled_kmeans(Z, k, sizes, old=np.arange(n) % (k + 1))
        assert set(settled.labels.tolist()) == set(range(1, settled.labels.max() + 1))

    hold(
        tally, WHAT.format("clusters"), check, matrices(), st.integers(1, 12),
        st.sampled_from([0.0, 0.5, 1.0]), some=6, all_=250,
        examples=[
            (OPPOSITE, 3, 0.0), (FAR, 5, 1.0), (by_lot(131, 31, 8, np.float64), 5, 0.0),
        ],
    )  # fmt: skip


def assert_shaped(Z: np.ndarray, labels: np.ndarray, k: int) -> None:
    sizes = shaping.bounds(Z, k)
    assert 1 <= sizes.fewest <= sizes.most
    shaped = shaping.shape(Z, labels, k, sizes)
    counts = np.bincount(shaped.labels)[1:]
    assert counts.min() >= 1
    assert counts.min() >= sizes.fewest or len(counts) == 1
    assert shaping.shape(Z, shaped.labels, k, sizes).were_right


def test_trees(tally):
    def check(Z, bias):
        n = len(Z)
        merges = hierarchy.tree(Z, groups=np.arange(n) % 3 - 1, bias=bias)
        assert_finite(merges)
        assert merges.shape == (n - 1, 4)
        assert (np.diff(merges[:, 2]) >= 0).all()
        assert n == 1 or merges[-1, 3] == n
        for k in range(1, n + 1):
            assert set(hierarchy.cut(merges, k).tolist()) == set(range(k))

    hold(
        tally, WHAT.format("trees"), check, matrices(), st.sampled_from([0.0, 0.9, 1.0]),
        some=40, all_=1000, examples=[(OPPOSITE, 0.0), (FAR, 0.0)],
    )  # fmt: skip


def test_evaluation(tally):
    def check(Z):
        truth = of_kinds(len(Z))
        compared = gains.compare({"any": Z}, truth, genres=truth, bias=0.5, n_clusters=[2, 3])
        scores = [[getattr(row, score) for score in evaluation.SCORES] for row in compared.rows]
        values = [value for row in scores for value in row if value is not None]
        assert all(-1 <= value <= 1 + 1e-9 for value in values)
        assert all(row.n_clusters <= len(linear.distinct(Z)) for row in compared.rows)
        for score in gains.COMPARABLE:
            compared.best(score)

        found = neighbourhood.of_space(Z, truth, truth)
        shares = [share for share in found[:4] if share is not None]
        assert all(0 <= share <= 1 for share in shares)
        assert found.hubness is None or np.isfinite(found.hubness)

    hold(
        tally, WHAT.format("evaluation"), check, matrices(), some=2, all_=40,
        examples=[(OPPOSITE,), (FAR,)],
    )  # fmt: skip


def test_the_number_of_clusters(tally):
    def check(Z, method):
        choice = chosen(Z, method)
        if choice is not None:
            assert 2 <= choice.n_clusters <= len(Z) // 2
            assert choice.why

    hold(
        tally, WHAT.format("a choice of k"), check, matrices(),
        st.sampled_from(["kmeans", "agglomerative"]), some=2, all_=25,
        examples=[(FAR, "kmeans")],
    )  # fmt: skip


def chosen(Z: np.ndarray, method: str) -> choosing.Choice | None:
    """Return what is chosen; None if it says that there is nothing to choose from."""
    try:
        return choosing.choose_n_clusters(Z, method, most=min(5, len(Z) // 2))
    except ValueError as exc:
        if str(exc) != choosing._NO_CHOICE:
            raise
        return None


def test_similarity(tally):
    def check(Z, n):
        space, same = similarity.space_of(Z), told_apart(Z)
        rows, far = similarity.nearest(space, space.Z[0].astype(np.float64), n, same)
        assert_finite(far)
        assert (np.diff(far) >= 0).all()
        assert len(set(rows.tolist())) == len(rows) <= n
        assert all(similarity.distance(space, a, b) == 0 for a, b in equal_pairs(Z))
        assert not equal_rows(Z, rows)  # each recording once

        found, distances = similarity.neighbours_of_all(space, 3, same)
        assert (np.isfinite(distances) == (found >= 0)).all()
        assert not (found == np.arange(len(Z))[:, None]).any()

        groups = copies.copies(space, same)
        grouped = [row for group in groups for row in group.rows.tolist()]
        assert len(grouped) == len(set(grouped))
        assert {a for a, b in equal_pairs(Z) if a != b} <= set(grouped)
        firsts = copies.first_of_each(space, same)
        assert firsts[0] == 0
        assert not equal_rows(Z, firsts)
        picked = picking.pick(
            np.arange(len(Z)), space, same, artists_of(len(Z)), picking.Limits(2, None)
        )
        assert not equal_rows(Z, picked)
        times = evening.taste(space, picked[:2], picked[-1:])
        assert ((times >= 0.5) & (times <= 4)).all()

    hold(
        tally, WHAT.format("similarity"), check, OF_FLOATS, st.integers(1, 70),
        some=15, all_=600, examples=[(OPPOSITE, 5), (FAR, 20)],
    )  # fmt: skip


def equal_rows(Z: np.ndarray, rows: np.ndarray) -> bool:
    return len(np.unique(Z[rows] + 0.0, axis=0)) < len(rows)


def test_ways(tally):
    def check(Z, n, spacing):
        space, artists = similarity.space_of(Z), artists_of(len(Z))
        same = told_apart(Z)._replace(seconds=1e3 * np.arange(len(Z)))
        stops = [0, len(Z) - 1] if len(Z) > 1 else [0]
        found = ways.path(space, stops, n, same, artists, spacing=spacing)
        assert found[0] == stops[0]
        assert found[-1] == stops[-1]
        assert len(set(found.tolist())) == len(found)
        assert len(stops) <= len(found) <= max(n, len(stops))

        home = space.Z.mean(axis=0, dtype=np.float64)
        walk = ways.wander(space, 0, home, same, artists, drift=0.5, spacing=spacing)
        walked = list(islice(walk, 20))
        assert walked[0] == 0
        assert len(walked) == len(set(walked)) == min(20, len(Z))
        order = ways.spaced_order(space, walked, artists, spacing)
        assert order[0] == 0
        assert sorted(order.tolist()) == sorted(walked)
        goes_on = evening.following(space, walked, home, same, artists, drift=0.5)
        assert (goes_on is None) == (len(walked) == len(Z))

    hold(
        tally, WHAT.format("paths, walks and evenings"), check, OF_FLOATS, st.integers(2, 20),
        st.integers(0, 5), some=15, all_=400,
        examples=[(OPPOSITE, 5, 5), (FAR, 20, 1), (FINE, 9, 0)],
    )  # fmt: skip


def test_orders(tally, monkeypatch):
    monkeypatch.setattr(genres, "_MOST_WORK", 200)

    def check(Z):
        n = len(Z)
        artists = artists_of(n)
        assert_permutation(path.smooth_path(Z, artists), n)
        assert_permutation(line.line(Z, artists), n)
        assert_permutation(line.line(Z[:, :1]), n)
        assert 0 <= line.length(Z, np.arange(n)) <= HUGE
        last = np.array([n - 1])
        assert_permutation(inserting.insert_each(last[:0], Z, artists, np.arange(n)), n)
        assert_permutation(inserting.insert_each(np.arange(n - 1), Z, artists, last), n)
        kinds = of_kinds(n)
        assert sorted(genres.order(Z, kinds)) == sorted({*kinds} - {""})

    hold(
        tally, WHAT.format("orders"), check, matrices(), some=8, all_=300,
        examples=[(OPPOSITE,), (FAR,), (FINE,)],
    )  # fmt: skip


def test_planes(tally, tmp_path):
    def check(Z):
        flat = plane.neighbour_plane(Z)
        assert_finite(flat)
        assert flat.shape == (len(Z), 2)
        assert all((flat[a] == flat[b]).all() for a, b in equal_pairs(Z))
        assert 0 <= plane.kept(Z, flat, 3) <= 1

        file = tmp_path / "places"
        prints = places.prints_of(Z)
        file.write_bytes(places.pack(places.Places("any", prints, flat)))
        read = places.load(file)
        assert (read.prints == prints).all()
        assert (read.plane == flat).all()
        again = plane.neighbour_plane(Z, start=read.of(prints))
        assert_finite(again)

    hold(
        tally, WHAT.format("planes"), check, matrices(), some=4, all_=40,
        examples=[(OPPOSITE,), (FAR,)],
    )  # fmt: skip


def test_places_that_are_no_places(tally):
    """A file may say that tracks lie where no plane ever was."""

    def check(Z, start):
        n = min(len(Z), len(start))
        assert_finite(plane.neighbour_plane(Z[:n], start=start[:n]))

    hold(
        tally, WHAT.format("planes that go on"), check, matrices((8,)), matrices((2,)),
        some=4, all_=40, examples=[(by_lot(3, 20, 8, np.float64), FAR)],
    )  # fmt: skip


def test_words(tally):
    def check(X, scores):
        n = len(X)
        ids, kinds = np.arange(n) % 4 + 1, of_kinds(n)
        scores = None if scores is None else np.resize(scores, (n, 50))
        names = naming.describe(X, ids, kinds, scores=scores)
        assert names.keys() == set(ids.tolist())
        assert all(names.values())
        assert len({name.casefold() for name in names.values()}) == len(names)
        found = striking.most_striking(X, kinds, np.abs(X[:, 0]), scores)
        assert len(found) == len({track.row for track in found}) <= striking.MOST
        assert all(0 <= track.row < n for track in found)
        ranks = reasons.ranks_of(X)
        assert (np.abs(ranks) <= 0.5).all()
        of_both = (None, None) if scores is None else (scores[0], scores[-1])
        assert reasons.alike(ranks[0], ranks[-1], *of_both)

    share = st.one_of(st.none(), st.lists(st.floats(0, 1), min_size=1, max_size=50))
    hold(
        tally, WHAT.format("words"), check, matrices((16,)), share, some=15, all_=400,
        examples=[(by_lot(5, 20, 16, np.float64), None)],
    )  # fmt: skip


def test_votes(tally):
    def check(D, seed):
        votes = np.random.default_rng(seed).integers(-1, 3, D.shape)
        polled = voting.poll(votes, np.abs(D))
        assert ((polled.shares >= 0) & (polled.shares <= 1 + 1e-9)).all()
        assert (polled.n_for <= polled.n_voters).all()
        calibration = voting.calibrate(polled.shares, votes[:, 0] == polled.genres)
        assert calibration.slope >= 0
        confidence = calibration.confidence(polled.shares)
        assert ((confidence >= 0) & (confidence <= 1)).all()

    hold(
        tally, WHAT.format("votes"), check, matrices((10,)), st.integers(0, 99),
        some=10, all_=300,
    )  # fmt: skip


def test_summaries(tally):
    def check(frames):
        of_series = summarise(frames[:, 0])
        assert_finite(np.array([*of_series.values()]))
        assert frames.min() <= of_series["median"] <= frames.max()
        assert of_series["std"] >= 0

    most = np.finfo(np.float32).max
    hold(
        tally, WHAT.format("summaries"), check, matrices((1,), dtype=np.float32),
        some=40, all_=1000,
        examples=[
            (np.array([[most], [-most]], np.float32),),
            (np.array([[5e-7]] * 53 + [[most]], np.float32),),
        ],
    )  # fmt: skip


@pytest.mark.tensorflow
@pytest.mark.skipif(not LONG, reason="a network takes seconds")
@pytest.mark.parametrize("features", [CLASSIC, NETWORK])
def test_networks(tally, features):
    def check(X, others, bias):
        kinds = of_kinds(len(X))
        encoder, Z, training = encodings.fit(
            X, kinds, "autoencoder", 3, bias=bias, epochs=3, features=features
        )
        assert_finite(Z, training.history)
        assert ((Z >= 0) & (Z <= 1)).all()
        assert 0 <= encoder.layers.explained.sum() <= 1
        assert_finite(encoder.transform(others, of_kinds(len(others))))

    hold(
        tally, WHAT.format("networks"), check, stored(features), stored(features),
        st.sampled_from([0.0, 0.5]), some=0, all_=6,
    )  # fmt: skip
