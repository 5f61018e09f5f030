"""`beet mirplot --track`: one track over time, and where its numbers come from."""

import os
import struct

import numpy as np
import pytest
from beets.library import Library
from matplotlib.figure import Figure
from matplotlib.text import Text

from beetsplug.mir import names
from beetsplug.mir.library.rows import PACKED, unpacked
from beetsplug.mir.plots import track
from beetsplug.mir.plots.track import figure_of
from beetsplug.mir.sound.analysis import analyse_file
from beetsplug.mir.sound.course import Course, course
from beetsplug.mir.sound.errors import AudioError
from beetsplug.mir.sound.features.scales import hz_to_mel
from beetsplug.mir.sound.features.summary import summarise
from tests.beet import SR, Beet
from tests.conftest import clicks, noise, sine
from tests.sounds import write

PERIOD = 43 * 1024 / SR
"""Seconds: 43 frames."""

STEP = 100.0
"""Seconds after which the tone is another."""


@pytest.fixture(scope="module")
def step(tmp_path_factory) -> bytes:
    """A tone of 500 Hz that steps up to 5 kHz."""
    y = np.concatenate([sine(500, STEP, amplitude=0.5), sine(5000, 60, amplitude=0.5)])
    return os.fsencode(write(tmp_path_factory.mktemp("step") / "step.wav", y))


@pytest.fixture(scope="module", params=[0, 60])
def excerpt(request) -> int:
    return request.param


@pytest.fixture(scope="module")
def found(step, excerpt) -> Course:
    return course(step, excerpt)


@pytest.fixture(scope="module")
def heard(step) -> Course:
    return course(step, 60)


def test_a_tone_steps_up_when_it_does(found, excerpt):
    assert found.seconds == pytest.approx(160)
    low, high = hz_to_mel(np.array([500.0, 5000.0]))
    for stretch in [found.whole, *found.heard]:
        times, values = stretch.times("centroid"), stretch.series["centroid"]
        assert values[times < STEP - 0.1] == pytest.approx(low, abs=0.3)
        assert values[times > STEP + 0.1] == pytest.approx(high, abs=0.3)
    onsets = found.whole.series["onsets"]
    assert found.whole.times("onsets")[onsets.argmax()] == pytest.approx(STEP, abs=0.05)
    assert bool(found.windows) == bool(excerpt)


def test_what_is_heard_lies_in_the_windows(heard):
    found = heard
    assert len(found.windows) == len(found.heard) == 24
    spans = found.spans(beat=False)
    for window, (start, end), stretch in zip(found.windows, spans, found.heard, strict=True):
        times = stretch.times("centroid")
        assert abs(times.mean() - (start + end) / 2) < 0.03
        assert times[0] > start - 0.03
        assert times[-1] < end + 0.03
        assert ("tempo_flatness" in stretch.series) == window.is_long
        if window.is_long:
            beat = stretch.times("tempo_flatness")
            assert beat == pytest.approx(window.start + window.seconds / 2, abs=0.1)
        # ... and is what is there in the whole, too.
        at = np.searchsorted(found.whole.times("bark510"), times[5])
        assert stretch.series["bark510"][5] == pytest.approx(
            found.whole.series["bark510"][at], abs=0.5
        )


def test_the_values_are_those_of_an_analysis_and_of_what_is_drawn(step, found, excerpt):
    assert found.values == analyse_file(step, excerpt).values
    for name in names.SERIES:
        drawn = [of.series[name] for of in found.heard if name in of.series]
        for summary, value in summarise(np.concatenate(drawn)).items():
            assert found.values[f"{name}_{summary}"] == value


def test_clicks_make_a_bright_line_at_their_period_and_are_percussive(tmp_path):
    path = os.fsencode(write(tmp_path / "clicks.wav", clicks(20, PERIOD)))

    found = course(path, 0)

    assert found.tempogram.shape[1] == len(found.lags)
    means = found.tempogram.mean(axis=0)
    assert found.lags[means.argmax()] == pytest.approx(PERIOD, abs=0.01)
    assert found.lags[[0, -1]] == pytest.approx([0.2, 2.5], abs=0.02)
    series = found.whole.series
    assert series["percussive"].max() > 3 * series["harmonic"].max()


def test_a_tone_is_harmonic_and_its_level_is_its_own(tmp_path):
    found = course(os.fsencode(write(tmp_path / "tone.wav", sine(1000, 3, amplitude=0.1))), 0)

    harmonic = found.whole.series["harmonic"]
    assert harmonic[10:-10] == pytest.approx(0.1 * np.sqrt(1.5), rel=0.05)
    assert found.whole.series["percussive"].max() < 0.02


def test_what_cannot_be_drawn_says_why(tmp_path):
    for y, reason in [
        (np.zeros(SR, np.float32), "only silence"),
        (noise(0.02), "too little to draw in 0.020 s"),
    ]:
        with pytest.raises(AudioError, match=reason):
            course(os.fsencode(write(tmp_path / "x.wav", y)), 60)


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def panel(figure, title: str):
    return next(
        axes for axes in figure.get_axes() if axes.get_title(loc="left").startswith(title)
    )


def test_the_figure_has_a_panel_each_with_its_unit_and_its_numbers(heard):
    figure = figure_of(heard, "Artist - $Title$\n <script> (2:40)")

    figure.draw_without_rendering()
    shown = texts(figure)
    for unit in ("mel", "Hz", "dB", "per sample", "-1 to 1", "0 to 1", "lag (s)", "time (s)"):
        assert unit in shown
    assert len([axes for axes in figure.get_axes() if axes.axison]) == 17
    centroid = panel(figure, "centroid")
    median = heard.values["centroid_median"]
    assert f"centroid: {median:.3g} ± " in centroid.get_title(loc="left")
    lines = [line.get_ydata() for line in centroid.get_lines()]
    assert [median, median] in [list(data) for data in lines if len(data) == 2]
    # The windows that were heard: all for the centroid, the long ones for the beat.
    assert len(centroid.patches) == 24 + 1  # and the deviation
    assert len(panel(figure, "flatness of the tempogram").patches) == 6 + 1
    assert len(panel(figure, "onset strength").patches) == 6


def test_a_very_short_sound_is_drawn(tmp_path):
    found = course(os.fsencode(write(tmp_path / "x.wav", noise(0.05))), 60)

    figure_of(found, "short").draw_without_rendering()


# --- through beet


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing in figures: it takes long, and is not what a story is about."""
    monkeypatch.setattr(track, "figure_of", lambda *_: Figure())


def test_the_figure_of_a_track_is_written_and_its_path_said(small: Beet):
    """Before its values are stored and then."""
    out_dir = small.root / "drawn"
    draw = ("mirplot", "--track", "1", "-o", str(out_dir))

    _, out, err = small.run(*draw)

    assert out == f"{out_dir / 'track-1.svg'}\n"
    assert "tone 0.wav: not analysed yet: what is drawn is not stored" in err
    assert [path.name for path in out_dir.iterdir()] == ["track-1.svg"]
    first = (out_dir / "track-1.svg").read_bytes()
    small("mirextract", "-q", "id:1")
    assert small.run(*draw) == (0, out, "")
    assert (out_dir / "track-1.svg").read_bytes() == first


def test_other_values_than_those_of_the_file_are_told(extracted: Beet, plain):
    assert extracted.run("mirplot", "--track", "1")[2] == ""

    write(extracted.music / "tone 0.wav", noise(1))

    assert "other values are stored (by 2-60)" in extracted.run("mirplot", "--track", "1")[2]


def test_each_that_matches_has_one_and_what_fails_is_a_line(small: Beet, plain):
    (small.music / "tone 0.wav").unlink()
    (small.music / "noise 0.wav").write_bytes(b"RIFF and no more")
    small.add("silent.wav", np.zeros(SR, np.float32))

    code, out, err = small.run("mirplot", "--track", "--format", "png")

    assert (code, out) == (1, "")
    assert err == "error: say which track: an id, or any query\n"
    code, out, err = small.run("mirplot", "--track", "--format", "png", "id:1..4", ",", "id:7")
    assert code == 0, err
    assert len(out.splitlines()) == 2
    assert "tone 0.wav: no such file" in err
    assert "noise 0.wav: " in err
    assert "silent.wav: there is only silence in it" in err
    assert small.run("mirplot", "--track", "title:nobody")[2] == (
        "error: no track matches 'title:nobody'\n"
    )
    assert small.run("mirplot", "--track", "1")[2].endswith("nothing is drawn\n")


def test_of_very_many_the_first_are_drawn(made_up: Beet):
    code, _, err = made_up.run("mirplot", "--track", "genres:Jazz")

    assert code == 1
    assert "tracks match: the first 10 are drawn" in err
    assert err.count(".wav: ") == 10  # their files are empty


@pytest.mark.parametrize("option", [["--map"], ["-F", "classic"], ["--only", "pca-1d"]])
def test_options_of_other_figures_are_refused(small: Beet, option):
    code, _, err = small.run("mirplot", "--track", "1", *option)

    assert code == 1
    assert "plays no part in --track" in err


def test_real_music_is_drawn_by_the_numbers_that_are_stored(analysed: Beet, tmp_path):
    id_ = analysed("ls", "-f", "$id", "length:120..", "length+").split()[0]
    lib = Library(str(analysed.root / "library.db"), str(analysed.music))
    item = lib.get_item(int(id_))
    lib._close()

    found = course(item.path, names.heard(item["mir_version"]))

    stored = struct.unpack(PACKED, unpacked(item["mir_vector"]))
    assert [np.float32(found.values[name]) for name in names.VECTOR] == pytest.approx(stored)
    assert found.windows
    code, out, err = analysed.run("mirplot", "--track", id_, "-o", str(tmp_path))
    assert (code, out, err) == (0, f"{tmp_path / f'track-{id_}.svg'}\n", "")
    assert (tmp_path / f"track-{id_}.svg").stat().st_size < 4_000_000
