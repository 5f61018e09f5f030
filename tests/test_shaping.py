"""Sizes of clusters: the small join others, the large are divided, and what was right stays."""

from collections import Counter

import numpy as np
import pytest
from beets.library import Item, Library
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from beetsplug.mir import names
from beetsplug.mir.clusters.clustering import agglomerative, kmeans
from beetsplug.mir.clusters.settling import settled_kmeans
from beetsplug.mir.clusters.shaping import Bounds, Shaped, bounds, shape
from beetsplug.mir.library import storing
from tests.conftest import Beet, add_tracks

ANY = Bounds(1, 10**6)


def line(*sizes: int, apart: float = 10.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return blobs of these sizes in a row, and their labels."""
    labels = np.repeat(np.arange(1, len(sizes) + 1), sizes)
    places = apart * labels[:, None] * np.array([1.0, 0.0])
    return np.random.default_rng(seed).normal(places, 0.5), labels


def sizes_of(labels: np.ndarray) -> list[int]:
    return np.bincount(labels)[1:].tolist()


def places(n_most: int = 40) -> st.SearchStrategy[np.ndarray]:
    """Return coordinates on a small grid: many are equal, or all."""
    shape_of = st.tuples(st.integers(1, n_most), st.integers(1, 3))
    elements = st.integers(-3, 3).map(float)
    return hnp.arrays(np.float64, shape_of, elements=elements, fill=st.just(0.0))


some_bounds = st.builds(Bounds, st.integers(1, 12), st.integers(1, 45))


# --- which sizes ---


@pytest.mark.parametrize(
    ("n_tracks", "n_clusters", "expected"),
    [
        (30, 6, (2, 12)),
        (56, 11, (2, 15)),
        (114, 16, (2, 21)),
        (200, 16, (4, 37)),
        (1000, 16, (8, 187)),
        (10**5, 16, (8, 18750)),
        (1000, 2, (8, 750)),
        (1000, 3, (8, 500)),
        (1000, 4, (8, 400)),
        (1000, 100, (3, 30)),
        (30, 16, (1, 5)),
        (6, 3, (1, 3)),
        (12, 3, (2, 6)),
        (1, 1, (1, 1)),
    ],
)
def test_what_suits_depends_on_the_mean_size(n_tracks, n_clusters, expected):
    Z = np.arange(n_tracks)[:, None] * 1.0

    assert bounds(Z, n_clusters) == expected


def test_a_size_that_is_given_counts_and_the_other_suits_it():
    Z = np.arange(1000)[:, None] * 1.0

    assert bounds(Z, 16, 20, 90) == (20, 90)
    assert bounds(Z, 16, 100) == (100, 300)  # of ten clusters
    assert bounds(Z, 16, None, 10) == (3, 10)  # of a hundred
    assert bounds(Z, 16, None, 2) == (1, 2)
    assert bounds(Z, 16, None, 1) == (1, 1)
    assert bounds(Z, 16, 5000) == (5000, 1500)
    assert bounds(Z, 16, 0, 0) == (1, 1000)


def test_equal_tracks_count_once_in_the_fewest():
    Z = np.append(np.zeros(1000), np.arange(1, 41))[:, None]

    assert bounds(Z, 6).fewest == 2
    assert bounds(np.zeros((1000, 2)), 1).fewest == 1


@given(st.integers(1, 60), st.data())
def test_what_suits_can_be_had(n_tracks, data):
    n_clusters = data.draw(st.integers(1, n_tracks))

    fewest, most = bounds(np.arange(n_tracks)[:, None] * 1.0, n_clusters)

    assert 1 <= fewest <= n_tracks // n_clusters <= -(-n_tracks // n_clusters) <= most


# --- shapes ---


def test_a_small_cluster_joins_its_nearest_and_the_largest_is_divided_instead():
    Z, labels = line(20, 3, 20, 40)
    Z[labels == 2] += [4, 0]  # nearer to the third

    shaped = shape(Z, labels, 4, Bounds(5, 50))

    assert sizes_of(shaped.labels)[:2] == [20, 23]
    assert min(sizes_of(shaped.labels)) >= 5
    assert shaped.labels.max() == 4
    assert (shaped.n_joined, shaped.n_divided) == (1, 1)


def test_each_track_of_a_small_cluster_joins_the_centre_that_is_nearest_to_it():
    Z = np.array([[0.0]] * 9 + [[10.0]] * 9 + [[4.0], [4.9], [5.1], [6.0]])
    labels = np.repeat([1, 2, 3], [9, 9, 4])

    assert shape(Z, labels, 2, Bounds(5, 20)).labels.tolist()[-4:] == [1, 1, 2, 2]


def test_a_large_cluster_is_divided_where_it_has_a_gap_and_the_smallest_makes_room():
    Z, blobs = line(30, 30, 20, 6)
    labels = np.array([0, 1, 1, 2, 3])[blobs]

    shaped = shape(Z, labels, 3, Bounds(2, 40))

    assert shaped.labels.tolist() == np.array([0, 1, 2, 3, 3])[blobs].tolist()
    assert (shaped.n_joined, shaped.n_divided) == (1, 1)


def test_few_that_are_far_away_are_no_half():
    """2-means would find them alone, however often it is asked."""
    Z, blobs = line(30, 30)
    Z = np.vstack([Z, [[0, 10**3], [0, 10**4], [20, 10**5]]])

    shaped = shape(Z, np.ones(63, int), 2, Bounds(5, 100))

    assert adjusted_rand_score(shaped.labels[:60], blobs) == 1
    assert shaped.labels.max() == 2


def test_where_all_lie_apart_they_are_divided_all_the_same():
    Z = 3.0 ** np.arange(24)[:, None] * [1.0, 0.0]  # the farthest is always alone

    assert max(sizes_of(shape(Z, np.ones(24, int), 1, Bounds(8, 15)).labels)) <= 15


def test_clusters_of_the_right_sizes_and_number_stay_just_as_they_are():
    Z, labels = line(20, 5, 30, apart=0.1)  # nothing to be seen of them

    shaped = shape(Z, labels, 3, Bounds(5, 30))

    assert shaped.were_right
    assert adjusted_rand_score(shaped.labels, labels) == 1


def test_sizes_count_before_the_number():
    Z, labels = line(6, 6, 6, 6)

    assert sizes_of(shape(Z, labels, 4, Bounds(10, 30)).labels) == [12, 12]
    assert sizes_of(shape(Z, labels, 4, Bounds(1, 3)).labels).count(3) >= 4
    assert max(sizes_of(shape(Z, labels, 4, Bounds(1, 3)).labels)) == 3


def test_none_too_small_counts_before_none_too_large():
    Z, labels = line(6, 6, 6)

    assert sizes_of(shape(Z, labels, 3, Bounds(6, 3)).labels) == [6, 6, 6]


def test_equal_tracks_cannot_be_divided():
    Z = np.vstack([np.zeros((50, 2)), np.random.default_rng(0).normal(9, 1, (20, 2))])

    shaped = shape(Z, np.repeat([1, 2], [50, 20]), 4, Bounds(4, 20))

    assert sizes_of(shaped.labels)[0] == 50
    assert shaped.labels.max() == 4


@settings(max_examples=80)
@given(
    Z=places(), n_clusters=st.integers(1, 45), sizes=some_bounds, data=st.data(),
    method=st.sampled_from([kmeans, agglomerative, None]),
)  # fmt: skip
def test_whatever_there_is_it_ends_in_clusters_of_their_sizes(
    Z, n_clusters, sizes, data, method
):
    some = hnp.arrays(np.int64, len(Z), elements=st.integers(1, 5))
    labels = method(Z, n_clusters) if method else data.draw(some)

    shaped = shape(Z, labels, n_clusters, sizes)

    counts = np.bincount(shaped.labels)[1:]
    assert sorted(set(shaped.labels.tolist())) == list(range(1, len(counts) + 1))
    assert counts.min() >= sizes.fewest or len(counts) == 1
    again = shape(Z, shaped.labels, n_clusters, sizes)
    assert again.were_right
    assert (again.labels == shaped.labels).all()
    assert (shape(Z, labels, n_clusters, sizes).labels == shaped.labels).all()


@settings(max_examples=40)
@given(n_tracks=st.integers(1, 60), seed=st.integers(0, 99), sizes=some_bounds)
def test_none_is_too_large_that_has_two_halves(n_tracks, seed, sizes):
    Z = np.random.default_rng(seed).normal(size=(n_tracks, 2))

    counts = sizes_of(shape(Z, np.ones(n_tracks, int), 1, sizes).labels)

    assert max(counts) <= max(sizes.most, 2 * sizes.fewest - 1)


@settings(max_examples=40)
@given(
    n_tracks=st.integers(1, 80), n_clusters=st.integers(1, 20), seed=st.integers(0, 99),
    skew=st.floats(0.2, 3), method=st.sampled_from([kmeans, agglomerative]),
)  # fmt: skip
def test_with_sizes_that_suit_there_are_as_many_as_asked_for(
    n_tracks, n_clusters, seed, skew, method
):
    n_clusters = min(n_clusters, max(1, n_tracks // 5))
    Z = np.random.default_rng(seed).normal(size=(n_tracks, 3))
    Z = np.sign(Z) * np.abs(Z) ** skew
    sizes = bounds(Z, n_clusters)

    shaped = shape(Z, method(Z, n_clusters), n_clusters, sizes)

    counts = sizes_of(shaped.labels)
    assert len(counts) == n_clusters
    assert sizes.fewest <= min(counts)
    assert max(counts) <= sizes.most


def test_what_was_done_is_told():
    nothing = np.ones(1, int)

    assert str(Shaped(nothing, 0, 0)) == ""
    assert str(Shaped(nothing, 1, 0)) == "1 small cluster joined its nearest"
    assert str(Shaped(nothing, 2, 1)) == (
        "2 small clusters joined their nearest, 1 large one was divided"
    )
    assert str(Shaped(nothing, 0, 3)) == "3 large ones were divided"


# --- k-means that goes on ---


NONE = np.zeros(124, int)


def blobs_and_pairs() -> np.ndarray:
    """Return two blobs, and two pairs far from all that k-means makes clusters of."""
    Z, _ = line(60, 60)
    return np.vstack([Z, [[100, 100], [100, 101], [-100, 90], [-100, 91]]])


def are_with_their_nearest(Z: np.ndarray, labels: np.ndarray) -> bool:
    centres = [Z[labels == label].mean(axis=0) for label in range(1, labels.max() + 1)]
    return bool((cdist(Z, centres).argmin(axis=1) + 1 == labels).all())


def test_kmeans_goes_on_from_clusters_of_the_right_size():
    Z, sizes = np.random.default_rng(2).normal(size=(124, 3)), Bounds(10, 30)
    only_shaped = shape(Z, kmeans(Z, 8), 8, sizes)
    assert not only_shaped.were_right
    assert not are_with_their_nearest(Z, only_shaped.labels)

    settled = settled_kmeans(Z, 8, sizes, old=NONE)

    assert are_with_their_nearest(Z, settled.labels)
    assert 10 <= min(sizes_of(settled.labels)) <= max(sizes_of(settled.labels)) <= 30


def test_where_kmeans_would_go_back_to_wrong_sizes_they_stay_as_they_are():
    Z = blobs_and_pairs()
    assert min(sizes_of(kmeans(Z, 4))) == 2

    first = settled_kmeans(Z, 4, Bounds(8, 90), old=NONE)

    assert len(sizes_of(first.labels)) == 4
    assert min(sizes_of(first.labels)) >= 8
    assert not are_with_their_nearest(Z, first.labels)
    assert (settled_kmeans(Z, 4, Bounds(8, 90), old=first.labels).labels == first.labels).all()


@settings(max_examples=25)
@given(
    Z=places(), n_clusters=st.integers(1, 12), sizes=some_bounds, n_late=st.integers(0, 10),
    data=st.data(),
)  # fmt: skip
def test_the_second_run_is_the_first_one_and_late_tracks_break_nothing(
    Z, n_clusters, sizes, n_late, data
):
    some = hnp.arrays(np.int64, len(Z), elements=st.integers(0, 5))
    first = settled_kmeans(Z, n_clusters, sizes, old=data.draw(some)).labels

    second = settled_kmeans(Z, n_clusters, sizes, old=first)

    assert second.were_right
    assert (second.labels == first).all()
    old = first.copy()
    old[: min(n_late, len(Z) - 1)] = 0
    third = settled_kmeans(Z, n_clusters, sizes, old=old).labels
    counts = np.bincount(third)[1:]
    assert counts.min() >= sizes.fewest or len(counts) == 1


def test_kmeans_goes_on_from_where_it_was():
    """In a cloud without clusters other starts lead elsewhere, and so would other tracks."""
    Z = np.random.default_rng(0).normal(size=(1000, 4))
    before = np.zeros(1000, int)
    before[:950] = kmeans(Z[:950], 12)

    kept = settled_kmeans(Z, 12, ANY, old=before).labels

    assert adjusted_rand_score(before[:950], kept[:950]) > 0.9
    assert (settled_kmeans(Z, 12, ANY, old=kept).labels == kept).all()


def test_kmeans_leaves_a_bad_place():
    """Two centres in one blob and one between two others: steps alone lead nowhere else."""
    centres = np.repeat([[0, 0], [20, 0], [26, 0], [40, 20]], 30, axis=0)
    Z = np.random.default_rng(0).normal(centres, 2.0)
    upper = Z[:30, 1] > np.median(Z[:30, 1])
    bad = np.concatenate([np.where(upper, 1, 2), [3] * 60, [4] * 30])
    start = np.array([Z[bad == label].mean(axis=0) for label in (1, 2, 3, 4)])

    stuck, best = (
        KMeans(4, init=start, n_init=1).fit(Z),
        KMeans(4, n_init=10, random_state=0).fit(Z),
    )
    assert 0.6 < best.inertia_ / stuck.inertia_ < 0.7
    assert (settled_kmeans(Z, 4, ANY, old=bad).labels == kmeans(Z, 4)).all()


def test_clusters_of_another_number_are_no_start():
    Z, _ = line(20, 20, 20, 20)

    shaped = settled_kmeans(Z, 4, ANY, old=kmeans(Z, 3))

    assert (shaped.labels == kmeans(Z, 4)).all()


def test_old_clusters_are_a_start_where_sizes_allow_no_more():
    """Twelve are asked for that cannot be had; the seven there are stay where they are."""
    Z, sizes = np.random.default_rng(1).normal(size=(1000, 4)), Bounds(100, 400)
    old = np.zeros(1000, int)
    old[:950] = settled_kmeans(Z[:950], 12, sizes, old=old[:950]).labels

    after = settled_kmeans(Z, 12, sizes, old=old).labels

    assert after.max() == old.max() == 7
    assert adjusted_rand_score(old[:950], after[:950]) > 0.9


# --- through `beet` ---


def sizes_in(beet: Beet) -> list[int]:
    return sorted(Counter(beet("ls", "-f", "$mircluster", "mircluster:1..").split()).values())


def add_outliers(beet: Beet, n_tracks: int) -> None:
    """Add a few tracks that are like each other and like nothing else."""
    lib = Library(str(beet.root / "library.db"), str(beet.root / "music"))
    random = np.random.default_rng(7)
    with lib.transaction():
        for number in range(n_tracks):
            item = Item(path=f"odd {number}.wav".encode(), title="Odd")
            lib.add(item)
            values = dict(zip(names.VECTOR, random.normal(9, 0.1, 42).tolist(), strict=True))
            storing.store_features(item, values, names.version(60), "print")
    lib._close()


@pytest.mark.parametrize("method", ["kmeans", "agglomerative"])
def test_a_few_odd_tracks_are_no_playlist(made_up: Beet, method):
    add_outliers(made_up, 3)
    options = ["-k", "6", "-m", method]
    assert "joined" not in made_up("mircluster", *options, "--min-size", "1")
    assert sizes_in(made_up)[0] == 3

    out = made_up("mircluster", *options)

    assert f"{method}: 6 clusters; 1 small cluster joined its nearest, 1 large one" in out
    sizes, playlists = sizes_in(made_up), list(made_up.playlists.glob("*.m3u"))
    assert len(sizes) == len(playlists) == 6
    assert sizes[0] >= 8
    before = made_up("ls", "-f", "$mircluster $mir_order", "id+")
    again = made_up("mircluster", *options)
    assert "no track moved" in again
    assert made_up("ls", "-f", "$mircluster $mir_order", "id+") == before


def test_sizes_that_are_asked_for_are_had(made_up: Beet):
    out = made_up("mircluster", "-k", "5", "--max-size", "30")
    sizes = sizes_in(made_up)
    assert sizes[-1] <= 30
    assert len(sizes) >= 7
    assert "large ones were divided" in out
    assert "(no 5 of 8 to 30 tracks each could be made)" in out
    before = made_up("ls", "-f", "$mircluster", "id+")
    assert "no track moved" in made_up("mircluster", "-k", "5", "--max-size", "30")
    assert made_up("ls", "-f", "$mircluster", "id+") == before

    made_up("mircluster", "-k", "16", "--min-size", "30")
    assert sizes_in(made_up)[0] >= 30
    made_up("mircluster", "-k", "2", "--max-size", "0")
    assert len(sizes_in(made_up)) == 2


def test_sizes_can_be_configured_and_hold_when_a_model_is_lost(made_up: Beet):
    made_up.configure(
        f"mir: {{playlist_dir: {made_up.playlists}, min_size: 25, clusters: 7}}\n"
    )
    made_up("mircluster")
    assert sizes_in(made_up)[0] >= 25
    (made_up.root / "library.db.mir-model.npz").write_bytes(b"rubbish")
    add_tracks(made_up.root, 10, seed=3)

    made_up("mircluster", "--assign")

    assert sizes_in(made_up)[0] >= 25
    assert sum(sizes_in(made_up)) == 210


def test_few_tracks_make_small_clusters_all_the_same(beet: Beet):
    beet("ls")
    add_tracks(beet.root, 30, seed=1)

    beet("mircluster")

    sizes = sizes_in(beet)
    assert len(sizes) == 6
    assert 2 <= sizes[0] <= sizes[-1] <= 12
    beet("mircluster", "-k", "15")
    assert len(sizes_in(beet)) == 15
