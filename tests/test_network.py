"""The trained network: its checkpoint, its layers, what it is given and what it says."""

import ast
import os
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from beetsplug.mir import names
from beetsplug.mir.sound.audio import open_sound
from beetsplug.mir.sound.network import hearing, layers, patches, weights
from beetsplug.mir.sound.network.checkpoint import read_tensors
from beetsplug.mir.sound.network.hearing import Spread, hear, scores, tags_of
from beetsplug.mir.sound.network.patches import N_SAMPLES, RATE, log_mel, patch
from beetsplug.mir.sound.network.pruning import prune
from beetsplug.mir.sound.tasks import Task, analyse
from tests.conftest import SR, noise, sine

SHAPE = (layers.N_FRAMES, layers.N_BANDS)
VALUES, LOGITS = "model/batch_normalization_10/batchnorm/add_1", "model/dense_1/BiasAdd"
NETWORKS = ("MSD_musicnn", "MTT_musicnn")


def checkpoint(musicnn: Path, name: str = "MSD_musicnn") -> tuple[bytes, bytes]:
    """Return index and data of one of the package's checkpoints."""
    folder = musicnn / name
    return (folder / ".index").read_bytes(), (folder / ".data-00000-of-00001").read_bytes()


@pytest.fixture(scope="module")
def tensors(musicnn):
    return read_tensors(*checkpoint(musicnn))


@pytest.fixture(scope="module")
def pruned(tensors):
    return prune(tensors)


@pytest.fixture(scope="module")
def network(pruned):
    return layers.MusiCNN(pruned)


@pytest.fixture(scope="module")
def music(real_music) -> np.ndarray:
    """Ten seconds of music at the network's rate."""
    with open_sound(bytes(real_music / "parsec47-data" / "ptn1.ogg")) as sound:
        y, _ = sound.window(30, 10)
        return librosa.resample(y, orig_sr=sound.sr, target_sr=RATE)


# The checkpoint


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_checkpoint_reads_as_tensorflow_reads_it(musicnn, name):
    import tensorflow as tf

    reader = tf.compat.v1.train.NewCheckpointReader(f"{musicnn / name}/")
    found = read_tensors(*checkpoint(musicnn, name))

    assert set(found) == set(reader.get_variable_to_shape_map())
    for key, tensor in found.items():
        assert tensor.dtype == np.float32
        np.testing.assert_array_equal(tensor, reader.get_tensor(key), strict=True)


@pytest.mark.tensorflow
def test_a_checkpoint_of_any_shapes_reads_as_it_was_written(tmp_path):
    """Of so many tensors that the index has several blocks; those that are not float32 stay."""
    import tensorflow as tf

    shapes = [(), (0,), (3, 0), (1,), (2, 3, 4), (300,)]
    written = {
        f"layer_{i}/{'kernel' * (i % 3)}": np.random.default_rng(i).random(shape, np.float32)
        for i in range(400)
        for shape in [shapes[i % len(shapes)]]
    }
    others = {"step": np.int64(7), "double": np.ones(3), "text": np.array([b"x"])}
    every = {**written, **others}
    tf.raw_ops.SaveV2(
        prefix=str(tmp_path / "a"),
        tensor_names=list(every),
        shape_and_slices=[""] * len(every),
        tensors=[tf.constant(value) for value in every.values()],
    )

    found = read_tensors(
        (tmp_path / "a.index").read_bytes(), (tmp_path / "a.data-00000-of-00001").read_bytes()
    )

    assert set(found) == set(written)
    for key, value in written.items():
        np.testing.assert_array_equal(found[key], value, strict=True)


def read_or_refused(index: bytes, data: bytes) -> None:
    try:
        found = read_tensors(index, data)
    except ValueError:
        return
    assert all(tensor.nbytes <= len(data) for tensor in found.values())


@settings(max_examples=100)
@given(damage=st.data())
def test_a_damaged_checkpoint_is_refused_by_a_value_error(musicnn, damage):
    index, data = checkpoint(musicnn)
    cut = damage.draw(st.integers(0, len(index)))
    places = st.integers(0, len(index) - 1)
    changed = bytearray(index)
    for place, byte in damage.draw(st.lists(st.tuples(places, st.integers(0, 255)))):
        changed[place] = byte

    read_or_refused(bytes(changed), data)
    read_or_refused(index[:cut], data)
    read_or_refused(index[cut:], data)
    read_or_refused(index[:cut] + index[-100:], data)


@given(index=st.binary(max_size=300), data=st.binary(max_size=100))
def test_rubbish_is_refused_by_a_value_error(index, data):
    with pytest.raises(ValueError, match="no checkpoint"):
        read_tensors(index, data)
    read_or_refused(index + table([]), data)
    read_or_refused(table([(b"name", index)]), data)
    read_or_refused(index + table([], index=index), data)


def test_a_checkpoint_whose_data_are_cut_short_is_refused(musicnn):
    index, data = checkpoint(musicnn)

    with pytest.raises(ValueError, match="not all there"):
        read_tensors(index, data[:-1])
    with pytest.raises(ValueError, match="not all there"):
        read_tensors(index, b"")


# Tables as LevelDB writes them, of protocol buffers.


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def message(*fields: tuple[int, int | bytes]) -> bytes:
    return b"".join(
        varint(number << 3) + varint(value)
        if isinstance(value, int)
        else varint(number << 3 | 2) + varint(len(value)) + value
        for number, value in fields
    )


def entry(*sizes: int | bytes, n_bytes: int, dtype: int = 1) -> bytes:
    """Return the entry of a tensor at the start of the data; 0 is left out, as by protobuf."""
    shape = message(*((2, message((1, size)) if size else b"") for size in sizes))
    return message((1, dtype), (2, shape), (5, n_bytes))


def block(
    entries: list[tuple[bytes, bytes]], kind: bytes = b"\0", restarts: bytes = bytes(4)
) -> bytes:
    rows = [
        b"\0" + varint(len(key)) + varint(len(value)) + key + value for key, value in entries
    ]
    n_restarts = struct.pack("<I", len(restarts) // 4)
    return b"".join(rows) + restarts + n_restarts + kind + bytes(4)


def table(
    entries: list[tuple[bytes, bytes]], *, index: bytes | None = None, **of_block: bytes
) -> bytes:
    data = block(entries, **of_block)
    handle = varint(0) + varint(len(data) - 5)
    index = block([(b"z", handle)]) if index is None else index
    footer = handle + varint(len(data)) + varint(len(index) - 5 if len(index) > 4 else 0)
    return data + index + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def test_an_entry_says_shape_and_type():
    data = np.arange(6, dtype="<f4").tobytes()
    entries = [
        (b"", b"the header"[:0]),
        (b"a", entry(2, 3, n_bytes=24)),
        (b"b", entry(n_bytes=4)),
        (b"c", entry(5, 0, n_bytes=0)),
        (b"int32", entry(6, n_bytes=24, dtype=3)),
    ]

    found = read_tensors(table(entries), data)

    assert {key: tensor.tolist() for key, tensor in found.items()} == {
        "a": [[0, 1, 2], [3, 4, 5]],
        "b": 0,
        "c": [[]] * 5,
    }


def test_fields_of_any_kind_are_passed_over():
    before = varint(6 << 3 | 5) + bytes(4) + varint(9 << 3 | 1) + bytes(8)

    found = read_tensors(table([(b"a", before + entry(1, n_bytes=4))]), bytes(4))

    assert found["a"].tolist() == [0]
    with pytest.raises(ValueError, match="an entry is none"):
        read_tensors(table([(b"a", varint(6 << 3 | 3) + entry(1, n_bytes=4))]), bytes(4))


def test_where_keys_start_anew_is_no_entry():
    like_an_entry = b"\0\1\4x" + message((1, 1), (5, 0))

    found = read_tensors(table([(b"a", entry(1, n_bytes=4))], restarts=like_an_entry), bytes(4))

    assert set(found) == {"a"}


def test_what_has_not_the_magic_number_is_no_table():
    index = table([(b"a", entry(1, n_bytes=4))])

    for other in (index[:-8] + bytes(8), index[-47:], b""):
        with pytest.raises(ValueError, match="is no table"):
            read_tensors(other, bytes(4))


@pytest.mark.parametrize(
    "sizes",
    [
        (2**62, 4),  # bytes that would go round 64 bits
        (2**64 - 1,),
        (0, 2**64 - 1),  # no index is as large
        (0, 2**70),
        (0, 2**40, 2**40),
        (b"\xff" * 8, 2**33),  # a text in the place of a number
        (b"x",),
        (0,) * 100,
    ],
)
def test_impossible_sizes_of_a_tensor_are_refused(sizes):
    with pytest.raises(ValueError):
        read_tensors(table([(b"a", entry(*sizes, n_bytes=0))]), bytes(100))


def test_a_number_that_never_ends_is_refused_and_not_computed():
    """Of ten million bytes it would take hours."""
    endless = b"\xff" * 10_000_000 + bytes(4) + b"\0" + bytes(4)

    with pytest.raises(ValueError, match="no checkpoint"):
        read_tensors(table([], index=endless), b"")


def test_a_compressed_table_is_refused():
    with pytest.raises(ValueError, match="compressed"):
        read_tensors(table([(b"a", entry(1, n_bytes=4))], kind=b"\1"), bytes(4))


# The layers


def published(musicnn: Path, tensors, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return values and logits of patches from the graph that was published, in TensorFlow.

    Nothing is pruned in it, nor left out but what it was trained by.
    """
    import tensorflow as tf

    v1 = tf.compat.v1
    meta = v1.MetaGraphDef.FromString((musicnn / "MSD_musicnn" / ".meta").read_bytes())
    definition = v1.graph_util.extract_sub_graph(meta.graph_def, [VALUES, LOGITS])
    for node in definition.node:
        node.attr.pop("_output_shapes", None)  # which today's TensorFlow would not believe
        if "seed" in node.attr:  # an autoencoder's test may have asked for repeatable numbers
            node.attr["seed"].i = 1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        tf.graph_util.import_graph_def(definition, name="")
        given_ = {"model/Placeholder:0": x, "model/Placeholder_2:0": False}  # no training
        for operation in graph.get_operations():
            if operation.type == "VariableV2":
                given_[f"{operation.name}:0"] = tensors[operation.name]
        return tuple(session.run([f"{VALUES}:0", f"{LOGITS}:0"], given_))


@pytest.mark.tensorflow
def test_the_network_says_what_the_published_one_says(musicnn, tensors, network, music):
    random = np.random.default_rng(0)
    x = np.stack(
        [
            random.uniform(0, 4, SHAPE),
            random.exponential(0.5, SHAPE),
            np.zeros(SHAPE),
            patch(music, RATE),
            patch(music[RATE:], RATE),
        ]
    ).astype(np.float32)

    values, logits = published(musicnn, tensors, x)

    found = np.stack([network(one) for one in x])
    assert found.shape == (len(x), names.N_NETWORK_VALUES)
    assert found == pytest.approx(values, abs=1e-4)
    assert network.tags(found) == pytest.approx(logits, abs=1e-4)
    assert np.ptp(values, axis=0).max() > 1


@pytest.mark.tensorflow
def test_the_layers_are_those_of_the_published_network_with_any_weights(musicnn, tensors):
    """With weights of both signs, of all sizes, and filters that decayed to nothing."""
    random = np.random.default_rng(1)
    made_up = {
        name: random.normal(0, 1, tensor.shape).astype(np.float32)
        for name, tensor in tensors.items()
        if "Adam" not in name
    }
    n_dead = 0
    for name, tensor in made_up.items():
        if name.endswith("variance"):
            made_up[name] = np.exp(tensor - 3)
        elif name.endswith("kernel"):
            tensor /= np.sqrt(tensor.size / tensor.shape[-1])
    for layer in range(5):
        kernel = made_up[f"conv2d_{layer}/kernel" if layer else "conv2d/kernel"]
        kernel[..., ::3] *= 1e-10
        n_dead += len(kernel[0, 0, 0, ::3])
        for part in ("beta", "moving_mean"):
            made_up[f"batch_normalization_{layer + 1}/{part}"][::3] = 0
        made_up[f"conv2d_{layer}/bias" if layer else "conv2d/bias"][::3] = 0
    x = random.uniform(0, 4, (2, *SHAPE)).astype(np.float32)

    values, logits = published(musicnn, made_up, x)

    weights_ = prune(made_up)
    network = layers.MusiCNN(weights_)
    found = np.stack([network(one) for one in x])
    assert found == pytest.approx(values, rel=1e-3, abs=1e-3)
    assert network.tags(found) == pytest.approx(logits, rel=1e-3, abs=1e-2)
    assert sum(len(filters.bias) for filters in weights_.front) == 561 - n_dead


def test_the_filters_that_learnt_nothing_are_left_out(tensors, pruned):
    kernels = ["conv2d", *(f"conv2d_{layer}" for layer in range(1, 5))]
    largest = [np.abs(tensors[f"{name}/kernel"]).max(axis=(0, 1, 2)) for name in kernels]

    n_front = [len(filters.bias) for filters in pruned.front]
    assert n_front == [(each > 1e-6).sum() for each in largest]
    assert sum(n_front) < 561 / 5
    assert pruned.middle[0].kernel.shape == (7, sum(n_front), 64)
    assert pruned.values.kernel.shape == (1, 2 * (sum(n_front) + 3 * 64), 200)
    assert len(weights.pack(pruned)) < 1e6


def test_of_another_network_there_are_no_weights(musicnn):
    with pytest.raises((KeyError, ValueError)):
        prune(read_tensors(*checkpoint(musicnn, "MSD_vgg")))


def test_the_tags_are_those_of_the_package_in_their_order(musicnn):
    source = ast.parse((musicnn / "configuration.py").read_text())
    (labels,) = (
        ast.literal_eval(node.value)
        for node in source.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "MSD_LABELS"
    )

    assert [label.lower() for label in labels] == list(names.TAGS)


# What it is given


@pytest.mark.parametrize("seconds", [3.008, 7])
def test_the_spectrogram_is_that_of_librosa(music, seconds):
    y = music[: round(seconds * RATE)] + noise(seconds, RATE) / 50

    power = librosa.feature.melspectrogram(
        y=y, sr=RATE, n_fft=512, hop_length=256, n_mels=96, center=False, power=2
    )

    assert log_mel(y) == pytest.approx(np.log10(1 + 10000 * power).T, abs=1e-4)


def test_a_patch_is_the_middle_three_seconds():
    y = noise(10, RATE)
    start = (len(y) - N_SAMPLES) // 2

    assert patches.PATCH_SECONDS == N_SAMPLES / RATE == 3.008
    found = patch(y, RATE)
    assert found.shape == SHAPE
    assert found.dtype == np.float32
    assert found == pytest.approx(log_mel(y[start : start + N_SAMPLES]), abs=1e-4)


@pytest.mark.parametrize("seconds", [0.2, 1, 2.9])
def test_what_is_shorter_than_a_patch_is_repeated(seconds):
    y = noise(seconds, RATE)

    repeated = np.tile(y, 16)[:N_SAMPLES]
    assert patch(y, RATE) == pytest.approx(log_mel(repeated), abs=1e-4)


@pytest.mark.parametrize("sr", [8000, 22050, 44100, 48000])
def test_the_rate_of_a_file_does_not_matter(sr):
    def sound(rate):
        return sine(440, 5, rate, 0.3) + sine(1500, 5, rate, 0.1)

    assert patch(sound(sr), sr) == pytest.approx(patch(sound(RATE), RATE), abs=0.05)


@settings(max_examples=40)
@given(
    y=hnp.arrays(np.float32, st.integers(0, 6000), elements=st.floats(-10, 10, width=32)),
    sr=st.sampled_from([100, 8000, RATE, SR, 48000]),
)
def test_of_any_sound_there_is_a_finite_patch(y, sr):
    found = patch(y, sr)

    assert found.shape == SHAPE
    assert np.isfinite(found).all()
    assert found.min() >= 0


# What is heard of a track


SLOW = 10  # Hz: a patch of a few samples, for streams of many patches
LENGTH = 31  # of a patch at that rate


def spread_over(n_samples: int, n: int, cuts=()) -> list[np.ndarray]:
    spread = Spread(SLOW, n)
    blocks = np.split(np.arange(n_samples, dtype=np.float32), sorted(cuts))
    passed = list(spread.passing(blocks))
    assert all(a is b for a, b in zip(passed, blocks, strict=True))
    assert [block.tolist() for block in passed] == [
        piece.tolist()
        for piece in np.split(np.arange(n_samples, dtype=np.float32), sorted(cuts))
    ]
    return spread.stretches()


@settings(max_examples=200)
@given(n_samples=st.integers(0, 300 * LENGTH), n=st.integers(1, 12), sizes=st.data())
def test_a_few_stretches_are_spread_evenly_over_any_stream(n_samples, n, sizes):
    cuts = sizes.draw(st.lists(st.integers(0, n_samples), max_size=20))

    found = spread_over(n_samples, n, cuts)

    n_patches = n_samples // LENGTH
    assert len(found) == max(1, min(n, n_patches))
    starts = np.array([y[0] if len(y) else 0 for y in found])
    for start, y in zip(starts, found, strict=True):
        assert len(y) == min(n_samples, LENGTH)
        assert (y == np.arange(start, start + len(y))).all()
    assert [y.tolist() for y in found] == [y.tolist() for y in spread_over(n_samples, n)]
    if n > 1 and n_patches > 1:
        between = np.diff(starts)
        assert between.min() >= LENGTH
        assert between.max() <= 2 * between.min()
        assert starts[0] <= between.max()
        assert n_samples - starts[-1] <= 2 * between.max() + LENGTH


def test_regular_blocks_are_spread_as_one():
    for size in (1, 7, LENGTH, LENGTH + 1, 10 * LENGTH):
        found = spread_over(1000, 5, range(size, 1000, size))
        assert [y[0] for y in found] == [y[0] for y in spread_over(1000, 5)]


def test_of_a_long_stream_only_a_few_stretches_are_kept():
    """Two hundred times as many as are wanted pass by."""
    sr, n = 1000, 4
    patch_bytes = 4 * 3008
    spread = Spread(sr, n)
    tracemalloc.start()
    try:
        for _ in spread.passing(np.zeros(1500, np.float32) for _ in range(2 * 200 * n)):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(spread.stretches()) == n
    assert peak < (3 * n + 6) * patch_bytes


def test_a_stretch_is_of_a_patchs_length_at_any_rate():
    for sr in (8000, 11025, 44100, 48000):
        spread = Spread(sr)
        list(spread.passing([noise(10, sr)]))
        assert [len(y) / sr for y in spread.stretches()] == pytest.approx([3.008] * 3, abs=1e-3)
        assert all(len(y) >= 3.008 * sr for y in spread.stretches())


def test_silence_has_no_tags_and_finite_values(network):
    for y in (np.zeros(0, np.float32), np.zeros(SR, np.float32), sine(440, 4, SR, 0.9e-4)):
        values, tags = hear(network, [y, y], SR)
        assert values.shape == (names.N_NETWORK_VALUES,)
        assert np.isfinite(values).all()
        assert tags == ()


def test_silent_stretches_beside_loud_ones_do_not_count(network, music):
    loud, silence = music[: 4 * RATE], np.zeros(4 * RATE, np.float32)
    faint = sine(440, 4, RATE, 1.1e-4)

    alone = hear(network, [loud], RATE)
    among = hear(network, [silence, loud, silence], RATE)
    assert among.tags == alone.tags
    assert (among.values == alone.values).all()
    assert (hear(network, [silence, faint], RATE).values
            == hear(network, [faint], RATE).values).all()  # fmt: skip


def test_a_stretch_that_is_silent_where_it_is_heard_does_not_count(network, music):
    """Of nine seconds for the beat only the middle three are heard."""
    loud, silence = music[: 4 * RATE], np.zeros(4 * RATE, np.float32)
    silent_inside = np.concatenate([loud, silence, loud])

    alone = hear(network, [loud], RATE)
    among = hear(network, [silent_inside, loud], RATE)
    assert (among.values == alone.values).all()
    assert hear(network, [silent_inside], RATE).tags == ()


def test_values_are_the_mean_of_all_patches_and_tags_are_of_the_mean(network, music):
    stretches = [music[: 4 * RATE], noise(3.5, RATE)]
    each = [network(patch(y, RATE)) for y in stretches]

    values, tags = hear(network, stretches, RATE)

    assert values == pytest.approx(np.mean(each, axis=0), abs=1e-5)
    assert tags == tags_of(scores(network, values))
    assert 0 < len(tags) <= 5


def test_scores_are_the_sigmoid_of_what_the_last_layer_says(network):
    values = np.random.default_rng(0).normal(0, 1, (3, 200)).astype(np.float32)

    found = scores(network, values)

    assert found.shape == (3, len(names.TAGS))
    odds = np.exp(network.tags(values).astype(np.float64))
    assert found == pytest.approx(odds / (1 + odds), abs=1e-6)


@given(st.lists(st.floats(0, 1), min_size=50, max_size=50))
def test_the_strongest_tags_come_first_and_weak_ones_not_at_all(tag_scores):
    tags = tags_of(np.array(tag_scores))

    found = [tag_scores[names.TAGS.index(tag)] for tag in tags]
    wanted = sorted((score for score in tag_scores if score >= 0.1), reverse=True)[:5]
    assert found == wanted
    assert len(set(tags)) == len(tags)
    assert (hearing.MOST_TAGS, hearing.LEAST_SCORE) == (5, 0.1)


# The weights


def arrays(found: layers.Weights) -> list[np.ndarray]:
    groups = [*found.front, *found.middle, found.values, found.tags]
    return [found.scale, found.shift, *(array for group in groups for array in group)]


@pytest.fixture(scope="module")
def kept(pruned, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("kept") / "mir-network.bin"
    weights.keep(path, pruned)
    return path


def test_weights_come_back_as_they_were_kept(pruned, kept):
    found = weights.read(kept)

    assert weights.is_kept(kept)
    assert [len(each) for each in (found.front, found.middle)] == [5, 3]
    for ours, theirs in zip(arrays(found), arrays(pruned), strict=True):
        np.testing.assert_array_equal(ours, theirs, strict=True)
    assert kept.read_bytes() == weights.pack(found)


@settings(max_examples=50)
@given(damage=st.data())
def test_weights_that_are_damaged_anywhere_are_refused(kept, damage):
    content = bytearray(kept.read_bytes())
    place = damage.draw(st.integers(0, len(content) - 1) | st.integers(0, 200))
    content[place] ^= damage.draw(st.integers(1, 255))
    path = kept.with_name("damaged")

    for damaged in (content, kept.read_bytes()[:place], kept.read_bytes() + b"\n"):
        path.write_bytes(damaged)
        with pytest.raises(weights.WeightsError, match="is damaged, or of another version"):
            weights.read(path)
    assert not weights.is_kept(path)


def test_weights_of_another_version_are_refused(kept, tmp_path, monkeypatch):
    header, _, packed = kept.read_bytes().partition(b"\n")
    version = f" {names.NETWORK_VERSION} ".encode()
    assert version in header

    (tmp_path / "old").write_bytes(header.replace(version, b" 0 ") + b"\n" + packed)

    with pytest.raises(weights.WeightsError, match="another version"):
        weights.read(tmp_path / "old")


def test_weights_that_are_not_there_are_told_with_their_path(tmp_path):
    with pytest.raises(weights.WeightsError, match="nowhere: cannot be read"):
        weights.read(tmp_path / "nowhere")
    with pytest.raises(weights.WeightsError, match="cannot be read"):
        weights.read(tmp_path)


def test_weights_are_kept_whole_or_not_at_all(pruned, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("the disk is full")

    path = tmp_path / "mir-network.bin"
    path.write_bytes(b"what was there")
    monkeypatch.setattr(os, "replace", fail)

    with pytest.raises(OSError, match="full"):
        weights.keep(path, pruned)

    assert [found.read_bytes() for found in tmp_path.iterdir()] == [b"what was there"]


@pytest.mark.usefixtures("without_musicnn")
def test_without_the_package_kept_weights_do_and_none_are_made(kept, tmp_path):
    x = np.ones(SHAPE, np.float32)

    assert np.isfinite(weights.load(kept)(x)).all()
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(weights.NoPackageError, match="not installed"):
            weights.load(path)


def test_without_kept_weights_they_are_made_of_the_package(network, tmp_path):
    x = np.ones(SHAPE, np.float32)
    (tmp_path / "damaged").write_bytes(b"no weights")

    for path in (tmp_path / "nowhere", tmp_path / "damaged"):
        assert (weights.load(path)(x) == network(x)).all()


def test_the_weights_of_the_package_are_pruned(pruned):
    for ours, theirs in zip(arrays(weights.from_package()), arrays(pruned), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_another_checkpoint_is_told_with_its_path(foreign_musicnn):
    with pytest.raises(weights.WeightsError, match="or not the network of musicnn") as error:
        weights.from_package()
    assert str(foreign_musicnn) in str(error.value)

    foreign_musicnn.unlink()
    with pytest.raises(weights.WeightsError, match="cannot be read") as error:
        weights.from_package()
    assert str(foreign_musicnn) in str(error.value)


# All of it, on a file


@pytest.mark.usefixtures("without_musicnn")
def test_weights_that_go_in_the_middle_of_it_are_told_as_such(tmp_path):
    result = analyse(Task(0, b"a.wav", network=tmp_path / "nowhere"))

    assert result.error == "the trained network is not installed"


def test_a_worker_loads_no_tensorflow_and_takes_little_memory(real_music, kept):
    code = """
import sys
from pathlib import Path
from beetsplug.mir.sound.tasks import Task, analyse
tasks = [Task(0, sys.argv[2].encode(), excerpt, Path(sys.argv[1])) for excerpt in (60, 0)]
assert all(result.heard and result.values for result in map(analyse, tasks))
print(*{name.split('.')[0] for name in sys.modules})
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
    file = real_music / "asc-music" / "time_to_strike.mp3"

    out = subprocess.check_output([sys.executable, "-c", code, str(kept), str(file)], text=True)

    loaded, peak = out.splitlines()
    assert not {"tensorflow", "keras", "librosa", "sklearn", "musicnn"} & set(loaded.split())
    assert int(peak) * 1024 < 400e6


def test_what_comes_after_silence_is_heard():
    """A short clip that begins with a patch of silence."""
    spread = Spread(1000)
    sound = np.ones(500, np.float32)
    list(spread.passing([np.zeros(3008, np.float32), sound]))
    assert [len(y) for y in spread.stretches()] == [500]
    assert spread.stretches()[0].all()

    spread = Spread(1000)
    list(spread.passing([np.zeros(3008, np.float32), 0 * sound]))
    assert [len(y) for y in spread.stretches()] == [3008]
