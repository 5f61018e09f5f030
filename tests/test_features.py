"""Signals with known answers, and properties that hold for any signal."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from beetsplug.mir import names
from beetsplug.mir.sound.features import compute as features
from beetsplug.mir.sound.features import plain
from beetsplug.mir.sound.features.framing import frame_length
from beetsplug.mir.sound.features.scales import hz_to_mel, mel_filters, mel_to_hz
from beetsplug.mir.sound.features.separation import running_median
from beetsplug.mir.sound.features.summary import summarise
from scripts import features as script
from tests.conftest import SR, clicks, noise, sine

RATES = [8000, 11025, 22050, 32000, 44100, 48000]
RANGES = {
    "flatness": (0, 1),
    "zcr": (0, 1),
    "tempo_flatness": (0, 1),
    "hpss": (-1, 1),
    "bandwidth": (0, 24000),
    "bark100": (-80, 20),
}


def extract(y, sr):
    return features.extract([y], sr)


@pytest.mark.parametrize("sr", RATES)
def test_a_window_lasts_about_46_ms(sr):
    assert 0.030 < frame_length(sr) / sr < 0.066
    assert frame_length(44100) == 2048


@pytest.mark.parametrize("sr", RATES)
@pytest.mark.parametrize("frequency", [440.0, 1000.0, 3000.0])
def test_a_sine_has_its_frequency_as_centroid_rollon_and_rolloff(sr, frequency):
    values = extract(sine(frequency, sr=sr), sr)

    mel = librosa.hz_to_mel(frequency)
    one_bin = librosa.hz_to_mel(frequency + sr / frame_length(sr)) - mel
    assert values["centroid_median"] == pytest.approx(mel, abs=one_bin)
    assert values["rollon_median"] == pytest.approx(mel, abs=2 * one_bin)
    assert values["rolloff_median"] == pytest.approx(mel, abs=2 * one_bin)
    assert values["zcr_mean"] == pytest.approx(2 * frequency / sr, rel=0.02)
    assert values["flatness_median"] < 0.01
    assert values["bandwidth_median"] < 200


def test_a_steady_tone_is_harmonic_and_a_click_track_percussive():
    assert extract(sine(440), SR)["hpss_median"] > 0.9
    clicks_in_noise = clicks(4, 0.5) + noise(4) * 1e-3
    assert extract(clicks_in_noise, SR)["hpss_mean"] < extract(sine(440), SR)["hpss_mean"]


def test_white_noise_is_flat():
    values = extract(noise(4), SR)

    assert values["flatness_median"] == pytest.approx(np.exp(-np.euler_gamma), abs=0.02)
    assert values["zcr_mean"] == pytest.approx(0.5, abs=0.01)
    assert values["centroid_median"] == pytest.approx(librosa.hz_to_mel(SR / 4), rel=0.02)


def test_clicks_are_steadier_than_noise():
    steady = extract(clicks(20, 0.5), SR)["tempo_flatness_median"]
    unsteady = extract(noise(20), SR)["tempo_flatness_median"]

    assert steady < 0.5 < unsteady


@pytest.mark.parametrize(
    ("frequency", "band"),
    [(60, 100), (300, 510), (800, 1080), (1500, 2000), (3000, 3700), (9000, 15500)],
)
def test_a_sine_sounds_in_its_own_band(frequency, band):
    values = extract(sine(frequency), SR)

    levels = {edge: values[f"bark{edge}_median"] for edge in names.BARK_EDGES}
    assert max(levels, key=levels.get) == band


def test_a_full_scale_sine_in_the_middle_of_a_bin_reads_one():
    n_fft = frame_length(SR)
    frequency = 3 * SR / n_fft  # the third of the four bins of the lowest band
    values = extract(sine(frequency), SR)

    # The window spreads it over three bins: 1/2, 1, 1/2; the mean is over four.
    assert values["bark100_median"] == pytest.approx(20 * np.log10(2.0 / 4), abs=0.05)


def test_a_band_above_the_nyquist_frequency_reads_the_floor():
    values = extract(noise(2, sr=6000), 6000)

    assert values["bark15500_median"] == -80.0


def test_a_louder_copy_has_the_same_shape():
    quiet, loud = extract(noise(2) * 0.25, SR), extract(noise(2), SR)

    for name in ("centroid", "bandwidth", "rollon", "rolloff", "hpss", "flatness"):
        assert quiet[f"{name}_median"] == pytest.approx(loud[f"{name}_median"], rel=1e-3)
    difference = loud["bark510_median"] - quiet["bark510_median"]
    assert difference == pytest.approx(20 * np.log10(4), abs=0.01)


@pytest.mark.parametrize("n_samples", [1, 2, 100, 2048, 5000, SR])
@pytest.mark.parametrize("level", [0.0, 1.0, -0.5])
def test_silence_and_constants_have_defined_values(n_samples, level):
    values = extract(np.full(n_samples, level, dtype=np.float32), SR)

    assert set(values) == set(names.VECTOR)
    assert np.isfinite(list(values.values())).all()
    if level == 0:
        assert values["centroid_median"] == values["bandwidth_median"] == 0
        assert values["hpss_median"] == 0
        assert values["flatness_median"] == 1
        assert values["tempo_flatness_median"] == pytest.approx(1)
        assert values["bark510_median"] == -80


@settings(max_examples=40, deadline=None)
@given(
    y=hnp.arrays(np.float32, st.integers(1, 6000), elements=st.floats(-10, 10, width=32)),
    sr=st.sampled_from([100, 4000, *RATES]),
)
def test_any_sound_has_finite_values_in_their_ranges(y, sr):
    values = extract(y, sr)

    assert np.isfinite(list(values.values())).all()
    for name, (low, high) in RANGES.items():
        assert low - 1e-6 <= values[f"{name}_median"] <= high + 1e-6


def test_outliers_do_not_count():
    series = np.ones(1000)
    series[:4] = 1e9

    assert summarise(series) == {"mean": 1.0, "median": 1.0, "std": 0.0}


@pytest.mark.parametrize("cut", [[], [1], [100, 2048, 30000], list(range(0, 2_000_000, 65536))])
def test_it_does_not_matter_how_a_stream_is_cut_into_blocks(cut):
    y = np.concatenate([noise(15), clicks(15), sine(440, 15)])

    assert features.extract(np.split(y, cut), SR) == features.extract([y], SR)


def test_long_streams_are_segmented_without_a_seam():
    """A stream of many segments reads as in the plain statement over all of it."""
    y = noise(40) + sine(440, 40) * np.linspace(0, 1, 40 * SR, dtype=np.float32)

    fast, slow = extract(y, SR), plain.extract([y], SR)

    for name in names.SERIES:
        for summary in ("mean", "median"):
            key = f"{name}_{summary}"
            assert fast[key] == pytest.approx(slow[key], rel=2e-3, abs=2e-4), key


@pytest.mark.parametrize("sr", RATES)
def test_fast_and_plain_agree_at_every_rate(sr):
    y = (noise(10, sr) * 0.1 + clicks(10, 0.4, sr) + sine(500, 10, sr, 0.2)).astype(np.float32)

    fast, slow = extract(y, sr), plain.extract([y], sr)

    for name in names.SERIES:
        key = f"{name}_median"
        assert fast[key] == pytest.approx(slow[key], rel=5e-3, abs=5e-4), key


@settings(max_examples=50, deadline=None)
@given(
    A=hnp.arrays(np.int16, hnp.array_shapes(min_dims=2, max_dims=2, max_side=90),
                 elements=st.integers(0, 32766)),
    reach=st.integers(0, 15),
)  # fmt: skip
def test_the_running_median_is_exact(A, reach):
    # Not scipy's median_filter, which is wrong where a window is larger than the array.
    mirrored = np.pad(A, ((reach, reach), (0, 0)), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(mirrored, 2 * reach + 1, axis=0)
    expected = np.median(windows, axis=-1)

    assert (running_median(A, reach) == expected).all()


def test_windows_of_a_steady_sound_say_what_the_whole_says():
    y = noise(60) + clicks(60)
    windows = [y[start * SR : (start + length) * SR] for start, length in [(3, 2), (20, 10)]]

    few, whole = features.extract_windows(windows, SR, 1.75), extract(y, SR)

    for feature in names.FEATURES:
        key = f"{feature.series}_{feature.summary}"
        assert few[key] == pytest.approx(whole[key], rel=0.1, abs=0.01), key


def test_fast_and_plain_agree_on_windows():
    y = (noise(40) * 0.1 + clicks(40, 0.4) + sine(500, 40, SR, 0.2)).astype(np.float32)
    windows = [y[start * SR :][: length * SR] for start, length in [(3, 2), (20, 10), (35, 2)]]

    fast, slow = (by.extract_windows(windows, SR, 1.6) for by in (features, plain))

    for name in names.SERIES:
        key = f"{name}_median"
        assert fast[key] == pytest.approx(slow[key], rel=5e-3, abs=5e-4), key


def test_windows_too_short_for_the_beat_are_refused():
    with pytest.raises(ValueError, match="beat"):
        features.extract_windows([noise(5)], SR, 1.75)


@pytest.mark.parametrize("sr", RATES)
def test_the_mel_scale_is_that_of_librosa(sr):
    n_fft = frame_length(sr)
    frequencies = np.linspace(0, sr / 2, 500)

    filters = librosa.filters.mel(sr=sr, n_fft=n_fft, n_mels=n_fft // 16)
    found = mel_filters(sr, n_fft, n_fft // 16)
    np.testing.assert_allclose(found, filters, rtol=5e-5, atol=5e-8)
    assert hz_to_mel(frequencies) == pytest.approx(librosa.hz_to_mel(frequencies))
    assert mel_to_hz(hz_to_mel(frequencies)) == pytest.approx(frequencies, rel=1e-5, abs=1e-3)


def test_each_feature_is_described_once_in_four_parts():
    found = script.descriptions()

    described = [name for one in found for name in one.features]
    assert described == [feature.name for feature in names.FEATURES]
    for one in found:
        assert all(part.endswith(".") for part in one[1:]), one.features


def test_the_page_of_the_features_is_what_make_docs_makes():
    page = script.PAGE.read_text("utf-8")

    assert script.current(page) == page


def test_the_plain_statement_tells_of_sound_that_it_cannot_hold():
    second = np.zeros(8000, np.float32)

    with pytest.raises(plain.TooLongError, match="15 minutes"):
        plain.extract((second for _ in range(plain.MOST_SECONDS + 1)), 8000)
