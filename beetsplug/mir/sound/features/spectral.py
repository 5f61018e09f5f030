"""Shape of the spectrum: where the sound lies and how wide, how noisy, how loud by band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ground.compiled import compiled
from ...names import BARK_EDGES, FLOOR_DB
from .description import Description
from .scales import hz_to_mel

if TYPE_CHECKING:
    from numpy.typing import NDArray

DESCRIPTIONS = (
    Description(
        ("centroid",),
        "The mean of the bins' frequencies, each weighted by its `|S|`, brought to the mel"
        " scale (Slaney, Auditory Toolbox 1998): the median over frames. Peeters, *A large set"
        " of audio features*, 2004; `librosa.feature.spectral_centroid`.",
        "Brightness: low for a bass or a flute, high for cymbals, distortion and hiss.",
        "It is weighted by magnitude and not by power, so quiet hiss over the whole width"
        " counts for more than one hears, and the same music is darker behind a lossy encoder"
        " that cuts off the treble.",
        "0 (silence) to 61 mel (24 kHz), where 15 mel are 1 kHz; white noise at 44.1 kHz 50;"
        " usually 8 to 35.",
    ),
    Description(
        ("centroid_std",),
        "The standard deviation of the centroid over frames, in mel.",
        "How much the brightness changes: low for drones and steady textures, high where dull"
        " and bright sounds take turns, as with a drum kit over a bass.",
        "A silent frame has the centroid 0: pauses raise it more than any music does.",
        "0 to 31 mel; usually 3 to 11.",
    ),
    Description(
        ("bandwidth",),
        "The root mean square distance of the bins from the centroid, both in Hz, each"
        " weighted by its `|S|`: the median over frames. Peeters 2004 (*spread*);"
        " `librosa.feature.spectral_bandwidth` with `p = 2`.",
        "How wide the sound is: narrow for a single low tone, wide for a full arrangement,"
        " and for anything with both bass and cymbals.",
        "It is in Hz, so the treble decides: it rises with the centroid, and falls with a"
        " lossy encoder's cut-off.",
        "0 (silence) to 12,000 Hz; white noise at 44.1 kHz 6370; usually 1250 to 4700.",
    ),
    Description(
        ("bandwidth_std",),
        "The standard deviation of the bandwidth over frames, in Hz.",
        "How much the width changes: low for steady textures, high where full sound and bare"
        " sound take turns, or where hits of noise stand over tones.",
        "As with `centroid_std`, pauses raise it: silence has the bandwidth 0.",
        "0 to 6000 Hz; usually 490 to 1390.",
    ),
    Description(
        ("flatness",),
        "The geometric over the arithmetic mean of `|S|²` across all bins, each at least"
        " 1e-10: the median over frames. Gray and Markel 1974; Johnston 1988;"
        " `librosa.feature.spectral_flatness`.",
        "Noise against tone: near 0 where few partials stand out, high for hiss, breath,"
        " cymbals and distortion.",
        "The geometric mean looks at the emptiest bins. Behind a lossy encoder's cut-off, or"
        " in a file brought up from a lower rate, there are many, and it reads lower than its"
        " original; at the lower rate itself it reads higher. Very quiet sound lies on the"
        " floor and reads higher than it is.",
        "0 (tone) to 1 (silence); white noise 0.56; usually below 0.006.",
    ),
    Description(
        ("rollon",),
        "The frequency below which 10 % of `|S|` lies, in mel: the median over frames. The"
        " mirror image of the roll-off; `librosa.feature.spectral_rolloff` with"
        " `roll_percent=0.1`.",
        "Where the sound begins: low with a bass or a bass drum, high without.",
        "Most music begins in the lowest bins, and there it takes steps of one bin (22 Hz, a"
        " third of a mel). Rumble, hum and a constant offset pull it to 0.",
        "0 to 61 mel; white noise at 44.1 kHz 26; usually 0.2 to 2.0 (15 to 130 Hz).",
    ),
    Description(
        ("rolloff",),
        "The frequency below which 90 % of `|S|` lies, in mel: the median over frames."
        " Scheirer and Slaney 1997 (95 %), Tzanetakis and Cook 2002 (85 %);"
        " `librosa.feature.spectral_rolloff` with `roll_percent=0.9`.",
        "Where the treble ends: low for dull or muffled sound, high for open cymbals and air.",
        "A lossy encoder that cuts off the treble lowers it; quiet hiss counts for more than"
        " one hears, since it is weighted by magnitude.",
        "0 to 61 mel; white noise at 44.1 kHz 58; usually 19 to 50.",
    ),
    Description(
        tuple(f"bark{edge}" for edge in BARK_EDGES),
        "The mean `|S|` over the bins above the previous edge (0, 100, 510, 1080, 2000, 3700"
        " Hz) up to this one, in dB: the medians over frames. The edges are the 1st, 5th, 9th,"
        " 13th, 17th and 24th of the Bark scale (Zwicker 1961).",
        "How loud each register is: sub-bass and bass drum (to 100 Hz), bass and low voices"
        " (to 510), the middle, where most melodies are (to 1080), its overtones and the edge"
        " of voices (to 2000), presence (to 3700), brilliance, cymbals and air (to 15,500).",
        "It is a level: the same music mastered louder reads higher in all six, and"
        " ReplayGain is not applied. A mean over bins is not the power of a band: wide bands"
        " read lower than they sound. The lowest band is four bins at 44.1 kHz. A band above"
        " half of the sampling rate reads the floor.",
        "-80 dB (the floor) to about 0; a full-scale tone of 65 Hz reads -6 in the lowest;"
        " usually -37 to -16, -40 to -25, -51 to -33, -61 to -38, -72 to -40 and -80 to -51.",
    ),
)

_LEAST_POWER = 1e-10
_LOG_GROUP = 16  # this many powers of 1e-10 still multiply to a double


def shape(S: NDArray[np.float32], sr: float) -> dict[str, NDArray[np.float32]]:
    """Return centroid (mel), bandwidth (Hz), flatness (0 to 1), roll-on and roll-off (mel).

    A silent frame reads 0, its flatness 1.
    """
    centroid, bandwidth, flatness, rollon, rolloff = _shape(S)
    bin_width = sr / (2 * (S.shape[1] - 1))
    return {
        "centroid": hz_to_mel(centroid * bin_width),
        "bandwidth": (bandwidth * bin_width).astype(np.float32),
        "flatness": flatness.astype(np.float32),
        "rollon": hz_to_mel(rollon * bin_width),
        "rolloff": hz_to_mel(rolloff * bin_width),
    }


def bands(S: NDArray[np.float32], sr: float) -> dict[str, NDArray[np.float32]]:
    """Return the mean magnitude (dB, floor -80) of each band between two bark edges.

    A band wholly above the Nyquist frequency reads the floor.
    """
    bin_width = sr / (2 * (S.shape[1] - 1))
    edges = [min(S.shape[1], int(edge / bin_width) + 1) for edge in (0, *BARK_EDGES)]
    means = _band_means(S, np.array(edges))
    levels = 20 * np.log10(np.maximum(means, np.float32(10 ** (FLOOR_DB / 20))))
    return {f"bark{edge}": level for edge, level in zip(BARK_EDGES, levels, strict=True)}


@compiled
def _band_means(S: NDArray[np.float32], edges: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the mean between each two edges (bins), shape (n_bands, n_frames)."""
    out = np.zeros((len(edges) - 1, len(S)), np.float32)
    for t in range(len(S)):
        for band in range(len(edges) - 1):
            total = np.float32(0)
            for k in range(edges[band], edges[band + 1]):
                total += S[t, k]
            if edges[band + 1] > edges[band]:
                out[band, t] = total / np.float32(edges[band + 1] - edges[band])
    return out


@compiled
def _shape(S: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return centroid, bandwidth, flatness, roll-on, roll-off by frame, frequencies in bins."""
    n_frames, n_bins = S.shape
    out = np.zeros((5, n_frames))
    for t in range(n_frames):
        magnitudes = S[t]
        total = first = second = 0.0
        for k in range(n_bins):
            total += magnitudes[k]
            first += k * np.float64(magnitudes[k])
            second += k * k * np.float64(magnitudes[k])
        out[2, t] = _flatness(magnitudes)
        if total > 0:
            centroid = first / total
            out[0, t] = centroid
            out[1, t] = np.sqrt(max(0.0, second / total - centroid * centroid))
            out[3, t] = _reaches(magnitudes, 0.1 * total)
            out[4, t] = _reaches(magnitudes, 0.9 * total)
    return out


@compiled
def _flatness(magnitudes: NDArray[np.float32]) -> float:
    """Return the flatness of the power; the logarithm of a product costs that of one value."""
    n_bins = len(magnitudes)
    log_sum = arithmetic = 0.0
    for start in range(0, n_bins, _LOG_GROUP):
        product = 1.0
        for k in range(start, min(start + _LOG_GROUP, n_bins)):
            power = max(np.float64(magnitudes[k]) * magnitudes[k], _LEAST_POWER)
            product *= power
            arithmetic += power
        log_sum += np.log(product)
    flatness: float = min(1.0, np.exp(log_sum / n_bins) / (arithmetic / n_bins))
    return flatness


@compiled
def _reaches(magnitudes: NDArray[np.float32], threshold: float) -> int:
    """Return the first bin at which the running sum reaches the threshold."""
    running = 0.0
    for k in range(len(magnitudes)):
        running += magnitudes[k]
        if running >= threshold:
            return k
    return len(magnitudes) - 1
