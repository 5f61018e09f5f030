"""Neighbours, walks and paths, beside plain numpy."""

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from beetsplug.mir.space import similarity, ways
from beetsplug.mir.space.similarity import Others, Recordings


def space_of(n_tracks: int, n_components: int = 6, seed: int = 0):
    """Return a space of some clouds, and that no two tracks are one recording."""
    random = np.random.default_rng(seed)
    centres = random.normal(0, 2, (7, n_components))
    Z = centres[random.integers(7, size=n_tracks)] + random.normal(
        0, 1, (n_tracks, n_components)
    )
    return similarity.space_of(Z), apart(n_tracks)


def apart(n_tracks: int) -> Recordings:
    none = np.full(n_tracks, -1)
    return Recordings(none, none, 100.0 * np.arange(n_tracks))


def plain_distances(Z: np.ndarray) -> np.ndarray:
    """Return what all tracks of a small library are apart, said plainly."""
    D = np.linalg.norm(Z[:, None].astype(float) - Z[None], axis=2)
    n_near = max(1, round(0.1 * len(Z)))
    breadth = np.sort(D, axis=1)[:, 1 : n_near + 1].mean(axis=1)
    return D / np.sqrt(breadth[:, None] * breadth)


def steps(Z: np.ndarray, rows) -> np.ndarray:
    return np.linalg.norm(np.diff(Z[np.array(rows)], axis=0), axis=1)


@pytest.mark.parametrize("n_tracks", [2, 11, 150, 900])
def test_the_nearest_are_those_of_plain_numpy(n_tracks):
    space, same = space_of(n_tracks)
    D = plain_distances(space.Z)
    for row in range(0, n_tracks, 97):
        rows, distances = similarity.nearest(
            space, space.Z[row], 25, same, without=np.array([row])
        )

        expected = [other for other in np.argsort(D[row]) if other != row][:25]
        assert rows.tolist() == expected
        assert distances == pytest.approx(D[row][expected], rel=1e-4)


def test_of_very_many_nearly_all_neighbours_are_the_same(monkeypatch):
    Z = np.random.default_rng(0).normal(size=(600, 4))
    among = np.arange(600) % 3 > 0
    space, none = similarity.space_of(Z), np.full(600, -1)
    same = similarity.Recordings(none, none, 60.0 * np.arange(600))
    exact, far = similarity.neighbours_of_all(space, 8, same, among=among)
    monkeypatch.setattr(similarity, "MOST_COMPARED", 0)

    rows, distances = similarity.neighbours_of_all(space, 8, same, among=among)

    assert (rows == exact).mean() > 0.99
    assert (rows[~among] == -1).all()
    assert distances[among] == pytest.approx(far[among], rel=0.05)


def test_the_neighbours_of_all_are_those_of_each():
    space, same = space_of(300)
    rows, distances = similarity.neighbours_of_all(space, 8, same)

    for row in range(300):
        found, far = similarity.nearest(space, space.Z[row], 8, same, without=np.array([row]))
        assert rows[row].tolist() == found.tolist()
        assert distances[row] == pytest.approx(far, rel=1e-4)


def test_fewer_neighbours_are_filled_up():
    space, same = space_of(3)
    rows, distances = similarity.neighbours_of_all(space, 5, same)

    assert (rows[:, 2:] == -1).all()
    assert np.isinf(distances[:, 2:]).all()
    assert (rows[:, :2] >= 0).all()


def test_neighbours_can_be_of_others_and_not_too_many_of_one():
    space, same = space_of(200)
    D = plain_distances(space.Z)
    random = np.random.default_rng(1)
    makers = random.integers(-1, 12, 200)
    among, asked = random.random(200) < 0.6, random.random(200) < 0.5
    counted = []
    rows, distances = similarity.neighbours_of_all(
        space, 9, same, among=among, asked=asked, others=Others(makers, 2),
        on_rows=counted.append,
    )  # fmt: skip

    for row in np.flatnonzero(asked):
        expected: list[int] = []
        for other in np.argsort(D[row]).tolist():
            maker = makers[other]
            taken = [one for one in expected if makers[one] == maker >= 0]
            by_itself = other == row or makers[row] == maker >= 0
            if among[other] and not by_itself and len(taken) < 2:
                expected.append(other)
        assert rows[row].tolist() == expected[:9]
        assert distances[row] == pytest.approx(D[row][expected[:9]], rel=1e-4)
    assert (rows[~asked] == -1).all()
    assert sum(counted) == asked.sum()


def test_a_large_library_is_measured_by_a_sample_that_stays_the_same(monkeypatch):
    monkeypatch.setattr(similarity, "N_SAMPLE", 100)
    space, same = space_of(1000)
    again, _ = space_of(1000)
    place = space.Z[5]

    assert len(space.sample) == 100
    assert (space.sample == again.sample).all()
    exact = plain_distances(space.Z)[5].argsort()[1:51]
    rows, _ = similarity.nearest(space, place, 50, same, without=np.array([5]))
    assert len(set(rows) & set(exact)) > 35


def test_what_is_near_everything_counts_as_farther():
    """A hub: in the middle of a shell all are nearest to the middle."""
    random = np.random.default_rng(3)
    shell = random.normal(0, 1, (400, 20))
    shell /= np.linalg.norm(shell, axis=1, keepdims=True)
    Z = np.vstack([np.zeros(20), shell])
    space, same = similarity.space_of(Z), apart(401)
    rows, _ = similarity.neighbours_of_all(space, 10, same)

    plain = np.linalg.norm(Z[:, None] - Z[None], axis=2).argsort(axis=1)[:, 1:11]
    assert (rows[1:] == 0).sum() < 0.8 * (plain[1:] == 0).sum()


def test_one_recording_comes_once_and_the_reference_never():
    space, _ = space_of(60)
    place = space.Z[0]
    order, _ = similarity.nearest(space, place, 59, apart(60), without=np.array([0]))
    a, b, c, d = order[:4]
    by_id, by_name = np.full(60, -1), np.full(60, -1)
    by_id[[0, a]] = 7  # the reference's own recording
    by_name[[b, d]] = 3  # another one, twice
    same = Recordings(by_id, by_name, 100.0 * np.arange(60))

    rows, _ = similarity.nearest(space, place, 4, same, without=np.array([0]))

    assert rows.tolist() == [b, c, *order[4:6]]


@pytest.mark.parametrize(("seconds", "comes"), [(3.0, False), (-3.0, False), (4.0, True)])
def test_the_same_sound_of_the_same_length_is_one_recording(seconds, comes):
    space, _ = space_of(60)
    Z = np.vstack([space.Z, space.Z[0] + 0.001])
    lengths = np.append(100.0 * np.arange(60), seconds)
    same = apart(61)._replace(seconds=lengths)

    rows, _ = similarity.nearest(similarity.space_of(Z), Z[0], 5, same, without=np.array([0]))

    assert (60 in rows) == comes


def test_many_copies_hide_nobody():
    """Were only a few candidates looked at, copies would be all that there is."""
    space, _ = space_of(50)
    Z = np.vstack([space.Z, np.repeat(space.Z[:1], 900, axis=0)])
    same = Recordings(np.append(np.full(50, -1), np.zeros(900, int)), *apart(950)[1:])
    rows, _ = similarity.nearest(similarity.space_of(Z), Z[0], 10, same, without=np.array([0]))

    assert len(rows) == 10
    assert (rows >= 50).sum() == 1


def test_only_what_may_be_taken_is_taken():
    space, same = space_of(200)
    among = np.arange(200) % 10 == 0
    rows, _ = similarity.nearest(space, space.Z[3], 25, same, among=among)

    assert sorted(rows) == np.flatnonzero(among).tolist()
    nothing, _ = similarity.nearest(space, space.Z[3], 25, same, among=np.zeros(200, bool))
    assert not len(nothing)


@given(
    arrays(np.float64, (7, 3), elements=st.floats(-1e6, 1e6)),
    st.integers(1, 40),
)
def test_any_places_have_neighbours(Z, n):
    space, same = similarity.space_of(Z), apart(len(Z))
    rows, distances = similarity.nearest(space, Z[0], n, same)

    assert len(set(rows.tolist())) == len(rows) == min(n, len(Z))
    assert np.isfinite(distances).all()
    assert (np.diff(distances) >= 0).all()


def test_away_from_something_is_beyond():
    assert similarity.away_from(np.array([1.0, 0.0]), np.array([0.0, 0.0])).tolist() == [1.5, 0]
    space, _ = space_of(50)
    nearer = similarity.nearer_to(space, space.Z[0], space.Z[1])
    D = np.linalg.norm(space.Z[:, None] - space.Z[None], axis=2)
    assert nearer.tolist() == (D[0] < D[1]).tolist()


def close(artists, spacing: int) -> int:
    return sum(
        artists[i] == artists[j] >= 0
        for j in range(len(artists))
        for i in range(max(0, j - spacing), j)
    )


@pytest.mark.parametrize("drift", [0.0, 0.4, 1.0])
def test_a_walk_is_spaced_and_repeats_nothing(drift):
    space, same = space_of(400)
    artists = np.arange(400) % 40
    walk = ways.wander(space, 7, space.Z[7].astype(float), same, artists, drift=drift)
    rows = list(islice(walk, 60))

    assert rows[0] == 7
    assert len(set(rows)) == 60
    assert close(artists[rows], 5) == 0


def test_a_walk_stays_near_or_wanders_off():
    space, same = space_of(2000)
    artists = np.full(2000, -1)

    def far(drift: float) -> float:
        means = []
        for seed in range(8):
            home = space.Z[seed].astype(float)
            walk = ways.wander(space, seed, home, same, artists, drift=drift, random_state=seed)
            rows = list(islice(walk, 60))
            means.append(np.linalg.norm(space.Z[rows] - home, axis=1).mean())
        return float(np.mean(means))

    assert far(0.0) < far(0.7) < far(1.0)


def test_a_walk_is_repeatable_and_another_state_gives_another():
    space, same = space_of(500)

    def walk(random_state: int) -> list[int]:
        home, artists = space.Z[3].astype(float), np.full(500, -1)
        walked = ways.wander(space, 3, home, same, artists, random_state=random_state)
        return list(islice(walked, 40))

    assert walk(1) == walk(1)
    assert walk(1) != walk(2)


def test_a_walk_goes_through_the_whole_library_and_ends():
    space, same = space_of(30)
    artists = np.zeros(30, int)  # all by one: no spacing is possible
    rows = list(ways.wander(space, 4, space.Z[4].astype(float), same, artists))

    assert sorted(rows) == list(range(30))


def test_an_order_of_smaller_steps_begins_the_same_and_keeps_the_spacing():
    space, same = space_of(600)
    artists = np.random.default_rng(0).integers(60, size=600)
    walk = ways.wander(space, 7, space.Z[7].astype(float), same, artists)
    rows = list(islice(walk, 250))
    order = ways.spaced_order(space, rows, artists)

    assert order[0] == 7
    assert sorted(order) == sorted(rows)
    assert steps(space.Z, order).mean() < 0.8 * steps(space.Z, rows).mean()
    assert close(artists[order], 5) <= close(artists[rows], 5)


@given(st.lists(st.integers(0, 49), unique=True, max_size=20), st.integers(0, 3))
def test_any_order_becomes_no_longer(rows, spacing):
    space, _ = space_of(50)
    artists = np.arange(50) % 4
    order = ways.spaced_order(space, rows, artists, spacing)

    assert sorted(order.tolist()) == sorted(rows)
    if rows:
        assert order[0] == rows[0]
        assert steps(space.Z, order).sum() <= steps(space.Z, rows).sum() + 1e-6
        assert close(artists[order], spacing) <= close(artists[rows], spacing)


def test_a_path_on_a_line_takes_its_tracks_in_order():
    Z = np.linspace(0, 1, 401)[:, None]
    rows = ways.path(similarity.space_of(Z), [0, 400], 11, apart(401), np.full(401, -1))

    assert rows[0] == 0
    assert rows[-1] == 400
    assert steps(Z, rows) == pytest.approx(np.full(10, 0.1), abs=0.01)


def test_a_path_has_even_steps_no_repeats_and_spaced_artists():
    space, same = space_of(3000)
    artists = np.random.default_rng(0).integers(300, size=3000)
    random = np.random.default_rng(1)
    largest, of_random = [], []
    for a, b in random.integers(3000, size=(12, 2)):
        rows = ways.path(space, [a, b], 20, same, artists)
        assert (rows[0], rows[-1]) == (a, b)
        assert len(set(rows)) == len(rows)
        if len(rows) == 20:
            assert close(artists[rows[1:-1]], 5) == 0
            largest.append(steps(space.Z, rows).max())
            of_random.append(steps(space.Z, [a, *random.permutation(rows[1:-1]), b]).max())

    assert len(largest) > 8
    assert np.mean(largest) < 0.7 * np.mean(of_random)


def test_a_path_goes_through_its_stops_in_order():
    space, same = space_of(1000)
    stops = [3, 500, 20, 999]
    rows = ways.path(space, stops, 24, same, np.full(1000, -1)).tolist()

    places = [rows.index(stop) for stop in stops]
    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] == len(rows) - 1
    lengths = [np.linalg.norm(space.Z[a] - space.Z[b]) for a, b in pairwise(stops)]
    n_steps = np.diff(places)
    assert n_steps.argmax() == np.argmax(lengths)


def test_a_path_takes_each_recording_once():
    space, same = space_of(800)
    by_id = np.arange(800) // 40  # twenty recordings, forty times each
    same = same._replace(by_id=by_id)
    rows = ways.path(space, [0, 799], 15, same, np.full(800, -1))

    assert len(set(by_id[rows])) == len(rows) >= 10


def test_a_path_is_shorter_where_nothing_lies_between():
    Z = np.array([[0.0, 0], [1, 0], [0.5, 0.1], [9, 9], [8, 9], [-5, 2]])
    space, none = similarity.space_of(Z), np.full(6, -1)

    assert ways.path(space, [0, 1], 5, apart(6), none).tolist() == [0, 2, 1]
    assert ways.path(space, [0, 1], 2, apart(6), none).tolist() == [0, 1]
    among = np.array([False] * 6)
    assert ways.path(space, [0, 1], 5, apart(6), none, among=among).tolist() == [0, 1]


@pytest.mark.parametrize("n_artists", [1, 3, 6])
def test_few_artists_leave_a_path_even(n_artists):
    """Who cannot be replaced stays, and does not cost the choice among all others."""
    space, same = space_of(2000)
    artists = np.random.default_rng(0).integers(n_artists, size=2000)
    rows = ways.path(space, [0, 1], 20, same, artists)
    others = np.random.default_rng(0).permutation(rows[1:-1])

    assert len(set(rows)) == 20
    by_lot = (steps(space.Z, [0, *others, 1]) ** 2).sum()
    assert (steps(space.Z, rows) ** 2).sum() < 0.75 * by_lot


def test_an_order_keeps_the_spacing_where_its_parts_meet():
    space, same = space_of(300)
    for seed in range(10):
        artists = np.random.default_rng(seed).permutation(300) % 20
        walk = ways.wander(space, seed, space.Z[seed], same, artists, drift=0.5)
        rows = list(islice(walk, 200))

        assert close(artists[ways.spaced_order(space, rows, artists)], 5) == close(
            artists[rows], 5
        )
