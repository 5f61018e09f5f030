"""The features as librosa states them: slow, plain, the oracle of the fast code.

This follows the definitions in ``docs/features.md`` line by line and shares no code with
``beetsplug.mir.sound.features``, but for the names.
"""

from __future__ import annotations

import librosa
import numpy as np

from beetsplug.mir.names import BARK_EDGES


def extract(y, sr):
    """Return mean, median and standard deviation of every series of mono samples."""
    return {
        f"{name}_{summary}": value
        for name, values in series(y, sr).items()
        for summary, value in summarise(values).items()
    }


def summarise(values):
    clamped = np.clip(values, *np.percentile(values, [0.5, 99.5]))
    return {"mean": clamped.mean(), "median": np.median(clamped), "std": clamped.std()}


def series(y, sr):
    n_fft = 2 ** round(np.log2(2048 * sr / 44100))
    hop = n_fft // 2
    y = np.pad(y, (0, max(0, n_fft - len(y))))
    spectrum = librosa.stft(y, n_fft=n_fft, hop_length=hop, center=False)
    S = np.abs(spectrum) * (4 / n_fft)
    centroid = librosa.feature.spectral_centroid(S=S, sr=sr)
    return {
        "centroid": librosa.hz_to_mel(centroid[0]),
        "bandwidth": librosa.feature.spectral_bandwidth(S=S, sr=sr, centroid=centroid)[0],
        "flatness": librosa.feature.spectral_flatness(S=S)[0],
        "rollon": rolloff(S, sr, 0.1),
        "rolloff": rolloff(S, sr, 0.9),
        **bands(S, sr, n_fft),
        "zcr": librosa.feature.zero_crossing_rate(
            y, frame_length=n_fft, hop_length=hop, center=False
        )[0],
        "tempo_flatness": tempo_flatness(S, sr, hop),
        "hpss": harmonic_balance(S),
    }


def rolloff(S, sr, share):
    frequency = librosa.feature.spectral_rolloff(S=S, sr=sr, roll_percent=share)
    return librosa.hz_to_mel(frequency[0])


def bands(S, sr, n_fft):
    frequencies = librosa.fft_frequencies(sr=sr, n_fft=n_fft)
    levels = {}
    for low, high in zip((0, *BARK_EDGES), BARK_EDGES, strict=False):
        inside = S[(frequencies > low) & (frequencies <= high)]
        mean = inside.mean(axis=0) if len(inside) else np.zeros(S.shape[1])
        levels[f"bark{high}"] = 20 * np.log10(np.maximum(mean, 1e-4))
    return levels


def tempo_flatness(S, sr, hop):
    n_mels = min(128, max(1, hop // 8))
    mel = librosa.feature.melspectrogram(S=S**2, sr=sr, n_fft=2 * hop, n_mels=n_mels)
    log_mel = librosa.power_to_db(mel, top_db=None)
    onsets = librosa.onset.onset_strength(S=log_mel, sr=sr, hop_length=hop, center=False)
    window = round(8.9 * sr / hop)
    onsets = np.pad(onsets, (0, max(0, window - len(onsets))))
    tempogram = librosa.feature.tempogram(
        onset_envelope=onsets, win_length=window, center=False
    )
    lags = np.maximum(tempogram[round(0.2 * sr / hop) : round(2.5 * sr / hop) + 1], 1e-6)
    return np.exp(np.log(lags).mean(axis=0)) / lags.mean(axis=0)


def harmonic_balance(S):
    harmonic, percussive = librosa.decompose.hpss(S, kernel_size=31, power=2.0)
    rms_h, rms_p = (np.sqrt(np.mean(part**2, axis=0)) for part in (harmonic, percussive))
    total = rms_h + rms_p
    return np.divide(rms_h - rms_p, total, out=np.zeros_like(total), where=total > 0)
