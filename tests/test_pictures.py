"""Stories of `beet mirplot`: figures, gallery and map, as a user gets them."""

import json
import os
import re
import sqlite3
from functools import partial
from html import unescape
from urllib.parse import unquote

import pytest

from beetsplug.mir.clusters import evaluation
from beetsplug.mir.plots.catalogue import PLOTS
from tests.browser import opened
from tests.conftest import Beet, add_tracks


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


@pytest.mark.tensorflow
def test_every_figure_is_drawn_and_shown_in_the_gallery(made_up: Beet, monkeypatch):
    monkeypatch.setattr(
        evaluation, "evaluate", partial(evaluation.evaluate, n_clusters=range(2, 6))
    )
    made_up.configure("mir: {epochs: 100}\n")
    made_up("mircluster", "-k", "5")

    out = made_up("mirplot", "-o", "pictures", "--format", "png")

    pictures = made_up.root / "pictures"
    assert {path.stem for path in pictures.glob("*.png")} == set(PLOTS)
    assert [os.path.basename(line) for line in out.splitlines()] == [
        *(f"{name}.png" for name in PLOTS), "index.html",
    ]  # fmt: skip
    gallery = unescape((pictures / "index.html").read_text())
    for name, plot in PLOTS.items():
        assert f'src="{name}.png"' in gallery
        assert plot.how_to_read in gallery


def test_some_figures_and_the_list_of_all(made_up: Beet):
    assert [line.split()[0] for line in made_up("mirplot", "--list").splitlines()] == list(
        PLOTS
    )

    made_up("mirplot", "-o", "pictures", *only("pca-2d", "genre-order"))
    made_up("mirplot", "-o", "pictures", "--only", "pca-1d, loadings", "genres:Techno")

    found = {path.stem for path in (made_up.root / "pictures").glob("*.svg")}
    assert found == {"pca-1d", "pca-2d", "genre-order", "loadings"}
    gallery = (made_up.root / "pictures" / "index.html").read_text()
    assert gallery.count("<img") == 4


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


def test_wrong_usage(made_up: Beet):
    err = failed(made_up, "--only", "pca-4d")
    assert "no figure is named pca-4d" in err
    assert all(name in err for name in PLOTS)
    (made_up.root / "file").write_text("")
    assert "cannot write pictures" in failed(made_up, "-o", "file", *only("genre-order"))
    assert "cannot write pictures" in failed(made_up, "-o", "file", "--map")
    assert "needs two tracks" in failed(made_up, "title::^Title.1.7$")
    assert failed(made_up, "artist:nobody-at-all") == "error: no tracks match"


@pytest.mark.parametrize("n_tracks", [2, 3])
def test_very_small_libraries(beet: Beet, n_tracks):
    beet.configure("mir: {epochs: 20}\n")
    beet("ls")
    add_tracks(beet.root, n_tracks, seed=1)
    beet("mircluster")

    beet("mirplot", "-o", "pictures")
    beet("mirplot", "-o", "pictures", "--map")

    assert len(list((beet.root / "pictures").glob("*.svg"))) > 15


def test_the_gallery_shows_every_picture_in_a_browser(browser, made_up: Beet):
    """A genre with markup in its name is text there, too."""
    with sqlite3.connect(made_up.root / "library.db") as db:
        db.execute("UPDATE items SET genres = '<script>alert(1)</script>' WHERE id < 50")
    db.close()
    drawn = ["pca-2d", "genre-order", "explained-variance"]
    made_up("mirplot", "-o", "pictures", "--map", *only(*drawn))
    pictures = made_up.root / "pictures"

    with opened(browser, pictures / "index.html") as (page, troubles):
        for name in drawn:
            page.locator(f"#{name}").scroll_into_view_if_needed()
        page.wait_for_function("[...document.images].every(image => image.naturalWidth > 300)")
        assert page.locator("img").count() == len(drawn)
        assert page.locator("figure.absent").count() == len(PLOTS) - len(drawn)
        page.get_by_role("link", name="The map, to explore").click()
        page.wait_for_selector("html[data-ready=yes]")

    own = (
        "request: " + path.as_uri() for path in (*pictures.glob("*.svg"), pictures / "map.html")
    )
    assert set(troubles) <= set(own)
    for path in pictures.glob("*.svg"):
        assert "<script" not in path.read_text()
