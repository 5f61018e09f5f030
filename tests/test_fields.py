"""Queries in SQL say what beets' own say item by item, and numbers survive exactly."""

import pytest
from beets.dbcore import types
from beets.dbcore.query import InvalidQueryError, NumericQuery, SubstringQuery
from beets.library import Item, Library
from hypothesis import given, settings
from hypothesis import strategies as st

from beetsplug.mir import fields

numbers = st.integers(-3, 3) | st.floats(-3, 3).map(lambda x: round(x, 1))
patterns = (
    numbers.map(str)
    | st.tuples(numbers, numbers).map(lambda pair: "{}..{}".format(*pair))
    | numbers.map(lambda n: f"{n}..")
    | numbers.map(lambda n: f"..{n}")
    | st.just("..")
)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(numbers | st.none(), max_size=8), pattern=patterns)
def test_numbers_are_found_as_beets_would_find_them(values, pattern):
    lib = Library(":memory:")
    for value in values:
        item = Item(path=b"/a")
        if value is not None:
            item["mir_centroid"] = float(value)
        lib.add(item)
    slow = NumericQuery("mir_centroid", pattern, fast=False)

    found = {item.id for item in lib.items(f"mir_centroid:{pattern}")}
    not_found = {item.id for item in lib.items(f"^mir_centroid:{pattern}")}

    assert found == {item.id for item in lib.items() if slow.match(item)}
    assert not_found == {item.id for item in lib.items()} - found
    lib._close()


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.text("aB%_\\é ", max_size=4) | st.none(), max_size=6),
    pattern=st.text("abB%_\\", min_size=1, max_size=2),
)
def test_texts_are_found_as_beets_would_find_them(values, pattern):
    lib = Library(":memory:")
    for value in values:
        item = Item(path=b"/a")
        if value is not None:
            item["mir_error"] = value
        lib.add(item)

    query = fields.TextQuery("mir_error", pattern, fast=False)
    found = {item.id for item in lib.items(query)}

    slow = SubstringQuery("mir_error", pattern, fast=False)
    assert found == {item.id for item in lib.items() if slow.match(item)}
    assert found == {item.id for item in lib.items() if query.match(item)}
    lib._close()


@pytest.mark.parametrize("field", [fields.CLUSTER, fields.ORDER, *fields.FEATURE_FIELDS])
def test_every_number_is_queried_in_sql(lib, field):
    clause, _ = Item.field_query(field, "1..2", Item._type(field).query).clause()

    assert clause is not None
    assert "item_attributes" in clause


def test_queries_combine_with_fixed_fields_and_sort(lib, add_item):
    for cluster, order, artist in [(1, 2, "a"), (1, 1, "b"), (2, 1, "a"), (1, 3, "c")]:
        add_item(mircluster=cluster, mir_order=order, artist=artist)
    add_item(artist="a")

    def artists(query):
        return [item.artist for item in lib.items(query)]

    assert artists("mircluster:1 mir_order+") == ["b", "a", "c"]
    assert artists("mircluster:1 mir_order-") == ["c", "a", "b"]
    assert artists("mircluster:1 ^artist:a artist+") == ["b", "c"]
    assert artists("mircluster:2 , artist:c artist+") == ["a", "c"]
    assert len(lib.items("^mircluster:1")) == 2
    assert len(lib.items("mircluster:..")) == 4


def test_a_query_that_is_no_number_is_refused(lib):
    with pytest.raises(InvalidQueryError):
        lib.items("mircluster:abc")


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_comes_back_as_it_was(value):
    stored = fields.Number().to_sql(value)

    assert fields.Number().from_sql(stored) == value


def test_formats(lib, add_item):
    item = add_item(mircluster=3, mir_centroid=12.3456, mir_zcr=0.012345)

    assert item.evaluate_template("$mircluster $mir_centroid $mir_zcr") == "3 12.346 0.0123"


@pytest.mark.parametrize(
    ("field", "ours", "theirs"),
    [
        ("mir_centroid", fields.Number, types.FLOAT),
        ("mircluster", fields.Count, types.INTEGER),
        ("mir_error", fields.Text, types.STRING),
    ],
)
def test_a_type_that_the_user_declared_is_no_conflict(field, ours, theirs):
    assert fields.TYPES[field] == theirs
    assert fields.TYPES[field] != types.BOOLEAN
    assert len({ours(), ours()}) == 1


def test_a_text_that_is_not_there_matches_nothing(lib, add_item):
    found, _ = add_item("a.wav", mir_error="cannot be decoded"), add_item("b.wav")
    query = fields.TextQuery("mir_error", "", fast=False)

    assert [item.id for item in lib.items(query)] == [found.id]
    assert [item.id for item in lib.items() if query.match(item)] == [found.id]


@pytest.mark.parametrize("value", [b"1", b"\xff", b"", 2**70, "a", "", None, True, [3]])
def test_a_value_of_any_kind_is_read_as_a_number_or_a_text(value):
    number, text = fields.TYPES["mir_centroid"], fields.TYPES[fields.SOURCE]

    assert isinstance(number.from_sql(value), float)
    assert number.format(number.from_sql(value))
    assert isinstance(text.from_sql(value), str)
    assert number.from_sql(b"1") == 1
