"""Shape of the spectrum: where the sound lies and how wide, how noisy, how loud by band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ground.compiled import compiled
from ...names import BARK_EDGES, FLOOR_DB
from .scales import hz_to_mel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_POWER = 1e-10
_LOG_GROUP = 16  # this many powers of 1e-10 still multiply to a double


def shape(S: NDArray[np.float32], sr: float) -> dict[str, NDArray[np.float32]]:
    """Return centroid (mel), bandwidth (Hz), flatness (0 to 1), roll-on and roll-off (mel).

    *Centroid* is the magnitude-weighted mean frequency: brightness. *Bandwidth* is
    the spread around it. *Flatness* is the geometric over the arithmetic mean of
    the power: 0 for a tone, about 0.56 for white noise. *Roll-on* and *roll-off* hold a
    tenth of the magnitude below and above. A silent frame reads 0, its flatness 1.
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
