"""Genres look the same in all that a library shows, on any day."""

from __future__ import annotations

import json
import os
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from beets import logging
from hypothesis import given, settings
from hypothesis import strategies as st

from beetsplug.mir.commands.plot import colours
from beetsplug.mir.library.items import Analysed
from beetsplug.mir.plots.palette import MARKERS, Look, genre_styles
from beetsplug.mir.settings import Study
from tests.conftest import Beet, add_tracks, let_hear
from tests.map.libraries import data_of

if TYPE_CHECKING:
    from pathlib import Path

LOG = logging.getLogger("beets.mir")
SOME = {"version": "beets-mir colours 1", "genres": {"Rock": [0.25, "o"], "Jazz": [0.75, "v"]}}


def kept(beet: Beet) -> Path:
    return beet.root / "library.db.mir-colours.json"


def looks(beet: Beet) -> dict[str, Look]:
    found = json.loads(kept(beet).read_text())["genres"]
    return {name: Look(*look) for name, look in found.items()}


def drawn(beet: Beet, *query: str) -> dict[str, str]:
    """Draw the order of the genres; return the colour that each of them has there."""
    beet("mirplot", "--only", "genre-order", "-o", "pictures", *query)
    svg = (beet.root / "pictures" / "genre-order.svg").read_text()
    names = re.findall(r"<!-- \d+  (.+?) \(\d+\) -->", svg)
    points = re.findall(r'<use [^>]*style="fill: (#\w{6})', svg)
    return dict(zip(names, points, strict=True))


def mapped(beet: Beet, *query: str) -> dict[str, tuple[str, str]]:
    """Make a map; return the colour and the marker that it has for each genre."""
    beet("mirplot", "--map", "--plane", "pca", "-o", "pictures", *query)
    genres = data_of((beet.root / "pictures" / "map.html").read_text())["genres"]
    return {
        name: (colour, MARKERS[symbol])
        for name, colour, symbol in zip(
            genres["names"], genres["colours"], genres["symbols"], strict=True
        )
        if name
    }


def test_figures_and_map_show_a_genre_alike_and_a_new_one_comes_between(made_up: Beet):
    first = drawn(made_up)
    shown = mapped(made_up)
    assert {name: colour for name, (colour, _) in shown.items()} == first
    assert shown == {name: tuple(style) for name, style in genre_styles(looks(made_up)).items()}

    add_tracks(made_up.root, 60, seed=7)
    made_up("modify", "-y", "title::^Title.7.", "genres=New")
    again = drawn(made_up)

    assert {name: again[name] for name in first} == first
    assert again.keys() - first.keys() == {"New"}
    assert mapped(made_up)["New"][0] == again["New"]


def test_a_part_of_the_library_has_the_colours_of_the_whole(made_up: Beet):
    part = drawn(made_up, "genres:Techno", ",", "genres:Jazz")  # nothing was drawn before

    assert len(part) == 2
    assert looks(made_up).keys() > part.keys()
    whole = drawn(made_up)
    assert {name: whole[name] for name in part} == part
    kept(made_up).unlink()
    assert drawn(made_up) == whole


def test_a_genre_that_was_gone_comes_back_as_it_was(made_up: Beet):
    first = drawn(made_up)
    made_up("modify", "-y", "genres:Techno", "genres=Other")
    without = drawn(made_up)
    made_up("modify", "-y", "genres:Other", "genres=Techno")

    assert "Techno" not in without
    assert drawn(made_up) == first
    assert {*looks(made_up)} == {*first, "Other"}


def test_names_that_are_no_text_keep_their_places(lib, tmp_path):
    hostile = {
        "\udcff": Look(0.5, "o"),
        "<b>\n\x00": Look(0.2, "v"),
        "x" * 10_000: Look(0.9, "D"),
    }

    colours._keep(tmp_path / "a.json", hostile, LOG)

    assert colours._known(tmp_path / "a.json", LOG) == hostile


DAMAGED = [
    b"", b"\xff\x00 no text", b"{", b"null", b"[]", b"3", b"[" * 100_000, b'"text"',
    *(
        json.dumps({**SOME, **changed}).encode()
        for changed in (
            {"version": "beets-mir colours 0"},
            {"version": None},
            {"genres": None},
            {"genres": [["Rock", 0.5, "o"]]},
            {"genres": {"Rock": 0.5}},
            {"genres": {"Rock": [0.5]}},
            {"genres": {"Rock": [0.5, "o", 1]}},
            {"genres": {"Rock": ["dark", "o"]}},
            {"genres": {"Rock": [None, "o"]}},
            {"genres": {"Rock": [1.5, "o"]}},
            {"genres": {"Rock": [float("nan"), "o"]}},
            {"genres": {"Rock": [10**400, "o"]}},
            {"genres": {"Rock": [0.5, "x"]}},
            {"genres": {"Rock": [0.5, ["o"]]}},
            {"genres": {"Rock": [0.5, ""]}},
            {"genres": {"Rock": [0.5, "o"], "Jazz": [0.5, "v"]}},
        )
    ),
]  # fmt: skip


class Said(list):
    """A log that keeps its warnings."""

    def warning(self, text: str, *values: object) -> None:
        self.append(text.format(*values))


@pytest.mark.parametrize("data", DAMAGED, ids=range(len(DAMAGED)))
def test_a_file_of_anything_else_is_told(tmp_path, data):
    (tmp_path / "a.json").write_bytes(data)
    said = Said()

    assert colours._known(tmp_path / "a.json", said) == {}
    (line,) = said
    assert "a.json: cannot be read as colours" in line


def test_damaged_colours_cost_a_line_and_are_made_anew(made_up: Beet):
    first = drawn(made_up)
    kept(made_up).write_bytes(kept(made_up).read_bytes()[:-30])

    code, _, err = made_up.run("mirplot", "--only", "genre-order", "-o", "pictures")

    assert code == 0
    (line,) = err.splitlines()
    assert line.endswith("they are made anew")
    assert drawn(made_up) == first


@settings(max_examples=200, deadline=None)
@given(st.binary())
def test_any_bytes_are_read_as_colours_or_as_none(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("colours") / "a.json"
    path.write_bytes(data)

    assert colours._known(path, LOG) == {}


def test_a_file_that_is_right_is_read_without_a_word(tmp_path):
    path, said = tmp_path / "a.json", Said()
    path.write_text(json.dumps(SOME))

    assert colours._known(path, said) == {"Rock": Look(0.25, "o"), "Jazz": Look(0.75, "v")}
    assert colours._known(tmp_path / "none.json", said) == {}
    assert not said


def test_a_folder_that_takes_no_colours_costs_a_line(made_up: Beet, monkeypatch):
    real = os.replace

    def full(new, path) -> None:
        if str(path).endswith("mir-colours.json"):
            raise OSError(28, "No space left on device")
        real(new, path)

    monkeypatch.setattr(os, "replace", full)
    code, _, err = made_up.run("mirplot", "--only", "genre-order", "-o", "pictures")

    assert code == 0
    (line,) = err.splitlines()
    assert line.endswith("cannot keep the colours there (No space left on device)")
    assert (made_up.root / "pictures" / "genre-order.svg").exists()
    assert not kept(made_up).exists()


def test_what_is_known_costs_neither_a_look_at_others_nor_a_new_file(
    made_up: Beet, monkeypatch
):
    drawn(made_up)
    before = kept(made_up).stat().st_mtime_ns
    monkeypatch.setattr(colours, "_with_all_others", None)

    drawn(made_up, "genres:Techno")

    assert kept(made_up).stat().st_mtime_ns == before


def test_genres_that_the_network_has_not_heard_have_no_place_in_its_space(made_up: Beet):
    let_hear(made_up, 100)
    made_up("modify", "-y", "id:150", "genres=Unheard")

    part = drawn(made_up, "-F", "network", "genres:Techno")

    assert part.keys() == {"Techno"}
    assert len(looks(made_up)) == 5
    assert drawn(made_up, "-F", "classic").keys() == looks(made_up).keys() > {"Unheard"}


def test_a_library_in_memory_has_colours_and_keeps_none(lib, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = Study("classic", "pca", 3, "kmeans", 2, 1, 0.0, 0)
    random = np.random.default_rng(0)
    tracks = [SimpleNamespace(id=i, genre=f"g{i % 3}") for i in range(9)]
    found = Analysed(tracks, random.normal(size=(9, 16)), np.zeros((9, 200), np.float32))

    assert colours.looks(lib, found, study, LOG, whole=True).keys() == {"g0", "g1", "g2"}
    assert list(tmp_path.iterdir()) == []
