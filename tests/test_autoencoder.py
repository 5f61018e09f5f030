"""The network: what it learns, and that the same is learnt again."""

import numpy as np
import pytest

from beetsplug.mir.space import autoencoder, encodings
from beetsplug.mir.space.linear import pca

pytestmark = pytest.mark.tensorflow


def curve(n_samples: int = 400) -> np.ndarray:
    """Sixteen inputs that bend along one hidden variable, in [0, 1]."""
    t = np.random.default_rng(0).random(n_samples)[:, None]
    return 0.5 + 0.4 * np.sin(2 * np.pi * (0.6 * t + np.linspace(0, 1, 16)))


def test_one_node_follows_a_curve_that_pca_cannot():
    X = curve()

    training = autoencoder.train(X, 1, epochs=200)

    assert pca(X, 1).explained.sum() < 0.8
    assert training.network.explained[0] > 0.97


def test_code_and_reconstruction_are_what_the_history_says():
    X = curve()

    training = autoencoder.train(X, 2, epochs=50)

    Z = training.network.transform(X)
    assert Z.shape == (400, 2)
    assert (Z >= 0).all()
    assert (Z <= 1).all()
    error = np.mean((training.decoder.transform(Z) - X) ** 2)
    assert error == pytest.approx(training.history.min(axis=0).mean(), rel=0.5)
    assert training.history[-1, 0] < training.history[0, 0] / 10


def test_the_same_seed_gives_the_same_weights_and_another_others():
    X = curve(100)

    first, again, other = (
        autoencoder.train(X, 3, epochs=10, random_state=seed) for seed in (1, 1, 2)
    )

    assert (first.network.transform(X) == again.network.transform(X)).all()
    assert not np.allclose(first.network.transform(X), other.network.transform(X))


def test_epochs_are_a_limit_and_each_is_told():
    told = []

    training = autoencoder.train(
        curve(), 3, epochs=7, on_epoch=lambda epoch, loss: told.append((epoch, loss))
    )

    assert [epoch for epoch, _ in told] == [1, 2, 3, 4, 5, 6, 7]
    assert training.history[:, 1].tolist() == [loss for _, loss in told]


def test_training_ends_when_it_no_longer_gets_better():
    noise = np.random.default_rng(0).random((400, 16))

    assert len(autoencoder.train(noise, 3).history) < 2000


@pytest.mark.parametrize("n_samples", [1, 2, 10])
def test_very_few_tracks_are_encoded(n_samples):
    X = np.random.default_rng(0).random((n_samples, 16))

    encoded = encodings.fit(X, [""] * n_samples, "autoencoder", 3, epochs=20)

    assert encoded.Z.shape == (n_samples, 3)
    assert np.isfinite(encoded.Z).all()


def test_equal_tracks_get_equal_codes():
    encoded = encodings.fit(np.ones((60, 16)), [""] * 60, "autoencoder", 3, epochs=20)

    assert np.isfinite(encoded.Z).all()
    assert np.ptp(encoded.Z, axis=0).max() == 0


def test_a_genre_bias_draws_tracks_of_a_genre_together():
    random = np.random.default_rng(0)
    genres = [str(n % 4) for n in range(200)]
    of_genre = random.normal(0.5, 0.05, (4, 16))
    X = np.clip(np.tile(of_genre, (50, 1)) + random.normal(0, 0.2, (200, 16)), 0, 1)

    def spread(bias: float) -> float:
        Z = encodings.fit(X, genres, "autoencoder", 3, bias=bias, epochs=100).Z
        labels = np.array(genres)
        within = np.mean([Z[labels == g].var(axis=0).sum() for g in set(genres)])
        return float(within / Z.var(axis=0).sum())

    assert spread(1.0) < spread(0.0) - 0.1


def test_no_bias_is_exactly_the_result_without_genres():
    X = np.random.default_rng(0).random((60, 16))

    plain = encodings.fit(X, [""] * 60, "autoencoder", 3, epochs=20)
    zero = encodings.fit(X, ["Rock", "Jazz"] * 30, "autoencoder", 3, bias=0.0, epochs=20)

    assert (plain.Z == zero.Z).all()
