"""The flexible attributes of an item: names, types, queries.

beets evaluates queries on flexible attributes in Python, item by item. The types
here bring query classes that say the same in SQL: on 20,000 tracks
``beet ls mircluster:5`` takes one second instead of fourteen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beets.dbcore import query, types

from .names import FEATURES

if TYPE_CHECKING:
    from collections.abc import Sequence

CLUSTER = "mircluster"
NAME = "mircluster_name"
ORDER = "mir_order"
KEPT = "mir_kept"  # the name of the cluster that a track was in when it was kept
VERSION = "mir_version"
SOURCE = "mir_source"
ERROR = "mir_error"
GENRE = "mir_genre"
MODEL = "mir_model"
VECTOR = "mir_vector"
NETWORK = "mir_network"
NETWORK_VERSION = "mir_network_version"
TAGS = "mir_tags"
DISTANCE = "mir_distance"  # of an answer; never stored
BETWEEN_TAGS = "; "
FEATURE_FIELDS = tuple(f"mir_{feature.name}" for feature in FEATURES)

MOST = 2**31 - 1
"""The largest number that counts as a cluster id or a place."""

_WHERE = "items.id IN (SELECT entity_id FROM item_attributes WHERE key = ? AND ({}))"


class NumberQuery(query.NumericQuery):
    """A number or a range, answered by the database: ``mir_centroid:1000..2000``."""

    def clause(self) -> tuple[str | None, Sequence[query.SQLiteType]]:
        """Return the SQL condition; only ever used on attributes of items."""
        on_value = query.NumericQuery("CAST(value AS REAL)", self.pattern)
        condition, subvals = on_value.col_clause()
        return _WHERE.format(condition), [self.field_name, *subvals]


class TextQuery(query.SubstringQuery):
    """A part of a text, answered by the database: ``mir_error:decode``.

    Unlike beets' own, it never matches a track that lacks the attribute.
    """

    def clause(self) -> tuple[str | None, Sequence[query.SQLiteType]]:
        """Return the SQL condition; only ever used on attributes of items."""
        condition, subvals = query.SubstringQuery("value", self.pattern).col_clause()
        return _WHERE.format(condition), [self.field_name, *subvals]

    def match(self, obj: Any) -> bool:
        """Say whether one item matches (smartplaylist asks item by item)."""
        return self.field_name in obj and super().match(obj)


class Number(types.Float):
    """A float that survives the database bit by bit (SQLite's own text keeps 15 digits)."""

    query = NumberQuery

    def to_sql(self, model_value: Any) -> str | None:
        """Return the shortest text that reads back as the same float."""
        return None if model_value is None else repr(float(model_value))

    def normalize(self, value: Any) -> float:
        """Return a stored value as a number that all can take; what is none reads 0."""
        try:
            return float(super().normalize(value))
        except (TypeError, ValueError, OverflowError):
            return 0.0

    # A user may have declared `types: {mir_centroid: float}`; beets refuses two
    # different types for one field, and a number is a number.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, types.BaseFloat)

    def __hash__(self) -> int:
        return hash(types.BaseFloat)


class Count(types.Integer):
    """An integer from 1: a cluster id, a place in a playlist; what is none reads 0."""

    query = NumberQuery

    def normalize(self, value: Any) -> int:
        """Return a stored value as a number that every user of it can take."""
        try:
            number = int(super().normalize(value))
        except OverflowError:  # it is infinite
            return 0
        return number if 0 < number <= MOST else 0

    def parse(self, string: str) -> int:
        """Return the number that a text says."""
        return self.normalize(super().parse(string))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, types.BaseInteger)

    def __hash__(self) -> int:
        return hash(types.BaseInteger)


class Text(types.String):
    """A text."""

    query = TextQuery

    def normalize(self, value: Any) -> str:
        """Return a stored value as a text, whatever it is stored as."""
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        return str(super().normalize(value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, types.BaseString)

    def __hash__(self) -> int:
        return hash(types.BaseString)


TYPES: dict[str, types.Type] = {
    CLUSTER: Count(),
    NAME: Text(),
    ORDER: Count(),
    KEPT: Text(),
    VERSION: Text(),
    SOURCE: Text(),
    ERROR: Text(),
    GENRE: Text(),
    MODEL: Text(),
    VECTOR: Text(),
    NETWORK: Text(),
    NETWORK_VERSION: Text(),
    TAGS: Text(),
    DISTANCE: Number(3),
    **{f"mir_{feature.name}": Number(feature.digits) for feature in FEATURES},
}
