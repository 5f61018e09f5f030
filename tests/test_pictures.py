"""Stories of `beet mirplot`: figures, gallery and map, as a user gets them."""

import base64
import json
import os
import re
import signal
import sqlite3
from functools import partial
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import numpy as np
import pytest
from beets.library import Library
from matplotlib.figure import Figure

from beetsplug.mir import names
from beetsplug.mir.clusters import evaluation
from beetsplug.mir.library import storing
from beetsplug.mir.names import TAGS
from beetsplug.mir.plots import save
from beetsplug.mir.plots.catalogue import PLOTS
from beetsplug.mir.sound.network import weights
from beetsplug.mir.space import encodings
from beetsplug.mir.space.places import load
from tests.browser import opened
from tests.conftest import Beet, add_tracks

DRAWN = ["pca-2d", "genre-order", "explained-variance"]


def only(*names: str) -> list[str]:
    return [option for name in names for option in ("--only", name)]


def failed(beet: Beet, *args: str) -> str:
    code, _, err = beet.run("mirplot", *args)
    assert code == 1
    return err.strip()


def data(page: str) -> dict:
    """Return the data that the map embeds."""
    found = re.search('<script id="data" type="application/json">(.*?)</script>', page, re.S)
    return json.loads(found[1])


@pytest.mark.long
@pytest.mark.tensorflow
def test_every_figure_is_drawn_and_shown_in_the_gallery(made_up: Beet, monkeypatch):
    """Drawn from what another process computes meanwhile, networks and all."""
    monkeypatch.setattr(
        evaluation, "evaluate", partial(evaluation.evaluate, n_clusters=range(2, 4))
    )
    few = {"pca 3": ("pca", 3), "autoencoder 3": ("autoencoder", 3)}
    monkeypatch.setitem(encodings.SPACES, "classic", few)
    made_up.configure("mir: {epochs: 1, threads: 0}\n")

    told = all_are_shown(made_up)

    assert len(told) == 1  # of the figure of clusters, as mircluster does
    assert told[0].startswith("kmeans: ")


@pytest.mark.tensorflow
def test_every_figure_is_shown_in_the_gallery(made_up: Beet, monkeypatch):
    """Whatever they show: each is drawn in tests/test_plots.py."""
    for name, plot in PLOTS.items():
        monkeypatch.setitem(PLOTS, name, plot._replace(draw=lambda material: Figure()))

    assert all_are_shown(made_up) == []


def all_are_shown(made_up: Beet) -> list[str]:
    """Draw all figures and see that they are there; return what else is said."""
    made_up("mircluster", "-k", "5")

    out = made_up("mirplot", "-o", "pictures", "--format", "png", "id:..30")

    pictures = made_up.root / "pictures"
    assert {path.stem for path in pictures.glob("*.png")} == {*PLOTS, "overview"}
    told = [line for line in out.splitlines() if os.sep not in line]
    assert [os.path.basename(line) for line in out.splitlines() if line not in told] == [
        *(f"{name}.png" for name in PLOTS), "index.html",
    ]  # fmt: skip
    gallery = unescape((pictures / "index.html").read_text())
    for name, plot in PLOTS.items():
        assert f'src="{name}.png"' in gallery
        assert plot.how_to_read in gallery
    return told


def test_some_figures_and_the_list_of_all(made_up: Beet):
    assert [line.split()[0] for line in made_up("mirplot", "--list").splitlines()] == list(
        PLOTS
    )

    made_up("mirplot", "-o", "pictures", *only("pca-2d", "genre-order"))
    made_up("mirplot", "-o", "pictures", "--only", "pca-1d, loadings", "genres:Techno")

    found = {path.stem for path in (made_up.root / "pictures").glob("*.svg")}
    assert found == {"pca-1d", "pca-2d", "genre-order", "loadings"}
    gallery = (made_up.root / "pictures" / "index.html").read_text()
    assert gallery.count('<a class="plate"') == 4
    assert gallery.count('class="earlier"') == 2


def test_what_cannot_be_drawn_is_skipped_and_named(made_up: Beet, without_tensorflow):
    with sqlite3.connect(made_up.root / "library.db") as db:
        db.execute("UPDATE items SET genres = ''")
    db.close()
    code, _, err = made_up.run(
        "mirplot", "-o", "pictures",
        *only("pca-2d", "genre-order", "autoencoder-2d", "library-clusters", "kmeans-3d"),
    )  # fmt: skip

    assert code == 0
    assert "genre-order: skipped: no track has a genre" in err
    assert "autoencoder-2d: skipped: needs TensorFlow" in err
    assert "library-clusters: skipped: run `beet mircluster` first" in err
    drawn = {path.stem for path in (made_up.root / "pictures").glob("*.svg")}
    assert drawn == {"pca-2d", "kmeans-3d"}
    assert "no track has a genre" in (made_up.root / "pictures" / "index.html").read_text()


def test_the_map_is_one_file_of_the_matching_tracks(made_up: Beet):
    made_up("mircluster", "-k", "5")

    out = made_up("mirplot", "--map", "-o", "pictures", "genres:Techno")

    assert [path.name for path in (made_up.root / "pictures").iterdir()] == ["map.html"]
    assert out.splitlines()[-1].endswith("map.html")
    page = (made_up.root / "pictures" / "map.html").read_text()
    ids = made_up("ls", "-f", "$id", "genres:Techno").split()
    assert sorted(data(page)["ids"]) == sorted(map(int, ids))
    assert str(made_up.music) not in page
    assert not any(data(page)["links"]["names"])


def test_the_map_plays_files_only_if_asked_to(made_up: Beet):
    made_up("mirplot", "--map", "--map-links", "-o", "pictures", "title::^Title.1.[78]$")

    page = (made_up.root / "pictures" / "map.html").read_text()
    links = data(page)["links"]
    assert links["folders"]["names"] == ["../music/"]
    assert sorted(map(unquote, links["names"])) == ["1 7.wav", "1 8.wav"]


def shown(beet: Beet, *args: str) -> dict:
    """Make a map; return its data."""
    beet("mirplot", "--map", "-o", "pictures", *args)
    return data((beet.root / "pictures" / "map.html").read_text())


def numbers(text: str, dtype: str, width: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype).reshape(-1, width)


def test_the_map_in_2d_is_the_plane_that_is_kept_or_principal_components(made_up: Beet):
    by_default = shown(made_up)
    kept = load(made_up.root / "library.db.mir-plane.npz")
    places = numbers(by_default["plane"], "<f4", 2)
    np.testing.assert_allclose(places, kept.plane, rtol=1e-6)
    assert "directions mean nothing" in by_default["about"]

    asked = shown(made_up, "--plane", "pca")
    assert asked["plane"] is None
    assert asked["about"] == "Placed by the sixteen features (pca, 8 dimensions)."
    assert asked["axes"][0].startswith("component 1 (")

    made_up.configure("mir: {map_plane: pca}\n")
    assert shown(made_up)["plane"] is None
    assert shown(made_up, "--plane", "neighbours")["plane"]


def hear(beet: Beet, ids: range) -> np.ndarray:
    """Store made-up values of the network and tags with items; return the values."""
    values = np.random.default_rng(5).normal(size=(len(ids), 200)).astype("<f2")
    lib = Library(str(beet.root / "library.db"), str(beet.root / "music"))
    with lib.transaction():
        for id_, row in zip(ids, values.tolist(), strict=True):
            tags = TAGS[id_ % 3 : id_ % 3 + 2]
            version = names.version(60, names.NETWORK_VERSION)
            storing.store_heard(lib.get_item(id_), row, tags, version, "print")
    lib._close()
    return values.astype(np.float64)


@pytest.fixture
def network(monkeypatch) -> None:
    """A network whose first fifty values are the tags' logits."""
    made = SimpleNamespace(tags=lambda values: values[:, : len(TAGS)])
    monkeypatch.setattr(weights, "load", lambda path: made)


def test_the_map_tells_what_the_network_says_and_is_by_its_values(made_up: Beet, network):
    values = hear(made_up, range(1, 201))

    found = shown(made_up)

    assert found["ids"] == [*range(1, 201)]
    assert found["about"].startswith("Placed by what a trained network hears (pca, 16 dim")
    told = [[found["tags"]["names"][k] for k in of] for of in found["tags"]["of"][:2]]
    assert told == [[*TAGS[1:3]], [*TAGS[2:4]]]
    scores = numbers(found["scores"]["values"], "u1", 50) / 255
    columns = [TAGS.index(name) for name in found["scores"]["names"]]
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(-values[:, columns])), atol=0.003)
    assert load(made_up.root / "library.db.mir-plane.npz").space == "network pca 16"


def test_what_the_network_has_not_heard_has_no_tags(made_up: Beet, network):
    values = hear(made_up, range(101, 201))

    found = shown(made_up)

    scores = numbers(found["scores"]["values"], "u1", 50) / 255
    columns = [TAGS.index(name) for name in found["scores"]["names"]]
    assert not scores[:100].any()
    np.testing.assert_allclose(scores[100:], 1 / (1 + np.exp(-values[:, columns])), atol=0.003)
    assert found["about"].startswith("Placed by the sixteen features")
    assert found["tags"]["of"][0] == []


def test_without_the_network_the_map_has_no_scores(made_up: Beet, monkeypatch):
    def none(path):
        raise weights.WeightsError("no weights at all")

    monkeypatch.setattr(weights, "load", none)
    assert "weights" not in made_up.run("mirplot", "--map", "-o", "pictures")[2]
    hear(made_up, range(1, 201))

    made_up("mirplot", "--map", "-o", "pictures")

    found = data((made_up.root / "pictures" / "map.html").read_text())
    assert found["scores"]["names"] == []
    assert found["plane"]


def test_figures_and_map_are_of_the_clusters_that_the_options_ask_for(
    made_up: Beet, without_tensorflow
):
    options = ["-e", "scaled", "-m", "agglomerative", "-k", "7", "-F", "classic"]
    out = made_up("mirplot", "-o", "pictures", *only("clusters", "kmeans-3d"), *options)
    assert out.splitlines()[1] == "agglomerative: 7 clusters"
    svg = (made_up.root / "pictures" / "clusters.svg").read_text()
    assert "7 clusters by agglomerative, of 16-D scaled features" in svg

    about = shown(made_up, "-e", "none")["about"]
    assert "(none, 16 dimensions)" in about


def test_options_of_clusters_are_refused_as_by_mircluster(made_up: Beet):
    assert "--method: plays no part in pca-2d" in failed(
        made_up, *only("pca-2d"), "-m", "kmeans"
    )
    assert "--clusters: plays no part in the map" in failed(made_up, "--map", "-k", "5")
    assert "--epochs" in failed(made_up, *only("dendrogram"), "-k", "5", "--epochs", "9")
    for wrong in (["-d", "17", "-F", "classic"], ["-k", "1"], ["-k", "900"], ["-b", "2"]):
        of_clusters = made_up.run("mircluster", *wrong)
        assert of_clusters[0] == 1
        assert failed(made_up, *wrong, *only("clusters")) == of_clusters[2].strip()


def test_a_number_of_clusters_can_be_chosen(made_up: Beet):
    options = ["-k", "auto", "-e", "pca", "-d", "2", "id:..25"]
    chosen = made_up("mircluster", "-p", *options)
    out = made_up("mirplot", "-o", "pictures", *only("dendrogram"), *options)

    said = [line for line in chosen.splitlines() if " clusters: stability" in line]
    assert said[0] in out.splitlines()


def test_without_tensorflow_what_needs_it_is_refused(made_up: Beet, without_tensorflow):
    assert "the autoencoder needs TensorFlow" in failed(made_up, "-e", "autoencoder")


def test_an_interrupt_keeps_what_was_drawn_and_shows_it(made_up: Beet, monkeypatch):
    def interrupted(material):
        raise KeyboardInterrupt

    monkeypatch.setitem(PLOTS, "pca-2d", PLOTS["pca-2d"]._replace(draw=interrupted))

    _, out, err = made_up.run(
        "mirplot", "-o", "pictures", *only("pca-1d", "pca-2d", "loadings")
    )

    assert "interrupted at pca-2d: 2 of 3 figures are done" in err
    drawn = {path.name for path in (made_up.root / "pictures").glob("*.svg")}
    assert drawn == {"loadings.svg", "pca-1d.svg"}
    assert 'src="pca-1d.svg"' in (made_up.root / "pictures" / "index.html").read_text()
    assert [os.path.basename(line) for line in out.splitlines()][-1] == "index.html"


def test_a_figure_that_is_there_when_a_signal_comes_is_on_the_page(made_up: Beet, monkeypatch):
    def stopped(figure, path):
        saved(figure, path)
        signal.raise_signal(signal.SIGTERM)

    saved = save.save
    monkeypatch.setattr(save, "save", stopped)
    _, _, err = made_up.run("mirplot", "-o", "pictures", *only("pca-1d", "loadings"))

    assert "interrupted at loadings: 1 of 2 figures are done" in err
    assert 'src="loadings.svg"' in (made_up.root / "pictures" / "index.html").read_text()


def test_wrong_usage(made_up: Beet):
    err = failed(made_up, "--only", "pca-4d")
    assert "no figure is named pca-4d" in err
    assert all(name in err for name in PLOTS)
    (made_up.root / "file").write_text("")
    assert "cannot write pictures" in failed(made_up, "-o", "file", *only("genre-order"))
    assert "cannot write pictures" in failed(made_up, "-o", "file", "--map")
    assert "needs two tracks" in failed(made_up, "title::^Title.1.7$")
    assert failed(made_up, "artist:nobody-at-all") == "error: no tracks match"


@pytest.mark.parametrize(("n_tracks", "figures"), [(2, []), (3, only("clusters", "metrics"))])
def test_very_small_libraries(beet: Beet, without_tensorflow, n_tracks, figures):
    beet("ls")
    add_tracks(beet.root, n_tracks, seed=1)
    beet("mircluster")

    beet("mirplot", "-o", "pictures", *figures)
    beet("mirplot", "-o", "pictures", "--map")

    found = len(list((beet.root / "pictures").glob("*.svg")))
    assert found == len(figures) / 2 if figures else found > 15


@pytest.fixture(scope="session")  # a module is left for another from browser to browser
def pictures(_two_hundred_tracks: Beet, tmp_path_factory) -> Path:
    """The pictures of a library with markup in the name of a genre."""
    beet = _two_hundred_tracks.copy(tmp_path_factory.mktemp("shown") / "beets")
    with sqlite3.connect(beet.root / "library.db") as db:
        db.execute("UPDATE items SET genres = '<script>alert(1)</script>' WHERE id < 50")
    db.close()
    beet("mirplot", "-o", "pictures", "--map", "--plane", "pca", *only(*DRAWN))
    return beet.root / "pictures"


def test_the_gallery_shows_every_picture_in_a_browser(browser, pictures: Path):
    """A genre with markup in its name is text there, too."""
    with opened(browser, pictures / "index.html") as (page, troubles):
        for name in DRAWN:
            page.locator(f"#{name}").scroll_into_view_if_needed()
        page.evaluate("Promise.all([...document.images].map(image => image.decode()))")
        assert page.locator("figure img").count() == len(DRAWN)
        assert page.locator(".absent li").count() == len(PLOTS) - len(DRAWN)
        page.get_by_role("link", name="The map, to explore").click()
        page.wait_for_selector("html[data-ready=yes]")

    shown = [*pictures.glob("*.svg"), pictures / "overview.png", pictures / "map.html"]
    own = ("request: " + path.as_uri() for path in shown)
    assert set(troubles) <= set(own)
    for path in pictures.glob("*.svg"):
        assert "<script" not in path.read_text()
