"""Arrays become figures: matplotlib's object API, one module a family, no beets.

A function that draws one from a `material.Material` has its title and how to read it above
it, by `plot.plot`; `catalogue.PLOTS` has all of them by name, in order.

Conventions
-----------
X : normalised features, shape (n_samples, 16), in [0, 1]
Z : coordinates, shape (n_samples, n_components)
groups : a name for each sample (genre, cluster); the empty name is none
"""
