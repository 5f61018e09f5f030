"""Real music: the fast code ranks tracks as the plain librosa statement does."""

import pytest
from scipy.stats import spearmanr

from beetsplug.mir.names import FEATURES
from beetsplug.mir.sound.analysis import analyse_file
from beetsplug.mir.sound.audio import open_sound
from beetsplug.mir.sound.features import plain
from beetsplug.mir.sound.features.compute import extract

SECONDS = 10


@pytest.fixture(scope="module")
def pairs(real_music):
    """The features of ten seconds of every second track, fast and plain."""
    found = []
    tracks = sorted(p for p in real_music.glob("*/*") if p.suffix in (".ogg", ".mp3"))
    for path in tracks[::2]:
        with open_sound(bytes(path)) as sound:
            y, _ = sound.window(0, SECONDS)
            found.append((extract([y], sound.sr), plain.extract([y], sound.sr)))
    return found


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_fast_and_plain_rank_real_tracks_alike(pairs, feature):
    key = f"{feature.series}_{feature.summary}"
    fast, slow = ([values[key] for values in side] for side in zip(*pairs, strict=True))

    assert len(fast) >= 11
    assert spearmanr(fast, slow).statistic >= 0.99
    assert fast == pytest.approx(slow, rel=0.01, abs=1e-3)


def test_an_excerpt_stands_for_the_track(real_music):
    """The three tracks of several minutes: windows of them lie near the whole."""
    for path in sorted(real_music.glob("*/*.mp3")):
        few, whole = (analyse_file(bytes(path), excerpt).values for excerpt in (60, 0))

        assert few != whole
        for feature in FEATURES:
            key = f"{feature.series}_{feature.summary}"
            assert few[key] == pytest.approx(whole[key], rel=0.25, abs=0.05), key
