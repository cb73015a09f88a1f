"""What a tone model counts in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.texts.words import LANGUAGES, LONGEST, NEGATION_REACH, negated, normal, terms, words


def test_one_form_for_widths_cases_and_numbers() -> None:
    assert normal("Ｇｒｅａｔ ＰＨＯＮＥ, call 0171-555") == "great phone, call 0-0"


def test_no_number_is_a_term() -> None:
    found = "".join(terms("call me at 0171 555 1234, 门牌 12 号", "en"))
    assert not set("123456789") & set(found)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("it is not at all bad, good", "en", ["it", "is", "not", "!at", "!all", "!bad", ",", "good"]),
        ("i don't like it", "en", ["i", "don't", "!like", "!it"]),
        ("味道 不 好 ， 环境 好", "zh", ["味道", "不", "!好", ",", "环境", "好"]),
    ],
)
def test_a_negation_reaches_to_the_next_punctuation(text: str, language: str, expected: list[str]) -> None:
    assert negated(words(normal(text), language), language) == expected


def test_a_negation_reaches_three_words() -> None:
    assert NEGATION_REACH == 3
    assert negated(["not", "a", "b", "c", "d"], "en") == ["not", "!a", "!b", "!c", "d"]


def test_a_second_negation_reaches_as_far() -> None:
    assert negated(["not", "a", "never", "b", "c", "d", "e"], "en") == [
        "not",
        "!a",
        "!never",
        "!b",
        "!c",
        "!d",
        "e",
    ]


def test_a_text_has_words_pairs_and_characters() -> None:
    assert {"wgood", "wgood phone", "cood"} <= set(terms("Good phone", "en"))
    assert {"w服务", "w服务 不错", "c务不", "c好"} <= set(terms("服务不错，好", "zh"))


@given(st.text(), st.sampled_from(LANGUAGES))
def test_every_text_has_terms_or_none(text: str, language: str) -> None:
    assert all(one[0] in "wc" for one in terms(text, language))


def test_what_is_beyond_the_longest_text_is_not_read() -> None:
    text = "good " * LONGEST
    assert list(terms(text, "en")) == list(terms(text[:LONGEST], "en"))
