"""A network that squeezes features through a few nodes, and learns to bring them back.

Five dense layers with sigmoid activation, inputs - hidden - code - hidden - outputs, by
the mean squared error. TensorFlow states the loss and derives its gradient, compiled
and over all tracks at once; L-BFGS (scipy) does the steps. For so small a network that
takes a fraction of the time of batches and Adam: benchmarks/autoencoder.py.
"""

from __future__ import annotations

import importlib.util
import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .encoders import Network, sigmoid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

N_HIDDEN = 12
N_STARTS = 8  # some end in a poor place, which the first of many epochs show
EPOCHS_OF_START = 50
MOST_OF_START = 1000  # tracks; enough to choose a start by
MOST_TRAINED = 4_000  # tracks; of more, so many are drawn: the network has 500 weights
PATIENCE = 200  # epochs without a better loss on the tracks kept aside
LEAST_GAIN = 2e-3  # share by which a loss must be better to count
VALIDATION_SHARE = 0.1
LEAST_VALIDATED = 50  # tracks; of fewer, none are kept aside
_INITIAL_DEVIATION = 0.5  # of a node's input: all start where the sigmoid is nearly straight
_FLAT = 1e-9


class Training(NamedTuple):
    """What was learnt, and how."""

    network: Network  # inputs -> code
    decoder: Network  # code -> inputs
    history: NDArray[np.float64]  # (n_epochs, 2): loss on the trained tracks, on those aside


NEEDS_TENSORFLOW = (
    "needs TensorFlow, which is not installed: pip install 'beets-mir[tensorflow]'"
)


def available() -> bool:
    """Say whether TensorFlow is installed, without loading it."""
    return importlib.util.find_spec("tensorflow") is not None


def train(
    X: NDArray[np.float64],
    n_components: int,
    *,
    epochs: int = 2000,
    random_state: int = 0,
    on_epoch: Callable[[int, float], None] = lambda epoch, loss: None,
) -> Training:
    """Fit an autoencoder to inputs in [0, 1], shape (n_samples, n_inputs).

    Of several starts the best goes on. It ends after *epochs* passes, or when the loss on
    a tenth of the tracks, kept aside, has not improved for a while; the best weights
    count. The same *random_state* gives the same weights. *on_epoch* is told each epoch
    and its loss. Raises ImportError without TensorFlow.
    """
    random = np.random.default_rng(random_state)
    trained, aside = _split(X, random)
    sizes = [X.shape[1], N_HIDDEN, n_components, N_HIDDEN, X.shape[1]]
    loss_of, loss_aside_of = _loss(trained, sizes), _loss(aside, sizes)
    tries = [_Descent(_initial(trained, sizes, random), loss_aside_of) for _ in range(N_STARTS)]
    few = len(trained) <= MOST_OF_START
    loss_of_start = loss_of if few else _loss(trained[:MOST_OF_START], sizes)
    for descent in tries:
        descent.go_on(loss_of_start, min(EPOCHS_OF_START, epochs))
    best = min(tries, key=lambda descent: descent.least)
    best.tell(on_epoch)
    best.go_on(loss_of, epochs - len(best.history))
    layers = _layers(best.weights, sizes)
    encoder, decoder = _network(layers[:2]), _network(layers[2:])
    explained = _share_brought_back(X, decoder.transform(encoder.transform(X)))
    return Training(
        encoder._replace(explained=explained),
        decoder._replace(explained=explained),
        np.array(best.history),
    )


class _Descent:
    """The way from some weights to better ones: keeps the best, and when they got better."""

    def __init__(
        self, weights: NDArray[np.float64], loss_aside_of: Callable[[Any], Any]
    ) -> None:
        self.weights = self._last = weights
        self.least = self._least_counted = np.inf
        self.history: list[tuple[float, float]] = []
        self._loss_aside_of = loss_aside_of
        self._since = 0
        self._on_epoch: Callable[[int, float], None] = lambda epoch, loss: None

    def go_on(self, loss_of: Callable[[Any], Any], epochs: int) -> None:
        """Make so many steps, or fewer when nothing gets better."""
        from scipy.optimize import minimize  # slow to load, and figures ask for less

        if epochs < 1 or self._since >= PATIENCE:
            return
        minimize(
            lambda weights: _numbers(loss_of(weights.astype(np.float32))),
            self._last,
            method="L-BFGS-B",
            jac=True,
            callback=self,
            options={
                "maxiter": epochs, "maxfun": 20 * epochs, "maxcor": 20, "ftol": 0, "gtol": 0
            },
        )  # fmt: skip

    def tell(self, on_epoch: Callable[[int, float], None]) -> None:
        """Tell every epoch, past and to come."""
        self._on_epoch = on_epoch
        for epoch, (_, loss) in enumerate(self.history, start=1):
            on_epoch(epoch, loss)

    def __call__(self, intermediate_result: Any) -> None:
        self._last = intermediate_result.x.copy()
        loss = float(self._loss_aside_of(self._last.astype(np.float32))[0])
        self.history.append((float(intermediate_result.fun), loss))
        self._on_epoch(len(self.history), loss)
        if loss < self.least:
            self.least, self.weights = loss, self._last
        if loss < self._least_counted * (1 - LEAST_GAIN):
            self._least_counted, self._since = loss, 0
        else:
            self._since += 1
        if self._since >= PATIENCE:
            raise StopIteration


def _split(
    X: NDArray[np.float64], random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return tracks to learn from and tracks kept aside; of very few, all are both."""
    drawn = X[random.permutation(len(X))[:MOST_TRAINED]]
    n_aside = round(VALIDATION_SHARE * len(drawn))
    if len(drawn) < LEAST_VALIDATED:
        return drawn, drawn
    return drawn[n_aside:], drawn[:n_aside]


def _loss(X: NDArray[np.float64], sizes: Sequence[int]) -> Callable[[Any], Any]:
    """Return a compiled function from all weights to the loss and its gradient."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # it announces itself
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    inputs = tf.constant(X, tf.float32)

    def loss_and_gradient(weights: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(weights)
            outputs = inputs
            for weight, bias in _layers(weights, sizes):
                outputs = tf.sigmoid(outputs @ weight + bias)
            loss = tf.reduce_mean(tf.square(outputs - inputs))
        return loss, tape.gradient(loss, weights)

    weights_like = tf.TensorSpec([None], tf.float32)
    compiled: Callable[[Any], Any] = tf.function(
        loss_and_gradient, input_signature=[weights_like], autograph=False
    )
    return compiled


def _numbers(loss_and_gradient: tuple[Any, Any]) -> tuple[float, NDArray[np.float64]]:
    loss, gradient = loss_and_gradient
    return float(loss), gradient.numpy().astype(np.float64)


def _layers(weights: Any, sizes: Sequence[int]) -> list[tuple[Any, Any]]:
    """Cut one long vector (of numpy or TensorFlow) into weight and bias of each layer."""
    if isinstance(weights, np.ndarray):
        reshape: Callable[..., Any] = np.reshape
    else:
        import tensorflow as tf

        reshape = tf.reshape
    layers, start = [], 0
    for n_inputs, n_outputs in pairwise(sizes):
        middle = start + n_inputs * n_outputs
        weight = reshape(weights[start:middle], (n_inputs, n_outputs))
        start = middle + n_outputs
        layers.append((weight, weights[middle:start]))
    return layers


def _initial(
    X: NDArray[np.float64], sizes: Sequence[int], random: np.random.Generator
) -> NDArray[np.float64]:
    """Return first weights, such that no node is stuck at an end of its sigmoid.

    Orthogonal directions, then each node's input brought to a mean of 0 and the same
    deviation over the tracks (after Mishkin and Matas 2016).
    """
    parts = []
    for n_inputs, n_outputs in pairwise(sizes):
        shape = (max(n_inputs, n_outputs), min(n_inputs, n_outputs))
        orthogonal = np.linalg.qr(random.standard_normal(shape))[0]
        weight = orthogonal if n_inputs >= n_outputs else orthogonal.T
        received = X @ weight
        deviation = received.std(axis=0)
        weight = weight * np.divide(
            _INITIAL_DEVIATION, deviation, out=np.ones(n_outputs), where=deviation > _FLAT
        )
        bias = -(X @ weight).mean(axis=0)
        X = sigmoid(X @ weight + bias)
        parts += [weight.ravel(), bias]
    return np.concatenate(parts)


def _network(layers: Sequence[tuple[Any, Any]]) -> Network:
    weights, biases = zip(*layers, strict=True)
    return Network(tuple(weights), tuple(biases), np.zeros(1))


def _share_brought_back(
    X: NDArray[np.float64], reconstructed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the share of the variance that is not lost, shape (1,)."""
    variance = np.var(X, axis=0).sum()
    lost = np.mean((X - reconstructed) ** 2, axis=0).sum()
    return np.array([max(0.0, 1.0 - lost / variance) if variance else 0.0])
