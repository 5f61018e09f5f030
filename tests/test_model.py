"""The fitted model on disk, and tracks placed with it."""

import io
import json
import pickle

import numpy as np
import pytest

from beetsplug.mir.clusters import clustering
from beetsplug.mir.clusters.contraction import to_clusters
from beetsplug.mir.clusters.model import Model, ModelError, load, pack, print_of
from beetsplug.mir.ground.grouping import means
from beetsplug.mir.space import encodings
from beetsplug.mir.space.encoders import Encoder, Linear, Network, Range

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 16)) + 3 * RANDOM.normal(size=(3, 16))[np.arange(90) % 3]
GENRES = [["Rock", "Jazz", ""][n % 3] for n in range(90)]


def fitted(name: str, bias: float = 0.0) -> tuple[Model, np.ndarray]:
    """Return a model of three clusters, and the ids that they gave."""
    encoder, Z, _ = encodings.fit(X, GENRES, name, 3, bias=bias, epochs=60)
    ids = clustering.agglomerative(Z, 3, genres=GENRES, bias=bias) * 10
    _, members = np.unique(ids, return_inverse=True)
    parts = means(Z, members), np.unique(ids), ["soft", "loud · Köln", "x"]
    return Model(encoder, *parts, to_clusters(ids, GENRES, bias), "1-60"), ids


@pytest.mark.parametrize(
    ("name", "bias"),
    [
        ("pca", 0),
        ("scaled", 0),
        ("none", 0),
        ("pca", 0.5),
        pytest.param("autoencoder", 0, marks=pytest.mark.tensorflow),
        pytest.param("autoencoder", 0.5, marks=pytest.mark.tensorflow),
    ],
)
def test_a_model_comes_back_and_places_as_before(tmp_path, name, bias):
    before, ids = fitted(name, bias)

    (tmp_path / "model.npz").write_bytes(pack(before))
    after = load(tmp_path / "model.npz")

    for placed in (before.place(X, GENRES), after.place(X, GENRES)):
        assert (placed[0] == ids).mean() > 0.95
    assert (before.place(X, GENRES)[1] == after.place(X, GENRES)[1]).all()
    assert list(after.names) == ["soft", "loud · Köln", "x"]
    assert after.mir_version == "1-60"
    assert [path.name for path in tmp_path.iterdir()] == ["model.npz"]


@pytest.mark.tensorflow
def test_placing_needs_no_tensorflow_and_no_scikit_learn(tmp_path):
    import subprocess
    import sys

    (tmp_path / "model.npz").write_bytes(pack(fitted("autoencoder")[0]))
    code = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from beetsplug.mir.clusters.model import load\n"
        f"load(Path({str(tmp_path / 'model.npz')!r})).place(np.zeros((2, 16)), ['', 'Rock'])\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert loaded.returncode == 0, loaded.stderr
    assert not {"tensorflow", "keras", "sklearn", "scipy"} & set(loaded.stdout.split())


def test_a_full_bias_places_a_genre_with_its_cluster():
    """The nearest centre is another's, but all distances within the genre are nothing."""
    identity = Linear(np.zeros(16), np.ones(16), np.eye(16)[:1], np.ones(1))
    ids = np.array([1, 1, 2, 2])
    shares = to_clusters(ids, ["Rock", "Rock", "Jazz", ""], 1.0)
    by_genre = Model(
        Encoder(Range(np.zeros(16), np.ones(16)), identity),
        np.array([[0.0], [1.0]]), np.array([1, 2]), ["a", "b"], shares, "1-60",
    )  # fmt: skip
    near_2 = np.full((3, 16), 0.9)

    assert by_genre.place(near_2, ["Rock", "Jazz", ""])[0].tolist() == [1, 2, 2]


def test_a_genre_in_two_clusters_goes_to_the_nearer_one_even_with_a_full_bias():
    identity = Linear(np.zeros(16), np.ones(16), np.eye(16)[:1], np.ones(1))
    shares = to_clusters(np.array([1, 2]), ["Rock", "Rock"], 1.0)
    by_genre = Model(
        Encoder(Range(np.zeros(16), np.ones(16)), identity),
        np.array([[0.0], [1.0]]), np.array([1, 2]), ["a", "b"], shares, "1-60",
    )  # fmt: skip

    assert by_genre.place(np.full((1, 16), 0.9), ["Rock"])[0].tolist() == [2]


def test_no_flipped_byte_is_more_than_a_message(tmp_path):
    """Of every fiftieth byte; a few are of no consequence."""
    content = whole()
    path = tmp_path / "model.npz"
    refused = 0
    for place in range(0, len(content), 50):
        path.write_bytes(
            content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
        )
        try:
            load(path).place(X, GENRES)
        except ModelError:
            refused += 1

    assert refused > 0.5 * len(range(0, len(content), 50))


class Evil:
    def __reduce__(self):
        return print, ("executed",)


def pickled() -> bytes:
    file = io.BytesIO()
    np.savez(file, about=np.array([Evil()], dtype=object))
    return file.getvalue()


def zipped(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def whole() -> bytes:
    file = io.BytesIO()
    np.savez(file, **_arrays())
    return file.getvalue()


def _arrays(**others: object) -> dict[str, object]:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        path.write_bytes(pack(fitted("pca")[0]))
        with np.load(path) as file:
            return {**{name: file[name] for name in file.files}, **others}


def about(**others: object) -> np.ndarray:
    return np.array(json.dumps({**json.loads(str(_arrays()["about"])), **others}))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lambda: b"", "is no model"),
        (lambda: b"PK\x03\x04 something", "is no model"),
        (lambda: pickle.dumps(Evil()), "is no model"),
        (pickled, "cannot be read"),
        (lambda: whole()[:-200], "is no model"),
        (lambda: whole()[:900] + b"\x00" * 300 + whole()[1200:], "cannot be read"),
        (lambda: zipped(about=np.array("{}")), "cannot be read"),
        (lambda: zipped(about=np.array("[]")), "cannot be read"),
        (lambda: zipped(about=np.array('{"beets-mir": 99, "features": []}')), "version"),
        (lambda: zipped(**_arrays(about=about(**{"beets-mir": 99}))), "version"),
        (lambda: zipped(**_arrays(about=about(features=["centroid"] * 16))), "version"),
        (lambda: zipped(**_arrays(centres=np.full((3, 3), np.nan))), "no numbers"),
        (lambda: zipped(**_arrays(centres=np.zeros((2, 3)))), "cannot be read"),
        (lambda: zipped(**_arrays(encoder_mean=np.zeros(4))), "cannot be read"),
        (lambda: zipped(**_arrays(ids=np.array([1, 1, 2]))), "cannot be read"),
        (lambda: zipped(**_arrays(ids=np.array([0, 1, 2]))), "cannot be read"),
    ],
)
def test_a_file_that_is_no_model_says_so_and_executes_nothing(
    tmp_path, capsys, content, reason
):
    path = tmp_path / "model.npz"
    path.write_bytes(content())

    with pytest.raises(ModelError, match=reason) as error:
        load(path)

    assert str(path) in str(error.value)
    assert "executed" not in capsys.readouterr().out


def test_a_model_of_other_clusters_is_refused(tmp_path):
    data = pack(fitted("pca")[0])
    (tmp_path / "model.npz").write_bytes(data)

    assert pack(fitted("pca")[0]) == data
    assert load(tmp_path / "model.npz", {print_of(data)})
    for prints in (set(), {"another"}, {print_of(data), "another"}):
        with pytest.raises(ModelError, match="belongs to other clusters"):
            load(tmp_path / "model.npz", prints)


@pytest.mark.parametrize("place", ["nowhere.npz", "."])
def test_a_model_that_is_no_file_cannot_be_read(tmp_path, place):
    with pytest.raises(ModelError, match="cannot be read"):
        load(tmp_path / place)


@pytest.mark.tensorflow
def test_a_network_is_saved_as_arrays(tmp_path):
    before, _ = fitted("autoencoder")
    (tmp_path / "model.npz").write_bytes(pack(before))

    after = load(tmp_path / "model.npz").encoder.layers

    assert isinstance(after, Network)
    assert all(
        (a == b).all()
        for a, b in zip(before.encoder.layers.weights, after.weights, strict=True)
    )
