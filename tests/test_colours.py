"""Colours of groups: of genres by their sound, of clusters by their numbers."""

from __future__ import annotations

import itertools

import matplotlib as mpl
import numpy as np
import pytest
from colorspacious import cspace_convert
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from beetsplug.mir.plots.groups import by_look, by_number
from beetsplug.mir.plots.looks import looks
from beetsplug.mir.plots.palette import (
    CLUSTER_COLOURS,
    MARKERS,
    NO_GROUP,
    Look,
    cluster_styles,
    genre_styles,
)
from tests.map.libraries import spread

# --- genres -----------------------------------------------------------------------------

NAMES = st.text(min_size=1, max_size=4)
WHERE = st.tuples(*[st.floats(-9, 9, allow_nan=False, width=16)] * 3)
GENRES = st.dictionaries(NAMES, WHERE, min_size=1, max_size=12)


def looks_of(centres, known=None):
    """Return the looks of genres of one track each, at these coordinates."""
    Z = np.array(list(centres.values()), dtype=float).reshape(len(centres), -1)
    return looks(Z, list(centres), Z[:, 0], known)


def in_order(found):
    return sorted(found, key=lambda name: found[name].place)


@settings(max_examples=60, deadline=None)
@given(GENRES, st.lists(GENRES, max_size=3))
def test_what_is_known_never_moves_and_no_two_are_at_one_place(first, later):
    """Libraries lose genres and get others, run by run."""
    found = spread(first)
    for centres in later:
        stays = next(iter(found))  # else all would begin anew
        centres = {stays: first.get(stays, (0, 0, 0)), **centres}
        before, found = found, looks_of(centres, found)
        assert {name: found[name] for name in before} == before
        assert found == looks_of(centres, before)  # the same again
        assert found.keys() >= centres.keys()
        places = [look.place for look in found.values()]
        assert len(set(places)) == len(places)
        assert all(0 < place < 1 for place in places)
        assert {look.marker for look in found.values()} <= {*MARKERS}


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, WHERE, min_size=2, max_size=8), WHERE)
def test_a_new_genre_is_in_the_middle_of_the_gap_that_is_the_least_detour(centres, new):
    known = spread(centres)

    place = looks_of({**centres, "a new one": new}, known)["a new one"].place

    def length(path):
        ends = np.array(path)
        return np.linalg.norm(np.diff(ends, axis=0), axis=1).sum()

    path = [centres[name] for name in in_order(known)]
    lengths = [length([*path[:gap], new, *path[gap:]]) for gap in range(len(path) + 1)]
    edges = [0, *(known[name].place for name in in_order(known)), 1]
    gap = int(np.searchsorted(edges, place)) - 1
    assert lengths[gap] == pytest.approx(min(lengths))
    assert place == pytest.approx((edges[gap] + edges[gap + 1]) / 2)


def test_the_first_places_are_spread_evenly_from_the_darker_sound_on():
    line = {"bright": (8.0,), "dark": (1.0,), "mid": (4.0,)}

    found = looks_of(line)

    assert in_order(found) == ["dark", "mid", "bright"]
    assert [found[name].place for name in in_order(found)] == pytest.approx([0.05, 0.5, 0.95])
    turned = {name: (-x,) for name, (x,) in line.items()}
    assert in_order(looks_of(turned)) == ["bright", "mid", "dark"]


def test_the_direction_is_the_same_where_no_sound_is_brighter():
    Z = np.array([[0.0], [1.0], [2.0]])

    for names in itertools.permutations("abc"):
        assert in_order(looks(Z, names, np.zeros(3)))[0] == min(names[0], names[-1])


def test_several_new_genres_share_a_gap_evenly():
    found = looks_of({"a": (0.0,), "b": (10.0,)}) | {"gone": Look(0.35, "v")}

    found = looks_of({"a": (0.0,), "q": (4.0,), "p": (2.0,), "b": (10.0,)}, found)

    assert [name for name in in_order(found) if name != "gone"] == ["a", "p", "q", "b"]
    gaps = np.diff([found[name].place for name in in_order(found)])
    assert gaps.min() > 0.14


def test_a_genre_that_comes_back_looks_as_before():
    first = looks_of({"a": (0.0,), "b": (1.0,), "c": (2.0,)})
    without = looks_of({"a": (0.0,), "c": (2.0,), "d": (1.0,)}, first)
    again = looks_of({"a": (0.0,), "b": (1.0,), "c": (2.0,)}, without)

    assert again["b"] == first["b"]
    assert without["d"].place not in {look.place for look in first.values()}


def test_a_library_that_has_no_known_genre_any_more_begins_anew():
    centres = {"x": (0.0,), "y": (1.0,)}

    assert looks_of(centres, {"a": Look(0.5, "o")}) == looks_of(centres)


def test_genres_that_crowd_at_one_place_still_differ():
    """Each new one halves what is left of one gap, until it goes elsewhere."""
    centres = {"a": (0.0,), "b": (1.0,)}
    found = looks_of(centres)
    for step in range(80):
        centres[f"n{step:02}"] = (2.0 ** -(step + 1),)
        found = looks_of(centres, found)

    places = sorted(look.place for look in found.values())
    assert np.diff([0, *places, 1]).min() > 1e-8


def test_neighbours_have_different_markers():
    rng = np.random.default_rng(0)
    centres = {f"g{i}": tuple(rng.random(3)) for i in range(20)}
    found = looks_of(centres)
    order = in_order(found)

    for start in range(len(order) - 4):
        assert len({found[name].marker for name in order[start : start + 5]}) == 5

    found = looks_of({**centres, "new": tuple(rng.random(3))}, found)
    order = in_order(found)
    at = order.index("new")
    beside = order[max(0, at - 2) : at] + order[at + 1 : at + 3]
    assert found["new"].marker not in {found[name].marker for name in beside}


def test_tracks_without_a_genre_have_no_place():
    assert looks(np.zeros((3, 2)), ["", "Rock", ""], np.zeros(3)) == {"Rock": Look(0.5, "o")}
    assert looks(np.zeros((2, 2)), ["", ""], np.zeros(2)) == {}


def test_colours_of_genres_get_lighter_for_print():
    styles = genre_styles({str(n): Look(n / 20, "o") for n in range(21)})

    colours = [style.colour for style in styles.values()]
    lightness = [np.dot(to_rgb(colour), [0.299, 0.587, 0.114]) for colour in colours]
    assert len(set(colours)) == 21
    assert (np.diff(lightness) > 0).all()


def test_a_genre_has_its_colour_whoever_else_is_there():
    known = looks_of({"a": (0.0,), "b": (1.0,), "c": (2.0,)})

    all_three, two = by_look(["c", "a", "b", ""], known), by_look(["c", "", "b"], known)

    assert all_three.order == ["a", "b", "c"]
    assert two.order == ["b", "c"]
    assert {name: all_three.styles[name] for name in ["b", "c", ""]} == two.styles


# --- clusters ---------------------------------------------------------------------------

DARK_PAGE = "#16191d"  # of the map
SIGHTS = (None, "protanomaly", "deuteranomaly", "tritanomaly")


def least_distance(colours, sight):
    """Return the least distance of two colours in CAM02-UCS (Luo et al. 2006) to some eyes.

    A lack of a kind of cones is simulated as by Machado et al. (2009).
    """
    rgb = np.array([to_rgb(colour) for colour in colours])
    if sight:
        lacking = {"name": "sRGB1+CVD", "cvd_type": sight, "severity": 100}
        rgb = np.clip(cspace_convert(rgb, lacking, "sRGB1"), 0, 1)
    seen = cspace_convert(rgb, "sRGB1", "CAM02-UCS")
    return min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))


def luminance(colour):
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(a, b):
    """Return the contrast of two colours as WCAG 2 defines it."""
    dark, light = sorted(luminance(colour) for colour in (a, b))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize(("n", "least"), [(12, 14.4), (24, 8.2), (36, 6.4)])
def test_colours_of_clusters_are_far_apart_to_all_eyes(sight, n, least):
    """The best twelve of others are 8.4 apart, matplotlib's ten of tab10 1.6."""
    assert least_distance(CLUSTER_COLOURS[:n], sight) > least
    assert least_distance([*CLUSTER_COLOURS[:n], NO_GROUP.colour], sight) > min(least, 8)


def test_the_measure_sees_what_is_known_to_be_bad():
    red_and_green = mpl.color_sequences["tab10"][2:4]

    assert least_distance(red_and_green, None) > 50
    assert least_distance(red_and_green, "deuteranomaly") < 20
    assert contrast("white", "black") == pytest.approx(21)


def test_colours_of_clusters_stand_out_from_white_and_from_the_maps_dark_page():
    assert min(contrast(colour, "white") for colour in CLUSTER_COLOURS) > 1.55
    assert min(contrast(colour, DARK_PAGE) for colour in CLUSTER_COLOURS) > 2.2


def test_the_first_ten_are_petroffs():
    known = mpl.color_sequences.get("petroff10", CLUSTER_COLOURS[:10])  # since 3.10

    assert [mpl.colors.to_hex(colour) for colour in known] == [*CLUSTER_COLOURS[:10]]


def test_a_cluster_has_its_colour_whoever_else_is_there():
    few, many = by_number(np.array([0, 120, 3, 7, 3])), by_number(np.arange(130))

    assert few.order == ["3", "7", "120"]
    assert few.styles == {name: many.styles[name] for name in [*few.order, ""]}
    assert few.styles["3"].colour == CLUSTER_COLOURS[2]


def test_as_many_clusters_as_there_are_colours_and_markers_differ_in_one_of_both():
    n = len(CLUSTER_COLOURS) * len(MARKERS)

    assert len(set(cluster_styles(range(1, n + 1)).values())) == n
    assert len({style.colour for style in cluster_styles(range(1, 37)).values()}) == 36
