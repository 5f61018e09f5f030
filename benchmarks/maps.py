"""What could draw the map: time to the first frame, and frames a second while it is moved.

    npm install @deck.gl/core@9.4.0 @deck.gl/layers@9.4.0 regl-scatterplot@1.16.0 esbuild
    pip install plotly
    python benchmarks/maps.py --modules node_modules [--points 200000] [--rounds 3] [--write]

Each candidate draws the same points in Debian's Chromium with WebGL in software, one after the
other, in 2-D, all of them and 30,000, under a security policy without `unsafe-eval`; then again
with it if it fails. The candidates are the small scripts in `maps/`. Frames are counted by
requestAnimationFrame over four seconds. Prints, and judges nothing.
"""

from __future__ import annotations

import argparse
import base64
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex
from report import replace_section

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser import browsers, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE = Path(__file__).parent / "maps"
DOCS = Path(__file__).parents[1] / "docs" / "performance.md"
N_THIN = 30_000
LONGEST = 60_000  # ms; what has drawn nothing by then has failed
EXPORTS = {
    "deck": ("deckgl", "export {Deck, OrthographicView} from '@deck.gl/core';"
             " export {ScatterplotLayer} from '@deck.gl/layers';"),
    "regl": ("reglScatterplot",
             "export {default as createScatterplot} from 'regl-scatterplot';"),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modules", type=Path, required=True, help="npm's folder of packages")
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    libraries = {name: library(name, options.modules) for name in names()}
    data = made_up(options.points)
    measured: dict[tuple[str, int], list] = {}
    with tempfile.TemporaryDirectory() as folder, browsers() as started:
        browser = started("chromium")
        for _ in range(options.rounds):
            for name, script in libraries.items():
                for thin in (0, N_THIN):
                    path = Path(folder) / f"{name}.html"
                    found = run(browser, name, script, {**data, "thin": thin}, path)
                    measured.setdefault((name, thin), []).append(found)
                    print(name, thin, found, flush=True)
    text = table(measured, libraries)
    print(text)
    if options.write:
        replace_section(DOCS, "maps", text)


def names() -> list[str]:
    return ["plotly", "deck", "regl", "webgl"]


def library(name: str, modules: Path) -> str:
    """Return what a candidate stands on, as one script."""
    if name == "plotly":
        from plotly.offline import get_plotlyjs

        return get_plotlyjs()
    if name not in EXPORTS:
        return ""
    name_of_all, source = EXPORTS[name]
    command = [
        modules / ".bin" / "esbuild", "--bundle", "--minify", "--format=iife",
        f"--global-name={name_of_all}",
    ]  # fmt: skip
    return subprocess.run(
        command, input=source, cwd=modules.parent, check=True, capture_output=True, text=True
    ).stdout


def made_up(n: int) -> dict:
    """Return points in forty heaps, at random in their order."""
    rng = np.random.default_rng(0)
    heaps = rng.integers(40, size=n)
    places = rng.normal(size=(40, 2))[heaps] * 2 + 0.5 * rng.normal(size=(n, 2))
    x, y = (base64.b64encode(values.astype("<f4").tobytes()).decode() for values in places.T)
    shades = [to_hex(mpl.colormaps["viridis"](place)) for place in np.linspace(0, 1, 40)]
    colours = base64.b64encode(heaps.astype("u1").tobytes()).decode()
    return {"x": x, "y": y, "colours": colours, "palette": shades}


def run(
    browser: Browser, name: str, script: str, data: dict, path: Path
) -> tuple[float, float, bool]:
    """Return seconds to the first frame, frames a second, and whether eval was needed."""
    for needs_eval in (False, True):
        path.write_text(page(name, script, data, needs_eval=needs_eval), "utf-8")
        with opened(browser, path) as (tab, troubles):
            # A function to wait for would need eval.
            tab.wait_for_selector("html[data-measured]", state="attached", timeout=LONGEST)
            failed = tab.evaluate("window.failed")
            if failed is None and not troubles:
                first, rate = tab.evaluate("[window.first / 1000, window.rate]")
                return round(first, 2), round(rate, 1), needs_eval
            print(name, failed, troubles[:2], file=sys.stderr)
    return float("nan"), float("nan"), True


def page(name: str, script: str, data: dict, *, needs_eval: bool) -> str:
    policy = "script-src 'unsafe-inline'" + (" 'unsafe-eval'" if needs_eval else "")
    own, measure = ((HERE / part).read_text("utf-8") for part in (f"{name}.js", "measure.js"))
    return (
        f'<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        "<style>body {margin: 0} #map {position: absolute; inset: 0}</style>"
        f'<div id="map"></div><script id="data" type="application/json">{json.dumps(data)}'
        f"</script><script>{script}</script><script>{own}</script><script>{measure}</script>"
    )


def table(measured: dict, libraries: dict[str, str]) -> str:
    lines = [
        "| | script, MB | s to the first frame | frames a second | of 30,000 points"
        " | without `unsafe-eval` |",
        "|---|---|---|---|---|---|",
    ]
    for name, script in libraries.items():
        whole, thin = measured[name, 0], measured[name, N_THIN]
        first, rate = (statistics.median(row[k] for row in whole) for k in (0, 1))
        thinned = statistics.median(row[1] for row in thin)
        without = "no" if any(row[2] for row in whole + thin) else "yes"
        size = len(script.encode()) / 1e6
        lines.append(
            f"| {name} | {size:.1f} | {first:.1f} | {rate:.0f} | {thinned:.0f} | {without} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
