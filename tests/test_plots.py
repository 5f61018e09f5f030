"""Figures by their structure: axes, counts, labels, colours."""

import re

import numpy as np
import pytest

from beetsplug.mir.names import FEATURES
from beetsplug.mir.plots.matrix import feature_matrix
from beetsplug.mir.plots.palette import NO_GROUP_COLOUR, styles
from beetsplug.mir.plots.save import FORMATS, save
from beetsplug.mir.plots.scatter import MOST_IN_LEGEND, scatter_2d, scatter_3d

EXPLAINED = np.array([0.5, 0.3, 0.1])


def library(n_tracks: int, n_genres: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    order = [f"Genre {index}" for index in range(n_genres)]
    groups = [order[index] for index in rng.integers(n_genres, size=n_tracks)]
    groups[0] = ""
    return rng.random((n_tracks, 16)), rng.normal(size=(n_tracks, 3)), groups, order


def test_the_matrix_has_a_row_a_feature_and_a_column_a_track_sorted_by_group():
    X, _, groups, order = library(50, 4)

    strip, axes, _ = feature_matrix(X, groups, order).axes

    image = axes.get_images()[0].get_array()
    assert image.shape == (16, 50)
    assert sorted(image.mean(axis=0)) == pytest.approx(sorted(X.mean(axis=1)))
    assert (np.diff(strip.get_images()[0].get_array()[0]) >= 0).all()
    assert [label.get_text() for label in axes.get_yticklabels()] == [f.label for f in FEATURES]


def test_narrow_groups_of_the_matrix_are_not_labelled():
    X, _, _, _ = library(1000, 1)
    groups = ["big"] * 995 + ["small"] * 5

    axes = feature_matrix(X, groups, ["big", "small"]).axes[1]

    assert [label.get_text() for label in axes.get_xticklabels()] == ["big"]


@pytest.mark.parametrize("scatter", [scatter_2d, scatter_3d])
@pytest.mark.parametrize(("n_tracks", "n_genres"), [(3, 1), (50, 5), (5000, 20), (300, 60)])
def test_every_track_is_a_point_in_the_colour_of_its_group(scatter, n_tracks, n_genres):
    _, Z, groups, order = library(n_tracks, n_genres)

    figure = scatter(Z, EXPLAINED, groups, order)

    points = figure.axes[0].collections
    assert sum(len(collection.get_offsets()) for collection in points) == n_tracks
    assert len(points) == len(set(groups))
    assert all(collection.get_rasterized() == (n_tracks > 2000) for collection in points)


def test_the_legend_names_the_groups_in_order_with_their_sizes():
    _, Z, groups, order = library(50, 4)

    legend = scatter_2d(Z, EXPLAINED, groups, order).legends[0]

    names = [text.get_text() for text in legend.get_texts()]
    assert names == [*(f"{g} ({groups.count(g)})" for g in order), "(none) (1)"]


def test_a_legend_of_very_many_groups_stays_short():
    _, Z, groups, order = library(300, 60)

    names = scatter_2d(Z, EXPLAINED, groups, order).legends[0].get_texts()

    assert len(names) == MOST_IN_LEGEND + 1
    assert names[-1].get_text() == f"and {len(set(groups)) - MOST_IN_LEGEND} more"


def test_axes_say_what_they_show():
    _, Z, groups, order = library(50, 4)

    axes = scatter_3d(Z, EXPLAINED, groups, order).axes[0]

    assert axes.get_xlabel() == "component 1 (50%)"
    assert axes.get_zlabel() == "component 3 (10%)"


def test_colours_are_distinct_and_get_lighter_for_print():
    colours = [style.colour for style in styles([str(n) for n in range(20)]).values()][:-1]

    lightness = [
        np.dot([int(c[i : i + 2], 16) for i in (1, 3, 5)], [0.299, 0.587, 0.114])
        for c in colours
    ]
    assert len(set(colours)) == 20
    assert (np.diff(lightness) > 0).all()
    assert styles([])[""].colour == NO_GROUP_COLOUR


@pytest.mark.parametrize("kind", FORMATS)
def test_a_saved_figure_is_the_same_each_time_and_small(tmp_path, kind):
    _, Z, groups, order = library(5000, 20)

    for name in ("a", "b"):
        save(scatter_2d(Z, EXPLAINED, groups, order), tmp_path / f"{name}.{kind}")

    a, b = ((tmp_path / f"{name}.{kind}").read_bytes() for name in "ab")
    assert a == b
    assert len(a) < 2e6
    assert not list(tmp_path.glob(".*"))
    if kind == "svg":
        assert len(re.findall(rb"<image", a)) >= 1
