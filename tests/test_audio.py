"""Whatever lies in a music folder becomes sound, or a reason why not."""

import os

import av
import numpy as np
import pytest
import soundfile as sf

from beetsplug.mir.audio import AudioError, open_sound
from tests.conftest import SR, sine


def load(path):
    """Return all samples of a file and their rate."""
    with open_sound(path) as sound:
        return np.concatenate([np.empty(0, np.float32), *sound.blocks()]), sound.sr


def encoded(path, y, sr, codec, rate=None):
    """Write *y* with FFmpeg's encoder *codec*."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate or sr, layout="mono", bit_rate=128000)
        resampler = av.AudioResampler(
            stream.codec_context.format, "mono", stream.codec_context.rate
        )
        frame = av.AudioFrame.from_ndarray(y[None].astype(np.float32), "fltp", "mono")
        frame.sample_rate = sr
        chunks = [*resampler.resample(frame), *resampler.resample(None)]
        fifo = av.AudioFifo()
        for chunk in chunks:
            chunk.pts = None
            fifo.write(chunk)
        size = stream.codec_context.frame_size or 1024
        while out := fifo.read(size, partial=True):
            container.mux(stream.encode(out))
        container.mux(stream.encode(None))
    return os.fsencode(path)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.m4a", "aac"),
        ("a.wma", "wmav2"),
        ("a.wv", "wavpack"),
        ("a.tta", "tta"),
        ("a.ac3", "ac3"),
        ("a.mka", "flac"),
    ],
)
def test_formats_of_other_encoders_are_read(tmp_path, name, codec):
    path = encoded(tmp_path / name, sine(440, 2, amplitude=0.5), SR, codec)

    y, sr = load(path)

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
    os.rename(encoded(tmp_path / "a.m4a", sine(440, 1), SR, "aac"), m4a)

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
            window = np.concatenate(list(sound.blocks(start and start + 0.1, 0.8)))
            spectrum = np.abs(np.fft.rfft(window * np.hanning(len(window))))
            assert len(window) == round(0.8 * SR)
            pitch = spectrum.argmax() * SR / len(window)
            assert pitch == pytest.approx(300 + 100 * start, abs=3)


def test_a_window_beyond_the_end_is_empty(tmp_path):
    sf.write(tmp_path / "a.flac", sine(440, 2), SR)

    with open_sound(os.fsencode(tmp_path / "a.flac")) as sound:
        assert sum(map(len, sound.blocks(5.0, 1.0))) == 0


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
