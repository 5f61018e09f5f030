"""Arrays become figures: matplotlib's object API, one module a family, no beets.

`catalogue.PLOTS` has every figure by name, each drawn from one `material.Material`.

Conventions
-----------
X : normalised features, shape (n_samples, 16), in [0, 1]
Z : coordinates, shape (n_samples, n_components)
groups : a name for each sample (genre, cluster); the empty name is none
"""
