"""The plane of a library: kept beside it, and gone on from."""

from __future__ import annotations

import io
import os
import sqlite3
from typing import TYPE_CHECKING

import numpy as np
import pytest
from beets import logging

from beetsplug.mir import settings
from beetsplug.mir.commands.plot import mapping, placing
from beetsplug.mir.space.places import Places, PlacesError, load, pack, prints_of
from tests.conftest import Beet, add_tracks

if TYPE_CHECKING:
    from pathlib import Path

LOG = logging.getLogger("beets.mir")
SOME = Places("classic pca 8", np.array([3, 1, 7]), np.array([[0.5, 1], [2, 3], [4, -5]]))


def arrays(**changed) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(pack(SOME))) as file:
        return {**file, **{name: np.array(value) for name, value in changed.items()}}


def zipped(values: dict[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **values)
    return file.getvalue()


def npy(value: object) -> bytes:
    file = io.BytesIO()
    np.save(file, np.array(value))
    return file.getvalue()


def test_places_come_back(tmp_path):
    (tmp_path / "plane.npz").write_bytes(pack(SOME))

    found = load(tmp_path / "plane.npz")

    assert found.space == SOME.space
    np.testing.assert_array_equal(found.prints, SOME.prints)
    np.testing.assert_array_equal(found.plane, SOME.plane)


def test_each_track_has_its_own_place_or_none():
    none = [np.nan, np.nan]

    np.testing.assert_array_equal(SOME.of(np.array([7, 2, 3])), [[4, -5], none, [0.5, 1]])


def test_a_track_is_known_by_its_values_and_not_by_its_number():
    X = np.random.default_rng(0).normal(size=(5, 16))
    kept = Places("classic pca 8", prints_of(X), np.arange(10.0).reshape(5, 2))

    np.testing.assert_array_equal(kept.of(prints_of(X[::-1])), kept.plane[::-1])
    assert np.isnan(kept.of(prints_of(X + 1))).all()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no places",
        pack(SOME)[:-30],
        npy([1, 2]),
        npy(None),
        zipped({}),
        zipped(arrays(version="beets-mir plane 1")),
        zipped(arrays(plane=np.zeros((2, 2)))),
        zipped(arrays(plane=np.zeros((3, 3)))),
        zipped(arrays(plane=np.full((3, 2), np.nan))),
        zipped(arrays(plane=[["a", "b"]] * 3)),
        zipped(arrays(prints=["a", "b", "c"])),
        zipped(arrays(prints=3)),
        zipped(arrays(prints=[[3], [1], [7]])),
    ],
)
def test_a_file_of_anything_else_is_told(tmp_path, data):
    (tmp_path / "plane.npz").write_bytes(data)

    with pytest.raises(PlacesError, match=r"plane\.npz: cannot be read as places"):
        load(tmp_path / "plane.npz")


def test_a_library_in_memory_has_a_plane_and_keeps_none(lib, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = settings.Study("classic", "pca", 3, "kmeans", 2, 1, 0.0, 0)
    Z = np.random.default_rng(0).normal(size=(20, 3))

    plane = placing.plane(lib, Z, Z, study, LOG, keep=True)
    again = placing.plane(lib, Z, Z, study, LOG, keep=True)
    other = placing.plane(lib, Z, Z, study._replace(random_state=1), LOG, keep=True)

    assert plane.shape == (20, 2)
    assert (plane == again).all()
    assert (plane != other).any()
    assert list(tmp_path.iterdir()) == []


# --- stories ----------------------------------------------------------------------------


def kept(beet: Beet) -> Path:
    return beet.root / "library.db.mir-plane.npz"


def mapped(beet: Beet, *args: str) -> Places:
    """Make a map; return the places that are kept after it."""
    beet("mirplot", "--map", "-o", "pictures", *args)
    return load(kept(beet))


def mirrored(beet: Beet) -> Places:
    """Turn the kept places round, as no plane that is made anew would be."""
    before = load(kept(beet))
    turned = before._replace(plane=before.plane * [-1, 1])
    kept(beet).write_bytes(pack(turned))
    return turned


def agreement(before: Places, after: Places) -> float:
    """Return how the old tracks' places across go together, from -1 to 1."""
    here = after.of(before.prints)
    return float(np.corrcoef(before.plane[:, 0], here[:, 0])[0, 1])


def test_of_too_many_tracks_the_map_shows_some_and_says_so(made_up: Beet, monkeypatch):
    monkeypatch.setattr(mapping, "MOST_SHOWN", 50)

    out = made_up("mirplot", "--map", "-o", "pictures")
    places = load(kept(made_up))

    assert "50 of 200 tracks are shown, drawn by lot" in out
    assert len(places.prints) == 50
    assert "50 of 200 tracks, drawn by lot." in (made_up.root / "pictures/map.html").read_text()
    made_up("rm", "-f", "id:1..20")
    still = np.isin(places.prints, mapped(made_up).prints)
    assert still.sum() >= 50 - 20


def test_a_library_with_some_more_tracks_looks_like_itself(made_up: Beet):
    mapped(made_up)
    before = mirrored(made_up)
    add_tracks(made_up.root, 10, seed=2)

    after = mapped(made_up)

    assert len(after.prints) == 210
    assert agreement(before, after) > 0.95


def test_a_plane_of_other_coordinates_is_made_anew(made_up: Beet):
    first = mapped(made_up)
    turned = mirrored(made_up)
    kept(made_up).write_bytes(pack(turned._replace(space="network pca 16")))

    again = mapped(made_up)

    assert again.space == first.space == "classic pca 8"
    np.testing.assert_array_equal(again.plane, first.plane)


def test_a_map_of_some_tracks_leaves_the_places_of_all(made_up: Beet):
    mapped(made_up)
    before = mirrored(made_up)

    after = mapped(made_up, "genres:Techno")

    np.testing.assert_array_equal(after.plane, before.plane)


def test_a_damaged_plane_costs_a_line_and_is_made_anew(made_up: Beet):
    first = mapped(made_up)
    kept(made_up).write_bytes(pack(first)[:-30])

    code, _, err = made_up.run("mirplot", "--map", "-o", "pictures")

    assert code == 0
    (line,) = err.splitlines()
    assert "cannot be read as places" in line
    assert line.endswith("the plane is made anew")
    np.testing.assert_array_equal(load(kept(made_up)).plane, first.plane)


def test_a_folder_that_takes_no_plane_costs_a_line(made_up: Beet, monkeypatch):
    real = os.replace

    def full(new, path) -> None:
        if str(path).endswith(".npz"):
            raise OSError(28, "No space left on device")
        real(new, path)

    monkeypatch.setattr(os, "replace", full)
    code, _, err = made_up.run("mirplot", "--map", "-o", "pictures")

    assert code == 0
    (line,) = err.splitlines()
    assert line.endswith("cannot keep the plane there (No space left on device)")
    assert (made_up.root / "pictures" / "map.html").exists()
    assert not kept(made_up).exists()


def test_a_track_that_is_gone_leaves_the_others_where_they_were(made_up: Beet):
    mapped(made_up)
    before = mirrored(made_up)
    with sqlite3.connect(made_up.root / "library.db") as db:
        db.execute("DELETE FROM items WHERE id <= 10")
    db.close()

    after = mapped(made_up)

    assert len(after.prints) == 190
    left = before._replace(prints=before.prints[10:], plane=before.plane[10:])
    assert agreement(left, after) > 0.95
