"""When two titles are one recording."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beetsplug.mir.library.recordings import artist_key, title_key


@pytest.mark.parametrize(
    "title",
    [
        *("Help!", "HELP", "Help! (Live)", "Help! [Demo]", "Help! - Remastered 2009"),
        *("Help! (2009 Remaster) (Mono)", "Help! (feat. Somebody)", "Help! ft. Somebody"),
        *("Help! \u2013 Live at Wembley", "Help! (Live) - Radio Edit", "Help! (Re-Recorded)"),
    ],
)
def test_another_form_of_a_title_is_the_same(title):
    assert title_key(title) == "help"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Song", "Song (Somebody's Remix)"),
        ("Born to Live", "Born to"),
        ("Part (I)", "Part (II)"),
        ("Live", "Demo"),
        ("Alive (Deliverance)", "Alive"),
        ("Suite - Prelude", "Suite - Gigue"),
        ("!!!", "???"),
        ("Größe", "Große"),
    ],
)
def test_other_titles_stay_others(one, other):
    assert title_key(one) != title_key(other)


def test_artists_are_the_same_without_guests_and_marks():
    assert artist_key("AC/DC") == artist_key("ac dc")
    assert artist_key("Air feat. Beck") == artist_key("AIR") == "air"
    assert artist_key("Daft Punk") != artist_key("Punk")


@given(st.text(max_size=60))
def test_any_text_has_a_key_unless_it_is_blank(text):
    assert bool(title_key(text)) == bool(text.strip())


@pytest.mark.parametrize(
    "text", ["(" * 20_000, "a (live" * 5000, " - live" * 3000, "- " * 20_000]
)
def test_long_titles_take_no_time(text):
    title_key(text)
