"""The training of the autoencoder beside plain Keras, on the features of real music.

    python benchmarks/autoencoder.py --music DIR [--tracks 1000] [--write]

The music is cut into pieces of some seconds, each analysed as if it were a track, until
there are enough. Both sides get the same matrix, network (16-12-dims-12-16, sigmoid),
loss (mean squared error), limit of epochs, and a tenth of the pieces to stop early by.
Keras runs `fit` with its default batches of 32 and Adam. A first training of each, which
compiles, is not timed.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
from report import SUFFIXES, replace_section

from beetsplug.mir.names import FEATURES
from beetsplug.mir.sound.audio import open_sound
from beetsplug.mir.sound.features.compute import extract
from beetsplug.mir.space import autoencoder, linear
from beetsplug.mir.space.encoders import signed

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
DIMS = (3, 8)


def real_features(music: Path, n_tracks: int, seconds: float) -> np.ndarray:
    """Return features of pieces of real music, shape (n_tracks, 16)."""
    rows: list[list[float]] = []
    files = sorted(path for path in music.rglob("*") if path.suffix in SUFFIXES)
    for path in np.random.default_rng(0).permutation(files):
        with open_sound(bytes(path)) as sound:
            y = np.concatenate(list(sound.blocks()))
        length = round(seconds * sound.sr)
        for start in range(0, len(y) - length, length):
            values = extract([y[start : start + length]], sound.sr)
            rows.append([values[f"{f.series}_{f.summary}"] for f in FEATURES])
        if len(rows) >= n_tracks:
            break
    return np.array(rows[:n_tracks])


def by_us(X: np.ndarray, dims: int, epochs: int) -> tuple[float, int]:
    """Train; return the loss on all tracks, and the epochs."""
    training = autoencoder.train(X, dims, epochs=epochs)
    outputs = training.decoder.transform(training.network.transform(X))
    return float(np.mean((outputs - X) ** 2)), len(training.history)


def by_keras(X: np.ndarray, dims: int, epochs: int) -> tuple[float, int]:
    import keras

    keras.utils.set_random_seed(0)
    sizes = (autoencoder.N_HIDDEN, dims, autoencoder.N_HIDDEN, X.shape[1])
    layers = [keras.layers.Dense(size, activation="sigmoid") for size in sizes]
    model = keras.Sequential([keras.Input((X.shape[1],)), *layers])
    model.compile("adam", "mse")
    stop = keras.callbacks.EarlyStopping(
        patience=autoencoder.PATIENCE, restore_best_weights=True
    )
    history = model.fit(
        X, X, epochs=epochs, verbose=0, callbacks=[stop],
        validation_split=autoencoder.VALIDATION_SHARE,
    )  # fmt: skip
    return float(model.evaluate(X, X, verbose=0)), len(history.history["loss"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--music", type=Path, required=True)
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=15, help="length of a piece")
    parser.add_argument("--epochs", type=int, default=2000)
    parser.add_argument("--write", action="store_true", help="put the table into docs/")
    options = parser.parse_args()
    features = real_features(options.music, options.tracks, options.seconds)
    X = linear.normalise(signed(features))
    X = X[np.random.default_rng(0).permutation(len(X))]
    lines = [
        f"{len(X)} pieces of {options.seconds:.0f} s, at most {options.epochs} epochs.",
        "",
        "| dims | | epochs | s | loss | PCA's loss |",
        "|---|---|---|---|---|---|",
    ]
    for dims in DIMS:
        projection = linear.pca(X, dims)
        back = (
            projection.transform(X) @ projection.components * projection.scale + projection.mean
        )
        pca_loss = np.mean((back - X) ** 2)
        seconds = {}
        for title, train in {"plain Keras": by_keras, "this project": by_us}.items():
            train(X, dims, 2)
            start = time.perf_counter()
            loss, n_epochs = train(X, dims, options.epochs)
            seconds[title] = time.perf_counter() - start
            lines.append(
                f"| {dims} | {title} | {n_epochs} | {seconds[title]:.1f} | {loss:.5f}"
                f" | {pca_loss:.5f} |"
            )
            print(lines[-1], flush=True)
        ratio = seconds["plain Keras"] / seconds["this project"]
        lines.append(f"| {dims} | ratio of time | | {ratio:.0f} | | |")
    text = "\n".join(lines)
    print(text)
    if options.write:
        replace_section(PAGE, "autoencoder", text)


if __name__ == "__main__":
    main()
