"""Looking for many texts at once finds what a search for each finds."""

from hypothesis import given
from hypothesis import strategies as st

from tests.looking import standing_in

LETTERS = st.text(alphabet="abé中 ", max_size=12)


@given(texts=st.sets(LETTERS.filter(bool), min_size=1), long=st.text(alphabet="abé中 ", max_size=300))
def test_what_stands_in_a_long_text_is_found(texts, long):
    assert set(standing_in(texts, long)) == {one for one in texts if one in long}


def test_what_lies_over_the_border_of_two_parts_is_found(monkeypatch):
    monkeypatch.setattr("tests.looking._AT_ONCE", 7)
    assert standing_in(["keller@example", "nobody@example"], "anna.keller@example.com") == ["keller@example"]
