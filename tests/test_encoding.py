"""Coordinates: what must hold for any features, and scikit-learn as oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from beetsplug.mir.encoding import ENCODERS, normalise, pca, signed
from beetsplug.mir.names import FEATURES

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


def test_a_constant_feature_reads_0():
    assert not normalise(np.full((5, 16), 3.0)).any()


@settings(max_examples=50, deadline=None)
@given(X=features, dims=st.integers(1, 16), name=st.sampled_from(sorted(ENCODERS)))
def test_any_features_are_encoded(X, dims, name):
    Z, explained = ENCODERS[name](normalise(X), dims)

    assert len(Z) == len(X)
    assert np.isfinite(Z).all()
    assert np.isfinite(explained).all()
    assert explained.sum() <= 1 + 1e-9


def test_pca_is_that_of_scikit_learn():
    X = np.random.default_rng(1).random((100, 16)) @ np.random.default_rng(2).random((16, 16))

    Z, explained = pca(X, 8)

    model = PCA(8).fit(StandardScaler().fit_transform(X))
    assert np.abs(Z) == pytest.approx(
        np.abs(model.transform(StandardScaler().fit_transform(X)))
    )
    assert explained == pytest.approx(model.explained_variance_ratio_)


def test_pca_points_to_where_the_features_are_larger():
    loudness = np.linspace(0, 1, 50)
    X = np.outer(loudness, np.ones(16)) + np.random.default_rng(0).normal(0, 0.01, (50, 16))

    assert np.corrcoef(pca(X, 2).Z[:, 0], loudness)[0, 1] > 0.99


def test_signs_turn_features_that_run_against_the_others():
    turned = {
        f.name for f, x in zip(FEATURES, signed(np.ones((1, 16)))[0], strict=True) if x < 0
    }

    assert turned == {"centroid_std", "hpss"}
