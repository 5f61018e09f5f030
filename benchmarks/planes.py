"""Ways from many dimensions to a plane: neighbours kept, cost, steadiness.

    pip install umap-learn pacmap
    python benchmarks/planes.py [--vectors X.npy] [--tracks 2000 10000 50000] [--write]

X.npy has a vector of a track, or of a piece of one, in each row; without it vectors are
made up. Columns are z-scored and rows scaled to unit length. A library of fewer tracks
than there are rows is drawn; to a larger one each track is a mixture of a row and one of
its hundred nearest, with a little noise. Each fit is a process of its own, with one thread;
its imports are not in its CPU seconds. What is not installed is left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from report import replace_section
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

from beetsplug.mir.space.plane import kept, neighbour_plane

PAGE = Path(__file__).parents[1] / "docs" / "plane.md"
N_STEADY = 2000  # tracks
SHARE_OLD = 0.95
MOST_OF_BARNES_HUT = 10_000  # tracks; scikit-learn's t-SNE takes many minutes for 50,000
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


def pca(X, start):
    return PCA(2, random_state=0).fit_transform(X)


def scikit_learn(X, start):
    init, exaggeration = ("pca", 12.0) if start is None else (start, 1.0)
    return TSNE(
        init=init, early_exaggeration=exaggeration, n_jobs=1, random_state=0
    ).fit_transform(X)


def ours(X, start):
    return neighbour_plane(X, start=start)


def umap(X, start):
    from umap import UMAP

    init = "spectral" if start is None else start.astype(np.float32)
    return UMAP(init=init, random_state=0, n_jobs=1).fit_transform(X)


def pacmap(X, start):
    from pacmap import PaCMAP

    init, steps = ("pca", (100, 100, 250)) if start is None else (start, (0, 0, 250))
    model = PaCMAP(apply_pca=False, num_iters=steps, random_state=0)
    return model.fit_transform(X, init=init)


METHODS = {
    "PCA": (pca, "sklearn"),
    "t-SNE, scikit-learn": (scikit_learn, "sklearn"),
    "`neighbour_plane` (t-SNE, openTSNE)": (ours, "openTSNE"),
    "UMAP, umap-learn": (umap, "umap"),
    "PaCMAP, pacmap": (pacmap, "pacmap"),
}


def made_up(n_rows: int = 5000) -> np.ndarray:
    """Return vectors of forty kinds, each a curved sheet of five dimensions in 200."""
    random = np.random.default_rng(0)
    kinds = random.integers(40, size=n_rows)
    centres, sheets = random.normal(size=(40, 200)), random.normal(size=(40, 5, 200))
    along = random.normal(size=(n_rows, 1, 5))
    return np.tanh(centres[kinds] + 0.5 * (along @ sheets[kinds])[:, 0])


def unit(X: np.ndarray) -> np.ndarray:
    """Z-score each column and scale each row to unit length."""
    Z = (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-9)
    return Z / np.linalg.norm(Z, axis=1, keepdims=True)


def library(rows: np.ndarray, n_tracks: int) -> np.ndarray:
    random = np.random.default_rng(0)
    if n_tracks <= len(rows):
        return unit(rows[random.permutation(len(rows))[:n_tracks]])
    near = nearest(unit(rows), min(100, len(rows) - 1))
    one = random.integers(len(rows), size=n_tracks)
    other = near[one, random.integers(near.shape[1], size=n_tracks)]
    share = random.random((n_tracks, 1))
    noise = 0.1 * rows.std(axis=0) * random.normal(size=(n_tracks, rows.shape[1]))
    return unit(share * rows[one] + (1 - share) * rows[other] + noise)


def nearest(X: np.ndarray, n: int) -> np.ndarray:
    return NearestNeighbors(n_neighbors=n).fit(X).kneighbors(return_distance=False)


def fitted(method, X, start=None) -> tuple[np.ndarray, float, float]:
    """Fit in a process; return the plane, CPU seconds, and its peak memory in MB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "X.npy", X)
        if start is not None:
            np.save(folder / "start.npy", start)
        environment = os.environ | dict.fromkeys(THREADS, "1")
        command = [sys.executable, __file__, "--child", method, name]
        output = subprocess.check_output(
            command, env=environment, text=True, stderr=subprocess.PIPE
        )
        seconds, peak = map(float, output.split()[-2:])
        return np.load(folder / "plane.npy"), seconds, peak


def child(method: str, folder: Path) -> None:
    """Fit twice, first a few tracks: what is imported and compiled is not in the seconds."""
    warnings.simplefilter("ignore")
    X, path = np.load(folder / "X.npy"), folder / "start.npy"
    start = np.load(path) if path.exists() else None
    fit, _ = METHODS[method]
    fit(X[:200], None)
    begin = time.process_time()
    plane = fit(X, start)
    seconds = time.process_time() - begin
    np.save(folder / "plane.npy", plane.astype(float))
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)


def quality(method: str, X: np.ndarray) -> str:
    if method == "t-SNE, scikit-learn" and len(X) > MOST_OF_BARNES_HUT:
        return f"| {method} | {len(X)} | | | |"
    plane, seconds, peak = fitted(method, X)
    return f"| {method} | {len(X)} | {kept(X, plane):.3f} | {seconds:.1f} | {peak:.0f} |"


def steadiness(method: str, X: np.ndarray) -> str:
    """Fit to most tracks, then to all, from where they are; nothing is aligned."""
    n_old = round(SHARE_OLD * len(X))
    before, _, _ = fitted(method, X[:n_old])
    same = np.array_equal(before, fitted(method, X[:n_old])[0])
    near = NearestNeighbors(n_neighbors=5).fit(X[:n_old]).kneighbors(X[n_old:])[1]
    start = np.vstack([before, before[near].mean(axis=1)])
    if method.startswith("`"):
        start[n_old:] = np.nan
    after, _, _ = fitted(method, X, start)
    fresh, _, _ = fitted(method, X)
    cells = [f"{moved(before, plane)} | {kept(X, plane):.3f}" for plane in (after, fresh)]
    return f"| {method} | {' | '.join(cells)} | {'yes' if same else 'no'} |"


def moved(before: np.ndarray, after: np.ndarray) -> str:
    """Return median and 90th percentile of the way, beside the plane's deviation."""
    way = np.linalg.norm(after[: len(before)] - before, axis=1)
    return "{:.3f}, {:.3f}".format(*np.percentile(way, [50, 90]) / np.sqrt(before.var(0).sum()))


def tables(rows: np.ndarray, sizes: list[int]) -> list[str]:
    methods = [
        name for name, (_, module) in METHODS.items() if importlib.util.find_spec(module)
    ]
    lines = ["| | tracks | ten nearest kept | CPU s | peak MB |",
             "|---|---|---|---|---|"]  # fmt: skip
    for n_tracks in sizes:
        X = library(rows, n_tracks)
        lines += [told(quality(method, X)) for method in methods]
    X = library(rows, min(N_STEADY, *sizes))
    lines += ["", f"{len(X)} tracks, of which {1 - SHARE_OLD:.0%} are new.", "",
              "| | moved, from stored places | kept | moved, made anew | kept | repeatable |",
              "|---|---|---|---|---|---|"]  # fmt: skip
    return lines + [told(steadiness(method, X)) for method in methods]


def told(line: str) -> str:
    print(line, flush=True)
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", type=Path, help="an .npy, (n_rows, n_columns)")
    parser.add_argument("--tracks", type=int, nargs="+", default=[2000, 10_000, 50_000])
    parser.add_argument("--write", action="store_true", help="put the tables into docs/")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]))
        return
    rows = np.load(options.vectors).astype(float) if options.vectors else made_up()
    text = "\n".join(tables(rows, options.tracks)) + "\n"
    if options.write:
        replace_section(PAGE, "planes", text)


if __name__ == "__main__":
    main()
