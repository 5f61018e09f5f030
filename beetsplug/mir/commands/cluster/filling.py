"""What goes into the clusters' playlists, by what the configuration says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import confuse
    import numpy as np
    from numpy.typing import NDArray

    from ...clusters.picking import Limits
    from ...clusters.result import Rows
    from ...library.items import Track
    from ...space.encoders import Encoder, Values
    from ...space.encodings import Encoded
    from ...space.similarity import Recordings, Space


def limits(config: confuse.ConfigView) -> Limits:
    """Return what a playlist has at most."""
    from ...clusters.picking import Limits

    return Limits(settings.per_artist(config), settings.length(config))


def space(encoder: Encoder, X: Values, Z: NDArray[np.float64]) -> Space:
    """Return where tracks lie by what `mirsimilar` takes for the same recording.

    *X* are their values, *Z* where the *encoder* of a clustering puts them, which by
    default is that very place.
    """
    from ...space.similarity import space_of

    return space_of(Z if is_of_neighbours(encoder) else fit(encoder.features, X).Z)


def is_of_neighbours(encoder: Encoder) -> bool:
    """Say whether a clustering has the space by which `mirsimilar` goes."""
    from ...names import DIMS
    from ...space.encoders import Linear

    layers = encoder.layers
    return isinstance(layers, Linear) and len(layers.explained) == DIMS[encoder.features]


def fit(features: str, X: Values) -> Encoded:
    """Fit the space by which `mirsimilar` goes to values of a feature set."""
    from ...names import DIMS
    from ...space import encodings

    return encodings.fit(X, [""] * len(X), "pca", DIMS[features], features=features)


def fill(
    typical: Mapping[int, NDArray[np.int64]],
    space: Space,
    tracks: Sequence[Track],
    limits: Limits,
) -> Rows:
    """Return the rows of *tracks* that each cluster's playlist has, the most typical first.

    *typical*: all rows of each cluster, in this order.
    """
    from ...clusters.picking import pick
    from ...ground.grouping import factorize
    from ...library.recordings import artist_key

    artists = factorize([artist_key(track.artist) for track in tracks])[0]
    same = recordings(tracks)
    return {id_: pick(rows, space, same, artists, limits) for id_, rows in typical.items()}


def recordings(tracks: Sequence[Track]) -> Recordings:
    """Return what tells that two of some tracks are one recording."""
    import numpy as np

    from ...ground.grouping import factorize
    from ...library.recordings import name_key
    from ...space.similarity import Recordings

    return Recordings(
        factorize([track.recording for track in tracks])[0],
        factorize([name_key(track.artist, track.title) for track in tracks])[0],
        np.array([track.seconds for track in tracks]),
    )
