"""The fitted model as data: saved beside the library, and tracks placed with it.

An .npz of plain arrays and one JSON text; nothing in it can execute. Needs numpy only.

Conventions
-----------
X : stored features of the model's set, shape (n_samples, 16 or 200)
ids : shape (n_samples,), the cluster of each track
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..ground import arrays as kept
from ..ground import files
from ..names import CLASSIC, FEATURE_SETS, FEATURES, N_VALUES
from ..space.encoders import Encoder, GenreMeans, Linear, Network, Range, Sphere
from .contraction import LEAST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ..space.encoders import Values

    Arrays = Mapping[str, NDArray[np.float64]]

VERSION = 1
"""Changes whenever an older model would be misread."""


_MOST = 1e15  # of any value; those of a fit are far below
_MOST_ID = 2**31 - 1


class ModelError(Exception):
    """A model that cannot be used; says why."""


class Model(NamedTuple):
    """An encoder and the clusters in its space."""

    encoder: Encoder
    centres: NDArray[np.float64]  # (n_clusters, n_components)
    ids: NDArray[np.int64]  # (n_clusters,)
    names: Sequence[str]
    contraction: Mapping[str, NDArray[np.float64]]  # a genre -> (n_clusters,), 0 to 1
    mir_version: str  # of the features it was fitted to

    def place(
        self, X: Values, genres: Sequence[str]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the cluster of each track, and all coordinates.

        It is the cluster with the nearest centre. With a genre bias in the clustering the
        distance is contracted as those to its tracks were on average.
        """
        Z = self.encoder.transform(X, genres)
        ones = np.ones(len(self.ids))
        factors = np.array([self.contraction.get(genre, ones) for genre in genres])
        factors = np.maximum(factors, LEAST)
        # One cluster at a time: all at once would be tracks x clusters x components.
        distances = [np.linalg.norm(Z - centre, axis=1) for centre in self.centres]
        nearest = (np.transpose(distances) * factors.reshape(len(Z), -1)).argmin(axis=1)
        return self.ids[nearest], Z


def pack(model: Model) -> bytes:
    """Return a model as the contents of a file; the same model gives the same bytes."""
    arrays: dict[str, Any] = {"centres": model.centres, "ids": model.ids}
    encoder = model.encoder
    arrays |= _start_to_arrays(encoder.start)
    arrays |= _layers_to_arrays("encoder", encoder.layers)
    if encoder.genres:
        arrays |= _layers_to_arrays("genre", encoder.genres.projection)
        arrays |= {f"genre_range_{k}": v for k, v in encoder.genres.range._asdict().items()}
        arrays["genre_means"] = encoder.genres.means
    if model.contraction:
        arrays["contraction"] = np.array(list(model.contraction.values()))
    about = {
        "beets-mir": VERSION,
        "mir_version": model.mir_version,
        "names": list(model.names),
        "features": _inputs_of(encoder.features),
        "layers": len(encoder.layers.weights) if isinstance(encoder.layers, Network) else 0,
        "bias": encoder.genres.bias if encoder.genres else 0.0,
        "genres": list(encoder.genres.names) if encoder.genres else [],
        "contracted": list(model.contraction),
    }
    return kept.pack(about=json.dumps(about), **arrays)


def print_of(data: bytes) -> str:
    """Return what tells a packed model from every other."""
    return hashlib.sha256(data).hexdigest()[:16]


def load(path: Path, prints: Collection[str] | None = None) -> Model:
    """Read a model back; if given, these *prints* of models are those that the clusters bear.

    Raises ModelError for a file that is none, is of no use, or belongs to other clusters.
    """
    try:
        data = files.read(path)
    except OSError as exc:
        raise ModelError(f"{path}: cannot be read ({exc.strerror})") from exc
    model = _unpack(path, data)
    if prints is not None and set(prints) != {print_of(data)}:
        raise ModelError(f"{path}: belongs to other clusters than those in the library")
    return model


def _unpack(path: Path, data: bytes) -> Model:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise ModelError(f"{path}: is no model")
    try:
        arrays = kept.unpack(data)
        about = json.loads(str(arrays["about"]))
        if about["beets-mir"] != VERSION or about["features"] not in _INPUTS:
            raise ModelError(f"{path}: was written by another version")
        json.dumps(about, ensure_ascii=False).encode()  # no half of a pair of surrogates
        _check_numbers(array for name, array in arrays.items() if name != "about")
        model = _read(about, arrays)
        _check(model)
    except files.DAMAGED as exc:
        raise ModelError(f"{path}: cannot be read as a model ({exc})") from exc
    return model


def _read(about: Mapping[str, Any], arrays: Arrays) -> Model:
    genres = None
    if "genre_means" in arrays:
        genres = GenreMeans(
            _linear("genre", arrays),
            Range(arrays["genre_range_low"], arrays["genre_range_span"]),
            tuple(about["genres"]),
            arrays["genre_means"],
            float(about["bias"]),
        )
    n_layers = int(about["layers"])
    layers = _network(n_layers, arrays) if n_layers else _linear("encoder", arrays)
    encoder = Encoder(_start(arrays), layers, genres)
    if about["features"] != _inputs_of(encoder.features):
        raise ValueError("its encoder is of another feature set")
    contracted = arrays.get("contraction", np.empty((0, len(arrays["ids"]))))
    return Model(
        encoder,
        arrays["centres"],
        arrays["ids"].astype(np.int64),
        [str(name) for name in about["names"]],
        dict(zip(about["contracted"], contracted, strict=True)),
        str(about["mir_version"]),
    )


def _check_numbers(arrays: Iterable[NDArray[Any]]) -> None:
    if not all(float(np.abs(array).max(initial=0)) <= _MOST for array in arrays):
        raise ValueError("it holds values that are no numbers")


def _check(model: Model) -> None:
    """Try the model: ValueError if its parts do not fit together."""
    if model.centres.ndim != 2 or model.ids.ndim != 1:
        raise ValueError("its clusters are none")
    if not len(model.ids) == len(model.centres) == len(model.names) > 0:
        raise ValueError("its clusters do not fit together")
    n_ids = len(set(model.ids.tolist()))
    if model.ids.min() < 1 or model.ids.max() > _MOST_ID or n_ids < len(model.ids):
        raise ValueError("its cluster ids are none")
    genres = ["", *model.contraction]
    for value in (0.0, 1.0):
        X = np.full((len(genres), N_VALUES[model.encoder.features]), value)
        with np.errstate(all="ignore"):
            _, Z = model.place(X, genres)
        if Z.shape != (len(X), model.centres.shape[1]) or not np.isfinite(Z).all():
            raise ValueError("no track has a place in it")


def _inputs_of(features: str) -> list[str]:
    """Return what a model says of the values that it takes."""
    return [feature.name for feature in FEATURES] if features == CLASSIC else [features]


_INPUTS = [_inputs_of(features) for features in FEATURE_SETS]


def _start_to_arrays(start: Range | Sphere) -> dict[str, NDArray[np.float64]]:
    if isinstance(start, Range):
        return {f"range_{name}": array for name, array in start._asdict().items()}
    arrays = {"sphere_mean": start.mean, "sphere_scale": start.scale}
    return arrays | (_start_to_arrays(start.range) if start.range else {})


def _start(arrays: Arrays) -> Range | Sphere:
    ranged = Range(arrays["range_low"], arrays["range_span"]) if "range_low" in arrays else None
    if "sphere_mean" in arrays:
        return Sphere(arrays["sphere_mean"], arrays["sphere_scale"], ranged)
    if ranged is None:
        raise ValueError("nothing prepares its features")
    return ranged


def _layers_to_arrays(name: str, layers: Linear | Network) -> dict[str, NDArray[np.float64]]:
    if isinstance(layers, Linear):
        return {f"{name}_{field}": array for field, array in layers._asdict().items()}
    arrays = {f"{name}_explained": layers.explained}
    for index, (weight, bias) in enumerate(zip(layers.weights, layers.biases, strict=True)):
        arrays |= {f"{name}_weight{index}": weight, f"{name}_bias{index}": bias}
    return arrays


def _linear(name: str, arrays: Arrays) -> Linear:
    return Linear(*(arrays[f"{name}_{field}"] for field in Linear._fields))


def _network(n_layers: int, arrays: Arrays) -> Network:
    return Network(
        tuple(arrays[f"encoder_weight{index}"] for index in range(n_layers)),
        tuple(arrays[f"encoder_bias{index}"] for index in range(n_layers)),
        arrays["encoder_explained"],
    )
