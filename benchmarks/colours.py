"""How far apart are the colours of clusters, to all eyes, beside other sets of colours?

    pip install colorcet colorspacious
    python benchmarks/colours.py                # the table of docs/colours.md
    python benchmarks/colours.py --continue     # the ten of Petroff (2021), continued to 36

Distances are Euclidean in CAM02-UCS (Luo et al. 2006), lacking cones simulated as by Machado
et al. (2009). The palette is continued as Glasbey et al. (2007) do it: each colour is the
farthest from all before it, here to whichever eyes see the least of it.
"""

from __future__ import annotations

import argparse
import itertools

import colorcet
import matplotlib as mpl
import numpy as np
from colorspacious import cspace_convert
from matplotlib.colors import to_hex, to_rgb

from beetsplug.mir.plots.palette import CLUSTER_COLOURS, NO_GROUP_COLOUR

SIGHTS = (None, "protanomaly", "deuteranomaly", "tritanomaly")
N_SHOWN = 12
DARK_PAGE = "#16191d"
LEAST_CONTRAST = {"white": 1.6, DARK_PAGE: 2.2}  # a little more than the ten have
LEAST_CHROMA = 12  # of a colour that is no grey
STEP = 12  # of the grid of colours, of 256

KRZYWINSKI = (
    "9F0162 009F81 FF5AAF 00FCCF 8400CD 008DF9 00C2F9 FFB2FD A40122 E20134 FF6E3A FFC33B"
)
TOL = "882E72 1965B0 5289C7 7BAFDE 4EB265 90C987 CAE0AB F7F056 F6C141 F1932D E8601C DC050C"
OKABE_ITO = "E69F00 56B4E9 009E73 F0E442 0072B2 D55E00 CC79A7 000000"
SETS = {
    "these": CLUSTER_COLOURS,
    "Okabe and Ito (8)": [f"#{colour}" for colour in OKABE_ITO.split()],
    "Tol, discrete rainbow": [f"#{colour}" for colour in TOL.split()],
    "Krzywinski": [f"#{colour}" for colour in KRZYWINSKI.split()],
    "colorcet's Glasbey": colorcet.glasbey,
    "colorcet's Glasbey, dark": colorcet.glasbey_dark,
    "matplotlib's tab10 (10)": mpl.color_sequences["tab10"],
    "matplotlib's tab20": mpl.color_sequences["tab20"],
}


def seen(rgb: np.ndarray, sight: str | None) -> np.ndarray:
    """Return how colours in [0, 1] look, in CAM02-UCS; both of shape (n_colours, 3)."""
    if sight:
        lacking = {"name": "sRGB1+CVD", "cvd_type": sight, "severity": 100}
        rgb = np.clip(cspace_convert(rgb, lacking, "sRGB1"), 0, 1)
    return cspace_convert(rgb, "sRGB1", "CAM02-UCS")


def least(rgb: np.ndarray, sight: str | None) -> float:
    return min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen(rgb, sight), 2))


def contrast(rgb: np.ndarray, page: str) -> np.ndarray:
    """Return the contrast of colours with that of a page, as WCAG 2 defines it."""
    both = np.vstack([rgb, to_rgb(page)])
    linear = np.where(both <= 0.04045, both / 12.92, ((both + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722] + 0.05
    ratio = luminance[:-1] / luminance[-1]
    return np.maximum(ratio, 1 / ratio)


def table() -> None:
    for name, colours in SETS.items():
        rgb = np.array([to_rgb(colour) for colour in colours])[:N_SHOWN]
        cells = [f"{least(rgb, sight):.1f}" for sight in SIGHTS]
        cells += [f"{contrast(rgb, page).min():.1f}" for page in LEAST_CONTRAST]
        print(f"| {name} | {' | '.join(cells)} |")


def continued(n_colours: int) -> list[str]:
    """Return Petroff's ten, and as many more as are wanted."""
    first = [to_rgb(colour) for colour in mpl.color_sequences["petroff10"]]
    grid = np.arange(0, 256, STEP) / 255
    rgb = np.array(list(itertools.product(grid, grid, grid)))
    for page, ratio in LEAST_CONTRAST.items():
        rgb = rgb[contrast(rgb, page) >= ratio]
    rgb = rgb[np.linalg.norm(seen(rgb, None)[:, 1:], axis=1) >= LEAST_CHROMA]
    looks = np.stack([seen(rgb, sight) for sight in SIGHTS])
    taken = np.array([*first, to_rgb(NO_GROUP_COLOUR)])
    away = np.full(len(rgb), np.inf)
    for look, sight in zip(looks, SIGHTS, strict=True):
        far = np.linalg.norm(look[:, None] - seen(taken, sight), axis=-1)
        away = np.minimum(away, far.min(axis=1))
    found = [to_hex(colour) for colour in first]
    while len(found) < n_colours:
        best = int(away.argmax())
        found.append(to_hex(rgb[best]))
        away = np.minimum(
            away, np.linalg.norm(looks - looks[:, best, None], axis=-1).min(axis=0)
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--continue", dest="go_on", action="store_true")
    if parser.parse_args().go_on:
        print(*continued(len(CLUSTER_COLOURS)))
    else:
        table()


if __name__ == "__main__":
    main()
