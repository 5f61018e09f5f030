"""What an evening likes, and what goes on from it, by places that one can see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.space.evening import LASTS, Evening, following, habit, taste
from beetsplug.mir.space.similarity import Recordings, breadth, distance, nearest, space_of

NONE = np.empty(0, np.int64)


def placed(*points):
    """Return a space of some places, each a recording by an artist of its own."""
    space = space_of(np.array(points, dtype=float))
    rows = np.arange(len(space.Z))
    return space, Recordings(rows, rows, 100.0 * rows), rows


def line(*places):
    return placed(*((place, 0.0) for place in places))


def rows(*numbers):
    return np.array(numbers, np.int64)


def at(space, row):
    return space.Z[row].astype(float)


def test_the_next_is_the_nearest_to_home_or_with_drift_to_the_last():
    space, same, artists = line(0, 1, 2.5, 4, 7, 8.5)

    def from_there(drift):
        return following(space, [0, 4], at(space, 0), same, artists, drift=drift)

    assert [from_there(drift) for drift in (0.0, 0.35, 0.6, 1.0)] == [1, 2, 3, 5]


PLACES = st.lists(st.tuples(*[st.floats(-9, 9, width=32)] * 2), min_size=2, max_size=30)


@given(PLACES, st.data())
def test_no_other_is_nearer_as_distances_count(points, data):
    space, _, artists = placed(*points)
    same = Recordings(*[np.full(len(points), -1)] * 2, 100.0 * np.arange(len(points)))
    factors = st.lists(st.floats(0.25, 8), min_size=len(points), max_size=len(points))
    times = np.array(data.draw(factors))

    found = following(space, [0], at(space, 0), same, artists, times=times)

    others = range(1, len(points))
    assert times[found] * distance(space, 0, found) == pytest.approx(
        min(times[row] * distance(space, 0, row) for row in others)
    )


def test_artists_are_spaced_as_long_as_there_are_others():
    space, same, _ = line(0, 1, 2, 3, 4)
    artists = np.array([7, 7, 8, 7, 9])

    def then(before, spacing, among=None):
        home = at(space, before[0])
        return following(space, before, home, same, artists, spacing=spacing, among=among)

    assert then([0], 0) == 1
    assert then([0], 1) == 2
    assert then([0, 2], 1) == 1
    assert then([0, 2], 2) == 4
    assert then([0, 2, 4], 5) == 1
    assert then([0], 5, among=artists == 7) == 1


def test_nothing_comes_twice_nor_the_same_recording():
    space, same, artists = line(0, 1, 2, 3)
    same = same._replace(by_name=np.array([5, 5, -1, 6]))

    assert following(space, [0], at(space, 0), same, artists) == 2
    assert following(space, [0], at(space, 0), same, artists, without=rows(2)) == 3
    assert following(space, [0], at(space, 0), same, artists, without=rows(2, 3)) is None


def test_with_nothing_before_it_begins_at_home():
    space, same, artists = line(0, 1, 2, 3)

    assert following(space, [], at(space, 2) + 0.2, same, artists, drift=1.0) == 2


def test_a_skip_counts_twice_there_and_less_the_farther_away():
    space, _, _ = line(0, 0.5, 1.5, *np.linspace(2, 9, 17))  # of 20 the tenth are two

    once = taste(space, rows(0), NONE)

    assert breadth(space, space.Z[[0]])[0] == 1
    assert once[:4] == pytest.approx([2, 2**0.5, 2 ** (2**-9), 2 ** (2**-16)])
    assert taste(space, rows(0, 0), NONE)[0] == 4
    assert taste(space, rows(0, 0, 0), NONE)[0] == 4
    assert taste(space, NONE, rows(0))[0] == pytest.approx(2**-0.25)
    assert taste(space, rows(0), rows(0, 0, 0, 0))[0] == 1
    assert taste(space, NONE, np.zeros(99, np.int64))[0] == 0.5
    assert (taste(space, NONE, NONE) == 1).all()


@given(PLACES, st.data())
def test_no_evening_silences_anything_or_turns_a_verdict_round(points, data):
    space, _, _ = placed(*points)
    some = st.lists(st.integers(0, len(points) - 1), max_size=12)
    skipped, finished = (np.array(data.draw(some), np.int64) for _ in range(2))
    one = rows(data.draw(st.integers(0, len(points) - 1)))

    before = taste(space, skipped, finished)

    assert ((before >= 0.5) & (before <= 4)).all()
    assert (taste(space, np.append(skipped, one), finished) >= before).all()
    assert (taste(space, skipped, np.append(finished, one)) <= before).all()


def two_arms():
    """Return a home at 0, forty tracks to the left, from row 1 on, and as many to the right.

    Those on the left are a little nearer.
    """
    steps = np.arange(40) / 100
    return line(0, *(-1 - steps), *(1.02 + steps))


def test_a_skip_leads_to_another_region_and_a_track_heard_brings_it_back():
    space, same, artists = two_arms()

    def is_left(skipped, finished, among=None):
        times = taste(space, skipped, finished)
        home = at(space, 0)
        return following(space, [0], home, same, artists, times=times, among=among) <= 40

    assert is_left(NONE, NONE)
    assert not is_left(rows(2), NONE)
    assert is_left(rows(42), NONE)
    assert not is_left(NONE, rows(42))
    assert is_left(rows(2), np.full(5, 2))
    assert is_left(rows(1, 2, 3, 4), NONE, among=np.arange(81) <= 40)


def test_what_counts_as_farther_is_looked_for_in_all_of_the_library():
    """The hundred nearest, which are ranked in full, are not all that may be nearest."""
    random = np.random.default_rng(0)
    crowd = random.normal(0, 0.01, (600, 2))
    space, same, artists = placed((0.0, 0.0), *crowd, (0.04, 0.0))
    times = np.ones(602)
    times[1:601] = 100.0

    assert following(space, [0], at(space, 0), same, artists, times=times) == 601


def test_what_mpdstats_has_counted_weighs_mildly():
    counts = np.array([(0, 0), (1, 0), (0, 1), (3, 3), (10**6, 0), (0, 10**6)])

    found = habit(counts[:, 0], counts[:, 1])

    expected = [1, 2 ** -(1 / 6), 2 ** (1 / 6), 1, 2**-0.5, 2**0.5]
    assert found == pytest.approx(expected, abs=1e-5)


def test_the_distance_of_two_is_that_by_which_the_nearest_are_ranked():
    space, same, _ = two_arms()

    found, distances = nearest(space, at(space, 3), 5, same, without=rows(3))

    each = [distance(space, 3, row) for row in found.tolist()]
    assert each == pytest.approx(distances.tolist())
    assert distance(space, 3, 3) == 0
    assert distance(space, 2, 9) == distance(space, 9, 2)


def test_an_evening_remembers_when_and_how_and_forgets_the_next_day():
    evening = Evening()
    for id_, when in [(3, 100.0), (5, 200.0), (3, 300.0)]:
        evening.hear(id_, when)
    evening.judge(3, 100.0, finished=False)
    evening.judge(5, 200.0, finished=True)
    evening.judge(7, 200.0, finished=False)
    evening.judge(7, 250.0, finished=True)

    assert sorted(evening.since(150.0)) == [3, 5]
    assert evening.since(250.0) == [3]
    assert evening.judged(300.0, finished=False) == [3]
    assert sorted(evening.judged(300.0, finished=True)) == [5, 7]
    assert evening.judged(LASTS + 150.0, finished=False) == []
    assert sorted(evening.judged(LASTS + 150.0, finished=True)) == [5, 7]
