"""The most striking tracks of a library."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from beetsplug.mir.clusters.naming import QUALITIES
from beetsplug.mir.clusters.striking import ALONE, MOST, most_striking, superlative
from beetsplug.mir.names import FEATURES, FLOOR_DB, TAGS

COLUMN = {feature.name: index for index, feature in enumerate(FEATURES)}


def library(n: int, **values: list[float]) -> np.ndarray:
    """Return features that are equal in all tracks but for these, of the first tracks."""
    X = np.full((n, len(FEATURES)), 1.0)
    for name, of_first in values.items():
        X[: len(of_first), COLUMN[name]] = of_first
    return X


def nowhere(n: int) -> np.ndarray:
    return np.full(n, np.inf)


def artists(n: int) -> list[str]:
    return [f"artist {i}" for i in range(n)]


def test_the_outermost_of_each_quality_are_named_the_most_striking_first():
    X = library(50, bark100=[0, 9, 0], flatness=[0, 0, 0, 5])
    X[:, COLUMN["bark100"]] += np.linspace(0, 1, 50)
    X[:, COLUMN["flatness"]] += np.linspace(0, 3, 50)[::-1]

    found = most_striking(X, artists(50), nowhere(50))

    assert [tuple(each) for each in found] == [
        (1, "bassiest"), (3, "noisiest"), (0, "lightest"), (49, "clearest"),
    ]  # fmt: skip


def test_what_is_equal_in_all_names_nobody():
    assert most_striking(library(40), artists(40), np.ones(40), np.ones((40, 50))) == []
    assert most_striking(library(40) * 0.1, artists(40), np.full(40, 0.1)) == []


def test_one_track_is_the_most_of_nothing_and_of_two_each_is_of_something():
    assert most_striking(library(1), ["a"], np.ones(1), np.ones((1, 50))) == []
    pair = most_striking(library(2, centroid=[2.0], rolloff=[2.0]), ["a", "b"], np.ones(2))
    assert [tuple(each) for each in pair] == [(0, "brightest"), (1, "darkest")]
    assert most_striking(library(0), [], np.ones(0), np.ones((0, 50))) == []


def test_of_equal_ones_the_first_is_named():
    found = most_striking(library(20, hpss=[1, 1, 5, 5]), artists(20), nowhere(20))

    assert (2, "most sustained") in found
    assert (3, "most sustained") not in found


def test_the_farthest_from_all_others_is_most_alone_and_who_has_no_neighbour_is_not():
    away = np.linspace(1, 2, 30)
    away[[4, 7]] = np.inf, 5

    assert most_striking(library(30), artists(30), away) == [(7, ALONE)]


def test_a_tag_names_who_is_most_like_it_if_it_is_told_of_that_track():
    scores = np.full((30, len(TAGS)), 0.01)
    scores[3, TAGS.index("jazz")] = 0.8
    scores[8:, TAGS.index("jazz")] = 0.02
    scores[4:9, TAGS.index("rock")] = 0.7
    scores[5, TAGS.index("classic rock")] = 0.9  # says the same as rock, and more
    scores[6, TAGS.index("folk")] = 0.05  # is not told
    scores[7] = np.nan  # was not heard

    found = most_striking(library(30), artists(30), nowhere(30), scores)

    assert [tuple(each) for each in found] == [(5, "most classic rock"), (3, "most jazz")]


def test_silence_and_what_is_no_number_are_not_striking():
    X = library(30, flatness=[9, np.nan, np.inf, 2])
    bands = [index for name, index in COLUMN.items() if name.startswith("bark")]
    X[0, bands] = FLOOR_DB

    found = most_striking(X, artists(30), nowhere(30))

    assert [tuple(each) for each in found] == [(3, "noisiest")]


def test_an_artist_comes_again_only_if_there_is_no_other():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, len(FEATURES)))
    away = rng.random(200)

    many = most_striking(X, artists(200), away)
    assert len({each.row for each in many}) == len(many) == MOST
    two = most_striking(X, ["one", "two"] * 100, away)
    assert len({each.row for each in two}) == len(two) == MOST
    nobody = most_striking(X, [""] * 200, away)
    assert nobody == many
    one = most_striking(
        X, ["one" if row == many[0].row else "other" for row in range(200)], away
    )
    assert one[0] == many[0]
    assert len(one) == MOST


def test_others_come_before_a_second_track_of_an_artist():
    rng = np.random.default_rng(0)
    X, away = rng.normal(size=(200, len(FEATURES))), nowhere(200)
    first, second, *_ = most_striking(X, artists(200), away)
    names = artists(200)
    names[second.row] = names[first.row]

    found = most_striking(X, names, away)

    assert first in found
    assert second.row not in [each.row for each in found if each.word == second.word]
    assert len({names[each.row] for each in found}) == MOST


@pytest.mark.parametrize("quality", QUALITIES, ids=lambda quality: quality.more)
def test_superlatives_are_english(quality):
    words = {superlative(quality.more), superlative(quality.less)}

    assert words <= {
        *("loudest", "softest", "brightest", "darkest", "bassiest", "lightest", "noisiest"),
        *("clearest", "freest", "steadiest", "most sustained", "most percussive"),
        *("most shifting", "most even", "widest", "narrowest", "airiest", "most muffled"),
        *("most buzzing", "smoothest", "leanest", "fullest"),
    }


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(
            arrays(float, (n, len(FEATURES)), elements=st.floats(-1e9, 1e9) | st.just(np.nan)),
            arrays(float, n, elements=st.floats(0, 1e9) | st.just(np.inf)),
            arrays(np.float32, (n, len(TAGS)), elements=st.floats(0, 1, width=32)),
            st.lists(st.sampled_from(["", "a", "b"]), min_size=n, max_size=n),
        )
    )
)
def test_whatever_there_is_each_is_named_once_and_each_word_stands_once(made):
    X, away, scores, names = made

    found = most_striking(X, names, away, scores)

    assert len(found) <= MOST
    assert all(0 <= each.row < len(X) for each in found)
    assert len({each.row for each in found}) == len(found)
    assert len({each.word for each in found}) == len(found)
