"""`sounds:`: words and percentiles as a query."""

import json
from contextlib import suppress

import numpy as np
import pytest
from beets.library import Item, Library, parse_query_string
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from beetsplug.mir.names import TAGS
from beetsplug.mir.queries import ranking
from beetsplug.mir.queries.sounds import SoundsQuery
from beetsplug.mir.queries.words import parse
from tests.conftest import Beet, let_hear

MELLOW, SAD, JAZZ = (TAGS.index(tag) for tag in ("mellow", "sad", "jazz"))


def test_words_and_ranges_are_read():
    assert parse("mellow") == ((MELLOW,), (), 90, 100)
    assert parse("Mellow:60..80") == ((MELLOW,), (), 60, 80)
    assert parse("mellow ^sad, jazz:..12.5") == ((MELLOW, JAZZ), (SAD,), 0, 12.5)
    assert parse("mellow^sad:50..") == ((MELLOW,), (SAD,), 50, 100)


@pytest.mark.parametrize("tag", TAGS)
def test_every_tag_is_a_word_whatever_follows(tag):
    place = TAGS.index(tag)
    assert parse(tag).wanted == (place,)
    assert parse(f"{tag} ^sad").wanted == (place,)
    assert parse(f"^{tag} mellow") == ((MELLOW,), (place,), 90, 100)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("mello", "'mello': nearest are mellow"),
        ("heavy mettal", "metal"),
        ("piano", "there are 00s, 60s"),
        ("", "no word"),
        ("^", "no word"),
        ("60..80", "no word"),
        (":60..80", "no word"),
        ("sad:", "no range of percentiles"),
        ("sad:..", "no range of percentiles"),
        ("sad:70", "no range of percentiles"),
        ("sad:80..60", "from 0 to 100"),
        ("sad:90..101", "from 0 to 100"),
    ],
)
def test_what_is_no_sound_is_refused_with_a_reason(pattern, reason):
    with pytest.raises(ValueError, match=reason.replace(".", r"\.")):
        parse(pattern)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    with suppress(ValueError):
        wish = parse(text)
        assert wish.wanted or wish.unwanted


@given(arrays(np.float64, (17, len(TAGS)), elements=st.floats(-20, 20, width=16)))
def test_ranges_of_percentiles_divide_the_library(odds):
    parts = [parse(f"sad ^jazz:{low}..{low + 20}") for low in range(0, 100, 20)]
    within = [ranking.rank(odds, wish).matches(odds, wish) for wish in parts]

    assert np.sum(within, axis=0).tolist() == [1] * 17


def test_the_top_tenth_are_those_that_score_highest():
    odds = np.random.default_rng(0).normal(0, 3, (50, len(TAGS)))

    top = ranking.rank(odds, parse("sad")).matches(odds, parse("sad"))
    assert set(np.flatnonzero(top)) == set(np.argsort(odds[:, SAD])[-5:])

    z = (odds - odds.mean(axis=0)) / odds.std(axis=0)
    wish = parse("sad mellow ^jazz")
    top = ranking.rank(odds, wish).matches(odds, wish)
    assert set(np.flatnonzero(top)) == set(
        np.argsort(z[:, SAD] + z[:, MELLOW] - z[:, JAZZ])[-5:]
    )


def test_equal_tracks_are_all_in_the_top_and_without_a_warning():
    odds = np.ones((4, len(TAGS)))

    assert ranking.rank(odds, parse("sad")).matches(odds, parse("sad")).all()
    assert not ranking.rank(odds, parse("sad:..50")).matches(odds, parse("sad:..50")).any()


@pytest.mark.parametrize("n_tracks", [1, 2, 9, 13])
def test_a_small_library_has_a_top(n_tracks):
    odds = np.random.default_rng(n_tracks).normal(0, 3, (n_tracks, len(TAGS)))

    top = ranking.rank(odds, parse("sad")).matches(odds, parse("sad"))

    assert top[odds[:, SAD].argmax()]
    assert top.sum() <= 2


def test_the_database_and_each_item_give_the_same_answer(made_up: Beet):
    let_hear(made_up, 120)
    lib = Library(str(made_up.root / "library.db"), str(made_up.root / "music"))
    items = list(lib.items())
    for tag in TAGS:
        query = SoundsQuery("sounds", f"{tag}:50..80")
        query.library = lib
        found = set(json.loads(str(query.clause()[1][0])))
        assert {item.id for item in items if query.match(item)} == found
    lib._close()


def test_beet_finds_by_sound(made_up: Beet):
    """In SQL, with other queries, negated, and item by item as smartplaylist asks."""
    let_hear(made_up, 150)

    def ids(*query: str) -> set[str]:
        return set(made_up("ls", "-f", "$id", *query).split())

    everything, mellow = ids(), ids("sounds:mellow")
    heard = ids("mir_network_version:1")
    assert len(heard) == 150
    assert len(mellow) == 15
    assert ids("sounds:mellow:..90") == heard - mellow
    assert ids("^sounds:mellow") == everything - mellow
    assert ids("sounds:mellow", "year:1970") == mellow & ids("year:1970")
    assert ids("sounds:mellow", ",", "year:1970") == mellow | ids("year:1970")

    lib = Library(str(made_up.root / "library.db"), str(made_up.root / "music"))
    query, _ = parse_query_string("sounds:mellow", Item)
    assert {str(item.id) for item in lib.items() if query.match(item)} == mellow
    assert not query.match(Item(title="in no library"))
    lib._close()


def test_the_database_answers(made_up: Beet):
    let_hear(made_up, 20)
    lib = Library(str(made_up.root / "library.db"), str(made_up.root / "music"))
    query = SoundsQuery("sounds", "sad")
    query.library = lib

    clause, values = query.clause()

    assert clause is not None
    assert len(json.loads(str(values[0]))) == 2
    assert SoundsQuery("sounds", "sad") == SoundsQuery("sounds", "sad")
    lib._close()


def test_without_the_network_or_a_heard_track_the_answer_is_clear(made_up: Beet, monkeypatch):
    assert made_up("ls", "sounds:sad") == ""
    code, _, err = made_up.run("ls", "sounds:piano")
    assert code == 1
    assert "the network knows no 'piano'" in err

    let_hear(made_up, 20)
    from beetsplug.mir.sound.network import weights

    def gone(path):
        raise weights.NoPackageError("the trained network is not installed")

    monkeypatch.setattr(weights, "load", gone)
    code, _, err = made_up.run("ls", "sounds:sad")
    assert code == 1
    assert "pip install --no-deps musicnn" in err
