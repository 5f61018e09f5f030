"""What neighbours vote for, and how often that is right."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from beetsplug.mir.clusters import voting
from beetsplug.mir.clusters.voting import bears, calibrate, poll, stands_alone

FAR = np.arange(1.0, voting.N_VOTERS + 1)[None]
ROCK, JAZZ, FOLK = range(3)


def of_one(genres: list[int], distances: list[float] | None = None):
    """Return the poll of one track."""
    genres = genres + [-1] * (voting.N_VOTERS - len(genres))
    distances = distances or [1.0] * voting.N_VOTERS
    return poll(np.array([genres]), np.array([distances]))


def test_the_genre_with_the_largest_share_is_named_with_its_figures():
    found = of_one([ROCK, JAZZ, JAZZ, JAZZ, ROCK, JAZZ, JAZZ, JAZZ, JAZZ, FOLK])

    assert (found.genres[0], found.n_for[0], found.n_voters[0]) == (JAZZ, 7, 10)
    assert found.shares[0] == pytest.approx(0.7)
    assert found.examples[0] == 1  # the nearest of them


def test_a_vote_counts_by_one_over_its_distance():
    near_rock = [0.5, 0.5, 0.5, 0.5, *[2.0] * 6]
    found = of_one([ROCK] * 4 + [JAZZ] * 6, near_rock)

    assert (found.genres[0], found.n_for[0]) == (ROCK, 4)
    assert found.shares[0] == pytest.approx(8 / 11)
    assert of_one([ROCK] * 4 + [JAZZ] * 6).genres[0] == JAZZ


def test_no_neighbour_is_so_near_that_it_decides_alone():
    found = of_one([ROCK, *[JAZZ] * 9], [0.0, *[0.5] * 9])

    assert found.genres[0] == JAZZ
    assert np.isfinite(found.shares[0])


def test_of_equals_the_nearest_wins():
    assert of_one([FOLK, JAZZ] * 5).genres[0] == FOLK
    assert of_one([JAZZ, FOLK] * 5).genres[0] == JAZZ


def test_of_fewer_than_eight_nothing_is_said():
    assert of_one([JAZZ] * 8).genres[0] == JAZZ
    assert of_one([JAZZ] * 7).genres[0] == -1
    nobody = of_one([], [np.inf] * voting.N_VOTERS)
    assert (nobody.genres[0], nobody.shares[0], nobody.n_voters[0]) == (-1, 0, 0)


VOTES = arrays(np.int64, (6, voting.N_VOTERS), elements=st.integers(-1, 4)).map(
    lambda votes: -np.sort(-votes, axis=1)  # those that are not there come last
)


@given(VOTES, st.randoms(use_true_random=False))
def test_a_poll_is_what_counting_one_by_one_gives(votes, random):
    distances = np.array([sorted(random.uniform(0, 3) for _ in row) for row in votes])
    found = poll(votes, distances)

    for n, (row, far) in enumerate(zip(votes.tolist(), distances.tolist(), strict=True)):
        weights = Counter()
        for genre, distance in zip(row, far, strict=True):
            weights[genre] += (genre >= 0) / max(distance, 0.1)
        there = [genre for genre in row if genre >= 0]
        assert found.n_voters[n] == len(there)
        if len(there) >= voting.LEAST_VOTERS:
            best = found.genres[n]
            assert weights[best] == pytest.approx(max(weights.values()))
            assert found.shares[n] == pytest.approx(weights[best] / weights.total())
            assert found.n_for[n] == there.count(best)
            assert row.index(best) == found.examples[n]
        else:
            assert found.genres[n] == -1


@given(VOTES)
def test_the_numbers_of_the_genres_mean_nothing(votes):
    far = np.repeat(FAR, len(votes), axis=0)
    others = np.where(votes < 0, -1, 7 - votes)
    found, renamed = poll(votes, far), poll(others, far)

    assert (renamed.genres == np.where(found.genres < 0, -1, 7 - found.genres)).all()
    assert renamed.shares == pytest.approx(found.shares)


def made_up(n: int, seed: int = 0):
    """Return shares, and what is right of them as often as a curve says."""
    random = np.random.default_rng(seed)
    shares = random.uniform(0.2, 1, n)
    chance = 1 / (1 + np.exp(-(6 * shares - 4)))
    return shares, random.random(n) < chance, chance


def test_of_votes_of_a_confidence_that_share_is_right():
    confidence = calibrate(*made_up(2000)[:2]).confidence
    shares, right, chance = made_up(20_000, seed=1)
    said = confidence(shares)

    assert said == pytest.approx(chance, abs=0.05)
    for bound in (0.5, 0.7, 0.8):
        sure = said >= bound
        assert right[sure].mean() == pytest.approx(said[sure].mean(), abs=0.02)


@pytest.mark.parametrize("n", [100, 1000])
def test_what_was_always_right_is_nearly_certain_but_not_quite(n):
    shares = np.random.default_rng(0).uniform(0.4, 1, n)
    said = calibrate(shares, np.ones(n, bool)).confidence(np.array([0.5, 1.0]))

    assert 0.9 < said[1] < 1 - 0.5 / n
    assert said[1] >= said[0]


def test_what_was_never_right_is_hardly_likely():
    shares = np.random.default_rng(0).uniform(0.4, 1, 200)

    assert calibrate(shares, np.zeros(200, bool)).confidence(np.ones(1))[0] < 0.05


def test_more_votes_never_make_it_less_likely():
    shares, right, _ = made_up(500)
    against = calibrate(shares, ~right)

    said = against.confidence(np.array([0.2, 1.0]))
    assert said[0] == said[1] == pytest.approx((~right).mean(), abs=0.01)


@given(st.lists(st.tuples(st.floats(0.1, 1), st.booleans()), min_size=1, max_size=50))
def test_a_confidence_is_a_share_and_grows_with_the_votes(known):
    shares, right = map(np.array, zip(*known, strict=True))
    said = calibrate(shares, right).confidence(np.linspace(0, 1, 11))

    assert ((said > 0) & (said < 1)).all()
    assert (np.diff(said) >= 0).all()


def test_a_genre_is_right_if_it_is_any_of_a_tracks_own():
    own = [(ROCK,), (ROCK, JAZZ), ()]

    assert bears(np.array([JAZZ, JAZZ, JAZZ]), own).tolist() == [False, True, False]


def test_a_track_stands_alone_if_no_voter_bears_one_of_its_genres():
    votes = np.array([[JAZZ, JAZZ, -1]] * 5)
    own = [(ROCK,), (JAZZ,), (ROCK, JAZZ), (ROCK, FOLK), ()]

    assert stands_alone(votes, own).tolist() == [True, False, False, True, False]
