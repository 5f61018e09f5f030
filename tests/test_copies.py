"""Recordings that are there more than once, beside what each two of them are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.space import similarity
from beetsplug.mir.space.copies import ID, NAME, SOUND, copies
from beetsplug.mir.space.similarity import Recordings, are_same


def library(n_tracks: int, seed: int):
    """Return a space in which a third of the tracks sound like another, and what they are."""
    random = np.random.default_rng(seed)
    Z = random.normal(0, 1, (n_tracks, 5))
    like = random.integers(n_tracks, size=n_tracks)
    copied = random.random(n_tracks) < 0.3
    Z[copied] = Z[like[copied]] + random.normal(0, 0.02, (copied.sum(), 5))
    ids, names = (random.integers(-n_tracks, n_tracks, n_tracks) for _ in range(2))
    seconds = random.choice([100.0, 102.0, 105.0, 200.0], n_tracks)
    same = Recordings(np.maximum(ids, -1), np.maximum(names, -1), seconds)
    return similarity.space_of(Z), same


@given(st.integers(2, 60), st.integers(0, 1000))
def test_they_are_what_are_same_says_of_each_two(n_tracks, seed):
    """What is the same as the same is the same."""
    space, same = library(n_tracks, seed)
    rows = np.arange(n_tracks)
    reached = np.array([are_same(space, row, rows, same) for row in rows])
    for row in rows:  # Warshall's closure
        reached |= reached[:, [row]] & reached[row]
    expected = {frozenset(np.flatnonzero(of).tolist()) for of in reached if of.sum() > 1}

    found = copies(space, same)

    assert {frozenset(group.rows.tolist()) for group in found} == expected
    assert len(found) == len(expected)
    assert [group.apart for group in found] == sorted(group.apart for group in found)


def test_each_says_what_tells_it_and_how_far_its_copies_are_apart():
    Z = np.random.default_rng(0).normal(0, 1, (40, 8))
    Z[1] = Z[0] + 0.01
    none = np.full(40, -1)
    by_id, by_name = none.copy(), none.copy()
    by_id[[5, 6]], by_name[[6, 7]] = 3, 4
    by_name[[10, 20]] = 9
    by_name[[0, 1]] = 11
    space = similarity.space_of(Z)
    seconds = 50.0 * np.arange(40)
    seconds[1] = 3

    found = copies(space, Recordings(by_id, by_name, seconds))

    groups = {tuple(group.rows.tolist()): group for group in found}
    assert {rows: group.by for rows, group in groups.items()} == {
        (0, 1): (SOUND, NAME),
        (5, 6, 7): (ID, NAME),
        (10, 20): (NAME,),
    }
    assert found[0].apart < 0.05
    three = [5, 6, 7]
    D = np.linalg.norm(Z[three][:, None] - Z[three], axis=2)
    breadths = space.breadths_of(np.array(three))
    farthest = (D / np.sqrt(np.outer(breadths, breadths))).max()
    assert groups[5, 6, 7].apart == pytest.approx(farthest, rel=1e-5)


@pytest.mark.parametrize(("seconds", "n_found"), [(3.5, 1), (3.6, 0)])
def test_what_only_sounds_alike_has_to_be_equally_long(seconds, n_found):
    Z = np.random.default_rng(0).normal(0, 1, (40, 8))
    Z[1] = Z[0] + 0.001
    lengths = 50.0 * np.arange(40)
    lengths[1] = seconds
    none = np.full(40, -1)

    assert len(copies(similarity.space_of(Z), Recordings(none, none, lengths))) == n_found


def test_one_track_has_no_copies_and_all_are_counted():
    counted = []
    space, same = library(1, 0)

    assert copies(space, same, counted.append) == []
    assert sum(counted) == 1
