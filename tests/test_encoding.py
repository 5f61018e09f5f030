"""Coordinates: what must hold for any features, and scikit-learn as oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from beetsplug.mir.names import FEATURES
from beetsplug.mir.space import encodings
from beetsplug.mir.space.encoders import signed
from beetsplug.mir.space.linear import (
    distinct,
    genre_means,
    identity,
    normalise,
    pca,
    standard,
    strongest,
)

features = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 30), st.just(16)),
    elements=st.floats(-1e4, 1e4).map(lambda x: round(x, 3)),
)


@settings(max_examples=50, deadline=None)
@given(X=features)
def test_normalised_features_lie_between_0_and_1(X):
    normalised = normalise(X)

    assert normalised.shape == X.shape
    assert (normalised >= 0).all()
    assert (normalised <= 1).all()


def test_normalising_ignores_scale_offset_and_outliers():
    X = np.random.default_rng(0).random((1000, 16))
    wild = X * 7 - 3
    wild[0] = 1e9

    assert np.abs(normalise(X) - normalise(wild)).max(axis=1)[1:].max() < 0.02


def test_the_outermost_percent_at_each_end_is_clipped():
    X = normalise(np.random.default_rng(0).random((1000, 16)))

    assert (X <= 0).mean() == pytest.approx(0.01, abs=0.002)
    assert (X >= 1).mean() == pytest.approx(0.01, abs=0.002)


def test_a_constant_feature_reads_0():
    assert not normalise(np.full((5, 16), 3.0)).any()


def test_a_thousand_copies_of_a_track_do_not_hide_the_others():
    others = np.random.default_rng(0).random((20, 16))
    X = np.vstack([np.repeat(others[:1], 1000, axis=0), others[1:]])

    assert normalise(X)[1000:] == pytest.approx(normalise(others)[1:])
    assert pca(normalise(X), 3).explained == pytest.approx(pca(normalise(others), 3).explained)


@settings(max_examples=50, deadline=None)
@given(X=features, dims=st.integers(1, 16), name=st.sampled_from(["pca", "scaled", "none"]))
def test_any_features_are_encoded(X, dims, name):
    encoder, Z, training = encodings.fit(X, [""] * len(X), name, dims)

    assert len(Z) == len(X)
    assert np.isfinite(Z).all()
    assert np.isfinite(encoder.layers.explained).all()
    assert encoder.layers.explained.sum() <= 1 + 1e-9
    assert encoder.transform(X, [""] * len(X)) == pytest.approx(Z, abs=1e-9)
    assert training is None


@settings(max_examples=50, deadline=None)
@given(X=features)
def test_distinct_rows_are_those_of_numpy(X):
    X = np.vstack([X, X[::2]])

    assert (np.unique(X, axis=0) == np.unique(distinct(X), axis=0)).all()
    assert len(distinct(X)) == len(np.unique(X, axis=0))


def test_zeros_of_either_sign_are_equal():
    assert len(distinct(np.array([[0.0, 1.0], [-0.0, 1.0]]))) == 1


def test_pca_is_that_of_scikit_learn():
    X = np.random.default_rng(1).random((100, 16)) @ np.random.default_rng(2).random((16, 16))

    projection = pca(X, 8)

    scaled = StandardScaler().fit_transform(X)
    model = PCA(8).fit(scaled)
    assert np.abs(projection.transform(X)) == pytest.approx(np.abs(model.transform(scaled)))
    assert projection.explained == pytest.approx(model.explained_variance_ratio_)


def test_pca_points_to_where_the_features_are_larger():
    loudness = np.linspace(0, 1, 50)
    X = np.outer(loudness, np.ones(16)) + np.random.default_rng(0).normal(0, 0.01, (50, 16))

    assert np.corrcoef(pca(X, 2).transform(X)[:, 0], loudness)[0, 1] > 0.99


def test_every_component_points_to_where_the_features_are_larger_on_the_whole():
    """Also where the one that weighs most runs against the others."""
    for seed in range(20):
        X = np.random.default_rng(seed).random((50, 16)) ** 2

        assert (pca(X, 8).components.sum(axis=1) >= 0).all()


def test_the_strongest_features_of_a_component_are_named_with_their_sign():
    X = np.random.default_rng(0).normal(0, 0.01, (200, 16))
    swing = np.linspace(0, 1, 200)
    X[:, 0] += swing
    X[:, 1] += 0.9 * swing
    X[:, 2] -= swing

    names = strongest(pca(X, 1), 0, 3)

    assert sorted(names) == sorted(f"{s}{FEATURES[i].name}" for i, s in enumerate("++-"))


def test_a_feature_without_weight_is_not_named():
    assert strongest(identity(np.ones((5, 16))), 3, 4) == [f"+{FEATURES[3].name}"]


def test_scaled_features_have_unit_variance_and_normalised_ones_stay():
    X = np.random.default_rng(0).random((100, 16))

    assert standard(X).transform(X).std(axis=0) == pytest.approx(np.ones(16))
    assert (identity(X).transform(X) == X).all()


def test_signs_turn_features_that_run_against_the_others():
    turned = {
        f.name for f, x in zip(FEATURES, signed(np.ones((1, 16)))[0], strict=True) if x < 0
    }

    assert turned == {"centroid_std", "hpss"}


def test_genres_are_the_means_of_their_tracks_in_3_d():
    X = np.random.default_rng(0).random((30, 16))
    genres = ["Rock"] * 10 + ["Jazz"] * 10 + [""] * 10

    means = genre_means(X, genres, 0.5)
    inputs = means.inputs(X, genres)

    assert means.names == ("Jazz", "Rock")
    assert (inputs[:, :16] == X).all()
    Z = means.projection.transform(X)
    own = means.range.normalise(Z)
    jazz, rock = (
        means.range.normalise(Z[part].mean(axis=0)) for part in (slice(10, 20), slice(10))
    )
    assert inputs[:20, 16:] == pytest.approx(0.5 * np.repeat([rock, jazz], 10, axis=0))
    assert inputs[20:, 16:] == pytest.approx(0.5 * own[20:])  # no genre: for themselves
    assert means.inputs(X[:1], ["Polka"])[:, 16:] == pytest.approx(0.5 * own[:1])


def test_a_bias_of_0_adds_nothing():
    X = np.random.default_rng(0).random((30, 16))

    assert genre_means(X, ["Rock"] * 30, 0.0).inputs(X, ["Rock"] * 30) is X


@pytest.mark.parametrize(("features", "n_values"), [("classic", 16), ("network", 200)])
def test_a_track_without_values_has_no_place(features, n_values):
    X = np.random.default_rng(0).normal(size=(40, n_values))
    encoder = encodings.fit(X, [""] * 40, "pca", 3, features=features).encoder
    X[7] = np.nan
    Z = encoder.transform(X, [""] * 40)

    assert np.flatnonzero(np.isnan(Z).all(axis=1)).tolist() == [7]
    assert np.isfinite(np.delete(Z, 7, axis=0)).all()
