"""Classic and network: which one is taken, and that the two never meet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.decomposition import PCA

from beetsplug.mir import names
from beetsplug.mir.clusters.model import load
from beetsplug.mir.commands.plot.mapping import SOUNDS
from beetsplug.mir.sound.network import weights
from beetsplug.mir.space import encodings
from tests.conftest import Beet, let_hear

SETS = ["classic", "network"]


def model_of(beet: Beet):
    return load(beet.root / "library.db.mir-model.npz")


def heard_by_kind(n_tracks: int = 120) -> np.ndarray:
    random = np.random.default_rng(4)
    centres = random.normal(0, 1, (5, names.N_NETWORK_VALUES))
    return centres[np.arange(n_tracks) % 5] + random.normal(0, 0.6, (n_tracks, 200))


def test_network_values_become_directions_and_their_components():
    """Plain scikit-learn as the oracle."""
    X = heard_by_kind()
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    rows = z / np.linalg.norm(z, axis=1, keepdims=True)

    none = encodings.fit(X, [""] * 120, "none", 200, features="network")
    pca = encodings.fit(X, [""] * 120, "pca", 16, features="network")

    assert np.allclose(none.Z, rows)
    assert np.allclose(np.abs(pca.Z), np.abs(PCA(16).fit_transform(rows)), atol=1e-9)
    assert np.allclose(pca.encoder.transform(X[:7], [""] * 7), pca.Z[:7])


@given(arrays(np.float64, (6, 200), elements=st.floats(-1e4, 1e4, width=16)))
def test_any_network_values_can_be_encoded(X):
    for name in ("pca", "scaled", "none"):
        Z = encodings.fit(X, [""] * 6, name, 16, features="network").Z
        assert np.isfinite(Z).all()


def test_an_autoencoder_of_network_values_has_codes_from_0_to_1():
    X = heard_by_kind(60)

    found = encodings.fit(X, [""] * 60, "autoencoder", 3, features="network", epochs=5)

    assert found.Z.shape == (60, 3)
    assert 0 <= found.Z.min() <= found.Z.max() <= 1
    assert np.allclose(found.encoder.transform(X, [""] * 60), found.Z)


@pytest.mark.parametrize(
    ("n_heard", "said"),
    [(200, "200 tracks, network features"), (180, "180 tracks, network features"),
     (179, "200 tracks, classic features"), (0, "200 tracks, classic features")],
)  # fmt: skip
def test_the_network_counts_where_nine_in_ten_were_heard(made_up: Beet, n_heard, said):
    let_hear(made_up, n_heard)

    _, out, err = made_up.run("mircluster", "-p")

    assert said in out
    assert ("20 tracks are left out that the network has not heard" in err) == (n_heard == 180)
    assert ("has heard only 179 of 200 tracks" in err) == (n_heard == 179)
    assert ("beet mirextract" in err) == (n_heard in (179, 180))


def test_the_set_can_be_chosen(made_up: Beet):
    let_hear(made_up, 100)

    _, out, err = made_up.run("mircluster", "-p", "-F", "network")
    assert "100 tracks, network features" in out
    assert "100 tracks are left out" in err
    made_up.configure("mir: {features: network}\n")
    assert "100 tracks, network features" in made_up("mircluster", "-p")
    assert "classic features" in made_up("mircluster", "-p", "-F", "classic")
    code, _, err = made_up.run("mircluster", "-F", "both")
    assert code == 1
    assert "features" in err
    assert "auto, classic, network" in err.replace("'", "")


def test_without_any_heard_track_the_network_is_refused(made_up: Beet):
    code, _, err = made_up.run("mircluster", "-F", "network")

    assert code == 1
    assert err.startswith("error: the network has heard none of the matching tracks")


def test_what_is_clustered_by_the_network_is_placed_by_it(made_up: Beet):
    let_hear(made_up, 190)
    assert "190 tracks" in made_up("mircluster", "-k", "5", "-y")
    model = model_of(made_up)
    assert model.encoder.features == "network"
    assert model.mir_version == names.version(60, names.NETWORK_VERSION)
    assert len(model.centres[0]) == 16

    _, _, err = made_up.run("mircluster", "--assign")
    assert "the network has heard none of the matching tracks" in err
    let_hear(made_up, 195)
    _, out, err = made_up.run("mircluster", "--assign")
    assert "5 tracks placed" in out
    assert "5 tracks are left out" in err
    # The kinds of sound, which are the genres, are the clusters.
    both = made_up("ls", "-f", "$mircluster $genres", "mircluster:1..").splitlines()
    assert len(both) == 195
    assert len(set(both)) == 5


def test_a_model_of_the_sixteen_places_by_the_sixteen(made_up: Beet):
    made_up("mircluster", "-k", "5", "-y", "id:..150")
    let_hear(made_up, 200)

    out = made_up("mircluster", "--assign")

    assert "50 tracks placed" in out
    assert model_of(made_up).encoder.features == "classic"


def test_clusters_are_named_by_tags_where_there_are_any(made_up: Beet):
    let_hear(made_up, 200)

    by_network = made_up("mircluster", "-k", "5", "-p")
    made_up("modify", "-yWM", "mir_network!")

    plain = made_up("mircluster", "-k", "5", "-p")
    said = {
        word for line in by_network.splitlines() for word in line.split(" · ")[0].split(", ")
    }
    assert by_network != plain
    assert any(tag in text for text in said for tag in names.TAGS)


@pytest.mark.parametrize("features", SETS)
def test_both_sets_can_be_evaluated(made_up: Beet, features, monkeypatch):
    from beetsplug.mir.clusters import evaluation

    monkeypatch.setattr(evaluation, "N_CLUSTERS", range(4, 6))
    few = {"pca 3": ("pca", 3)}
    monkeypatch.setitem(encodings.SPACES, features, few)
    let_hear(made_up, 200)

    out = made_up("mircluster", "--evaluate", "-F", features)

    assert f"by the {features} features" in out
    assert out.count("pca 3 ") == 4


@pytest.mark.parametrize("features", SETS)
def test_the_map_is_of_either_set(made_up: Beet, features):
    let_hear(made_up, 200)

    made_up("mirplot", "--map", "-o", str(made_up.root / "out"), "-F", features)

    page = (made_up.root / "out" / "map.html").read_text()
    assert f"Placed by {SOUNDS[features]} (pca, " in page


def test_tracks_that_were_not_heard_lose_their_cluster_only_if_one_agrees(made_up: Beet):
    let_hear(made_up, 200)
    made_up("mircluster", "-k", "5")
    made_up("modify", "-yWM", "mir_network!", "id:..5")

    code, _, err = made_up.run("mircluster", "-k", "5")

    many = "5 tracks that the network has not heard"
    assert code == 1
    assert f"error: {many} would lose their cluster: -y says yes to that" in err
    assert len(made_up("ls", "mircluster:1..").splitlines()) == 200
    assert f"{many} lose their cluster" in made_up("mircluster", "-k", "5", "-p")
    made_up("mircluster", "-k", "5", "-y")
    assert len(made_up("ls", "mircluster:1..").splitlines()) == 195


def test_playlists_are_put_right_though_the_new_tracks_were_not_heard(made_up: Beet):
    let_hear(made_up, 190)
    made_up("mircluster", "-k", "5", "-y")
    playlist = made_up.playlists / "mir-1.m3u"
    playlist.unlink()

    code, _, err = made_up.run("mircluster", "--assign")

    assert code == 1
    assert "the network has heard none of the matching tracks" in err
    assert playlist.exists()


def test_a_network_that_is_gone_is_told_where_its_tags_are_missed(made_up: Beet, monkeypatch):
    def gone(path):
        raise weights.NoPackageError("the trained network is not installed")

    let_hear(made_up, 200)
    monkeypatch.setattr(weights, "load", gone)

    _, out, err = made_up.run("mircluster", "-k", "5")

    assert "network features" in out
    assert "the trained network is not installed: its values stand for no tags" in err


def test_a_damaged_model_takes_no_cluster_from_tracks_that_were_not_heard(made_up: Beet):
    made_up("mircluster", "-k", "5", "id:..195")
    let_hear(made_up, 198)
    (made_up.root / "library.db.mir-model.npz").write_bytes(b"no model")

    _, out, err = made_up.run("mircluster", "--assign")

    assert "clustering anew" in err
    assert "200 tracks, classic features" in out
    assert len(made_up("ls", "mircluster:1..").splitlines()) == 200
