"""Whatever lies in a music folder becomes sound, or a reason why not."""

import os
import struct
import subprocess
import sys

import av
import numpy as np
import pytest
import soundfile as sf

from beetsplug.mir.sound.audio import open_sound
from beetsplug.mir.sound.errors import AudioError
from tests import sounds
from tests.conftest import SR, noise, sine


def load(path):
    """Return all samples of a file and their rate."""
    with open_sound(path) as sound:
        return np.concatenate([np.empty(0, np.float32), *sound.blocks()]), sound.sr


@pytest.mark.parametrize("suffix", ["m4a", "wma", "wv", "tta", "ac3", "mka"])
def test_formats_of_other_encoders_are_read(tmp_path, suffix):
    path = sounds.write(tmp_path / f"a.{suffix}", sine(440, 2, amplitude=0.5))

    y, sr = load(bytes(path))

    assert sr == SR
    assert len(y) / sr == pytest.approx(2, abs=0.1)
    assert np.abs(np.fft.rfft(y)).argmax() * sr / len(y) == pytest.approx(440, abs=1)
    assert y.std() == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize(
    ("suffix", "subtype"),
    [
        ("wav", "PCM_16"),
        ("wav", "FLOAT"),
        ("flac", "PCM_24"),
        ("ogg", "VORBIS"),
        ("ogg", "OPUS"),
        ("mp3", "MPEG_LAYER_III"),
        ("aiff", "PCM_16"),
    ],
)
def test_the_common_formats_are_read(tmp_path, suffix, subtype):
    path = tmp_path / f"a.{suffix}"
    sf.write(path, sine(1000, 2, 48000, 0.5), 48000, subtype=subtype)

    y, sr = load(os.fsencode(path))

    assert sr == 48000
    assert y.dtype == np.float32
    assert len(y) / sr == pytest.approx(2, abs=0.1)
    assert y.std() == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize(("stored", "read"), [(8000, 8000), (48000, 48000), (192000, 44100)])
def test_only_rates_above_48_khz_are_resampled(tmp_path, stored, read):
    sf.write(tmp_path / "a.wav", sine(440, 1, stored, 0.5), stored)

    y, sr = load(os.fsencode(tmp_path / "a.wav"))

    assert sr == read
    assert len(y) == pytest.approx(read, abs=2)
    assert y.std() == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_channels_are_averaged(tmp_path):
    channels = np.zeros((1000, 8))
    channels[:, 3] = 0.8
    sf.write(tmp_path / "a.wav", channels, SR, subtype="FLOAT")

    y, _ = load(os.fsencode(tmp_path / "a.wav"))

    assert y == pytest.approx(np.full(1000, 0.1))


def test_broken_samples_become_finite(tmp_path):
    samples = np.array([0.5, np.nan, np.inf, -np.inf, 1e30], dtype=np.float32)
    sf.write(tmp_path / "a.wav", samples, SR, subtype="FLOAT")

    y, _ = load(os.fsencode(tmp_path / "a.wav"))

    assert y == pytest.approx([0.5, 0, 10, -10, 10])


def test_a_name_that_is_not_utf8_is_read(tmp_path):
    wav, m4a = (os.path.join(os.fsencode(tmp_path), b"\xff\xfe." + s) for s in (b"wav", b"m4a"))
    with open(wav, "wb") as file:
        sf.write(file, sine(440, 1), SR, format="WAV")
    os.rename(sounds.write(tmp_path / "a.m4a", sine(440, 1)), m4a)

    assert len(load(wav)[0]) == SR
    assert len(load(m4a)[0]) == pytest.approx(SR, rel=0.1)


def test_what_can_be_decoded_of_a_truncated_file_counts(tmp_path):
    sf.write(tmp_path / "a.flac", np.random.default_rng(0).uniform(-1, 1, 10 * SR), SR)
    whole = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(whole[: len(whole) // 2])

    y, _ = load(os.fsencode(tmp_path / "a.flac"))

    assert 4 * SR < len(y) < 6 * SR


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no such file"),
        (b"", "empty"),
        (b"just some text, no sound at all", "cannot be decoded"),
        (b"ID3\x03" + bytes(100), "cannot be decoded"),
        (b"RIFF$\x00\x00\x00WAVEfmt \x10\x00\x00\x00", "cannot be decoded"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "no sound|cannot be decoded"),
    ],
)
def test_a_file_without_sound_is_refused_with_the_reason(tmp_path, content, reason):
    path = tmp_path / "a.mp3"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(AudioError, match=reason):
        load(os.fsencode(path))


def test_a_video_without_sound_is_refused(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), "rgb24")
        container.mux([*stream.encode(frame), *stream.encode(None)])

    with pytest.raises(AudioError, match="no sound"):
        load(os.fsencode(tmp_path / "a.mp4"))


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.mp3", "a.wav"])
def test_a_window_starts_and_ends_where_it_should(tmp_path, name):
    """Each second of the sound has a pitch of its own."""
    y = np.concatenate([sine(300 + 100 * second, 1, amplitude=0.5) for second in range(20)])
    sf.write(tmp_path / name, y, SR)

    with open_sound(os.fsencode(tmp_path / name)) as sound:
        assert sound.seconds == pytest.approx(20, abs=0.2)
        for start in (3.0, 12.0, 7.0, 0.0):
            window, _ = sound.window(start and start + 0.1, 0.8)
            spectrum = np.abs(np.fft.rfft(window * np.hanning(len(window))))
            assert len(window) == round(0.8 * SR)
            pitch = spectrum.argmax() * SR / len(window)
            assert pitch == pytest.approx(300 + 100 * start, abs=3)


def test_a_window_beyond_the_end_is_empty(tmp_path):
    sf.write(tmp_path / "a.flac", sine(440, 2), SR)

    with open_sound(os.fsencode(tmp_path / "a.flac")) as sound:
        assert len(sound.window(5.0, 1.0)[0]) == 0


def test_a_damaged_place_is_passed_over(tmp_path):
    sf.write(tmp_path / "a.mp3", 0.1 * np.random.default_rng(0).standard_normal(20 * SR), SR)
    data = bytearray((tmp_path / "a.mp3").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 5000] = bytes(5000)
    (tmp_path / "a.mp3").write_bytes(data)

    assert len(load(os.fsencode(tmp_path / "a.mp3"))[0]) > 18 * SR


def test_an_address_for_a_name_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sf.write(tmp_path / "http:x.wav", sine(440, 1), SR)

    assert len(load(b"http:x.wav")[0]) == SR


def pitches(path, times):
    """Return what pitch is heard at each time, 0 for silence."""
    y, sr = load(os.fsencode(path))
    found = []
    for time in times:
        few = y[round((time - 0.2) * sr) : round((time + 0.2) * sr)]
        spectrum = np.abs(np.fft.rfft(few * np.hanning(len(few))))
        found.append(spectrum.argmax() * sr / len(few) if few.std() > 0.01 else 0)
    return found


def right_only(y):
    return np.stack([0 * y, y], axis=1)


@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "aac", "ac3", "mp2"])
def test_a_format_that_changes_within_a_file_is_heard_throughout(tmp_path, suffix):
    """Mono, then stereo with sound on the right only, then another rate, then both."""
    kinds = [
        (sine(400, 2, amplitude=0.5), SR),
        (right_only(sine(800, 2, amplitude=0.5)), SR),
        (sine(1200, 2, 48000, 0.5), 48000),
        (right_only(sine(1600, 2, 32000, 0.5)), 32000),
    ]
    parts = [sounds.write(tmp_path / f"{n}.{suffix}", *kind) for n, kind in enumerate(kinds)]
    path = sounds.joined(tmp_path / f"all.{suffix}", *parts)

    assert load(os.fsencode(path))[1] == SR
    assert len(load(os.fsencode(path))[0]) == pytest.approx(8 * SR, rel=0.06)
    assert pitches(path, [1, 3.05, 5.1, 7.1]) == pytest.approx([400, 800, 1200, 1600], abs=5)


def test_every_link_of_a_chained_ogg_file_is_heard(tmp_path):
    parts = [
        sounds.write(tmp_path / "0.ogg", sine(400, 2, amplitude=0.5)),
        sounds.write(tmp_path / "1.opus", sine(800, 2, 48000, 0.5), 48000),
        sounds.write(tmp_path / "2.ogg", right_only(sine(1200, 2, 22050, 0.5)), 22050),
    ]
    path = sounds.joined(tmp_path / "all.ogg", *parts)

    assert pitches(path, [1, 3, 5]) == pytest.approx([400, 800, 1200], abs=5)
    with open_sound(bytes(path)) as sound:
        assert sound.claimed is None  # FFmpeg takes something else for its length


@pytest.mark.parametrize("suffix", ["m4a", "wv", "flac"])
def test_eight_channels_side_by_side_are_averaged(tmp_path, suffix):
    y = np.zeros((2 * SR, 8), np.float32)
    y[:, 6] = sine(1000, 2, amplitude=0.8)
    path = sounds.write(tmp_path / f"a.{suffix}", y)

    assert load(os.fsencode(path))[0].std() == pytest.approx(0.1 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize("suffix", ["ogg", "wv", "mp3", "flac", "ac3"])
def test_what_was_heard_before_other_bytes_counts(tmp_path, suffix):
    path = sounds.write(tmp_path / f"a.{suffix}", noise(4))
    id3 = b"TAG" + bytes(125)
    for tail in (id3, b"no sound at all " * 3000, bytes(10000)):
        behind = tmp_path / f"b.{suffix}"
        behind.write_bytes(path.read_bytes() + tail)

        assert len(load(os.fsencode(behind))[0]) == pytest.approx(4 * SR, rel=0.05)


@pytest.mark.parametrize("rate", [1, 7, 20, 999, 2**31 - 1])
def test_a_rate_that_carries_no_sound_is_refused(tmp_path, rate):
    path = sounds.write(tmp_path / "a.wav", sine(440, 1))
    data = bytearray(path.read_bytes())
    data[24:28] = rate.to_bytes(4, "little")
    path.write_bytes(data)

    with pytest.raises(AudioError, match=f"a rate of {rate} Hz"):
        load(os.fsencode(path))


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), -44100.0, 0.0, 1e30])
def test_a_rate_that_is_no_number_is_refused(tmp_path, rate):
    path = sounds.write(tmp_path / "a.caf", sine(440, 1))
    data = bytearray(path.read_bytes())
    place = data.index(b"desc") + 12
    data[place : place + 8] = struct.pack(">d", rate)
    path.write_bytes(data)

    with pytest.raises(AudioError, match="decoded"):
        load(os.fsencode(path))


def test_a_name_in_any_script_is_read_where_the_locale_has_none(tmp_path):
    path = sounds.write(tmp_path / "曲 ä.flac", sine(440, 1))
    code = (
        "import sys; from beetsplug.mir.sound.audio import open_sound\n"
        "with open_sound(bytes.fromhex(sys.argv[1])) as sound: "
        "print(sum(map(len, sound.blocks())))"
    )
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    out = subprocess.run(
        [sys.executable, "-c", code, os.fsencode(path).hex()],
        env={**os.environ, **plain}, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip

    assert int(out) == SR
