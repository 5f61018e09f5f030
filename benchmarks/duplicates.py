"""How far apart is one recording in two forms, beside two recordings?

Makes copies of some tracks, drawn by lot, in a temporary folder: in other formats, after a
silence, at half the amplitude, without the end. Compares the distance between two forms with
that between each track of a folder and the nearest other one, and counts what bounds on it
and on the lengths' difference would find, rightly and wrongly.

    pip install --no-deps musicnn
    python benchmarks/duplicates.py --music DIR... [--beside DIR...] [--tracks 40] [--seed 0]
        [--keep VALUES.npz] [--features network] [--bound 0.25 --seconds 3.5]

Tracks are drawn from the folders of --music; in those of --beside only the nearest pairs are
looked for. Each --music and --beside has a space of its own. Distances are *scaled*: divided
by the root of the product of the two tracks' mean distances to the nearest tenth of all, the
very nearest left out. What is kept is not analysed again. The pairs within --bound and
--seconds are listed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import av
import mediafile
import numpy as np
from report import SUFFIXES

from beetsplug.mir import names
from beetsplug.mir.sound.analysis import analyse_file
from beetsplug.mir.sound.errors import AudioError
from beetsplug.mir.sound.network import weights
from beetsplug.mir.space import encodings

if TYPE_CHECKING:
    from collections.abc import Callable

EXCERPT = 60  # seconds, the default
RATE, OPUS_RATE = 44100, 48000
BLOCK = 1 << 16
SILENCE, CUT = 3, 5  # seconds
BOUNDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
NO_FILE = Path("/nowhere")  # where no weights are kept, so that they come from the package
ORIGINAL = ""


class Track(NamedTuple):
    """What the library would know of a file."""

    sixteen: np.ndarray
    heard: np.ndarray
    seconds: float

    def values(self, features: str) -> np.ndarray:
        return self.heard if features == names.NETWORK else self.sixteen


# --- the copies ---


class Form(NamedTuple):
    """How a copy is made."""

    suffix: str
    codec: str = "flac"
    samples: str = "s16"  # the format that the codec takes
    rate: int = RATE
    kbps: int = 0
    change: Callable[[np.ndarray], np.ndarray] | None = None


def later(y: np.ndarray) -> np.ndarray:
    return np.pad(y, ((0, 0), (SILENCE * RATE, 0)))


def softer(y: np.ndarray) -> np.ndarray:
    return y // 2


def shorter(y: np.ndarray) -> np.ndarray:
    return y[:, : -CUT * RATE]


FORMS = {
    "FLAC": Form("flac"),
    "MP3 128": Form("mp3", "libmp3lame", "s16p", kbps=128),
    "MP3 320": Form("mp3", "libmp3lame", "s16p", kbps=320),
    "Opus 96": Form("opus", "libopus", "s16", OPUS_RATE, 96),
    "AAC 128": Form("m4a", "aac", "fltp", kbps=128),
    f"after {SILENCE} s": Form("flac", change=later),
    "-6 dB": Form("flac", change=softer),
    f"{CUT} s cut": Form("flac", change=shorter),
}


def decoded(path: str) -> tuple[np.ndarray, str]:
    """Return all samples of a file, shape (n_channels, n_samples), and their layout."""
    with av.open(path, metadata_errors="replace") as container:
        stream = container.streams.audio[0]
        layout = "mono" if stream.channels == 1 else "stereo"
        resampler = av.AudioResampler("s16p", layout, RATE)
        frames = [
            part.to_ndarray()
            for frame in (*container.decode(stream), None)
            for part in resampler.resample(frame)
        ]
    return np.concatenate(frames, axis=1), layout


def write(path: str, y: np.ndarray, layout: str, form: Form) -> None:
    with av.open(path, "w") as container:
        # Of LAME the faster way, which is the worse one.
        options = {"compression_level": "7"} if form.codec == "libmp3lame" else {}
        stream = container.add_stream(form.codec, form.rate, layout=layout, options=options)
        stream.codec_context.format = form.samples
        if form.kbps:
            stream.bit_rate = 1000 * form.kbps
        resampler = av.AudioResampler(form.samples, layout, form.rate)
        for frame in (*frames_of(y, layout), None):
            for part in resampler.resample(frame):
                container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def frames_of(y: np.ndarray, layout: str):
    for start in range(0, y.shape[1], BLOCK):
        block = np.ascontiguousarray(y[:, start : start + BLOCK])
        frame = av.AudioFrame.from_ndarray(block, "s16p", layout)
        frame.sample_rate = RATE
        yield frame


# --- what is known of the files ---


class Known:
    """Tracks by path and form, analysed when they are asked for the first time."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._network = weights.load(NO_FILE)
        self._tracks: dict[tuple[str, str], Track] = {}
        if path and path.exists():
            with np.load(path, allow_pickle=False) as file:
                arrays = [file[name] for name in ("keys", *Track._fields)]
                for key, *values in zip(*arrays, strict=True):
                    self._tracks[tuple(key.tolist())] = Track(*values)

    def originals(self, paths: list[str]) -> dict[str, Track]:
        """Return those that can be analysed."""
        found = {path: self._find(path, ORIGINAL, path) for path in paths}
        self._keep()
        return {path: track for path, track in found.items() if track}

    def copies(self, path: str) -> dict[str, Track]:
        """Return a track's copies by form."""
        if any((path, form) not in self._tracks for form in FORMS):
            y, layout = decoded(path)
            with tempfile.TemporaryDirectory() as folder:
                for name, form in FORMS.items():
                    copy = os.path.join(folder, f"copy.{form.suffix}")
                    write(copy, form.change(y) if form.change else y, layout, form)
                    self._find(path, name, copy)
            self._keep()
        found = {form: self._tracks.get((path, form)) for form in FORMS}
        return {form: track for form, track in found.items() if track}

    def _find(self, path: str, form: str, file: str) -> Track | None:
        if (path, form) not in self._tracks:
            try:
                self._tracks[path, form] = self._analysed(file)
            except AudioError as exc:
                print(f"{path} {form}: {exc}", file=sys.stderr)
        return self._tracks.get((path, form))

    def _analysed(self, path: str) -> Track:
        values, heard, _ = analyse_file(os.fsencode(path), EXCERPT, network=self._network)
        sixteen = [values[f"{feature.series}_{feature.summary}"] for feature in names.FEATURES]
        return Track(  # as the library keeps them
            np.array(sixteen, "<f4"),
            heard.values.astype("<f2"),
            mediafile.MediaFile(path).length,
        )

    def _keep(self) -> None:
        if self._path and self._tracks:
            columns = zip(*self._tracks.values(), strict=True)
            arrays = dict(zip(Track._fields, map(np.array, columns), strict=True))
            np.savez(self._path, keys=np.array([*self._tracks]), **arrays)


# --- distances ---


class Space:
    """Where the tracks of a collection lie, and what else is compared with them."""

    def __init__(self, tracks: dict[str, Track], features: str) -> None:
        self.paths = [*tracks]
        self.seconds = np.array([track.seconds for track in tracks.values()])
        self._features = features
        X = np.array([track.values(features) for track in tracks.values()], float)
        fitted = encodings.fit(X, [""] * len(X), "pca", names.DIMS[features], features=features)
        self._encoder, self._Z = fitted.encoder, fitted.Z
        self.plain = np.linalg.norm(self._Z[:, None] - self._Z, axis=2)
        self._scales = self._scale(self.plain)
        self.scaled = self.plain / np.sqrt(np.outer(self._scales, self._scales))

    def distances(self, first: Track, second: Track) -> tuple[float, float, float]:
        """Return two tracks' distance, the scaled one, and the lengths' difference."""
        X = np.array([first.values(self._features), second.values(self._features)], float)
        Z = self._encoder.transform(X, ["", ""])
        scales = self._scale(np.linalg.norm(Z[:, None] - self._Z, axis=2))
        distance = float(np.linalg.norm(Z[0] - Z[1]))
        later = second.seconds - first.seconds
        return distance, distance / float(np.sqrt(scales.prod())), later

    def nearest(self, D: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return each track's distance to the nearest other, and which that is."""
        D = D + np.diag(np.full(len(D), np.inf))
        return D.min(axis=1), D.argmin(axis=1)

    def pairs(self, bound: float, seconds: float = np.inf) -> list[tuple[int, int]]:
        """Return the pairs within both bounds, the nearest first."""
        apart = np.abs(self.seconds[:, None] - self.seconds)
        found = np.argwhere(np.triu((self.scaled <= bound) & (apart <= seconds), 1))
        return sorted(map(tuple, found.tolist()), key=lambda pair: self.scaled[pair])

    @staticmethod
    def _scale(D: np.ndarray) -> np.ndarray:
        n_near = -(-D.shape[1] // 10)
        return np.sort(D, axis=1)[:, 1 : max(2, n_near)].mean(axis=1)


# --- tables ---


def table(head: list[str], rows: list[list[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows), ""])


def cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


Found = dict[str, np.ndarray]  # by form: distance, scaled, lengths' difference, (n_tracks, 3)


def of_forms(space: Space, forms: list[dict[str, Track]]) -> Found:
    """Compare each form with the original, and all of a track with each other."""
    found: dict[str, list] = {name: [] for name in (*FORMS, "any two")}
    for track in forms:
        for name in FORMS.keys() & track.keys():
            found[name].append(space.distances(track[ORIGINAL], track[name]))
        found["any two"] += [space.distances(*two) for two in combinations(track.values(), 2)]
    return {name: np.array(rows) for name, rows in found.items()}


def report_forms(found: Found) -> str:
    head = ["form", "n", "median", "90 %", "95 %", "largest"]
    head += [f"scaled {name}" for name in head[2:]] + ["s longer, least", "most"]
    rows = []
    for name, D in found.items():
        row: list[object] = [name, len(D)]
        for column in (0, 1):
            row += [float(x) for x in np.percentile(D[:, column], [50, 90, 95, 100])]
        rows.append([*row, float(D[:, 2].min()), float(D[:, 2].max())])
    return table(head, rows)


def report_nearest(spaces: dict[str, Space]) -> str:
    shares = [0, 0.1, 1, 5, 50]
    head = ["nearest other", "n", "smallest", *(f"{share} %" for share in shares[1:])]
    head += [f"scaled {name}" for name in head[2:]] + ["s apart, of the smallest scaled"]
    rows = []
    for name, space in spaces.items():
        row: list[object] = [name, len(space.paths)]
        for D in (space.plain, space.scaled):
            least, _ = space.nearest(D)
            row += [float(x) for x in np.percentile(least, shares)]
        least, other = space.nearest(space.scaled)
        closest = least.argmin()
        apart = space.seconds[closest] - space.seconds[other[closest]]
        rows.append([*row, float(abs(apart))])
    return table(head, rows)


def report_bounds(found: Found, spaces: dict[str, Space], seconds: float) -> str:
    """Say how many copies lie within bounds, and how many pairs of different tracks."""
    head = ["scaled, up to", *found]
    head += [f"{name}, {what}" for name in spaces for what in ("any", f"{seconds:g} s")]
    rows = []
    for bound in BOUNDS:
        row: list[object] = [f"{bound:g}"]
        row += [f"{(D[:, 1] <= bound).mean():.1%}" for D in found.values()]
        for space in spaces.values():
            row += [len(space.pairs(bound)), len(space.pairs(bound, seconds))]
        rows.append(row)
    return table(head, rows)


def report_pairs(spaces: dict[str, Space], bound: float, seconds: float) -> str:
    lines = []
    for name, space in spaces.items():
        pairs = space.pairs(bound, seconds)
        lines.append(f"{name}: {len(pairs)} pairs up to {bound:g} and {seconds:g} s")
        for one, other in pairs:
            apart = abs(space.seconds[one] - space.seconds[other])
            both = " = ".join(titled(space.paths[index]) for index in (one, other))
            lines.append(f"  {space.scaled[one, other]:.3f} {apart:.1f} s: {both}")
    return "\n".join(lines) + "\n"


def titled(path: str) -> str:
    file = mediafile.MediaFile(path)
    return f"{file.artist or '?'} - {file.title or '?'} ({Path(path).name})"


# --- the whole ---


def audio_in(path: Path) -> list[str]:
    found = path.rglob("*") if path.is_dir() else [path]
    return sorted(str(p) for p in found if p.suffix.lower() in SUFFIXES)


def drawn(paths: list[str], n_tracks: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [paths[index] for index in rng.permutation(len(paths))[:n_tracks]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--music", type=Path, nargs="+", required=True)
    parser.add_argument("--beside", type=Path, nargs="+", default=[])
    parser.add_argument("--tracks", type=int, default=40, help="of which copies are made")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, metavar="VALUES.npz")
    parser.add_argument("--features", choices=names.FEATURE_SETS, nargs="+")
    parser.add_argument("--bound", type=float, default=0.25, help="on the scaled distance")
    parser.add_argument("--seconds", type=float, default=3.5, help="on the lengths' difference")
    options = parser.parse_args()
    known = Known(options.keep)
    originals = known.originals([path for root in options.music for path in audio_in(root)])
    collections = {"music": originals}
    for root in options.beside:
        collections[root.name] = known.originals(audio_in(root))
    forms = [
        {ORIGINAL: originals[path], **known.copies(path)}
        for path in drawn([*originals], options.tracks, options.seed)
    ]
    for features in options.features or reversed(names.FEATURE_SETS):
        spaces = {name: Space(tracks, features) for name, tracks in collections.items()}
        found = of_forms(spaces["music"], forms)
        print(f"## {features}\n")
        print(report_forms(found))
        print(report_nearest(spaces))
        print(report_bounds(found, spaces, options.seconds))
        print(report_pairs(spaces, options.bound, options.seconds))


if __name__ == "__main__":
    main()
