"""Names of what is measured: plain literals, so that loading the plugin costs nothing.

A *series* is one value a frame; a *summary* turns a series into one number; a
*feature* is one of the sixteen summaries that encoding and clustering work on.
"""

from typing import NamedTuple

VERSION = "2"
"""Changes whenever the same file would give other values."""

NETWORK_VERSION = "1"
"""The same for what the trained network hears in it."""

BARK_EDGES = (100, 510, 1080, 2000, 3700, 15500)
"""Upper edges in Hz of the six bands."""

FLOOR_DB = -80.0
"""Level of a band in which there is nothing."""

SERIES = (
    "centroid",
    "bandwidth",
    "flatness",
    "zcr",
    "rollon",
    "rolloff",
    *(f"bark{edge}" for edge in BARK_EDGES),
    "tempo_flatness",
    "hpss",
)
SUMMARIES = ("mean", "median", "std")


def version(excerpt: int, of: str = VERSION) -> str:
    """Return what is stored with a track of which so many seconds were heard, 0 for all.

    It is that of the sixteen, or of the network's values.
    """
    return f"{of}-{excerpt or 'whole'}"


def counts(version: str, of: str = VERSION, *, cached: bool = False) -> bool:
    """Say whether values of a version can be used: those of today, or if *cached* all."""
    return bool(version) if cached else version.startswith(f"{of}-")


def heard(version: str) -> int | None:
    """Return the seconds that :func:`version` was made of, None if it is not of today's."""
    kind, _, excerpt = version.partition("-")
    if kind != VERSION or not (excerpt == "whole" or excerpt.isdecimal()):
        return None
    return 0 if excerpt == "whole" else int(excerpt)


def current_versions(excerpt: int, of: str = VERSION) -> tuple[str, ...]:
    """Return the versions of which a track that is to be heard so long needs no analysis.

    One that was heard whole counts, however short an excerpt is asked for.
    """
    return (version(excerpt, of), version(0, of))


class Feature(NamedTuple):
    """One of the sixteen: where it comes from and how to show it."""

    name: str
    series: str
    summary: str
    unit: str
    digits: int  # shown after the point
    sign: int  # in plots and encodings; the stored value is never negated

    @property
    def label(self) -> str:
        """The name as plots show it, with a minus if they show the negated value."""
        return f"-{self.name}" if self.sign < 0 else self.name


FEATURES = (
    Feature("centroid", "centroid", "median", "mel", 3, 1),
    Feature("centroid_std", "centroid", "std", "mel", 3, -1),
    Feature("bandwidth", "bandwidth", "median", "Hz", 1, 1),
    Feature("bandwidth_std", "bandwidth", "std", "Hz", 1, 1),
    Feature("flatness", "flatness", "median", "", 6, 1),
    Feature("zcr", "zcr", "mean", "", 4, 1),
    Feature("rollon", "rollon", "median", "mel", 3, 1),
    Feature("rolloff", "rolloff", "median", "mel", 3, 1),
    *(Feature(f"bark{edge}", f"bark{edge}", "median", "dB", 2, 1) for edge in BARK_EDGES),
    Feature("tempo_flatness", "tempo_flatness", "median", "", 4, 1),
    Feature("hpss", "hpss", "median", "", 4, -1),
)

VECTOR = tuple(f"{series}_{summary}" for series in SERIES for summary in SUMMARIES)
"""Order of the values that ``mir_vector`` packs."""

N_NETWORK_VALUES = 200
"""Of a track: what the network hands to its last layer."""

CLASSIC, NETWORK = "classic", "network"
FEATURE_SETS = (CLASSIC, NETWORK)
"""What encodings start from: the sixteen, or the network's values; never both at once."""

LEAST_HEARD = 0.9
"""Share of the tracks that the network must have heard to be what they are placed by."""

VERSIONS = {CLASSIC: VERSION, NETWORK: NETWORK_VERSION}

N_VALUES = {CLASSIC: len(FEATURES), NETWORK: N_NETWORK_VALUES}
"""Of a track in each feature set."""

DIMS = {CLASSIC: 8, NETWORK: 16}
"""Of an encoding, when nobody asks for others; docs/quality.md has the table."""

TAGS = (
    *("rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s"),
    *("alternative rock", "jazz", "beautiful", "metal", "chillout", "male vocalists"),
    *("classic rock", "soul", "indie rock", "mellow", "electronica", "80s", "folk", "90s"),
    *("chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient", "acoustic"),
    *("experimental", "female vocalist", "guitar", "hip-hop", "70s", "party", "country"),
    *("easy listening", "sexy", "catchy", "funk", "electro", "heavy metal"),
    *("progressive rock", "60s", "rnb", "indie pop", "sad", "house", "happy"),
)
"""What the network says of music, in the order of its last layer (Last.fm's tags)."""

LEAST_SCORE = 0.1
"""From which on (0 to 1) a tag is told."""

ENCODINGS = ("pca", "autoencoder", "scaled", "none")
"""Principal components, a network's code, and the features scaled or only normalised."""

METHODS = ("kmeans", "agglomerative")
