"""Words for clusters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beetsplug.mir.clusters.naming import PLAIN, QUALITIES, changes, describe
from beetsplug.mir.names import FEATURES
from beetsplug.mir.sound.features.compute import extract
from tests.conftest import clicks, noise, sine

COLUMN = {feature.name: index for index, feature in enumerate(FEATURES)}


def library(**levels: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return features of two clusters of fifty tracks at these levels; the rest is noise."""
    X = np.random.default_rng(0).normal(0, 1, (100, 16))
    X -= np.repeat([X[:50].mean(axis=0), X[50:].mean(axis=0)], 50, axis=0)
    for name, (first, second) in levels.items():
        X[:50, COLUMN[name]] += first
        X[50:, COLUMN[name]] += second
    return X, np.repeat([1, 2], 50)


def features(y, sr=44100):
    values = extract([y.astype(np.float32)], sr)
    return [values[f"{feature.series}_{feature.summary}"] for feature in FEATURES]


def test_what_sets_a_cluster_apart_is_named_first():
    X, ids = library(tempo_flatness=(-9, 9), centroid=(-3, 3), rolloff=(-3, 3))

    names = describe(X, ids, [""] * 100)

    assert names == {1: "steady, dark", 2: "free, bright"}


def test_common_genres_are_added_the_most_common_first():
    X, ids = library(bark100=(3, -3))
    genres = ["Jazz"] * 20 + ["Folk"] * 25 + [""] * 5 + ["Rock"] * 45 + ["Pop"] * 5

    names = describe(X, ids, genres)

    assert names == {1: "bassy · Folk / Jazz", 2: "light · Rock"}


def test_at_most_two_genres_are_named_by_the_alphabet_where_equally_common():
    X, ids = library(bark100=(3, -3))
    genres = ["Soul"] * 17 + ["Jazz"] * 16 + ["Funk"] * 17 + [""] * 50

    assert describe(X, ids, genres)[1] == "bassy · Funk / Soul"


def test_a_genre_is_common_among_all_tracks_and_not_only_those_that_have_one():
    X, ids = library(bark100=(3, -3))

    assert describe(X, ids, ["Jazz"] * 14 + [""] * 86)[1] == "bassy"


def test_features_that_disagree_say_nothing():
    X, ids = library(centroid=(3, -3), rolloff=(-3, 3), bark100=(3, -3))

    assert describe(X, ids, [""] * 100) == {1: "bassy", 2: "light"}


HISS = noise(4, seed=1)
HUM = sine(60, 4, amplitude=0.5)
MUFFLED = np.convolve(HISS, np.ones(50) / 50)


@pytest.mark.parametrize(
    ("quality", "more", "less"),
    [
        (("loud", "soft", "bark510", "bark1080", "bark2000"), HISS, HISS / 50),
        (("bright", "dark", "centroid", "rolloff"), sine(4000), sine(300)),
        (("bassy", "light", "bark100"), HISS + HUM, HISS),
        (("noisy", "clear", "flatness"), HISS, sine(440)),
        (("free", "steady", "tempo_flatness"), noise(12), clicks(12, 0.5)),
        (("sustained", "percussive", "hpss"), sine(440), clicks(4, 0.5) + HISS / 500),
        (("shifting", "even", "centroid_std", "bandwidth_std"),
         np.concatenate([HISS, sine(300)]), HISS),
        (("wide", "narrow", "bandwidth"), HISS, sine(5000)),
        (("airy", "muffled", "bark15500", "bark3700"), HISS, MUFFLED),
        (("buzzing", "smooth", "zcr"), sine(5000), sine(100)),
        (("lean", "full", "rollon"), sine(3000), sine(3000, 4) + HUM),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_words_are_true_of_sounds(quality, more, less):
    word, opposite, *of_features = quality
    values = np.transpose([features(more), features(less)])
    levels = {name: 4 * np.sign(values[COLUMN[name]] - values[COLUMN[name]].mean())
              for name in of_features}  # fmt: skip
    X, ids = library(**levels)

    assert describe(X, ids, [""] * 100) == {1: word, 2: opposite}


def test_a_genre_in_a_name_does_no_harm_to_a_terminal():
    X, ids = library(bark100=(3, -3))

    names = describe(X, ids, ["A\x1b[31m\u202eB"] * 100)

    assert names[1] == "bassy · A\ufffd[31m\ufffdB"


def test_a_library_that_is_all_alike_is_balanced():
    assert describe(np.ones((4, 16)), np.array([1, 1, 2, 2]), [""] * 4) == {
        1: f"{PLAIN} (1)",
        2: f"{PLAIN} (2)",
    }


def test_the_same_words_are_told_apart_by_more_words():
    X, ids = library(bark100=(9, -9), tempo_flatness=(-8, 8), hpss=(7, -7), rollon=(0, 0))
    X, ids = np.vstack([X, X[:50]]), np.concatenate([ids, np.full(50, 3)])
    X[100:, COLUMN["rollon"]] += 0.8

    names = describe(X, ids, [""] * 150)

    assert names[1].startswith("bassy, steady, sustained")
    assert names[3] == "bassy, steady, sustained, lean"
    assert len(set(names.values())) == 3


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    n_clusters=st.integers(1, 12),
    n_genres=st.integers(0, 3),
    scale=st.sampled_from([0.0, 0.01, 3.0]),
    old=st.dictionaries(
        st.integers(1, 12), st.sampled_from(["", "loud", "LOUD", PLAIN, f"{PLAIN} (3)", "x"])
    ),
)
def test_no_two_clusters_share_a_name(seed, n_clusters, n_genres, scale, old):
    random = np.random.default_rng(seed)
    ids = np.repeat(np.arange(1, n_clusters + 1), 4)
    X = scale * random.normal(size=(n_clusters, 16))[ids - 1]
    genres = [f"Genre {number}" if number else "" for number in ids % (n_genres + 1)]

    names = describe(X, ids, genres, old)

    assert describe(X, ids, genres, names) == names
    assert sorted(names) == sorted(set(ids))
    assert len({name.casefold() for name in names.values()}) == n_clusters


def test_a_name_stays_when_only_the_order_of_its_words_would_change():
    X, ids = library(hpss=(-5, 5), bandwidth=(4, -4), flatness=(3, -3))
    genres = ["Rock", "Pop"] * 50
    assert describe(X, ids, genres)[1] == "percussive, wide, noisy · Pop / Rock"
    old = {1: "percussive, noisy, wide · Rock / Pop", 2: "dark"}

    names = describe(X, ids, genres, old)

    assert names[1] == old[1]
    assert changes(old, names) == [f'cluster 2 was "dark", is now "{names[2]}"']
    assert changes({}, names) == changes({1: ""}, names) == []


def test_a_word_gives_way_to_one_that_is_clearly_more_striking():
    def name(level: float, old: str = "") -> str:
        X, ids = library(hpss=(9, -9), bandwidth=(8, -8), flatness=(1, -1), zcr=(level, -level))
        return describe(X, ids, [""] * 100, {1: old})[1]

    assert name(1.1) == "wide, sustained, buzzing"
    assert name(1.1, "wide, sustained, noisy") == "wide, sustained, noisy"
    assert name(2.0, "wide, sustained, noisy") == "wide, sustained, buzzing"
    assert name(0.9, "wide, sustained, buzzing") == "wide, sustained, buzzing"


def test_a_word_that_no_longer_strikes_is_dropped():
    old = {1: "loud, bassy", 2: "light"}
    X, ids = library(bark100=(3, -3))

    assert describe(X, ids, [""] * 100, old) == {1: "bassy", 2: "light"}


def test_a_genre_gives_way_to_one_that_is_clearly_more_common():
    def tags(n_jazz: int, old: str) -> str:
        X, ids = library(bark100=(3, -3))
        genres = ["Jazz"] * n_jazz + ["Folk"] * (50 - n_jazz) + [""] * 50
        return describe(X, ids, genres, {1: old})[1].partition(" · ")[2]

    assert tags(14, "") == "Folk"
    assert tags(14, "bassy · Folk / Jazz") == "Folk / Jazz"
    assert tags(10, "bassy · Folk / Jazz") == "Folk"


def test_a_new_name_makes_way_for_one_that_stays():
    X, ids = library(bark100=(9, -9))
    X, ids = np.vstack([X, X[:50]]), np.concatenate([ids, np.full(50, 3)])

    names = describe(X, ids, [""] * 150, {3: "bassy"})

    assert names[3] == "bassy"
    assert names[1] == "bassy (1)"


def test_a_number_or_a_fourth_word_that_told_clusters_apart_stays():
    old = {1: f"{PLAIN} (1)", 2: PLAIN}
    assert describe(np.ones((4, 16)), np.array([1, 1, 2, 2]), [""] * 4, old) == old
    X, ids = library(bark100=(9, -9), tempo_flatness=(-8, 8), hpss=(7, -7), rollon=(6, -6))
    old = {1: "lean, bassy, steady, sustained", 2: "light, free, percussive"}
    assert describe(X, ids, [""] * 100, old) == old


def test_every_quality_is_of_known_features_and_has_words_of_its_own():
    assert all(name in COLUMN for quality in QUALITIES for name in quality.features)
    words = [word for quality in QUALITIES for word in (quality.more, quality.less)]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("n_silent", [1, 50, 500])
def test_silence_is_silent_and_changes_no_other_name(n_silent):
    X, ids = library(tempo_flatness=(-9, 9), centroid=(-3, 3), rolloff=(-3, 3))
    silence = np.tile(features(np.zeros(44100)), (n_silent, 1))
    both, genres = np.vstack([X, silence]), [""] * (100 + n_silent)

    alone = describe(both, np.append(ids, [3] * n_silent), genres)
    among_others = describe(both, np.append(ids, [2] * n_silent), genres)

    assert alone == {1: "steady, dark", 2: "free, bright", 3: "silent"}
    assert among_others == {1: "steady, dark", 2: "free, bright"}
    assert describe(silence, np.ones(n_silent, int), ["Cage"] * n_silent) == {
        1: "silent · Cage"
    }
