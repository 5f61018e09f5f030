"""Small matrices are computed by one thread."""

import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from beetsplug.mir.clusters import clustering, evaluation
from beetsplug.mir.ground.threads import one_thread
from beetsplug.mir.space import encoders, encodings, linear, similarity

Z = np.random.default_rng(0).normal(size=(60, 3))
X = np.random.default_rng(1).random((60, 16))
FITTED = encodings.fit(X, [""] * 60, "pca", 3)
SPACE = similarity.space_of(Z)


def n_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info()}


@pytest.fixture(autouse=True)
def _two_threads():
    with threadpool_limits(2):
        yield


def test_threads_are_limited_within_and_not_outside():
    assert n_threads() == {2}
    assert one_thread(n_threads)() == {1}
    assert n_threads() == {2}


def test_threads_of_what_is_loaded_later_are_limited_too():
    code = """
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits
from beetsplug.mir.ground.threads import one_thread
count = lambda: sorted({pool["num_threads"] for pool in threadpool_info()})
one_thread(count)()
import scipy.linalg
import sklearn.cluster
threadpool_limits(2)
print(len(threadpool_info()), count(), one_thread(count)(), count())
"""
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    n_pools, _, threads = out.partition(" ")

    assert int(n_pools) >= 2
    assert threads == "[2] [1] [2]\n"


@pytest.mark.parametrize(
    ("module", "name", "job"),
    [
        (clustering, "KMeans", lambda: clustering.kmeans(Z, 3)),
        (clustering, "KMeans", lambda: clustering.small_groups(Z, np.zeros(60, int), 9, 0)),
        (evaluation, "_silhouette", lambda: evaluation.evaluate({"z": Z}, [""] * 60)),
        (np.linalg, "svd", lambda: linear.pca(X, 3)),
        (linear, "each_once", lambda: encodings.fit(X, [""] * 60, "none", 3)),
        (encoders, "prepared", lambda: FITTED.encoder.transform(X, [""] * 60)),
        (similarity, "_squared_distances", lambda: SPACE.breadths_of(np.arange(60))),
    ],
)
def test_whatever_computes_on_small_matrices_has_one_thread(module, name, job, monkeypatch):
    seen = []
    real = getattr(module, name)
    monkeypatch.setattr(
        module, name, lambda *a, **kw: seen.append(n_threads()) or real(*a, **kw)
    )

    job()

    assert seen
    assert all(threads == {1} for threads in seen)
