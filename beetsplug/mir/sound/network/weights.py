"""Where the network's weights come from: the package `musicnn`, pruned once into a file.

The package's own code needs TensorFlow 1 and is never loaded; only its checkpoint is
read. What is kept is a line with version and digest, and an .npz of plain arrays.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import metadata
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from ...ground import arrays, files
from ...names import N_NETWORK_VALUES, NETWORK_VERSION, TAGS
from .checkpoint import read_tensors
from .layers import N_BANDS, N_FRAMES, Dense, Filters, MusiCNN, Weights
from .pruning import N_FRONT, N_MIDDLE, prune

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

HOW_TO_GET = "pip install --no-deps musicnn"

_PACKAGE, _FOLDER = "musicnn", "musicnn/MSD_musicnn"
_INDEX, _DATA = ".index", ".data-00000-of-00001"
# Other weights would give other values, which nobody may compare with these.
_DIGESTS = {
    _INDEX: "87f3e0f3550c8d3bafc840374003e5c8af5eeb5ecf6add61af09a7822d3282c8",
    _DATA: "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
}
_HEADER = f"beets-mir network {NETWORK_VERSION} ".encode()


class WeightsError(Exception):
    """There are no weights that can be used; says why."""


class NoPackageError(WeightsError):
    """The package that carries them is not installed."""


def is_kept(path: Path) -> bool:
    """Say whether a file holds pruned weights that are whole."""
    try:
        read(path)
    except WeightsError:
        return False
    return True


def keep(path: Path, weights: Weights) -> None:
    """Write pruned weights into a file (OSError)."""
    files.replace(path, pack(weights))


@lru_cache(1)
def load(path: Path) -> MusiCNN:
    """Return the network of kept weights or, where none could be kept, of the package's.

    Raises WeightsError if there are neither.
    """
    try:
        return _tried(path, read(path))
    except WeightsError:
        return MusiCNN(from_package())


def read(path: Path) -> Weights:
    """Read kept weights (WeightsError)."""
    try:
        header, _, packed = files.read(path).partition(b"\n")
    except OSError as exc:
        raise WeightsError(f"{path}: cannot be read ({exc.strerror})") from exc
    if header != _header(packed):
        raise WeightsError(f"{path}: is damaged, or of another version")
    try:
        return _weights([*arrays.unpack(packed).values()])
    except files.DAMAGED as exc:
        raise WeightsError(f"{path}: holds no weights ({exc})") from exc


def _weights(found: Sequence[NDArray[np.float32]]) -> Weights:
    n_filters = (N_FRONT, N_MIDDLE, 1)
    width = len(Filters._fields)
    pieces = iter(
        Filters(*found[start : start + width])
        for start in range(2, 2 + width * sum(n_filters), width)
    )
    front, middle, (values,) = (tuple(next(pieces) for _ in range(n)) for n in n_filters)
    return Weights(found[0], found[1], front, middle, values, Dense(*found[-2:]))


def _tried(path: Path, weights: Weights) -> MusiCNN:
    """Return the network of weights; WeightsError if it cannot hear."""
    try:
        network = MusiCNN(weights)
        with np.errstate(all="ignore"):
            values = network(np.zeros((N_FRAMES, N_BANDS), np.float32))
            tags = network.tags(values)
    except files.DAMAGED as exc:
        raise WeightsError(f"{path}: holds the weights of no network ({exc})") from exc
    shapes = (N_NETWORK_VALUES,), (len(TAGS),)
    if (values.shape, tags.shape) != shapes or not np.isfinite([*values, *tags]).all():
        raise WeightsError(f"{path}: holds the weights of another network")
    return network


def pack(weights: Weights) -> bytes:
    """Return weights as the contents of a file."""
    layers = chain(weights.front, weights.middle, [weights.values, weights.tags])
    named = enumerate([weights.scale, weights.shift, *chain.from_iterable(layers)])
    packed = arrays.pack(**{f"arr_{index}": array for index, array in named})
    return _header(packed) + b"\n" + packed


def from_package() -> Weights:
    """Return the weights in the package's checkpoint (WeightsError)."""
    try:
        package = metadata.distribution(_PACKAGE)
    except metadata.PackageNotFoundError as exc:
        raise NoPackageError("the trained network is not installed") from exc
    index, data = (_checked(package, name) for name in (_INDEX, _DATA))
    return prune(read_tensors(index, data))


def _checked(package: metadata.Distribution, name: str) -> bytes:
    path = package.locate_file(f"{_FOLDER}/{name}")
    try:
        with open(str(path), "rb") as file:
            content = file.read()
    except OSError as exc:
        raise WeightsError(f"{path}: cannot be read ({exc.strerror})") from exc
    if hashlib.sha256(content).hexdigest() != _DIGESTS[name]:
        raise WeightsError(f"{path}: is damaged, or not the network of musicnn 0.1.0")
    return content


def _header(packed: bytes) -> bytes:
    return _HEADER + hashlib.sha256(packed).hexdigest().encode()
