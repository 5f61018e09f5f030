"""Figures by their structure: axes, counts, labels, colours."""

import importlib
import pkgutil
import re
import warnings
from functools import cache

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from sklearn.metrics import adjusted_mutual_info_score

from beetsplug.mir import plots
from beetsplug.mir.clusters import evaluation, hierarchy
from beetsplug.mir.clusters.evaluation import SCORES, evaluate
from beetsplug.mir.clusters.order.line import line
from beetsplug.mir.names import FEATURES, METHODS
from beetsplug.mir.plots import beside, material
from beetsplug.mir.plots.catalogue import PLOTS, missing
from beetsplug.mir.plots.groups import MOST_IN_LEGEND, Groups, add_legend
from beetsplug.mir.plots.labels import MOST_CHARACTERS, plain
from beetsplug.mir.plots.material import Made, Material
from beetsplug.mir.plots.palette import NO_GROUP
from beetsplug.mir.plots.plot import TENSORFLOW, Plot
from beetsplug.mir.plots.save import save
from beetsplug.mir.plots.scene import scenes
from beetsplug.mir.plots.treetop import top
from beetsplug.mir.space import autoencoder, encodings

HOSTILE = [
    "$\\frac{",
    "<script>",
    "_x",
    "a$b$c",
    "&amp;",
    "x" * 300,
    "\n\t",
    "日本語",
    "\\",
    "$",
    "%s",
]
SCATTERED = [
    *("centroids-by-median", "centroids-by-genre", "features-by-genre"),
    *("pca-1d", "pca-2d", "pca-3d"),  # of which all other views in 3-D are made, too
]
NAMES = [
    *("centroids-by-median", "centroids-by-genre", "features-by-genre"),
    *("correlations", "loadings", "explained-variance", "pca-1d", "pca-2d", "pca-3d"),
    *("autoencoder-layout", "autoencoder-training"),
    *("autoencoder-1d", "line", "autoencoder-2d", "autoencoder-3d"),
    *("kmeans-3d", "agglomerative-3d", "clusters", "library-clusters", "dendrogram"),
    *("metrics", "genres-of-best", "genres-of-clusters"),
    *("genre-means", "genre-order", "colourings", "genre-bias"),
]
WITHOUT_GENRES = [
    *("correlations", "loadings", "explained-variance", "metrics"),
    *("kmeans-3d", "agglomerative-3d", "clusters", "library-clusters"),
]
OF_NETWORK = [name for name, plot in PLOTS.items() if TENSORFLOW in plot.needs]
ALWAYS = [name for name in PLOTS if name not in OF_NETWORK]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Evaluate few numbers of clusters in few spaces."""

    def fewer(spaces, truth, **options):
        return evaluate(spaces, truth, n_clusters=[2, 3, 5], **options)

    monkeypatch.setattr(evaluation, "evaluate", fewer)
    few = {"pca 3": ("pca", 3), "scaled 16": ("scaled", 16)}
    monkeypatch.setitem(encodings.SPACES, "classic", few)


def made_up(n_tracks: int, n_genres: int, *, names=None, seed=0) -> Material:
    rng = np.random.default_rng(seed)
    names = [*(names or []), *(f"Genre {index}" for index in range(n_genres))][:n_genres]
    of_tracks = rng.integers(n_genres, size=n_tracks) if n_genres else np.zeros(n_tracks, int)
    X = rng.normal(size=(max(1, n_genres), 16))[of_tracks] + rng.normal(size=(n_tracks, 16))
    genres = [names[index] if n_genres else "" for index in of_tracks]
    ids = rng.choice([0, 1, 2, 7], size=n_tracks)
    ids[0] = 2
    return Material(X=X, genres=genres, ids=ids, epochs=3)


@pytest.fixture(scope="module")
def fifty() -> Material:
    return made_up(50, 5)


@cache
def shared(n_tracks: int, n_genres: int, *names: str) -> Material:
    """Return made-up tracks for all figures, which compute what they need of them once."""
    return made_up(n_tracks, n_genres, names=names)


def drawn(name: str, material: Material) -> Figure:
    """Draw a figure as it is drawn in a file: any warning is an error.

    It is drawn once for all tests, which must not change it.
    """
    return _drawn(name, material, autoencoder.available())


@cache
def _drawn(name: str, material: Material, _with_tensorflow: bool) -> Figure:
    figure = PLOTS[name].draw(material)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure.draw_without_rendering()
    return figure


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


def points(axes) -> int:
    scattered = (each for each in axes.collections if isinstance(each, PathCollection))
    return sum(len(collection.get_offsets()) for collection in scattered)


def test_the_catalogue_has_every_figure_once_and_in_the_order_of_the_gallery():
    assert list(PLOTS) == NAMES
    assert len({plot.draw for plot in PLOTS.values()}) == len(NAMES)
    assert all(re.fullmatch("[a-z0-9-]+", name) for name in PLOTS)


def test_the_catalogue_has_every_figure_that_a_module_draws():
    """A drawing function that is made a plot must not be forgotten there."""
    modules = [
        importlib.import_module(f"{plots.__name__}.{found.name}")
        for found in pkgutil.iter_modules(plots.__path__)
    ]
    made = {
        value.draw
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Plot)
    }

    assert made == {plot.draw for plot in PLOTS.values()}


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_has_a_title_of_its_own_and_one_sentence_on_how_to_read_it(name):
    plot = PLOTS[name]

    assert [other.title for other in PLOTS.values()].count(plot.title) == 1
    assert re.fullmatch(r"\w.*[^.]", plot.title)
    assert re.fullmatch(r"[A-Z].*\.", plot.how_to_read)
    assert ". " not in plot.how_to_read


@pytest.mark.parametrize(
    "name",
    [*ALWAYS, *(pytest.param(name, marks=pytest.mark.tensorflow) for name in OF_NETWORK)],
)
def test_every_figure_has_a_title_and_names_its_axes(name, fifty):
    figure = drawn(name, fifty)

    assert figure.get_suptitle()
    for axes in figure.get_axes():
        if axes.axison and axes.get_label() != "<colorbar>":
            assert axes.get_xlabel() or axes.get_ylabel() or axes.get_yticklabels()


# Of two tracks all are drawn in tests/test_pictures.py.
@pytest.mark.parametrize(("n_tracks", "n_genres"), [(1, 1), (3, 0), (400, 200)])
@pytest.mark.parametrize("name", ALWAYS)
def test_every_figure_draws_what_there_is(without_tensorflow, name, n_tracks, n_genres):
    there = shared(n_tracks, n_genres)

    if reason := missing(PLOTS[name], there):
        assert n_genres == 0 or n_tracks < 3
        assert len(reason) < 80
    else:
        assert drawn(name, there).axes


@pytest.mark.tensorflow
def test_networks_of_two_tracks_are_drawn():
    there = made_up(2, 1)

    for name in OF_NETWORK:
        assert drawn(name, there).axes


@pytest.mark.parametrize("name", ALWAYS)
def test_tracks_that_are_all_alike_are_drawn(without_tensorflow, name):
    if not missing(PLOTS[name], alike()):
        assert drawn(name, alike()).axes


@pytest.mark.tensorflow
def test_networks_of_tracks_that_are_all_alike_are_drawn():
    there = alike()

    for name in OF_NETWORK:
        assert drawn(name, there).axes


@cache
def alike() -> Material:
    ones = np.ones(9, dtype=np.int64)
    return Material(X=np.ones((9, 16)), genres=["a"] * 9, ids=ones, epochs=3)


@pytest.mark.parametrize("name", [name for name in ALWAYS if name not in WITHOUT_GENRES])
def test_hostile_genres_are_shown_letter_by_letter(without_tensorflow, name, tmp_path):
    save(PLOTS[name].draw(shared(60, len(HOSTILE), *HOSTILE)), tmp_path / "a.png")

    assert (tmp_path / "a.png").stat().st_size


def test_names_with_dollars_are_no_formulas_and_underscores_stay_in_the_legend():
    figure = Figure(layout="constrained")
    groups = Groups(HOSTILE, dict.fromkeys(HOSTILE, NO_GROUP), "genre")

    names = [text.get_text() for text in add_legend(figure, groups).get_texts()]

    assert len(names) == len(HOSTILE)
    assert names[0] == r"\$\frac{ (1)"
    assert names[2] == "_x (1)"
    assert plain("x" * 300) == "x" * (MOST_CHARACTERS - 1) + "…"


@pytest.mark.parametrize("name", SCATTERED)
def test_twenty_thousand_tracks_make_no_large_file(name, many, tmp_path):
    save(PLOTS[name].draw(many), tmp_path / "a.svg")

    svg = (tmp_path / "a.svg").read_bytes()
    assert len(svg) < 5e6
    assert b"<image" in svg


@pytest.fixture(scope="module")
def many() -> Material:
    return made_up(20_000, 20)


def test_what_is_missing_is_said(without_tensorflow):
    there = Material(X=np.zeros((3, 16)), genres=[""] * 3, ids=np.zeros(3, dtype=np.int64))

    reasons = {name: missing(plot, there) for name, plot in PLOTS.items()}

    assert "pip install" in reasons["autoencoder-2d"]
    assert reasons["genre-order"] == "no track has a genre"
    assert "mircluster" in reasons["library-clusters"]
    assert "differ" in reasons["metrics"]
    assert reasons["pca-3d"] is None


def test_the_matrix_has_a_row_a_feature_and_a_column_a_track_sorted_by_genre(fifty):
    strip, axes, _ = drawn("features-by-genre", fifty).axes

    image = axes.get_images()[0].get_array()
    assert image.shape == (16, 50)
    assert sorted(image.mean(axis=0)) == pytest.approx(sorted(fifty.normalised.mean(axis=1)))
    assert (np.diff(strip.get_images()[0].get_array()[0]) >= 0).all()
    assert [label.get_text() for label in axes.get_yticklabels()] == [f.label for f in FEATURES]


def test_narrow_genres_of_the_matrix_are_not_labelled():
    X = np.random.default_rng(0).random((1000, 16))
    genres = ["big"] * 995 + ["small"] * 5
    there = Material(X=X, genres=genres, ids=np.zeros(1000, dtype=np.int64))

    axes = drawn("features-by-genre", there).axes[1]

    assert [label.get_text() for label in axes.get_xticklabels()] == ["big"]


@pytest.mark.parametrize(("name", "n_axes"), [("pca-2d", 8), ("pca-3d", 3)])
def test_every_track_is_a_point_in_the_colour_of_its_genre(name, n_axes, fifty):
    figure = drawn(name, fifty)

    full = [axes for axes in figure.get_axes() if points(axes)]
    assert len(figure.get_axes()) == n_axes
    assert [points(axes) for axes in full] == [50] * len(full)
    colours = np.vstack([found.get_facecolors() for found in full[0].collections])
    kept = [fifty.by_genre.styles[name].colour for name in fifty.by_genre.order]
    assert {to_hex(colour[:3]) for colour in colours} == {*kept}
    assert len({*kept}) == 5


def test_the_second_aspect_has_flipped_axes(fifty):
    labels = [
        (axes.get_xlabel(), axes.get_ylabel())
        for axes in drawn("pca-2d", fifty).get_axes()
        if points(axes)
    ]

    assert labels[0] == labels[1][::-1]
    assert labels[0][0].startswith("component 1 (")


def test_points_are_rasterised_only_when_there_are_very_many(fifty):
    def rasterised(there):
        return {c.get_rasterized() for c in drawn("pca-3d", there).get_axes()[0].collections}

    assert rasterised(shared(3000, 20)) == {True}
    assert rasterised(fifty) == {False}


def test_centroids_are_sorted_and_have_their_spread(fifty):
    for name in ("centroids-by-median", "centroids-by-genre"):
        axes = drawn(name, fifty).axes[0]
        bars, dots = axes.collections[0].get_segments(), axes.collections[1].get_offsets()
        assert len(bars) == len(dots) == 50
        assert np.mean([bar[:, 1] for bar in bars], axis=1) == pytest.approx(dots[:, 1])
        assert axes.get_ylabel() == "spectral centroid (mel)"
        if name == "centroids-by-median":
            assert (np.diff(dots[:, 1]) >= 0).all()


def test_correlations_and_loadings_are_written_with_their_signs(fifty):
    numbers = re.compile(r"-?\d\.\d\d")
    for name, n_cells in (("correlations", 256), ("loadings", 128)):
        axes = drawn(name, fifty).axes[0]
        image = axes.get_images()[0]
        assert image.get_array().size == n_cells
        assert image.norm.vmin == -image.norm.vmax
        assert sum(bool(numbers.fullmatch(text.get_text())) for text in axes.texts) == n_cells


def test_explained_variance_adds_up_to_all_of_it(fifty):
    axes = drawn("explained-variance", fifty).axes[0]

    assert len(axes.patches) == 16
    assert axes.lines[0].get_ydata()[-1] == pytest.approx(100)


def test_a_line_of_tracks_has_a_row_a_genre(fifty):
    ranked, strips = drawn("pca-1d", fifty).axes

    assert points(ranked) == 50
    names = [label.get_text() for label in strips.get_yticklabels()]
    assert names == [f"{name} ({fifty.genres.count(name)})" for name in fifty.by_genre.order]
    assert sum(len(found.get_segments()) for found in strips.collections) == 50


def test_of_very_many_genres_the_smaller_ones_are_counted(without_tensorflow):
    there = shared(400, 200)

    legend = drawn("pca-3d", there).subfigs[0].legends[0].get_texts()
    rows = drawn("pca-1d", there).axes[1].get_yticklabels()

    assert len(legend) == len(rows) == MOST_IN_LEGEND + 1
    more = len(set(there.genres)) - MOST_IN_LEGEND
    assert legend[-1].get_text() == f"and {more} genres more"
    assert rows[-1].get_text().startswith(f"{more} genres more")


@pytest.mark.tensorflow
def test_the_layout_draws_each_node_and_weight(fifty):
    axes = drawn("autoencoder-layout", fifty).axes[0]

    lines = [found for found in axes.collections if hasattr(found, "get_segments")]
    assert [len(found.get_segments()) for found in lines] == [192, 36, 36, 192]
    assert points(axes) == 16 + 12 + 3 + 12 + 16
    assert [text.get_text() for text in axes.texts].count("centroid") == 2


@pytest.mark.tensorflow
def test_the_training_curve_has_a_loss_an_epoch(fifty):
    axes = drawn("autoencoder-training", fifty).axes[0]

    history = fifty.training(3).history
    assert [len(line.get_ydata()) for line in axes.lines] == [len(history)] * 2
    assert axes.get_yscale() == "log"


@pytest.mark.tensorflow
def test_clusters_are_numbered_and_named_in_a_row_a_space(fifty):
    figure = drawn("kmeans-3d", fifty)

    assert len(figure.get_axes()) == 6
    assert [part.get_suptitle() for part in figure.subfigs] == ["3-D PCA", "3-D autoencoder"]
    for part in figure.subfigs:
        assert len(part.legends[0].get_texts()) == 10
        assert {text.get_text() for text in part.axes[0].texts} <= {
            str(k) for k in range(1, 11)
        }


def test_without_tensorflow_clusters_of_the_pca_are_drawn(without_tensorflow, fifty):
    for name, n_axes in (("kmeans-3d", 3), ("agglomerative-3d", 3), ("genre-bias", 4)):
        assert len(drawn(name, fifty).get_axes()) == n_axes


@pytest.mark.parametrize("name", ["pca-3d", "kmeans-3d", "genre-means", "genre-bias"])
def test_views_in_3d_fill_cells_of_one_size_and_no_text_is_cut_or_overprinted(
    without_tensorflow, name
):
    assert_well_laid_out(PLOTS[name].draw(shared(56, 7)), dpi=150)
    assert_well_laid_out(PLOTS[name].draw(shared(300, 40)), dpi=72)


def test_views_in_3d_of_very_many_tracks_fill_their_cells():
    assert_well_laid_out(PLOTS["pca-3d"].draw(shared(3000, 20)), dpi=150)


@pytest.mark.tensorflow
def test_rows_of_views_have_one_size(fifty):
    assert_well_laid_out(PLOTS["kmeans-3d"].draw(fifty), dpi=72)


def assert_well_laid_out(figure: Figure, dpi: int) -> None:
    """As in a file: dots of png are 150 an inch, units of svg and pdf 72."""
    figure.set_dpi(dpi)
    boxes_of, page, found = drawn_texts(figure), figure.bbox.padded(0.5), scenes(figure)
    for owner, boxes in boxes_of.items():
        outside = [box for of, boxes in boxes_of.items() if of is not owner for box in boxes]
        assert owner not in found or len(boxes) > 3 + 3 * 2
        for box in boxes:
            assert page.x0 <= box.x0 < box.x1 <= page.x1
            assert page.y0 <= box.y0 < box.y1 <= page.y1
            assert not any(box.overlaps(other) for other in outside)
    assert np.ptp([side for scene in found for side in scene.bbox.size]) < 1
    assert 0.96 < np.max([scene.extent.size / scene.cell.size for scene in found]) <= 1
    for row in {round(scene.cell.y0) for scene in found}:
        across = [scene.cell.x0 for scene in found if round(scene.cell.y0) == row]
        assert np.ptp(np.diff(across)) < 2


def drawn_texts(figure: Figure) -> dict:
    """Return where texts are as they are drawn, by the axes that they belong to, if any.

    The figure says it afterwards of some that it did not draw.
    """
    found = []
    draw = Text.draw

    def noted(text, renderer):
        draw(text, renderer)
        if text.get_visible() and text.get_text():
            found.append((text, text.get_window_extent(renderer)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", noted)
        figure.draw_without_rendering()
    owner_of = {
        tick.label1: scene  # which itself does not know
        for scene in scenes(figure)
        for axis in (scene.xaxis, scene.yaxis, scene.zaxis)
        for tick in axis.get_major_ticks()
    }
    boxes: dict = {}
    for text, box in found:
        boxes.setdefault(owner_of.get(text, text.axes), []).append(box)
    return boxes


def test_names_beside_points_do_not_overlap():
    figure = drawn("genre-means", made_up(1000, 20))

    for axes in figure.get_axes():
        boxes = [text.get_window_extent() for text in axes.texts]
        assert len(boxes) > 10
        assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_a_name_without_room_is_left_out():
    figure = Figure()
    axes = figure.add_subplot(projection="3d")
    figure.draw_without_rendering()

    beside.write_names(axes, np.full((40, 3), 0.5), ["a long name"] * 40)

    assert 1 < len(axes.texts) < 40


def test_the_top_of_a_tree_is_the_tree_of_its_clusters():
    Z = np.random.default_rng(0).normal(size=(40, 3))
    merges = hierarchy.tree(Z, weights=np.full(40, 3.0))

    found = top(merges, 6)

    assert found.merges[:, 2] == pytest.approx(merges[-5:, 2])
    assert found.merges[-1, 3] == 6
    assert sorted(found.merges[:, :2].ravel()) == list(range(10))
    for k in range(1, 6):
        coarse = hierarchy.cut(found.merges, k)[found.members]
        pairs = set(zip(coarse.tolist(), hierarchy.cut(merges, k).tolist(), strict=True))
        assert len(pairs) == k


def test_the_dendrogram_names_clusters_by_size_and_genre(fifty):
    axes = drawn("dendrogram", fifty).axes[0]

    names = [label.get_text() for label in axes.get_yticklabels()]
    sizes = [int(re.match(r"\d+: (\d+) track", name)[1]) for name in names]
    assert sum(sizes) == 50
    assert len(axes.collections[0].get_segments()) == len(names) - 1


def test_the_metrics_have_a_panel_a_score_and_a_line_a_space_and_method(fifty):
    full = drawn("metrics", fifty)
    without_genre = drawn("metrics", made_up(50, 0))

    assert len(full.axes) == len(SCORES)
    assert all(len(axes.lines) == 4 for axes in full.axes)
    assert len(without_genre.axes) == 2


def rows_of_bars(axes) -> dict[int, float]:
    """Return the width of each row of bars."""
    widths: dict[int, float] = {}
    for bar in axes.patches:
        row = round(bar.get_y() + bar.get_height() / 2)
        widths[row] = widths.get(row, 0) + bar.get_width()
    return widths


def test_the_best_of_each_method_by_ami_has_bars_of_its_clusters(without_tensorflow, fifty):
    figure = drawn("genres-of-best", fifty)

    for method, axes in zip(("kmeans", "agglomerative"), figure.axes, strict=True):
        rows = [row for row in fifty.rows if row.method == method]
        best = max(rows, key=lambda row: row.adjusted_mutual_info)
        assert axes.get_title().endswith(
            f"on {best.space}, {best.n_clusters} clusters: AMI {best.adjusted_mutual_info:.2f}"
        )
        assert list(rows_of_bars(axes).values()) == pytest.approx([100] * best.n_clusters)


def test_what_is_shown_as_best_is_what_was_scored(without_tensorflow, fifty):
    for row, clusters in fifty.best():
        score = adjusted_mutual_info_score(fifty.genres, clusters.names)
        assert score == pytest.approx(row.adjusted_mutual_info)


def test_of_equals_the_best_has_the_fewest_clusters():
    there = made_up(50, 5)
    row = evaluation.Row("pca 3", "kmeans", 5, 0, 0.4, 0, 0, 0, 0, 0)
    there.rows = [
        row._replace(method=method, n_clusters=k) for method in METHODS for k in (5, 3, 4)
    ]

    assert [found.row.n_clusters for found in there.best()] == [3, 3]


def test_one_genre_has_no_best_clusters():
    assert missing(PLOTS["genres-of-best"], made_up(50, 1)) == "needs tracks of two genres"
    assert missing(PLOTS["genres-of-best"], made_up(50, 0)) == "no track has a genre"
    assert missing(PLOTS["genres-of-best"], made_up(50, 5)) is None


def test_titles_say_how_many_of_too_many_tracks_are_scored(monkeypatch, without_tensorflow):
    monkeypatch.setattr(material, "MOST_SCORED", 40)

    for name in ("metrics", "genres-of-best"):
        there = made_up(50, 5)
        assert "(40 of 50 tracks, drawn by lot)" in drawn(name, there).get_suptitle()


@pytest.mark.parametrize(("dims", "n_panels"), [(1, 2), (2, 8), (3, 3), (8, 3)])
def test_clusters_by_settings_are_drawn_in_the_dimensions_that_there_are(dims, n_panels):
    base = made_up(50, 5)
    there = Material(X=base.X, genres=base.genres, ids=base.ids, made=Made(dims=dims))

    figure = drawn("clusters", there)

    assert len(figure.get_axes()) == n_panels
    assert f"of {dims}-D PCA" in figure.get_suptitle()


def test_clusters_by_settings_are_those_of_the_given_number_and_labels():
    base = made_up(50, 5)
    made = Made(
        "none", method="agglomerative", n_clusters=None, choose=lambda Z: Z.shape[1] - 9,
        labels=lambda Z, k: np.arange(len(Z)) % k + 1, bias=0.25,
    )  # fmt: skip
    there = Material(X=base.X, genres=base.genres, ids=base.ids, made=made)

    figure = drawn("clusters", there)

    assert figure.get_suptitle() == (
        "The clusters by these settings: 7 clusters by agglomerative, genre bias 0.25,"
        " of 16-D normalised features, in its first three dimensions"
    )
    assert there.by_settings.counts["1"] == 8
    assert figure.get_axes()[0].get_xlabel() == FEATURES[0].label
    assert len(there.kmeans(there.pca(3)).order) == 7


def test_the_bars_of_clusters_are_full_and_in_the_colours_of_genres(fifty):
    axes = drawn("genres-of-clusters", fifty).axes[0]

    assert list(rows_of_bars(axes).values()) == pytest.approx([100] * 3)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert [name.split()[0] for name in names] == ["1", "2", "7"]


def test_the_path_goes_through_the_mean_of_each_genre_in_order(fifty):
    axes = drawn("genre-means", fifty).axes[0]

    first = fifty.pca(3).Z[np.array(fifty.genres) == fifty.by_genre.order[0]].mean(axis=0)
    assert np.transpose(axes.lines[0].get_data_3d())[0] == pytest.approx(first)
    assert {text.get_text() for text in axes.texts} == set(fifty.genres)


def test_the_order_of_genres_is_written_with_colours(fifty):
    axes = drawn("genre-order", fifty).axes[0]

    names = [text.get_text().split("  ")[1] for text in axes.texts]
    assert [name.split(" (")[0] for name in names] == fifty.by_genre.order
    assert len(axes.patches) == 5


def test_genres_by_distance_follow_each_other_in_shorter_steps_than_by_name(fifty):
    figure = drawn("colourings", fifty)

    means = {
        genre: fifty.pca(3).Z[np.array(fifty.genres) == genre].mean(axis=0)
        for genre in fifty.genres
    }
    found = {}
    for part in figure.subfigs:
        way, length, share = re.fullmatch(
            r"(.*): ([\d.]+) \((\d+)%\)", part.get_suptitle()
        ).groups()
        found[way] = float(length), int(share)
        above, below = part.axes
        assert points(above) == 50
        heights = [bar.get_height() for bar in below.patches]
        assert sum(heights) == pytest.approx(float(length), rel=0.01)
    by_name = [means[genre] for genre in sorted(means)]
    assert found["sorted by name"][0] == pytest.approx(
        np.linalg.norm(np.diff(by_name, axis=0), axis=1).sum(), rel=0.01
    )
    assert found["by a hash of the name"][1] == 100
    assert found["by distance"] < min(found["sorted by name"], found["by a hash of the name"])
    colours = [bar.get_facecolor() for bar in figure.subfigs[2].axes[1].patches]
    kept = [fifty.by_genre.styles[genre].colour for genre in fifty.by_genre.order]
    assert [to_hex(colour) for colour in colours] == kept


@pytest.fixture(scope="module")
def drawn_twice() -> list[Figure]:
    return [PLOTS["pca-3d"].draw(shared(3000, 20)) for _ in range(2)]


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_a_saved_figure_is_the_same_each_time_and_small(tmp_path, drawn_twice, kind):
    for name, figure in zip("ab", drawn_twice, strict=True):
        save(figure, tmp_path / f"{name}.{kind}")

    a, b = ((tmp_path / f"{name}.{kind}").read_bytes() for name in "ab")
    assert a == b
    assert len(a) < 3e6
    assert not list(tmp_path.glob(".*"))
    if kind == "svg":
        assert len(re.findall(rb"<image", a)) >= 1


@pytest.mark.long
def test_three_hundred_genres_of_very_many_tracks_make_no_large_file(tmp_path):
    save(PLOTS["pca-2d"].draw(made_up(20_000, 300)), tmp_path / "a.svg")

    assert (tmp_path / "a.svg").stat().st_size < 5e6


def test_the_line_has_each_order_with_its_colours_and_its_length(without_tensorflow, fifty):
    figure = drawn("line", fifty)

    strips, panels = figure.get_axes()[::2], figure.get_axes()[1::2]
    assert len(strips) == len(panels) == 2  # and one more by an autoencoder
    Z = fifty.pca(8).Z
    orders = [np.argsort(fifty.pca(1).Z[:, 0]), line(Z)]
    for strip, order in zip(strips, orders, strict=True):
        assert strip.images[0].get_array().tolist() == [fifty.by_genre.places[order].tolist()]
        length = np.linalg.norm(np.diff(Z[order], axis=0), axis=1).sum()
        assert f": {length:,.0f} in all, " in strip.get_title(loc="left")
    assert [points(axes) for axes in panels] == [49, 49]
