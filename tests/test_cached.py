"""`--cached`: values of whatever version, as they are."""

import numpy as np
import pytest
from beets.library import Library

from beetsplug.mir import names
from beetsplug.mir.library import items
from tests.beet import Beet
from tests.conftest import let_hear

OLD = "values are used of 40 of 200 tracks (40 by 1-60)"


@pytest.fixture
def aged(made_up: Beet) -> Beet:
    """Forty of two hundred tracks have values of another version."""
    return age(made_up, "mir_version", "1-60", "id:..40")


def age(beet: Beet, field: str, version: str, query: str) -> Beet:
    beet("modify", "-y", query, f"{field}={version}")
    return beet


def clustered(beet: Beet) -> int:
    return len(beet("ls", "mircluster:1..").splitlines())


def versions(beet: Beet) -> set[str]:
    return set(beet("ls", "-f", "$mir_version $mir_network_version").splitlines())


def test_old_values_are_used_and_told_in_one_quiet_line(aged: Beet):
    _, _, err = aged.run("mircluster", "-k", "5")
    assert "40 matching tracks are not analysed and left out" in err
    assert clustered(aged) == 160
    before = versions(aged)

    code, _, err = aged.run("mircluster", "-k", "5", "--cached")

    assert code == 0
    assert err == f"mir: old {OLD}\n"
    assert clustered(aged) == 200
    assert versions(aged) == before  # they stay what they are


def test_as_a_setting_it_is_for_all_runs(aged: Beet):
    aged.configure(f"mir: {{playlist_dir: {aged.playlists}, cached: yes}}\n")

    assert OLD in aged.run("mircluster", "-k", "5")[2]
    assert OLD in aged.run("mircluster", "--line", "-p")[2]
    assert OLD in aged.run("mircluster", "--evaluate", "--neighbours")[2]


def test_a_mixture_of_todays_is_no_warning_either(made_up: Beet):
    age(made_up, "mir_version", names.version(0), "id:..40")
    assert "not all tracks were analysed alike" in made_up.run("mircluster", "-p")[2]

    _, _, err = made_up.run("mircluster", "-p", "--cached")

    assert err == "mir: values as they are: 160 by 2-60, 40 by 2-whole\n"


def test_where_all_is_of_today_nothing_is_said(made_up: Beet):
    assert made_up.run("mircluster", "-p", "--cached")[2] == ""


def test_the_model_knows_its_versions_and_assign_tells_of_another(aged: Beet):
    age(aged, "mir_version", "1-60", "id:..160")
    aged("mircluster", "-k", "4", "--cached", "id:..160", "-y")

    _, out, err = aged.run("mircluster", "--assign")

    assert "the model is of tracks analysed by 1-60, these are by 2-60" in err
    assert "40 tracks placed" in out
    assert clustered(aged) == 200


def test_assign_takes_old_ones_when_asked(aged: Beet):
    aged("mircluster", "-k", "4")
    assert "all matching tracks that are analysed have a cluster" in aged(
        "mircluster", "--assign"
    )

    _, out, err = aged.run("mircluster", "--assign", "--cached")

    assert "40 tracks placed" in out
    assert "old values are used of 40 of 40 tracks (40 by 1-60)" in err


def test_what_another_network_heard_is_not_mixed(made_up: Beet):
    let_hear(made_up, 200)
    age(made_up, "mir_network_version", "0-60", "id:..15")

    _, out, err = made_up.run("mircluster", "-k", "5", "-p", "--cached")

    assert "what the network heard in 15 tracks is of another version and not used" in err
    assert err.count("another version") == 1
    assert "185 tracks, network features" in out


def test_where_most_is_of_an_old_network_that_is_used(made_up: Beet):
    let_hear(made_up, 200)
    age(made_up, "mir_network_version", "0-60", "id:..190")

    _, out, err = made_up.run("mircluster", "-k", "5", "-p", "--cached")

    assert "190 tracks, network features" in out
    assert "old values are used of 190 of 190 tracks (190 by 0-60)" in err


def test_of_two_networks_todays_wins_a_draw(made_up: Beet):
    let_hear(made_up, 4)
    age(made_up, "mir_network_version", "0-60", "id:..2")
    lib = Library(str(made_up.root / "library.db"), str(made_up.music))

    found = items.read_tracks(lib, [1, 2, 3, 4], cached=True)

    lib._close()
    assert found.has_network.tolist() == [False, False, True, True]


def test_values_of_another_shape_are_left_out_and_told_once(aged: Beet):
    aged("modify", "-y", "id:1", "mir_vector=AAAA")

    _, _, err = aged.run("mircluster", "-k", "5", "--cached", "-p")

    assert err == (
        "mir: 1 matching tracks have no values that can be used, and are left out\n"
        "mir: old values are used of 39 of 199 tracks (39 by 1-60)\n"
    )


def test_figures_and_the_map_are_drawn_of_them(aged: Beet):
    age(aged, "mir_version", "1-60", "id:..")

    code, _, err = aged.run("mirplot", "--only", "pca-1d")
    assert (code, "none of the matching tracks is analysed" in err) == (1, True)

    out_dir = str(aged.root / "plots")
    code, out, err = aged.run("mirplot", "--cached", "--only", "pca-1d", "--map", "-o", out_dir)

    assert code == 0
    assert err == "mir: old values are used of 200 of 200 tracks (200 by 1-60)\n"
    assert "map.html" in out


def test_neighbours_on_the_map_are_those_among_its_tracks(made_up: Beet):
    from beetsplug.mir.commands.plot import mapping
    from beetsplug.mir.space.encodings import fit

    lib = Library(str(made_up.root / "library.db"), str(made_up.music))
    found = items.read_tracks(lib)
    encoded = fit(found.X, found.genres, "pca", 8)
    log = __import__("beets.logging", fromlist=["getLogger"]).getLogger("test")
    usual = mapping._neighbours(lib, [track.id for track in found.tracks], "classic", log)

    among = mapping._neighbours_among(found, encoded.encoder, found.X, encoded.Z, log)

    lib._close()
    assert np.mean(usual[0] == among[0]) > 0.99


def test_it_plays_no_part_where_no_values_are_read(aged: Beet):
    code, _, err = aged.run("mircluster", "--snapshot", "x", "--cached")

    assert (code, "--cached: plays no part in --snapshot" in err) == (1, True)
