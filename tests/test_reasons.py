"""Why two tracks sound alike, in words."""

import numpy as np
import pytest

from beetsplug.mir.clusters.naming import QUALITIES
from beetsplug.mir.clusters.reasons import alike, ranks_of
from beetsplug.mir.names import FEATURES, TAGS

COLUMN = {feature.name: index for index, feature in enumerate(FEATURES)}
QUALITY = {quality.more: index for index, quality in enumerate(QUALITIES)}
MIDDLE = np.zeros(len(QUALITIES))


def ranks(**of_qualities: float) -> np.ndarray:
    """Return ranks in the middle of the library but for some."""
    found = MIDDLE.copy()
    for name, rank in of_qualities.items():
        found[QUALITY[name]] = rank
    return found


def scores(**of_tags: float) -> np.ndarray:
    found = np.full(len(TAGS), 0.01)
    for name, score in of_tags.items():
        found[TAGS.index(name)] = score
    return found


def library(**columns: list[float]) -> np.ndarray:
    """Return four tracks that are the same but for some features."""
    X = np.ones((4, len(FEATURES)))
    for name, values in columns.items():
        X[:, COLUMN[name]] = values
    return X


def test_ranks_are_places_in_the_library_around_its_middle():
    found = ranks_of(library(bark100=[-80, -20, -30, -25]))

    assert found.shape == (4, len(QUALITIES))
    assert found[:, QUALITY["bassy"]].tolist() == [-0.375, 0.375, -0.125, 0.125]


def test_equal_values_share_their_rank():
    found = ranks_of(library(bark100=[7, 7, 7, 9]))

    assert found[:, QUALITY["bassy"]].tolist() == [-0.125, -0.125, -0.125, 0.375]
    assert not np.delete(found, QUALITY["bassy"], axis=1).any()


def test_features_of_one_quality_are_taken_together():
    found = ranks_of(library(centroid=[1, 2, 3, 4], rolloff=[4, 3, 1, 2]))

    assert found[:, QUALITY["bright"]].tolist() == [0, 0, -0.125, 0.125]


def test_a_negated_feature_counts_the_other_way():
    """What is stored as hpss is least where the sound is sustained."""
    assert FEATURES[COLUMN["hpss"]].sign == -1
    found = ranks_of(library(hpss=[0.1, 0.2, 0.3, 0.4]))

    assert found[:, QUALITY["sustained"]].tolist() == [0.375, 0.125, -0.125, -0.375]


def test_what_stands_out_in_both_is_told_the_most_striking_first():
    a = ranks(loud=0.25, bright=-0.4, bassy=0.3, wide=0.35)
    b = ranks(loud=0.25, bright=-0.4, bassy=0.3, wide=0.35)

    assert alike(a, b, None, None) == "both dark, wide, bassy"


@pytest.mark.parametrize(
    ("of_a", "of_b", "told"),
    [
        (0.21, 0.35, "both loud"),
        (0.21, 0.37, "alike in nothing that stands out"),  # too far from each other
        (0.19, 0.21, "alike in nothing that stands out"),  # one does not stand out
        (-0.3, -0.4, "both soft"),
        (-0.05, 0.05, "alike in nothing that stands out"),  # on two sides
        (0.1, 0.41, "alike in nothing that stands out; more loud"),
        (0.41, 0.1, "alike in nothing that stands out; more soft"),
        (0.1, 0.39, "alike in nothing that stands out"),  # not so much more
    ],
)
def test_what_is_nearly_equal_is_of_both_and_what_is_not_is_more(of_a, of_b, told):
    assert alike(ranks(loud=of_a), ranks(loud=of_b), None, None) == told


def test_only_the_most_different_quality_is_more():
    a, b = ranks(loud=-0.2, bassy=0.2), ranks(loud=0.2, bassy=-0.3, bright=0.1)

    assert alike(a, b, None, None) == "alike in nothing that stands out; more light"


def test_tags_of_both_come_first_and_one_tells_the_second_apart():
    a = scores(rock=0.5, indie=0.3, pop=0.12, guitar=0.11, jazz=0.05)
    b = scores(rock=0.4, indie=0.2, pop=0.9, guitar=0.11, jazz=0.3)

    told = alike(ranks(loud=0.3), ranks(loud=0.3, bassy=0.4), a, b)

    assert told == "both rock, indie, guitar, loud; more pop, bassy"


def test_tags_that_hardly_fit_are_not_told():
    assert alike(MIDDLE, MIDDLE, scores(rock=0.9), scores(rock=0.09)) == (
        "alike in nothing that stands out"
    )
    assert alike(MIDDLE, MIDDLE, scores(rock=0.1), scores(rock=0.29)) == "both rock"
    assert alike(MIDDLE, MIDDLE, scores(rock=0.1), scores(rock=0.31)) == (
        "alike in nothing that stands out; more rock"
    )


def test_a_track_that_is_not_heard_has_no_tags():
    unheard = np.full(len(TAGS), np.nan)

    assert alike(ranks(wide=0.3), ranks(wide=0.3), scores(rock=0.9), unheard) == "both wide"
    assert alike(ranks(wide=0.3), ranks(wide=0.3), unheard, scores(rock=0.9)) == "both wide"
